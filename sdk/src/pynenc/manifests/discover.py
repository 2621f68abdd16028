"""What an app declares, as plain values in a fixed order."""

from __future__ import annotations

from pynenc.app import Pynenc
from pynenc.errors import ManifestError
from pynenc.manifests.render import DeclaredTask


def declared_tasks(app: Pynenc) -> list[DeclaredTask]:
    """The tasks of an app, sorted by task id.

    Raises:
        ManifestError: the app has no tasks.
    """
    if not app.tasks:
        raise ManifestError("the app declares no tasks; decorate a function with @app.task in the module of the app")
    return [DeclaredTask(task_id, task.options, task.signature_schema()) for task_id, task in sorted(app.tasks.items())]
