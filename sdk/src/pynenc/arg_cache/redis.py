"""`RedisArgCache`: cached arguments as strings in Redis, each with a time to live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynenc._redis.blobs import Blobs
from pynenc._redis.shared import library_of
from pynenc.arg_cache.base import BaseArgCache

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class RedisArgCache(BaseArgCache):
    """One string a blob; two argument lists that have a large value in common share it."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._blobs = Blobs(library_of(app))

    def touch(self, digest: str, ttl_seconds: float) -> bool:
        """See `BaseArgCache.touch`."""
        return self._blobs.touch(digest, ttl_seconds)

    def put(self, digest: str, blob: bytes, ttl_seconds: float) -> None:
        """See `BaseArgCache.put`."""
        self._blobs.put(digest, blob, ttl_seconds)

    def get(self, digest: str, ttl_seconds: float) -> bytes | None:
        """See `BaseArgCache.get`."""
        return self._blobs.get(digest, ttl_seconds)
