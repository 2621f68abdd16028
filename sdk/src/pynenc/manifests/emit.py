"""Task objects of an app as YAML text: sorted, free of defaults, the same bytes for the same code."""

from __future__ import annotations

from pynenc.api.yaml_text import yaml_of
from pynenc.app import Pynenc
from pynenc.manifests.discover import declared_tasks
from pynenc.manifests.render import render


def emit(app: Pynenc, app_ref: str, namespace: str | None = None) -> str:
    """One document for each task of `app`, for `kubectl apply -f -`.

    `app_ref` is the name of the App object that the tasks belong to. Without `namespace` the objects name none.

    Raises:
        ManifestError: the app has no tasks, or one that cannot be a Task object.
    """
    return "---\n".join(
        yaml_of(document, sort_keys=True) for document in render(declared_tasks(app), app_ref, namespace)
    )
