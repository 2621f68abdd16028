"""`pynenc dead`: the invocations that have failed for good, and their second chance."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from pynenc.cli import screen
from pynenc.cli.invocations import each, requeued
from pynenc.cli.output import Output, OutputOption
from pynenc.cli.target import Target

if TYPE_CHECKING:
    from pynenc.app import Pynenc

MOST = 10_000
"""Dead letters that one run of `requeue --all` looks at."""

group = typer.Typer(invoke_without_command=True)


@group.callback()
def list_dead(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=MOST, help="At most so many.")] = 100,
    output: OutputOption = Output.TABLE,
) -> None:
    """List dead letters, newest first: FAILED invocations that were not run again and have not expired; requeue them.

    Example: pynenc --app tasks:app dead -o json
    """
    if context.invoked_subcommand:
        return
    from pynenc.cli.views import dead_listing

    target: Target = context.obj
    records = target.load_shared().state_backend.dead(limit)
    print(dead_listing(records, time.time_ns() // 1000).text(output))


@group.command()
def requeue(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Ids of dead letters.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters there are now.")] = False,
    task: Annotated[str, typer.Option("--task", "-t", help="With --all: only those of this task.")] = "",
) -> None:
    """Run dead letters again, as new invocations with the same arguments and new budgets.

    Examples: pynenc --app tasks:app dead requeue --all --task tasks.send
    """
    if bool(ids) == everything:
        raise typer.BadParameter("give ids, or --all", param_hint="ID")
    target: Target = context.obj
    app = target.load_shared()
    chosen = ids or _dead_of(app, task)
    with screen.progress("requeued", len(chosen)) as show:
        each(chosen, lambda name: requeued(app, name), show)


def _dead_of(app: Pynenc, task_id: str) -> list[str]:
    """Ids of the dead letters of a task, or of all; what fails again meanwhile is not among them."""
    found = app.state_backend.dead(MOST)
    if len(found) == MOST:
        screen.note(f"these are the latest {MOST:,} dead letters; run this again for older ones")
    return [record.invocation_id for record in found if task_id in ("", record.task_id)]
