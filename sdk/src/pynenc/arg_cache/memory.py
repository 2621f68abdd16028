"""`MemArgCache`: cached arguments within this process, kept with the app."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pynenc.arg_cache.base import BaseArgCache

if TYPE_CHECKING:
    from pynenc.app import Pynenc

_blobs: WeakKeyDictionary[Pynenc, dict[str, tuple[float, bytes]]] = WeakKeyDictionary()
_lock = threading.Lock()


class MemArgCache(BaseArgCache):
    """Blobs with the moment they expire; what has expired is dropped when something new comes."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        with _lock:
            self._shared = _blobs.setdefault(app, {})

    def touch(self, digest: str, ttl_seconds: float) -> bool:
        """See `BaseArgCache.touch`."""
        return self.get(digest, ttl_seconds) is not None

    def put(self, digest: str, blob: bytes, ttl_seconds: float) -> None:
        """See `BaseArgCache.put`."""
        now = time.monotonic()
        with _lock:
            for expired in [known for known, (end, _) in self._shared.items() if end <= now]:
                del self._shared[expired]
            self._shared[digest] = (now + ttl_seconds, blob)

    def get(self, digest: str, ttl_seconds: float) -> bytes | None:
        """See `BaseArgCache.get`."""
        now = time.monotonic()
        with _lock:
            end, blob = self._shared.get(digest, (0.0, b""))
            if end <= now:
                return None
            self._shared[digest] = (max(end, now + ttl_seconds), blob)
            return blob
