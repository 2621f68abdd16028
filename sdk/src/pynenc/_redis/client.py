"""Connections to Redis and the translation of its errors.

redis-py 8 gives sockets a timeout of 5 s and repeats a command up to ten times by itself. Here both are explicit:
ordinary calls have a short timeout and few repetitions with jitter (every function of the library is safe to repeat),
and blocking pops have connections of their own, on which a reply may be overdue by a time, but not stay away for ever.
"""

from __future__ import annotations

from types import TracebackType
from urllib.parse import urlsplit

import redis
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from pynenc.errors import BackendAuthError, BackendError, BackendFull, BackendUnavailable

REPETITIONS = 2
OVERDUE = 2.5
"""How many timeouts of an ordinary call the reply to a blocking pop may be late: about as long as those are tried."""
FOR_NOW = ("READONLY", "MISCONF", "BUSY", "LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS")
"""What a server says that cannot serve at the moment: a fail-over, a full disk, a long script."""
AUTH = (AuthenticationError, AuthorizationError, NoPermissionError)


def address(url: str) -> str:
    """Where `url` leads, without user and password."""
    parts = urlsplit(url)
    return f"unix:{parts.path}" if parts.scheme == "unix" else f"{parts.hostname or 'localhost'}:{parts.port or 6379}"


def connect(url: str, timeout_seconds: float) -> redis.Redis:
    """A pool for ordinary calls; connections are made on first use, and anew after a fork."""
    retry = Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), REPETITIONS)
    return redis.Redis.from_url(
        url, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds, retry=retry, protocol=2
    )


def connect_blocking(url: str, timeout_seconds: float) -> redis.Redis:
    """What pops are made of; a pop is not repeated, since it may have popped."""
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )


class Translated:
    """Turns the client's exceptions into ours, with a text that says what to do and shows no password.

    A context manager that may be entered by many threads, again and again.
    """

    __slots__ = ("_timeout_seconds", "_url")

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._url = url
        self._timeout_seconds = timeout_seconds

    def __enter__(self) -> None:
        """Begin; nothing is kept."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, (RedisError, OSError)):
            raise self._told(error) from error

    def _told(self, error: RedisError | OSError) -> BackendError:
        where = f"redis at {address(self._url)}"
        if isinstance(error, AUTH):
            user = urlsplit(self._url).username or "default"
            return BackendAuthError(f'{where} rejected user "{user}"; check the user and password of redis_url')
        if isinstance(error, OutOfMemoryError):
            return BackendFull(f"{where} has reached maxmemory; finish or purge work, or raise the limit")
        if isinstance(error, ResponseError):
            if str(error).startswith(FOR_NOW) or isinstance(error, ReadOnlyError):
                return BackendUnavailable(f"{where} cannot serve now: {error}; look at the server, then try again")
            return BackendError(f"{where} refused a step: {error}")
        return BackendUnavailable(
            f"cannot reach {where} (timeout {self._timeout_seconds:g}s); is it running, and is redis_url right?"
        )
