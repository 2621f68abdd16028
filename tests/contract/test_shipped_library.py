"""The library exactly as it is shipped, with the clock of the server: time, versions, and what is asked of a server."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
import redis

from pynenc._redis.embedded import EmbeddedServer
from pynenc._redis.keys import LIBRARY_FIELDS, RECORD_FIELDS, Keys
from pynenc._redis.shared import library_of
from pynenc._redis.source import VERBS, library_source, library_version
from pynenc.core.records import Answer, WorkerInfo
from pynenc.core.status import OWNED, Status
from pynenc.errors import BackendFull, InvocationNotFound, ProtocolMismatch
from support.clocks import Clock
from support.servers import raw_client
from support.stores import POLICY, Store, make_end, make_request, redis_app

KEYS = Keys.of_app("team-a/shop")


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[redis.Redis]:
    """A plain client of a server that has nothing."""
    with raw_client(server) as raw:
        raw.flushall()
        raw.function_flush()
        yield raw


@pytest.fixture
def shipped(server: EmbeddedServer, client: redis.Redis) -> Iterator[Store]:
    """A store on the clock of the server; its clock here does nothing."""
    store = Store(redis_app(server), Clock())
    yield store
    library_of(store.app).close()


def test_times_are_those_of_the_server(shipped: Store) -> None:
    before = time.time_ns() // 1000
    shipped.join("w1")
    fence = int(shipped.run("w1", "i1")["i1"])
    after = time.time_ns() // 1000
    assert before - 1000 <= fence <= after + 1000
    assert shipped.record("i1").registered_us <= shipped.record("i1").started_us == fence


def test_a_lease_of_no_time_ends_at_once(shipped: Store) -> None:
    shipped.join("w1", lease_seconds=0.0)
    shipped.run("w1", "i1")
    assert [found.invocation_id for found in shipped.orchestrator.sweep(POLICY)] == ["i1"]


def test_the_server_itself_forgets_what_has_ended(shipped: Store, client: redis.Redis) -> None:
    shipped.join("w1")
    fences = shipped.run("w1", "i1", "i2")
    shipped.orchestrator.watch("client", ["i1"])
    ends = [make_end("i1", fences["i1"], ttl_seconds=77), make_end("i2", fences["i2"], ttl_seconds=0)]
    shipped.orchestrator.finish("w1", ends)
    assert 76 <= client.ttl(KEYS.invocation("i1")) <= 77
    assert client.exists(KEYS.invocation("i2")) == 0
    assert 3599 <= client.ttl(KEYS.inbox("client")) <= 3600
    assert 3599 <= client.ttl(KEYS.wake("default")) <= 3600


def test_the_library_loads_itself_into_a_server_that_lost_it(shipped: Store, client: redis.Redis) -> None:
    shipped.enqueue("i1")
    client.function_flush()
    assert shipped.orchestrator.open() is Answer.OK
    client.function_flush()
    assert shipped.broker.sizes(["default"]) == {"default": 1}
    shipped.join("w1")
    assert [item.invocation_id for item in shipped.claim("w1")] == ["i1"]


def test_opening_replaces_a_library_of_another_version(shipped: Store, client: redis.Redis) -> None:
    other = library_source().replace(library_version(), "0" * 16)
    client.function_load(other, replace=True)
    shipped.orchestrator.open()
    assert client.execute_command("FCALL", "pn1_version", 1, "any") == library_version().encode()


def test_a_store_of_another_generation_is_refused(shipped: Store, client: redis.Redis) -> None:
    shipped.orchestrator.open()
    shipped.orchestrator.ping()
    client.hset(f"{KEYS.prefix}:meta", "protocol", "9")
    with pytest.raises(ProtocolMismatch, match="the store speaks protocol 9, this SDK 2; upgrade the older"):
        shipped.orchestrator.ping()


def test_apps_on_one_server_do_not_see_each_other(server: EmbeddedServer, shipped: Store) -> None:
    other = Store(redis_app(server, "team-b/shop"), Clock())
    other.join("w1")
    shipped.enqueue("i1")
    assert other.claim("w1") == []
    assert other.state_backend.records(["i1"]) == [None]
    library_of(other.app).close()


def test_every_verb_of_the_library_is_registered_with_its_prefix(shipped: Store, client: redis.Redis) -> None:
    shipped.orchestrator.open()
    (listed,) = client.function_list()
    pairs = dict(zip(listed[::2], listed[1::2], strict=True))
    names = {dict(zip(row[::2], row[1::2], strict=True))[b"name"].decode() for row in pairs[b"functions"]}
    assert names == {f"pn1_{verb}" for verb in (*VERBS, "version")}


def test_lua_and_python_agree_on_what_is_owned() -> None:
    (words,) = re.findall(r"local OWNED = \{(.*)\}", library_source())
    assert {Status(word.strip().removesuffix(" = true")) for word in words.split(",")} == OWNED


def test_the_library_writes_no_field_that_the_key_table_does_not_name() -> None:
    written = set(
        re.findall(r"'(\w+)'", " ".join(re.findall(r"'HSET', (?:key|H \.\. ':inv:' \.\. id),(.*)", library_source())))
    )
    assert written - {status.value for status in Status} - {"1", "c"} <= {*RECORD_FIELDS, *LIBRARY_FIELDS}


def test_nothing_is_left_without_an_owner_or_a_time_to_live(shipped: Store, client: redis.Redis) -> None:
    shipped.join("w1")
    fences = shipped.run("w1", "i1", "i2")
    shipped.orchestrator.watch("client", ["i1", "i2"])
    shipped.orchestrator.wait("w1", "i1", fences["i1"], ["i2"])
    shipped.orchestrator.finish("w1", [make_end("i2", fences["i2"])])
    shipped.orchestrator.resume("w1", "i1", fences["i1"])
    shipped.orchestrator.finish("w1", [make_end("i1", fences["i1"])])
    shipped.orchestrator.recover("w1", POLICY)
    lasting = {key.decode().removeprefix(f"{KEYS.prefix}:") for key in client.scan_iter() if client.ttl(key) == -1}
    assert lasting == {"meta", "seq", "cnt", "queues", "fin"}


def test_a_full_store_takes_no_new_work_and_is_emptied_by_its_workers(shipped: Store, client: redis.Redis) -> None:
    shipped.join("w1")
    shipped.enqueue("i1", "i2")
    client.config_set("maxmemory", 1)
    try:
        with pytest.raises(BackendFull, match="has reached maxmemory"):
            shipped.enqueue("i3")
        assert shipped.orchestrator.join(WorkerInfo("w2"), 15.0) is Answer.OK
        (item,) = shipped.claim("w2")
        end = make_end("i1", item.fence)
        answers, claim = shipped.orchestrator.finish_and_claim("w2", [end], make_request())
        assert (answers, [found.invocation_id for found in claim.items]) == ([Answer.OK], ["i2"])
    finally:
        client.config_set("maxmemory", 0)


def test_a_watch_that_meets_an_unknown_id_watches_nothing(shipped: Store, client: redis.Redis) -> None:
    shipped.enqueue("i1")
    with pytest.raises(InvocationNotFound, match="nobody"):
        shipped.orchestrator.watch("client", ["i1", "nobody"])
    assert client.exists(f"{KEYS.prefix}:waiters:i1") == 0


def test_a_purge_of_one_app_leaves_the_others(server: EmbeddedServer, shipped: Store) -> None:
    other = Store(redis_app(server, "team-b/shop"), Clock())
    shipped.enqueue("i1")
    other.enqueue("i2")
    assert list(other.orchestrator.purge())[-1] == 1
    assert shipped.record("i1").invocation_id == "i1"
    library_of(other.app).close()
