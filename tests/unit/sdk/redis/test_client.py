"""The client's errors become ours, with a text that shows no password; no server is asked."""

from __future__ import annotations

import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from pynenc._redis.client import Translated, address
from pynenc.errors import BackendAuthError, BackendError, BackendFull, BackendUnavailable, InvocationNotFound

URL = "redis://robot:hush@db.example:6380/3"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param(URL, "db.example:6380", id="user, password and port"),
        pytest.param("redis://:hush@db.example", "db.example:6379", id="no port"),
        pytest.param("unix:///run/redis.sock?db=0", "unix:/run/redis.sock", id="a socket"),
        pytest.param("rediss://[::1]:6380", "::1:6380", id="an IPv6 address"),
    ],
)
def test_an_address_shows_no_password(url, shown):
    assert address(url) == shown


@pytest.mark.parametrize(
    ("raised", "wanted", "message"),
    [
        pytest.param(AuthenticationError("WRONGPASS"), BackendAuthError, 'rejected user "robot"', id="password"),
        pytest.param(NoPermissionError("NOPERM"), BackendAuthError, 'rejected user "robot"', id="permission"),
        pytest.param(OutOfMemoryError("OOM"), BackendFull, "has reached maxmemory", id="memory"),
        *(
            pytest.param(ResponseError(f"{word} now"), BackendUnavailable, "cannot serve now", id=word)
            for word in ("MISCONF", "BUSY", "TRYAGAIN", "READONLY")
        ),
        pytest.param(ReadOnlyError("a replica"), BackendUnavailable, "cannot serve now", id="a replica"),
        pytest.param(ResponseError("ERR odd"), BackendError, "refused a step: ERR odd", id="refused"),
        pytest.param(RedisConnectionError("hush"), BackendUnavailable, "cannot reach redis", id="connection"),
        pytest.param(RedisTimeoutError("slow"), BackendUnavailable, r"\(timeout 2s\)", id="timeout"),
        pytest.param(BusyLoadingError("LOADING"), BackendUnavailable, "cannot reach redis", id="loading"),
        pytest.param(OSError("no route"), BackendUnavailable, "is redis_url right", id="network"),
    ],
)
def test_an_error_of_the_client_becomes_ours(raised, wanted, message):
    with pytest.raises(wanted, match=message) as caught, Translated(URL, 2.0):
        raise raised
    assert type(caught.value) is wanted
    assert caught.value.__cause__ is raised
    assert "db.example:6380" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_our_own_errors_pass_through():
    with pytest.raises(InvocationNotFound), Translated(URL, 2.0):
        raise InvocationNotFound("gone")
