"""One `Library` per app, shared by its orchestrator, broker and state backend."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pynenc._redis.library import Library

if TYPE_CHECKING:
    from pynenc.app import Pynenc

_libraries: WeakKeyDictionary[Pynenc, Library] = WeakKeyDictionary()
_lock = threading.Lock()


def library_of(app: Pynenc) -> Library:
    """The library of `app`, made anew when the address in its configuration has changed."""
    url, app_id = app.conf.redis_connection_url(), app.app_id
    with _lock:
        library = _libraries.get(app)
        if library is None or (library.url, library.app_id) != (url, app_id):
            library = _libraries[app] = Library(url, app_id, app.conf.socket_timeout_seconds)
        return library
