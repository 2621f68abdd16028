"""What users see when the server is away, closed, full or set up so that it could lose work; real servers only."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc.broker.base import News
from pynenc.core.records import Answer, Heartbeat, WorkerInfo
from pynenc.errors import BackendAuthError, BackendFull, BackendUnavailable, RedisMisconfigured
from support.clocks import Clock
from support.programs import folder_with_tasks
from support.servers import raw_client, running_server
from support.stores import Store, make_end, make_new
from support.toxic import AgingProxy, toxic_proxy


def app_on(url: str) -> Pynenc:
    """An app on a server that may not answer."""
    return Pynenc(app_id="shop", config_values={"redis_url": url, "socket_timeout_seconds": 1.0})


@contextmanager
def frozen(server: EmbeddedServer) -> Iterator[None]:
    """The server has stopped for the block, with all connections open."""
    with raw_client(server) as client:
        pid = client.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/server.sock"], ids=["port", "socket"])
def test_a_server_that_is_away_is_said_to_be_away(url: str) -> None:
    app = app_on(url)
    for step in (app.orchestrator.ping, app.orchestrator.open, lambda: app.broker.listen("w1", ("default",), 0.1)):
        with pytest.raises(BackendUnavailable, match=r"cannot reach redis at .* \(timeout 1s\); is it running"):
            step()


@pytest.mark.timeout(20)
def test_a_server_that_falls_silent_holds_nobody_up_who_listens() -> None:
    with running_server() as server:
        app = app_on(server.url)
        assert app.broker.listen("w1", ("default",), 0.1) == News()
        with frozen(server), pytest.raises(BackendUnavailable):
            app.broker.listen("w1", ("default",), 0.1)
        assert app.broker.listen("w1", ("default",), 0.1) == News()


def test_a_server_that_ends_is_away_and_one_that_comes_back_is_there(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        app = app_on(server.url)
        app.orchestrator.open()
        app.orchestrator.enqueue([make_new("i1")])
        server.kill()
        with pytest.raises(BackendUnavailable):
            app.orchestrator.ping()
        server.start()
        app.orchestrator.ping()
        assert app.orchestrator.join(WorkerInfo("w1"), 15.0) is Answer.OK
        assert app.state_backend.records(["i1"]) != [None]


def test_a_wrong_password_is_named_with_its_user_and_not_shown() -> None:
    with running_server() as server:
        with raw_client(server) as client:
            client.config_set("requirepass", "right")
        for url in (server.url, server.url.replace("unix://", "unix://:hush@")):
            with pytest.raises(BackendAuthError, match='rejected user "default"') as caught:
                app_on(url).orchestrator.ping()
            assert "hush" not in str(caught.value)
        app_on(server.url.replace("unix://", "unix://:right@")).orchestrator.ping()


def test_a_user_that_may_not_call_functions_is_told_so() -> None:
    with running_server() as server:
        with raw_client(server) as client:
            client.execute_command("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@read", "+@connection")
        with pytest.raises(BackendAuthError, match='rejected user "reader"'):
            app_on(server.url.replace("unix://", "unix://reader:pw@")).orchestrator.open()


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_server_that_may_evict_is_refused_with_the_command_that_mends_it(policy: str) -> None:
    with running_server(options=("--maxmemory-policy", policy)) as server:
        with pytest.raises(RedisMisconfigured, match=f"{policy} would drop work.*CONFIG SET maxmemory-policy noevict"):
            app_on(server.url).orchestrator.ping()
        with raw_client(server) as client:
            client.config_set("maxmemory-policy", "noeviction")
        app_on(server.url).orchestrator.ping()


def test_a_full_server_takes_no_new_work_and_lets_running_work_end() -> None:
    with running_server() as server, raw_client(server) as client:
        store = Store(app_on(server.url), Clock())
        store.join("w1")
        fences = store.run("w1", "i1", "i2", "i3", "i4")
        client.config_set("maxmemory", "1")
        with pytest.raises(BackendFull, match="has reached maxmemory"):
            store.enqueue("i5")
        orchestrator = store.orchestrator
        assert orchestrator.wait("w1", "i3", fences["i3"], ["i1"]).answer is Answer.PAUSED
        assert orchestrator.finish("w1", [make_end("i1", fences["i1"])]) == [Answer.OK]
        assert orchestrator.resume("w1", "i3", fences["i3"]) is Answer.OK
        assert orchestrator.retry("w1", "i2", fences["i2"], 1.0) is Answer.OK
        assert orchestrator.release("w1", "i3", fences["i3"]) is Answer.OK
        assert orchestrator.beat(["w1"], 15.0) == [Heartbeat(Answer.OK)]
        client.config_set("maxmemory", "0")
        store.enqueue("i5")


def with_password(server: EmbeddedServer, client: Redis, proxy: str) -> str:
    client.config_set("requirepass", "right")
    return server.url.replace("unix://", "unix://:hush@")


def with_eviction(server: EmbeddedServer, client: Redis, proxy: str) -> str:
    client.config_set("maxmemory-policy", "allkeys-lru")
    return server.url


def with_protocol(server: EmbeddedServer, client: Redis, proxy: str) -> str:
    client.hset("pn:{shop#0}:meta", "protocol", "99")
    return server.url


BAD_SERVERS = [
    pytest.param(lambda *_: "redis://ann:hush@127.0.0.1:1/0", "cannot reach redis at 127.0.0.1:1 ", id="unreachable"),
    pytest.param(lambda _, __, proxy: proxy.replace("redis:", "rediss:"), "cannot reach redis at ", id="TLS"),
    pytest.param(with_password, 'rejected user "default"; check the user and password of redis_url', id="password"),
    pytest.param(with_eviction, "would drop work silently; run: CONFIG SET maxmemory-policy noeviction", id="eviction"),
    pytest.param(with_protocol, "the store speaks protocol 99, this SDK 2; upgrade the older", id="protocol"),
    pytest.param(
        lambda _, __, proxy: proxy, r"redis 6\S+ has no functions; use Redis 7 or Valkey 7.2 or newer", id="version"
    ),
]


@pytest.mark.parametrize(("spoil", "text"), BAD_SERVERS)
def test_a_runner_refuses_a_bad_server_in_one_sentence(
    tmp_path: Path, spoil: Callable[[EmbeddedServer, Redis, str], str], text: str
) -> None:
    folder = folder_with_tasks(tmp_path)
    older = toxic_proxy(tmp_path / "server.sock", 1, AgingProxy)
    with running_server(tmp_path) as server, raw_client(server) as client, older as proxy:
        settings = {"REDIS_URL": spoil(server, client, proxy.url), "REDIS__SOCKET_TIMEOUT_SECONDS": "0.5"}
        done = folder.run("runner", "start", **{f"PYNENC__{name}": value for name, value in settings.items()})
    assert done.code == 1
    (sentence,) = [line for line in done.errors.splitlines() if line.startswith("error: ")]
    assert re.search(text, sentence)
    assert "Traceback" not in done.errors
    assert "hush" not in done.errors + done.output
