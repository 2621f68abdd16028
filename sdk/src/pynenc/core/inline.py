"""Tasks whose source stands in a Task object: how they are called, and how their source travels.

A source is signed like a payload, for its task alone: whoever can write to the store but has no key cannot have code
run. Python is signed by the operator, since whoever may write Task objects may have it run; a bundle, a pickled
function, is signed by its author. Running them is the business of `pynenc.inline`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from pynenc.core.seal import Keyring
from pynenc.errors import BadSignature

PACKAGE = "inline"
FUNCTION = "main"
"""The function that is called; the others are its helpers."""


BUNDLED = "\0"
"""What starts with it is a bundle: no Python does."""
_SIGNED_BY_AUTHOR = "bundle:"
"""What a bundle starts with in the registry; what the operator has signed is base64 alone."""


def task_id_of(object_name: str) -> str:
    """The task id of a Task object with inline source."""
    return f"{PACKAGE}.{object_name.replace('-', '_')}.{FUNCTION}"


def is_inline(task_id: str) -> bool:
    """Whether a task has such an id."""
    return task_id.startswith(f"{PACKAGE}.")


def digest_of(source: str) -> str:
    """What tells one source from another."""
    return hashlib.sha256(source.encode()).hexdigest()


def text_of_bundle(bundle: str) -> str:
    """A bundle in place of Python."""
    return f"{BUNDLED}{bundle}"


def make_bundle(keys: Keyring, app_id: str, task_id: str, pickled: bytes, python: str) -> str:
    """A bundle of what was pickled by this version of Python, such as `3.11`; only one such can read it."""
    return base64.b64encode(keys.seal(_bundle_scope(app_id, task_id), f"{python}\n".encode() + pickled)).decode()


def open_bundle(keys: Keyring, app_id: str, task_id: str, text: str) -> tuple[str, bytes]:
    """The version of Python, and what it has pickled; to be unpickled only because this found who has signed it.

    Raises:
        BadSignature: it was signed with no key of these, for another app or task, or was changed.
    """
    python, _, pickled = _opened(keys, _bundle_scope(app_id, task_id), text.removeprefix(BUNDLED)).partition(b"\n")
    return python.decode("ascii", "replace"), pickled


def _bundle_scope(app_id: str, task_id: str) -> tuple[str, str, str]:
    return (app_id, task_id, "bundle")


def seal(keys: Keyring, app_id: str, task_id: str, source: str) -> str:
    """A source as the registry has it; a bundle is signed already."""
    if source.startswith(BUNDLED):
        return source.replace(BUNDLED, _SIGNED_BY_AUTHOR, 1)
    return base64.b64encode(keys.seal((app_id, task_id, "source"), source.encode())).decode()


def unseal(keys: Keyring, app_id: str, task_id: str, text: str) -> str:
    """The source that was sealed; whether a bundle may be trusted, `open_bundle` tells.

    Raises:
        BadSignature: it is not signed, there are no keys, or it is signed with another key or for another task.
    """
    if text.startswith(_SIGNED_BY_AUTHOR):
        return text.replace(_SIGNED_BY_AUTHOR, BUNDLED, 1)
    return _opened(keys, (app_id, task_id, "source"), text).decode()


def _opened(keys: Keyring, scope: tuple[str, str, str], text: str) -> bytes:
    if not keys:
        raise BadSignature("inline source is run only where payloads are signed; set signing_keys")
    try:
        sealed = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadSignature("the inline source is damaged") from None
    return keys.open(scope, sealed)
