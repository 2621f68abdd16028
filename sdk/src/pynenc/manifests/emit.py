"""Objects of an app as YAML text: sorted, free of defaults, the same bytes for the same code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pynenc.api.names import CHARTS_STORE
from pynenc.api.yaml_text import yaml_of
from pynenc.app import Pynenc
from pynenc.manifests.bundles import bundler
from pynenc.manifests.discover import declared_app, declared_tasks
from pynenc.manifests.render import render, render_app


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which objects are wanted: those of the tasks, and with an `image` those of App and WorkerPool before them.

    `app_ref` is the name of the App object; empty for the app id without its namespace. Without `namespace` the objects
    name none. `redis_secret` is the Secret that holds the URL of the store. With `bundle`, Tasks hold their code.
    """

    app_ref: str = ""
    namespace: str = ""
    image: str = ""
    redis_secret: str = CHARTS_STORE
    bundle: bool = False

    def app_name(self, app: Pynenc) -> str:
        """The name of the App object."""
        return self.app_ref or app.app_id.rpartition("/")[2]


def objects_of(app: Pynenc, wanted: Wanted) -> list[dict[str, Any]]:
    """The objects of an app.

    Raises:
        ManifestError: the app has no tasks, or one that cannot be a Task object, or not be bundled.
        AppSpecError: App and WorkerPool are wanted, and the app is an attribute of no module.
    """
    name, namespace = wanted.app_name(app), wanted.namespace or None
    bundle = bundler(app, f"{wanted.namespace}/{name}") if wanted.bundle else None
    tasks = render(declared_tasks(app), name, namespace, bundle)
    if not wanted.image:
        return tasks
    return [*render_app(declared_app(app, wanted.image, wanted.redis_secret), name, namespace), *tasks]


def emit(app: Pynenc, wanted: Wanted) -> str:
    """One document for each object of an app, for `kubectl apply -f -`; raises as `objects_of`."""
    return "---\n".join(yaml_of(document, sort_keys=True) for document in objects_of(app, wanted))
