"""Identifiers: made by whoever creates the thing, never by a store, so that a repeated request is recognised.

Time and randomness are arguments; `pynenc.orchestrator` draws them at the rim.
"""

from __future__ import annotations

import hashlib
import re
import uuid

from pynenc.errors import ConfigurationError

APP_ID = re.compile(r"^[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?(/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$")
LIMIT = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$")
_TIME = (1 << 48) - 1
_VARIANT = "89ab"
QUEUE = re.compile(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")


def uuid7(now_ms: int, random_bits: bytes) -> str:
    """A version 7 UUID (RFC 9562): sorts by creation time.

    `now_ms` is Unix time in milliseconds; of `random_bits`, ten bytes, 74 bits are used.
    """
    time, bits = f"{now_ms & _TIME:012x}", random_bits.hex()
    return f"{time[:8]}-{time[8:]}-7{bits[:3]}-{_VARIANT[random_bits[9] & 3]}{bits[3:6]}-{bits[6:18]}"


def invocation_id_of_object(uid: str) -> str:
    """The id of the invocation that belongs to a Kubernetes object, always the same for one `metadata.uid`."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"pynenc.io/invocation/{uid}"))


def invocation_id_of_key(app_id: str, task_id: str, key: str) -> str:
    """The id of the invocation that a client names by an idempotency key, always the same for one app, task and key."""
    name = "".join(f"{len(part)}:{part}" for part in (app_id, task_id, key))
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"pynenc.io/call/{name}"))


def short_hash(text: str) -> str:
    """24 hexadecimal digits that stand for `text` wherever user text must not appear, such as in a Redis key."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def check_app_id(app_id: str) -> str:
    """Return `app_id` if it can be part of a Redis key.

    Raises:
        ConfigurationError: it has characters that a key pattern would interpret, or is too long.
    """
    if not APP_ID.fullmatch(app_id):
        raise ConfigurationError(
            f'app_id "{app_id}" must match {APP_ID.pattern}: lower case, digits, "-", "_", "." and at most one "/"'
        )
    return app_id
