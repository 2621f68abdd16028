"""Cached arguments in Redis: strings by the hash of their content, each with a time to live."""

from __future__ import annotations

import math
from typing import cast

from pynenc._redis.library import Library


class Blobs:
    """The cached arguments of one app. A time to live is only ever made longer."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def touch(self, digest: str, ttl_seconds: float) -> bool:
        """Prolong the life of a blob; False if there is none. One round trip."""
        key = self._library.keys.blob(digest)
        with self._library.translated, self._library.client.pipeline(transaction=False) as pipe:
            pipe.expire(key, math.ceil(ttl_seconds), gt=True)
            pipe.exists(key)
            return bool(pipe.execute()[1])

    def put(self, digest: str, blob: bytes, ttl_seconds: float) -> None:
        """Keep a blob."""
        with self._library.translated:
            self._library.client.set(self._library.keys.blob(digest), blob, ex=math.ceil(ttl_seconds))

    def get(self, digest: str, ttl_seconds: float) -> bytes | None:
        """A blob, whose life is prolonged, or None. One round trip."""
        key = self._library.keys.blob(digest)
        with self._library.translated, self._library.client.pipeline(transaction=False) as pipe:
            pipe.get(key)
            pipe.expire(key, math.ceil(ttl_seconds), gt=True)
            return cast("bytes | None", pipe.execute()[0])
