"""Large arguments are stored once, live while they are used, and reach a task as values of its own."""

from __future__ import annotations

import pytest

from pynenc._redis.blobs import Blobs
from pynenc._redis.embedded import EmbeddedServer
from pynenc._redis.shared import library_of
from pynenc.core.signature import Signature
from pynenc.errors import BackendUnavailable, PayloadCorrupt, PayloadLost, PayloadTooLarge
from pynenc.payload import TaskPayloads
from support.servers import raw_client
from support.stores import Store, redis_app

LARGE = "x" * 2**20


def mail(to: str, body: str) -> str:
    return to + body


def payloads_of(store: Store) -> TaskPayloads:
    return TaskPayloads(store.app, "mail.send", Signature(mail))


def test_a_large_argument_travels_as_a_reference(store: Store) -> None:
    payloads = payloads_of(store)
    payload = payloads.dump_arguments(("a", LARGE), {})
    assert len(payload) < 200
    assert payloads.load_arguments(payload) == (["a", LARGE], {})


def test_a_small_argument_travels_inline(store: Store) -> None:
    assert payloads_of(store).dump_arguments(("a", "b"), {}) == b'{"to":"a","body":"b"}'


def test_many_small_arguments_that_are_large_together_travel_inline(store: Store) -> None:
    payload = payloads_of(store).dump_arguments(("x" * 9000, "y" * 9000), {})
    assert payload.startswith(b"{")


def test_another_process_gets_the_blob_from_the_store(store: Store) -> None:
    store.app.conf.local_cache_size = 0
    payloads = payloads_of(store)
    payload = payloads.dump_arguments(("a", LARGE), {})
    assert payloads.load_arguments(payload) == (["a", LARGE], {})


def test_no_text_of_a_user_is_taken_for_a_reference(store: Store) -> None:
    payloads = payloads_of(store)
    text = payloads.dump_arguments(("a", LARGE), {}).decode()
    assert payloads.load_arguments(payloads.dump_arguments((text, text), {})) == ([text, text], {})


def test_a_blob_that_is_gone_is_told_as_lost(store: Store) -> None:
    with pytest.raises(PayloadLost, match="is gone; call the task again"):
        store.app.arg_cache.load("0" * 64)


def test_a_blob_that_was_changed_is_told_as_corrupt(store: Store) -> None:
    cache = store.app.arg_cache
    cache.put("0" * 64, b"something else", 60)
    with pytest.raises(PayloadCorrupt, match="was changed in the store"):
        cache.load("0" * 64)


def test_arguments_together_over_the_limit_are_refused_before_they_are_stored(store: Store) -> None:
    store.app.conf.max_payload_bytes = 2**20
    with pytest.raises(PayloadTooLarge, match=r"arguments are 1\.0 MiB, limit 1\.0 MiB"):
        payloads_of(store).dump_arguments(("a", LARGE), {})


def test_what_is_not_there_cannot_be_touched(store: Store) -> None:
    cache = store.app.arg_cache
    assert not cache.touch("1" * 64, 60)
    cache.put("1" * 64, b"blob", 60)
    assert cache.touch("1" * 64, 60)


def test_one_megabyte_200_times_takes_less_than_three(server: EmbeddedServer) -> None:
    store = Store(redis_app(server, "team-a/cached"), None)  # type: ignore[arg-type]  # no clock is needed
    with raw_client(server) as client:
        before = int(client.info("memory")["used_memory"])
        payloads = payloads_of(store)
        for number in range(200):
            store.enqueue(f"cached-{number}", arguments=payloads.dump_arguments((str(number), LARGE), {}))
        assert int(client.info("memory")["used_memory"]) - before < 3 * 2**20


def test_a_life_is_made_longer_by_use_and_never_shorter(server: EmbeddedServer) -> None:
    app = redis_app(server, "team-a/lives")
    app.conf.ttl_seconds = 1000
    digest = app.arg_cache.store(b"blob", keep_seconds=5000)
    key = library_of(app).keys.blob(digest)
    with raw_client(server) as client:
        assert 5900 < client.ttl(key) <= 6000
        app.arg_cache.store(b"blob")
        assert 5900 < client.ttl(key) <= 6000
        client.expire(key, 10)
        assert Blobs(library_of(app)).get(digest, 1000) == b"blob"
        assert 900 < client.ttl(key) <= 1000


def test_a_store_that_cannot_be_reached_is_told() -> None:
    from pynenc import Pynenc

    app = Pynenc(config_values={"redis_url": "redis://127.0.0.1:1", "socket_timeout_seconds": 0.1})
    with pytest.raises(BackendUnavailable):
        app.arg_cache.store(b"blob")
