"""Connections to Redis and the translation of its errors.

redis-py 8 gives sockets a timeout of 5 s and repeats a command up to ten times by itself. Here both are explicit:
ordinary calls have a short timeout and few repetitions with jitter (every function of the library is safe to repeat),
and blocking pops have connections of their own, on which a reply may be overdue by a time, but not stay away for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast
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
    """A pool for `pop`; a pop is not repeated, since it may have popped."""
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )


def pop(client: redis.Redis, keys: Sequence[str], seconds: float, timeout_seconds: float) -> list[bytes] | None:
    """The key and the first member of the first of these lists that has one, or None after `seconds`.

    Raises:
        RedisError, OSError: also when no reply is there in time, since a half-open connection has no other sign.
    """
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_command("BLPOP", *keys, seconds)
        return cast("list[bytes] | None", connection.read_response(timeout=seconds + OVERDUE * timeout_seconds))
    finally:
        pool.release(connection)


@contextmanager
def translated(url: str, timeout_seconds: float) -> Iterator[None]:
    """Turn the client's exceptions into ours, with a text that says what to do and shows no password."""
    try:
        yield
    except AUTH as error:
        user = urlsplit(url).username or "default"
        raise BackendAuthError(
            f'redis at {address(url)} rejected user "{user}"; check the user and password of redis_url'
        ) from error
    except OutOfMemoryError as error:
        raise BackendFull(
            f"redis at {address(url)} has reached maxmemory; finish or purge work, or raise the limit"
        ) from error
    except ResponseError as error:
        if str(error).startswith(FOR_NOW) or isinstance(error, ReadOnlyError):
            raise BackendUnavailable(
                f"redis at {address(url)} cannot serve now: {error}; look at the server, then try again"
            ) from error
        raise BackendError(f"redis at {address(url)} refused a step: {error}") from error
    except (RedisError, OSError) as error:
        raise BackendUnavailable(
            f"cannot reach redis at {address(url)} (timeout {timeout_seconds:g}s); "
            "is it running, and is redis_url right?"
        ) from error
