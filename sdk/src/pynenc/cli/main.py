"""The root of the command line: global options, the verbs, and the exit code of an error.

Modules of verbs import the SDK inside their functions, so that `--help` and completion are quick.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pynenc.cli import config, dead, dev, doctor, invocations, invoke, manifests, purge, queues, runner
from pynenc.cli.target import Target
from pynenc.errors import PynencError

EPILOG = """
Examples: `pynenc --app tasks:app dev` starts a store and a runner for the app `app` in tasks.py, and
`pynenc --app tasks:app runner start` works off its queues in the store of its settings.

Exit codes: 0 done; 1 an error, told in one sentence; 2 the command line is wrong; 3 an awaited task failed, or
manifests differ; 4 it has not ended in time; 130 interrupted.
"""
RUN, LOOK, MEND = "Run", "Look", "Change"

program = typer.Typer(
    name="pynenc",
    help="Run tasks, and describe them to Kubernetes. Every group explains itself with --help.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
program.command(rich_help_panel=RUN)(dev.dev)
program.add_typer(runner.group, name="runner", rich_help_panel=RUN)
program.command(rich_help_panel=RUN)(invoke.invoke)
program.command("list", rich_help_panel=LOOK)(invocations.list_invocations)
program.command(rich_help_panel=LOOK)(invocations.describe)
program.command(rich_help_panel=LOOK)(queues.queues)
program.add_typer(config.group, name="config", rich_help_panel=LOOK)
program.command(rich_help_panel=LOOK)(doctor.doctor)
program.command(rich_help_panel=MEND)(invocations.cancel)
program.command(rich_help_panel=MEND)(invocations.retry)
program.add_typer(dead.group, name="dead", rich_help_panel=MEND)
program.command(rich_help_panel=MEND)(purge.purge)
program.add_typer(manifests.group, name="manifests", rich_help_panel=MEND)


def _print_version(wanted: bool) -> None:
    if wanted:
        from pynenc import __version__

        print(f"pynenc {__version__}")
        raise typer.Exit


@program.callback()
def root(
    context: typer.Context,
    app: Annotated[
        str,
        typer.Option("--app", "-a", help="The app: tasks:app, tasks.app, path/tasks.py, or a module that has one app."),
    ] = "",
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Keep what every verb needs; the app is imported only by a verb that uses it."""
    context.obj = Target(app)


def main() -> None:
    """Run the program and turn an error of the SDK into one line and exit code 1."""
    try:
        program()
    except PynencError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None
