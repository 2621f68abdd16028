"""Tasks whose source stands in a Task object: how they are called, and how their source travels.

A source is signed like a payload, for its task alone: whoever can write to the store but has no key cannot have code
run. Running it is the business of `pynenc.inline`.
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


def task_id_of(object_name: str) -> str:
    """The task id of a Task object with inline source."""
    return f"{PACKAGE}.{object_name.replace('-', '_')}.{FUNCTION}"


def is_inline(task_id: str) -> bool:
    """Whether a task has such an id."""
    return task_id.startswith(f"{PACKAGE}.")


def digest_of(source: str) -> str:
    """What tells one source from another."""
    return hashlib.sha256(source.encode()).hexdigest()


def seal(keys: Keyring, app_id: str, task_id: str, source: str) -> str:
    """A source as the registry has it."""
    return base64.b64encode(keys.seal((app_id, task_id, "source"), source.encode())).decode()


def unseal(keys: Keyring, app_id: str, task_id: str, text: str) -> str:
    """The source that was sealed.

    Raises:
        BadSignature: it is not signed, there are no keys, or it is signed with another key or for another task.
    """
    if not keys:
        raise BadSignature("inline source is run only where payloads are signed; set signing_keys")
    try:
        sealed = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadSignature("the inline source is damaged") from None
    return keys.open((app_id, task_id, "source"), sealed).decode()
