"""The encoded arguments that this process has met lately, bounded by their number and their bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict


class LocalBlobs:
    """A cache of blobs by digest that forgets the least recently used. Thread-safe."""

    def __init__(self, entries: int, size_bytes: int) -> None:
        self.entries = entries
        self.size_bytes = size_bytes
        self._blobs: OrderedDict[str, bytes] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def get(self, digest: str) -> bytes | None:
        """The blob, now the most recently used, or None."""
        with self._lock:
            if digest in self._blobs:
                self._blobs.move_to_end(digest)
            return self._blobs.get(digest)

    def put(self, digest: str, blob: bytes) -> None:
        """Keep `blob`, unless it alone is larger than everything may be."""
        with self._lock:
            if digest in self._blobs or len(blob) > self.size_bytes:
                return
            self._blobs[digest] = blob
            self._held += len(blob)
            while self._held > self.size_bytes or len(self._blobs) > self.entries:
                self._held -= len(self._blobs.popitem(last=False)[1])

    def __len__(self) -> int:
        return len(self._blobs)
