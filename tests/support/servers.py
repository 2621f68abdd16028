"""Servers for tests: of the program that `PYNENC_TEST_SERVER` names, or else the embedded one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from pynenc._redis.client import connect
from pynenc._redis.embedded import EmbeddedServer

PROGRAM = "PYNENC_TEST_SERVER"
"""Environment variable with the path of a redis-server or valkey-server to test with."""


class ChosenServer(EmbeddedServer):
    """An embedded server whose program can be chosen."""

    def _command(self) -> list[str]:
        command = super()._command()
        return [os.environ.get(PROGRAM) or command[0], *command[1:]]


@contextmanager
def running_server(
    folder: Path | None = None, port: int = 0, options: tuple[str, ...] = ()
) -> Iterator[EmbeddedServer]:
    """A server that ends with the block."""
    with ChosenServer(folder, port, options=options) as server:
        yield server


@contextmanager
def raw_client(server: EmbeddedServer) -> Iterator[redis.Redis]:
    """A plain client, for looking at keys behind the back of the library."""
    client = connect(server.url, 5.0)
    try:
        yield client
    finally:
        client.close()
