"""`pynenc runner`: work off the queues of an app."""

from __future__ import annotations

from typing import Annotated

import typer

from pynenc.cli.target import Target

group = typer.Typer(help="Work off the queues of an app.", no_args_is_help=True)


@group.command()
def start(
    context: typer.Context,
    slots: Annotated[str, typer.Option("--slots", metavar="N", help="Invocations at once; 0 is one per CPU.")] = "",
    queues: Annotated[
        str, typer.Option("--queues", "-q", metavar="A,B", help="Queues in the order in which workers look at them.")
    ] = "",
    http_port: Annotated[
        str, typer.Option("--http-port", metavar="PORT", help="Answer /healthz, /readyz and /metrics there.")
    ] = "",
    log_level: Annotated[str, typer.Option("--log-level", metavar="LEVEL", help="debug, info, warning, error.")] = "",
    log_format: Annotated[
        str, typer.Option("--log-format", metavar="FORMAT", help="text, or json: one object a line.")
    ] = "",
) -> None:
    """Run workers until SIGTERM or Ctrl-C; what is running then gets `drain_seconds` to finish.

    Every option is a setting too, such as PYNENC__RUNNER__SLOTS=4, and so is everything else about a runner
    (`pynenc config show`); an option outranks the setting.

    Example: PYNENC__REDIS_URL=redis://localhost:6379 pynenc --app tasks:app runner start --slots 4 -q mails,default
    """
    from pynenc.runner import logs

    target: Target = context.obj
    app = target.load()
    given = {
        "slots": slots,
        "queues": queues,
        "http_port": http_port,
        "logging_level": log_level,
        "logging_format": log_format,
    }
    for name, value in given.items():
        if value:
            setattr(app.conf, name, value)
    logs.configure(app.conf.logging_level, app.conf.logging_format)
    if app.conf.orchestrator_cls == "MemOrchestrator":
        app.logger.warning("this app keeps its invocations in memory: only calls made in this program are run")
    app.runner.run()
