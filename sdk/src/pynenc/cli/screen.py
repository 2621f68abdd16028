"""What verbs do to a terminal beside printing: notes, progress, questions. Nothing of it reaches a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer


def note(text: str) -> None:
    """Tell a person something that is no part of the output."""
    print(text, file=sys.stderr, flush=True)


def in_colour(text: str, colour: str) -> str:
    """`text` in a colour, if standard output is a terminal and NO_COLOR is not set."""
    return typer.style(text, fg=colour) if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while the block runs; gives a function that is told how much is done so far.

    `total` None is unknown. Where standard error is no terminal, there is no bar.
    """
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    above = sys.stdout.isatty()  # what is printed to a file or a pipe meanwhile must still get there
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=above) as bar:
        row = bar.add_task(what, total=total)
        yield lambda done: bar.update(row, completed=done)


def confirm(question: str, *, is_confirmed: bool) -> None:
    """Ask before something that cannot be undone; `is_confirmed` is the value of --yes.

    Raises:
        typer.BadParameter: nobody is there to be asked.
        typer.Abort: the answer is no.
    """
    if is_confirmed:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask on; add --yes", param_hint="--yes")
    typer.confirm(question, abort=True, err=True)
