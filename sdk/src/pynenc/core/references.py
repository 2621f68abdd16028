"""Arguments that are kept apart: the envelope that names them by the hash of their content.

Wire form: `0x01`, JSON of `{"argument": "<sha256>"}`, a line feed, the encoded arguments that are not kept apart. No
encoded value starts with `0x01`, so nothing that a user passes can be taken for a reference.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from pynenc.errors import SerializationError

MARK = b"\x01"
DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_of(blob: bytes) -> str:
    """The name of `blob`: its SHA-256 in hexadecimal."""
    return hashlib.sha256(blob).hexdigest()


def join(digests: Mapping[str, str], rest: bytes) -> bytes:
    """The envelope of the arguments `digests`, by name, and the encoded others."""
    return b"".join((MARK, json.dumps(dict(digests), separators=(",", ":")).encode(), b"\n", rest))


def split(payload: bytes) -> tuple[dict[str, str], bytes]:
    """The digests by argument, and the encoded others; no digests for a payload that is no envelope.

    Raises:
        SerializationError: the envelope is damaged.
    """
    if payload[:1] != MARK:
        return {}, payload
    head, _, rest = payload[1:].partition(b"\n")
    try:
        digests = json.loads(head)
    except ValueError:
        digests = None
    if not isinstance(digests, dict) or not all(isinstance(d, str) and DIGEST.fullmatch(d) for d in digests.values()):
        raise SerializationError("arguments: the references to cached arguments are damaged")
    return digests, rest
