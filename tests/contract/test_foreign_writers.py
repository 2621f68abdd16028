"""Somebody else has written into the keys of an app: what is damaged is named or dropped, and no other work is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import redis

from pynenc._redis.embedded import EmbeddedServer
from pynenc._redis.keys import Keys
from pynenc._redis.shared import library_of
from pynenc.core.records import Answer
from pynenc.core.status import Status
from pynenc.errors import BackendError
from support.clocks import Clock
from support.servers import raw_client
from support.stores import POLICY, Store, make_end, redis_app

KEYS = Keys.of_app("team-a/shop")
Damage = Callable[[redis.Redis], object]


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[redis.Redis]:
    with raw_client(server) as found:
        found.flushall()
        yield found


@pytest.fixture
def shipped(server: EmbeddedServer, client: redis.Redis) -> Iterator[Store]:
    """A store on the clock of the server."""
    store = Store(redis_app(server), Clock())
    yield store
    library_of(store.app).close()


def dump(client: redis.Redis) -> dict[bytes, bytes | None]:
    """All that the server holds."""
    return {key: client.dump(key) for key in client.scan_iter()}


def test_an_id_in_a_queue_that_has_no_record_is_dropped(shipped: Store, client: redis.Redis) -> None:
    shipped.join("w1")
    shipped.enqueue("i1")
    client.zadd(KEYS.queue("default"), {"ghost": 0})
    assert [item.invocation_id for item in shipped.claim("w1", limit=5)] == ["i1"]
    assert client.zscore(KEYS.queue("default"), "ghost") is None
    assert (
        shipped.orchestrator.counts().total(Status.RUNNING) + shipped.orchestrator.counts().total(Status.PENDING) == 1
    )


def of_record(change: Callable[[redis.Redis, str], object]) -> Damage:
    """A damage of the record of `bad`."""
    return lambda client: change(client, KEYS.invocation("bad"))


DAMAGES = {
    "a record that is no hash": of_record(lambda client, key: client.set(key, "text")),
    "no status": of_record(lambda client, key: client.hdel(key, "st")),
    "no task": of_record(lambda client, key: client.hdel(key, "task")),
    "no queue": of_record(lambda client, key: client.hdel(key, "q")),
    "a fence that is no number": of_record(lambda client, key: client.hset(key, "f", "text")),
    "attempts that are no number": of_record(lambda client, key: client.hset(key, "att", "text")),
    "a deadline that is no number": of_record(lambda client, key: client.hset(key, mapping={"x": "e", "by": "text"})),
    "a total time that is none": of_record(lambda client, key: client.hset(key, mapping={"x": "t", "tot": "text"})),
    "limits that are none": of_record(lambda client, key: client.hset(key, mapping={"x": "l", "lim": "text"})),
    "limits that are missing": of_record(lambda client, key: client.hset(key, "x", "l")),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_record_takes_no_other_work_along(shipped: Store, client: redis.Redis, damage: Damage) -> None:
    shipped.join("w1")
    shipped.enqueue("i1", "bad", "i2", "i3")
    damage(client)
    claimed = shipped.claim("w1", limit=2, start=2) + shipped.claim("w1", limit=9, start=9)
    others = {item.invocation_id: item for item in claimed if item.invocation_id != "bad"}
    assert others.keys() == {"i1", "i2", "i3"}
    ends = [make_end(name, item.fence) for name, item in others.items()]
    assert shipped.orchestrator.finish("w1", ends) == [Answer.OK] * 3
    shipped.orchestrator.recover("w1", POLICY)
    assert shipped.orchestrator.workers() == []


@pytest.mark.parametrize(
    ("key", "verb"),
    [
        (KEYS.queue("default"), lambda store: store.enqueue("i9")),
        (KEYS.due, lambda store: store.enqueue("i9", due_us=2**52)),
        (KEYS.queue("default"), lambda store: store.claim("w1")),
    ],
    ids=["enqueue", "enqueue for later", "claim"],
)
def test_a_key_of_another_type_is_named_and_nothing_is_written(
    shipped: Store, client: redis.Redis, key: str, verb: Callable[[Store], object]
) -> None:
    shipped.join("w1")
    shipped.enqueue("i1", queue="other")
    client.set(key, "text")
    before = dump(client)
    with pytest.raises(BackendError, match=f"{re.escape(key)} is a string and must be a zset; .* delete it") as caught:
        verb(shipped)
    assert type(caught.value) is BackendError
    after = dump(client)
    before.pop(f"{KEYS.prefix}:seq".encode())
    after.pop(f"{KEYS.prefix}:seq".encode())
    assert after == before
    if key != KEYS.due:  # which every claim looks at
        assert [item.invocation_id for item in shipped.claim("w1", queues=("other",))] == ["i1"]


@pytest.mark.parametrize("fence", ["", "text", "-1", "1e3", "9007199254740993"])
def test_a_fence_that_is_none_owns_nothing(store: Store, fence: str) -> None:
    store.join("w1")
    store.run("w1", "i1")
    assert store.orchestrator.finish("w1", [make_end("i1", fence)]) == [Answer.FENCED]
    assert store.orchestrator.retry("w1", "i1", fence, 0.0) is Answer.FENCED
    assert store.orchestrator.release("w1", "i1", fence) is Answer.FENCED
    assert store.status("i1") is Status.RUNNING
