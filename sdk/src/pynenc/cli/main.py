"""The root of the command line: global options, the groups of verbs, and the exit code of an error.

Exit codes: 0 done, 1 the SDK reports an error (one sentence on standard error), 2 the command line is wrong.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pynenc.cli import manifests, runner
from pynenc.cli.target import Target
from pynenc.errors import PynencError

EPILOG = "Example: `pynenc --app tasks:app runner start` works off the queues of the app `app` in tasks.py."

program = typer.Typer(
    name="pynenc",
    help="Run tasks, and describe them to Kubernetes. Every group explains itself with --help.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
program.add_typer(runner.group, name="runner")
program.add_typer(manifests.group, name="manifests")


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
