"""One `MemoryStore` per app, shared by its orchestrator, broker and state backend, and gone with the app."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pynenc._memory.store import MemoryStore

if TYPE_CHECKING:
    from pynenc.app import Pynenc

_stores: WeakKeyDictionary[Pynenc, MemoryStore] = WeakKeyDictionary()
_lock = threading.Lock()


def store_of(app: Pynenc) -> MemoryStore:
    """The memory of `app`, made on first use."""
    with _lock:
        store = _stores.get(app)
        if store is None:
            store = _stores[app] = MemoryStore()
        return store


def use_store(app: Pynenc, store: MemoryStore) -> None:
    """Give `app` this memory, with a clock of one's own for example; components made before keep theirs."""
    with _lock:
        _stores[app] = store
