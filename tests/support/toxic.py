"""A TCP proxy before a server that loses requests, replies and whole connections, and holds others back.

What it does to which chunk is drawn from a seed; which chunk comes when depends on the programs that run.
"""

from __future__ import annotations

import random
import re
import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CHUNK = 65_536
LATE_SECONDS = 0.05
BETWEEN_FAULTS = (10, 40)
"""A fault hits one chunk out of so many, at least and at most, in either direction."""
FAULTS = ("lost", "silent", "reset", "late")
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for 0 seconds: a close sends RST."""


class ToxicProxy:
    """Listens on a port of this host and passes bytes to and from the server's Unix socket.

    `faults` counts what was done, by direction and kind: `lost` drops a chunk and closes the connection, `silent` drops
    it and says nothing, `reset` drops it and resets the connection, `late` holds it back.
    """

    def __init__(self, socket_path: Path, seed: int) -> None:
        self.faults: Counter[str] = Counter()
        self._is_open = True
        self._path = str(socket_path)
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._left = BETWEEN_FAULTS[1]
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client = self._listener.accept()[0]
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Pass bytes both ways until an end or a fault closes the connection."""
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.connect(self._path)
            directions = {client: ("request", server), server: ("reply", client)}
            while self._is_open:
                for source in select.select([client, server], [], [], 0.5)[0]:
                    direction, target = directions[source]
                    chunk = source.recv(CHUNK)
                    if not chunk or not self._pass(chunk, target, self._draw(direction), client):
                        return

    def _pass(self, chunk: bytes, target: socket.socket, fault: str, client: socket.socket) -> bool:
        """Whether the connection goes on after this chunk."""
        if fault == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if fault in ("lost", "reset"):
            return False
        if fault == "late":
            time.sleep(LATE_SECONDS)
        if fault != "silent":
            target.sendall(chunk)
        return True

    def _draw(self, direction: str) -> str:
        with self._lock:
            self._left -= 1
            if self._left > 0:
                return ""
            self._left = self._random.randint(*BETWEEN_FAULTS)
            fault = self._random.choice(FAULTS)
            self.faults[f"{direction} {fault}"] += 1
            return fault

    def close(self) -> None:
        """Take no more connections, and end those that are open."""
        self._is_open = False
        self._listener.close()


class AgingProxy(ToxicProxy):
    """Has no faults, but lets the server say that it is older than it is."""

    def _pass(self, chunk: bytes, target: socket.socket, fault: str, client: socket.socket) -> bool:
        target.sendall(re.sub(rb"redis_version:\d", b"redis_version:6", chunk))
        return True


@contextmanager
def toxic_proxy(socket_path: Path, seed: int, kind: type[ToxicProxy] = ToxicProxy) -> Iterator[ToxicProxy]:
    """A proxy that ends with the block."""
    proxy = kind(socket_path, seed)
    try:
        yield proxy
    finally:
        proxy.close()
