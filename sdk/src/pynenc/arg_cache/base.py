"""Large arguments, stored once by the hash of their content, and gone when nobody has used them for a while."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pynenc.arg_cache.local import LocalBlobs
from pynenc.core.references import digest_of
from pynenc.errors import PayloadCorrupt, PayloadLost

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class BaseArgCache(ABC):
    """Keeps blobs by their SHA-256. What a subclass keeps is shared by all processes of the app.

    Readers get encoded bytes, so each decodes a value of its own; the bytes met lately stay in this process.
    """

    def __init__(self, app: Pynenc) -> None:
        self.app = app
        self._local = LocalBlobs(app.conf.local_cache_size, app.conf.local_cache_bytes)

    def store(self, blob: bytes, keep_seconds: float = 0.0) -> str:
        """Keep `blob` for `ttl_seconds` beyond `keep_seconds` from now, sending it only if it is not there.

        Returns its digest. Safe to repeat.
        """
        digest, ttl_seconds = digest_of(blob), self.app.conf.ttl_seconds + keep_seconds
        if not self.touch(digest, ttl_seconds):
            self.put(digest, blob, ttl_seconds)
        self._local.put(digest, blob)
        return digest

    def load(self, digest: str) -> bytes:
        """The blob with this digest, from this process if it met it lately.

        Raises:
            PayloadLost: there is none (any more).
            PayloadCorrupt: what is kept under the digest is something else.
        """
        blob = self._local.get(digest)
        if blob is not None:
            return blob
        blob = self.get(digest, self.app.conf.ttl_seconds)
        if blob is None:
            raise PayloadLost(f"cached argument {digest[:12]} is gone; call the task again, or raise ttl_seconds")
        if digest_of(blob) != digest:
            raise PayloadCorrupt(f"cached argument {digest[:12]} was changed in the store; call the task again")
        self._local.put(digest, blob)
        return blob

    @abstractmethod
    def touch(self, digest: str, ttl_seconds: float) -> bool:
        """Make a blob live for at least `ttl_seconds` from now; False if there is none. Never shortens a life."""

    @abstractmethod
    def put(self, digest: str, blob: bytes, ttl_seconds: float) -> None:
        """Keep `blob` under `digest` for at least `ttl_seconds`. Safe to repeat."""

    @abstractmethod
    def get(self, digest: str, ttl_seconds: float) -> bytes | None:
        """The blob, which then lives for at least `ttl_seconds` from now; None if there is none."""
