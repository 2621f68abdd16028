"""`pynenc list`, `describe`, `cancel` and `retry`: look at invocations, end them, ask for them once more."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pynenc.cli import screen
from pynenc.cli.output import Output, OutputOption
from pynenc.cli.target import Target
from pynenc.core.status import RULES, Status

if TYPE_CHECKING:
    from pynenc.app import Pynenc
    from pynenc.core.records import InvocationRecord

StatusChoice = Annotated[
    list[str] | None,
    typer.Option("--status", "-s", metavar="STATUS", help="Only with this status; may be repeated."),
]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of invocations, as `list -o name` prints them.")]


def list_invocations(
    context: typer.Context,
    status: StatusChoice = None,
    task: Annotated[str, typer.Option("--task", "-t", help="Only of this task, such as tasks.add.")] = "",
    queue: Annotated[str, typer.Option("--queue", "-q", help="Only of this queue.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="At most so many.")] = 100,
    output: OutputOption = Output.TABLE,
) -> None:
    """List invocations, last changed first: those that wait or run, and those that have ended and are still kept.

    Example: pynenc --app tasks:app list --status FAILED --task tasks.send -o json
    """
    from pynenc.cli.views import listing_of
    from pynenc.core.records import Query

    target: Target = context.obj
    statuses = frozenset(_status(word) for word in status or ())
    app = target.load_shared()
    records = app.state_backend.query(Query(statuses, task, queue, limit))
    print(listing_of(records, time.time_ns() // 1000).text(output))


def _status(word: str) -> Status:
    known = [status.value for status, rule in RULES.items() if not rule.transient]
    if word.upper() not in known:
        raise typer.BadParameter(f'"{word}" is none of {", ".join(known)}', param_hint="--status")
    return Status(word.upper())


def describe(
    context: typer.Context,
    invocation_id: Annotated[str, typer.Argument(metavar="ID", help="The id of an invocation.")],
    show_payloads: Annotated[
        bool, typer.Option("--show-payloads", help="Show arguments and result too, which may hold secrets.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Tell all about one invocation: times, attempts, worker, history, and the error with the worker's traceback.

    Example: pynenc --app tasks:app describe 0199c0de-0000-7000-8000-000000000000 --show-payloads
    """
    from pynenc.cli.output import document
    from pynenc.cli.payloads import payloads_of
    from pynenc.cli.views import change_object, description, failure_of, record_object

    target: Target = context.obj
    app = target.load_shared()
    record = _record(app, invocation_id)
    told = record_object(record)
    if failure := failure_of(record):
        told["error"] = {"type": failure.type, "message": failure.message, "traceback": failure.traceback}
    told["history"] = [change_object(change) for change in app.state_backend.history(invocation_id)]
    if show_payloads:
        told |= payloads_of(app, record)
    if output is Output.NAME:
        print(invocation_id)
    else:
        print(description(told) if output is Output.TABLE else document(told, output))


def _record(app: Pynenc, invocation_id: str) -> InvocationRecord:
    from pynenc.errors import InvocationNotFound

    record = app.state_backend.records([invocation_id])[0]
    if record is None:
        raise InvocationNotFound(f"invocation {invocation_id} is unknown, or its result has expired")
    return record


def cancel(context: typer.Context, ids: Ids) -> None:
    """Cancel invocations: one that waits ends at once, a running one is interrupted by its worker.

    What has ended already stays as it is, which is no error. Exit code 1 if an id is unknown.

    Example: pynenc --app tasks:app list --status REGISTERED -o name | xargs pynenc --app tasks:app cancel
    """
    target: Target = context.obj
    app = target.load_shared()
    each(ids, lambda name: _cancelled(app, name))


def _cancelled(app: Pynenc, invocation_id: str) -> str:
    invocation = app.invocation(invocation_id)
    if not invocation.cancel():
        return "had ended already"
    return "cancelled" if invocation.status is Status.CANCELLED else "runs; its worker was asked to end it"


def retry(context: typer.Context, ids: Ids) -> None:
    """Run ended invocations once more, as new ones with the same arguments and new budgets of retries and losses.

    Prints each old id with the new one. Exit code 1 if an id is unknown or has not ended yet.

    Example: pynenc --app tasks:app retry 0199c0de-0000-7000-8000-000000000000
    """
    target: Target = context.obj
    app = target.load_shared()
    each(ids, lambda name: requeued(app, name))


def requeued(app: Pynenc, invocation_id: str) -> str:
    """Submit the call of an ended invocation once more, and tell under which id.

    Raises:
        RequestError: it is unknown, or has not ended.
    """
    return f"runs again as {app.invocation(invocation_id).retry().invocation_id}"


def each(ids: Sequence[str], act: Callable[[str], str], show: Callable[[int], None] = lambda _done: None) -> None:
    """Do the same to each invocation and print what became of it; go on after those for which it could not be done.

    `show` is told how many were dealt with.

    Raises:
        typer.Exit: with code 1, if there were any.
    """
    from pynenc.errors import RequestError

    failed = False
    for number, invocation_id in enumerate(ids, 1):
        show(number)
        try:
            print(f"{invocation_id} {act(invocation_id)}")
        except RequestError as error:
            failed = True
            screen.note(f"error: {error}")
    if failed:
        raise typer.Exit(1)
