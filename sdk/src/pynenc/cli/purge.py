"""`pynenc purge`: forget all invocations of an app."""

from __future__ import annotations

from typing import Annotated

import typer

from pynenc.cli import screen
from pynenc.cli.target import Target


def purge(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Forget all invocations of the app: waiting, running and ended ones, with their results. It cannot be undone.

    Published definitions and limits stay. Workers that run something are told that it is gone.

    Example: pynenc --app tasks:app purge --yes
    """
    target: Target = context.obj
    app = target.load_shared()
    screen.confirm(f'Forget all invocations of the app "{app.app_id}", running ones too?', is_confirmed=yes)
    forgotten = 0
    with screen.progress("forgotten", None) as show:
        for forgotten in app.orchestrator.purge():
            show(forgotten)
    print(f"{forgotten} invocations forgotten")
