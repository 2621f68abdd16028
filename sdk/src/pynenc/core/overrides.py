"""Options of a single call that its worker must know: they travel in front of the arguments.

Wire form: `0x05`, JSON of the options that were given, a line feed, the encoded arguments. No encoded arguments start
with `0x05`. Options that end in the store, such as the queue, do not travel; classes of exceptions cannot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pynenc.core.options import TaskOptions, apply_options
from pynenc.errors import SerializationError, TaskDefinitionError

MARK = b"\x05"
TRAVELLING = ("max_retries", "retry_backoff", "retry_backoff_max", "timeout", "result_ttl", "failure_ttl")


def join(changes: Mapping[str, object], rest: bytes) -> bytes:
    """`rest` behind those of `changes` that travel; `rest` alone if none does."""
    found = {name: changes[name] for name in TRAVELLING if name in changes} if changes else {}
    return b"".join((MARK, json.dumps(found, separators=(",", ":")).encode(), b"\n", rest)) if found else rest


def split(payload: bytes) -> tuple[dict[str, object], bytes]:
    """The options, each known to be good, and the encoded arguments.

    Raises:
        SerializationError: the options are damaged, or of a version that has others.
    """
    if payload[:1] != MARK:
        return {}, payload
    head, _, rest = payload[1:].partition(b"\n")
    try:
        changes = json.loads(head)
    except ValueError:
        changes = None
    if not isinstance(changes, dict) or not changes.keys() <= set(TRAVELLING):
        raise SerializationError("arguments: the options of the call are damaged")
    try:
        apply_options(TaskOptions(), changes)
    except TaskDefinitionError as error:
        raise SerializationError(f"arguments: the options of the call are damaged: {error}") from None
    return changes, rest
