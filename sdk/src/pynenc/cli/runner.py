"""`pynenc runner`: work off the queues of an app."""

from __future__ import annotations

import typer

from pynenc.cli.target import Target
from pynenc.runner import logs

group = typer.Typer(help="Work off the queues of an app.", no_args_is_help=True)


@group.command()
def start(context: typer.Context) -> None:
    """Run workers until SIGTERM or Ctrl-C; what is running then gets `drain_seconds` to finish.

    Which runner, how many slots and which queues are settings, such as PYNENC__RUNNER__SLOTS=4.

    Example: PYNENC__REDIS_URL=redis://localhost:6379 pynenc --app tasks:app runner start
    """
    target: Target = context.obj
    app = target.load()
    logs.configure(app.conf.logging_level)
    app.runner.run()
