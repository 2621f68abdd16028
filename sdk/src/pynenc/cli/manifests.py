"""`pynenc manifests`: describe an app's tasks to Kubernetes."""

from __future__ import annotations

from typing import Annotated

import typer

from pynenc.cli.target import Target

group = typer.Typer(help="Describe an app's tasks to Kubernetes.", no_args_is_help=True)


@group.command()
def emit(
    context: typer.Context,
    spec: Annotated[str, typer.Argument(metavar="[APP]", help="The app, such as tasks:app; default: --app.")] = "",
    app_ref: Annotated[
        str, typer.Option("--app-ref", help="Name of the App object; default: the app_id, without its namespace.")
    ] = "",
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", help="Namespace to write into the objects; default: none.")
    ] = "",
) -> None:
    """Print a Task object for each decorated function, as YAML that kubectl takes.

    Example: pynenc manifests emit tasks:app | kubectl apply -f -
    """
    from pynenc.manifests import emit as text_of

    target: Target = context.obj
    app = target.load(spec)
    print(text_of(app, app_ref or app.app_id.rpartition("/")[2], namespace or None), end="")
