"""Signatures of payloads: who has no key can neither make a payload nor move one to another task.

Sealed form: `0x02`, the id of the key, `:`, 32 bytes HMAC-SHA256, the payload. The signature covers the scope (app,
task and kind of payload), so arguments of one task do not pass as arguments of another, or as a result.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pynenc.errors import BadSignature

MARK = b"\x02"
MAC_BYTES = 32
SHORTEST_KEY = 16
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Keyring:
    """Signing keys by id: the first signs, all verify, so a key is replaced without refusing what is on its way."""

    keys: tuple[tuple[str, bytes], ...] = ()

    @classmethod
    def read(cls, text: str) -> Keyring:
        """The keys of `id:key,id2:key2`, or none of empty text.

        Raises:
            ValueError: a key is malformed or too short; the message is the rest of a sentence.
        """
        pairs = [part.strip().partition(":") for part in text.split(",")] if text.strip() else []
        for key_id, colon, key in pairs:
            if not colon or not KEY_ID.fullmatch(key_id) or len(key) < SHORTEST_KEY:
                raise ValueError(f"must be id:key,id2:key2 with keys of at least {SHORTEST_KEY} characters")
        if len({key_id for key_id, _, _ in pairs}) < len(pairs):
            raise ValueError("must name each key once")
        return cls(tuple((key_id, key.encode()) for key_id, _, key in pairs))

    def __bool__(self) -> bool:
        return bool(self.keys)

    def seal(self, scope: Sequence[str], payload: bytes) -> bytes:
        """`payload` with a signature by the first key; unchanged if there are no keys."""
        if not self.keys:
            return payload
        key_id, key = self.keys[0]
        return b"".join((MARK, key_id.encode(), b":", _mac(key, scope, payload), payload))

    def open(self, scope: Sequence[str], sealed: bytes) -> bytes:
        """The payload of `sealed`, once its signature was found right.

        Raises:
            BadSignature: there are keys and it is unsigned, or signed by another key, for another scope, or changed;
                or it is signed and there are no keys.
        """
        if sealed[:1] != MARK:
            if self.keys:
                raise BadSignature("the payload is not signed; give whoever sent it one of this program's signing_keys")
            return sealed
        key_id, _, rest = sealed[1 : 1 + 65 + MAC_BYTES].partition(b":")
        key = dict(self.keys).get(key_id.decode("ascii", "replace"))
        if key is None:
            raise BadSignature("the payload is signed with a key that is not among this program's signing_keys")
        start = 1 + len(key_id) + 1 + MAC_BYTES
        payload = sealed[start:]
        if not hmac.compare_digest(_mac(key, scope, payload), rest[:MAC_BYTES]):
            raise BadSignature("the payload was changed, or was made for another task; it was not decoded")
        return payload


def _mac(key: bytes, scope: Sequence[str], payload: bytes) -> bytes:
    signer = hmac.new(key, digestmod=hashlib.sha256)
    for part in scope:
        encoded = part.encode()
        signer.update(len(encoded).to_bytes(4, "big") + encoded)
    signer.update(payload)
    return signer.digest()
