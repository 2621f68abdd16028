"""One connection a thread for single commands, below the layers of the redis package that cost more than the network.

Timeouts, repetitions and errors are those of the client it is made from; pools of connections and pipelines stay there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Sequence
from typing import Any, cast
from weakref import WeakSet

import redis
from redis.backoff import NoBackoff
from redis.connection import Connection
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry


class Direct:
    """Sends commands that are safe to repeat. Thread-safe, fork-safe; connects on first use."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        self._retry = client.get_retry() or Retry(NoBackoff(), 0)
        self._local = threading.local()
        self._all: WeakSet[Connection] = WeakSet()

    def execute(self, *command: Any) -> Any:
        """The reply to one command.

        Raises:
            RedisError, OSError: as the client's own `execute_command`, after the same repetitions.
        """
        connection = self._take()
        try:
            return self._retry.call_with_retry(lambda: _ask(connection, command), lambda _: connection.disconnect())
        finally:
            self._local.kept = (os.getpid(), connection)

    def execute_ahead(self, commands: Iterable[Sequence[Any]]) -> Generator[Any]:
        """The replies to commands, in their order; each command is made while the server works on the one before.

        One that the server refuses has the error as its reply.

        Raises:
            RedisError, OSError: as `execute`, which repeats what a lost connection has left without a reply.
        """
        connection = self._take()
        sent: Sequence[Any] = ()
        try:
            for command in commands:
                before, reply = sent, self._reply(connection, sent) if sent else None
                _send(connection, command)
                sent = command
                if before:
                    yield reply
            if sent:
                reply, sent = self._reply(connection, sent), ()
                yield reply
        finally:
            if sent:  # nobody asks for its reply any more, and it would answer the next command
                connection.disconnect()
            self._local.kept = (os.getpid(), connection)

    def _reply(self, connection: Connection, command: Sequence[Any]) -> Any:
        try:
            return connection.read_response()
        except ResponseError as error:
            return error
        except (RedisError, OSError):
            connection.disconnect()
            return self.execute(*command)

    def pop(self, keys: Sequence[str], seconds: float, timeout_seconds: float) -> list[bytes] | None:
        """The key and the first member of the first of these lists that has one, or None after `seconds`.

        Raises:
            RedisError, OSError: also when no reply is there within `timeout_seconds`, since a half-open connection has
                no other sign. A pop is not repeated, since it may have popped.
        """
        connection = self._take()
        try:
            _freshen(connection)
            command = ("BLPOP", *keys, seconds)
            return cast("list[bytes] | None", _ask(connection, command, timeout=timeout_seconds))
        finally:
            self._local.kept = (os.getpid(), connection)

    def _take(self) -> Connection:
        """The thread's connection; a new one after a fork, and inside a signal handler that interrupted a command."""
        kept: tuple[int, Connection | None] = getattr(self._local, "kept", (0, None))
        pid, connection = kept
        self._local.kept = (0, None)
        if connection is None or pid != os.getpid():
            connection = cast("Connection", self._pool.connection_class(**self._pool.connection_kwargs))
            self._all.add(connection)
        return connection

    def close(self) -> None:
        """Close the connections of all threads; a later command makes a new one."""
        for connection in list(self._all):
            connection.disconnect()


def _freshen(connection: Connection) -> None:
    """Drop what the server has closed meanwhile, as a pool of connections does; the next command connects anew."""
    try:
        is_fit = not connection.can_read(0)
    except (RedisError, OSError):
        is_fit = False
    if not is_fit:
        connection.disconnect()


def _send(connection: Connection, command: Sequence[Any]) -> None:
    """Send it, or leave the connection closed, so that nothing can be read from it."""
    try:
        connection.send_packed_command(connection.pack_command(*command))
    except (RedisError, OSError):
        connection.disconnect()


def _ask(connection: Connection, command: tuple[Any, ...], **reading: float) -> Any:
    try:
        connection.send_packed_command(connection.pack_command(*command))
        return connection.read_response(**reading)
    except ResponseError:
        raise
    except BaseException:
        # Whatever interrupts a command, even from outside, leaves a reply that would answer the next one.
        connection.disconnect()
        raise
