"""What an app declares, as plain values in a fixed order."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from pynenc.app import Pynenc
from pynenc.discovery import location_of
from pynenc.errors import ManifestError
from pynenc.manifests.render import DeclaredApp, DeclaredTask


def declared_tasks(app: Pynenc) -> list[DeclaredTask]:
    """The tasks of an app, sorted by task id.

    Raises:
        ManifestError: the app has no tasks.
    """
    if not app.tasks:
        raise ManifestError("the app declares no tasks; decorate a function with @app.task in the module of the app")
    return [
        DeclaredTask(task_id, task.options, task.signature_schema(), _source(task.func))
        for task_id, task in sorted(app.tasks.items())
    ]


def declared_app(app: Pynenc, image: str, redis_secret: str) -> DeclaredApp:
    """What App and WorkerPool objects say of an app whose code is in `image`.

    Raises:
        AppSpecError: the app is an attribute of no module.
    """
    queues = sorted({task.options.queue for task in app.tasks.values()})
    return DeclaredApp(image, location_of(app), tuple(queues), dict(app.conf.limits), redis_secret)


def _source(function: Callable[..., Any]) -> str:
    """The text of a function, or nothing if there is none to read."""
    try:
        return textwrap.dedent(inspect.getsource(function))
    except OSError:
        return ""
