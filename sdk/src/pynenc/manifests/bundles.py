"""Functions as signed bundles: pickled with what they use of their module, for Task objects without an image."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from pynenc.app import Pynenc
from pynenc.config import Config
from pynenc.core.inline import make_bundle, task_id_of
from pynenc.core.seal import Keyring
from pynenc.errors import ManifestError
from pynenc.inline import THIS_PYTHON
from pynenc.manifests.render import Bundle
from pynenc.serializers.pickle import PickleSerializer
from pynenc.task import Task

REFUSED = (Pynenc, Task, Config)
"""What must not be in a bundle: settings have passwords, and a copy of an app is not the worker's."""


def bundler(app: Pynenc, app_id: str) -> Bundle:
    """Makes bundles of the tasks of `app`, for the App object whose app id is "namespace/name".

    Raises:
        ManifestError: there are no keys to sign with.
    """
    keys = Keyring.read(app.conf.signing_keys)
    if not keys:
        raise ManifestError(
            "a bundle is run only if it is signed: set PYNENC__SIGNING_KEYS to the keys in the Secret of the App"
        )

    def bundle(task_id: str, name: str) -> str:
        return make_bundle(keys, app_id, task_id_of(name), _pickled(task_id, app.tasks[task_id].func), THIS_PYTHON)

    return bundle


def _pickled(task_id: str, function: Callable[..., Any]) -> bytes:
    try:
        return PickleSerializer().serialize_function(function, REFUSED)
    except (TypeError, ValueError, AttributeError, pickle.PicklingError) as error:
        raise ManifestError(
            f"{task_id} cannot be bundled: {error}; a bundle holds a function and what it uses of its module, but no"
            " other tasks, connections or locks"
        ) from error
