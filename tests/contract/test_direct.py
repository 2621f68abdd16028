"""Single commands on one connection a thread: replies never go to another command, whatever interrupts one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from pynenc._redis.client import connect
from pynenc._redis.direct import Direct
from pynenc._redis.embedded import EmbeddedServer
from support.servers import raw_client


class Interruption(BaseException):
    """Raised by a signal handler in the middle of a command."""


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[redis.Redis]:
    """A plain client of an empty server."""
    with raw_client(server) as raw:
        raw.flushall()
        yield raw


@pytest.fixture
def direct(server: EmbeddedServer) -> Iterator[Direct]:
    """Commands under test."""
    pool = connect(server.url, 5.0)
    found = Direct(pool)
    yield found
    found.close()
    pool.close()


@pytest.fixture
def alarm() -> Iterator[None]:
    """The handler of SIGALRM is as before afterwards."""
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def echo(direct: Direct, text: str) -> bytes:
    """A command whose reply tells which one it was."""
    return bytes(direct.execute("ECHO", text))


def test_a_connection_that_the_server_closed_is_made_anew(direct: Direct, client: redis.Redis) -> None:
    echo(direct, "one")
    client.client_kill_filter(_type="normal", skipme=True)
    assert echo(direct, "two") == b"two"


def test_an_error_of_the_server_leaves_the_connection_in_order(direct: Direct) -> None:
    with pytest.raises(redis.ResponseError, match="unknown command"):
        direct.execute("NOSUCH")
    assert echo(direct, "next") == b"next"


def test_an_interrupted_command_leaves_no_reply_for_the_next(direct: Direct, alarm: None) -> None:
    def interrupt(*_: object) -> None:
        raise Interruption

    echo(direct, "first")
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    with pytest.raises(Interruption):
        direct.execute("BLPOP", "nothing", 3)
    assert echo(direct, "next") == b"next"


def test_a_signal_handler_may_send_a_command_of_its_own(direct: Direct, client: redis.Redis, alarm: None) -> None:
    replies: list[bytes] = []

    def ask(*_: object) -> None:
        replies.append(echo(direct, "handler"))
        client.rpush("wanted", "here")

    echo(direct, "first")
    signal.signal(signal.SIGALRM, ask)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    assert direct.execute("BLPOP", "wanted", 3) == [b"wanted", b"here"]
    assert replies == [b"handler"]
    assert echo(direct, "next") == b"next"


def test_threads_do_not_share_a_connection(direct: Direct) -> None:
    with ThreadPoolExecutor(4) as pool:
        texts = [str(number) for number in range(200)]
        assert list(pool.map(lambda text: echo(direct, text).decode(), texts)) == texts


def test_a_forked_process_has_a_connection_of_its_own(direct: Direct) -> None:
    mine = direct.execute("CLIENT", "ID")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(direct.execute("CLIENT", "ID")).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reader, 20)) != mine
    assert direct.execute("CLIENT", "ID") == mine
    os.close(reader)
    os.close(writer)


def ahead(direct: Direct, *commands: tuple[str, ...]) -> list[object]:
    """Replies to commands that are sent ahead."""
    return list(direct.execute_ahead(commands))


def test_commands_that_are_sent_ahead_are_answered_in_their_order(direct: Direct) -> None:
    assert ahead(direct) == []
    assert ahead(direct, *(("ECHO", str(number)) for number in range(5))) == [str(n).encode() for n in range(5)]


def test_what_the_server_refuses_is_a_reply_among_others(direct: Direct) -> None:
    first, refused, last = ahead(direct, ("ECHO", "one"), ("NOSUCH",), ("ECHO", "two"))
    assert (first, last) == (b"one", b"two")
    assert isinstance(refused, redis.ResponseError)


def test_a_connection_lost_between_commands_that_are_sent_ahead_loses_none(direct: Direct, client: redis.Redis) -> None:
    def commands() -> Iterator[tuple[str, ...]]:
        for number in range(4):
            yield ("ECHO", str(number))
            if number % 2:
                client.client_kill_filter(_type="normal", skipme=True)

    assert list(direct.execute_ahead(commands())) == [b"0", b"1", b"2", b"3"]


def test_whoever_stops_asking_leaves_no_reply_for_the_next(direct: Direct) -> None:
    replies = direct.execute_ahead([("ECHO", "one"), ("ECHO", "two"), ("ECHO", "three")])
    assert next(replies) == b"one"
    replies.close()
    assert echo(direct, "next") == b"next"


def test_making_a_command_may_take_another(direct: Direct) -> None:
    commands = (("ECHO", echo(direct, str(number)).decode()) for number in range(3))
    assert list(direct.execute_ahead(commands)) == [b"0", b"1", b"2"]
