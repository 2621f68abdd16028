"""Limits, registration keys and times to start by: who may own what, and who is next."""

from __future__ import annotations

import pytest

from pynenc.core.concurrency import key_of_name
from pynenc.core.records import Answer, Limit
from pynenc.core.status import Status
from support.stores import POLICY, Store, make_end, make_new

KEY = "a" * 24
OTHER = "b" * 24
ONE = (Limit("mail.send", KEY),)
BOTH = (Limit("mail.send", KEY), Limit("shared", OTHER))
S = Status


def names_claimed(store: Store, worker: str = "w1", limit: int = 9) -> list[str]:
    """What a claim hands out."""
    return [item.invocation_id for item in store.claim(worker, limit=limit, start=limit)]


def statuses(store: Store, *names: str) -> list[Status]:
    """Where they stand."""
    return [store.status(name) for name in names]


def fence(store: Store, name: str) -> str:
    """The current fence."""
    return store.record(name).fence


ENDS = {
    "finish": lambda store, name: store.orchestrator.finish("w1", [make_end(name, fence(store, name))]),
    "retry": lambda store, name: store.orchestrator.retry("w1", name, fence(store, name), 9.0),
    "recover": lambda store, _: store.orchestrator.recover("w1", POLICY),
    "forget": lambda store, name: store.orchestrator.forget([name]),
}


def test_what_is_over_a_limit_is_parked_and_the_next_one_runs(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2", limits=ONE)
    store.enqueue("free")
    assert names_claimed(store) == ["i1", "free"]
    assert statuses(store, "i1", "i2") == [S.RUNNING, S.CONCURRENCY_CONTROLLED]
    assert store.broker.sizes(["default"]) == {"default": 0}


@pytest.mark.parametrize("end", ENDS)
def test_a_freed_place_promotes_exactly_the_best_parked_one(store: Store, end: str) -> None:
    store.join("w1", "w2")
    store.enqueue("i1", limits=ONE)
    names_claimed(store)
    store.enqueue("late", limits=ONE)
    store.enqueue("urgent", limits=ONE, priority=9)
    assert names_claimed(store) == []
    ENDS[end](store, "i1")
    assert statuses(store, "urgent", "late") == [S.REROUTED, S.CONCURRENCY_CONTROLLED]
    assert names_claimed(store, "w2")[0] == "urgent"


def test_of_two_limits_the_second_one_passes_the_promotion_on(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", limits=ONE)
    store.enqueue("i2", limits=(Limit("shared", OTHER),))
    assert names_claimed(store) == ["i1", "i2"]
    store.enqueue("both", limits=BOTH)
    store.enqueue("one", limits=ONE)
    assert names_claimed(store) == []
    store.orchestrator.finish("w1", [make_end("i1", fence(store, "i1"))])
    assert statuses(store, "both", "one") == [S.REROUTED, S.CONCURRENCY_CONTROLLED]
    assert names_claimed(store) == ["one"]
    assert store.status("both") is S.CONCURRENCY_CONTROLLED
    store.orchestrator.finish("w1", [make_end(name, fence(store, name)) for name in ("i2", "one")])
    assert names_claimed(store) == ["both"]


def test_what_is_to_be_dropped_ends_and_its_watchers_hear_of_it(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2", limits=ONE, drop=True)
    store.orchestrator.watch("client", ["i2"])
    assert names_claimed(store) == ["i1"]
    news = store.broker.listen("client", (), 0.0).outcome
    assert news is not None
    assert (news.status, news.payload) == (S.CONCURRENCY_CONTROLLED_FINAL, b"")


def test_a_claim_looks_at_50_in_vain_and_says_that_there_is_more(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", *(f"over-{number}" for number in range(51)), limits=ONE)
    store.enqueue("free")
    assert names_claimed(store, limit=1) == ["i1"]
    store.broker.listen("w1", ("default",), 0.0)
    assert names_claimed(store) == []
    assert store.broker.sizes(["default"]) == {"default": 2}
    assert store.broker.listen("w1", ("default",), 0.0).work
    assert names_claimed(store) == ["free"]


def test_a_raised_limit_promotes_all_that_fit(store: Store) -> None:
    store.join("w1")
    own = (Limit("mail.send", key_of_name("mail.send")),)
    store.orchestrator.set_limit("mail.send", 0)
    store.enqueue(*(f"i{number}" for number in range(120)), limits=own)
    while store.broker.sizes(["default"])["default"]:
        names_claimed(store)
    store.orchestrator.set_limit("mail.send", 110)
    assert store.broker.sizes(["default"]) == {"default": 110}


def test_a_raised_limit_looks_under_50_keys_and_sweeps_do_the_rest(store: Store) -> None:
    store.join("w1")
    store.orchestrator.set_limit("mail.send", 0)
    for number in range(52):
        store.enqueue(f"i{number}", limits=(Limit("mail.send", f"{number:024x}"),))
    while store.broker.sizes(["default"])["default"]:
        names_claimed(store)
    store.orchestrator.set_limit("mail.send", 1)
    assert store.broker.sizes(["default"]) == {"default": 50}
    store.orchestrator.sweep(POLICY)
    assert store.broker.sizes(["default"]) == {"default": 52}


def test_a_raised_limit_reaches_its_own_key_first(store: Store) -> None:
    """The key of a shared limit, or of a whole task, is found among any number of others."""
    store.join("w1")
    store.orchestrator.set_limit("api", 0)
    store.orchestrator.set_limit("other", 0)
    for number in range(52):
        store.enqueue(f"i{number}", limits=(Limit("other", f"{number:024x}"),))
    store.enqueue("last", limits=(Limit("api", key_of_name("api")),))
    while store.broker.sizes(["default"])["default"]:
        names_claimed(store)
    store.orchestrator.set_limit("api", 1)
    assert statuses(store, "last") == [S.REROUTED]


def test_a_raised_limit_promotes_as_many_as_fit(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2", "i3", "i4", limits=ONE)
    assert names_claimed(store) == ["i1"]
    assert store.orchestrator.set_limit("mail.send", 3) is Answer.OK
    assert store.orchestrator.limits() == {"mail.send": 3}
    assert statuses(store, "i2", "i3", "i4") == [S.REROUTED, S.REROUTED, S.CONCURRENCY_CONTROLLED]
    assert names_claimed(store) == ["i2", "i3"]
    store.orchestrator.set_limit("mail.send", None)
    assert store.orchestrator.limits() == {}
    store.orchestrator.finish("w1", [make_end("i1", fence(store, "i1"))])
    assert store.status("i4") is S.CONCURRENCY_CONTROLLED


def test_an_older_leader_sets_no_limit(store: Store) -> None:
    store.orchestrator.open(epoch=2)
    assert store.orchestrator.set_limit("mail.send", 3, epoch=1) is Answer.STALE
    assert store.orchestrator.limits() == {}


def test_what_waits_for_a_place_is_moved_to_the_front_of_its_parking_place(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2", "i3", limits=ONE)
    store.enqueue("parent")
    names_claimed(store)
    store.orchestrator.wait("w1", "parent", fence(store, "parent"), ["i3"])
    store.orchestrator.finish("w1", [make_end("i1", fence(store, "i1"))])
    assert names_claimed(store) == ["i3"]


def test_a_second_one_under_a_registration_key_is_the_first_until_that_starts(store: Store) -> None:
    store.join("w1")
    first, second = (make_new(name, registration_key=KEY) for name in ("i1", "i2"))
    other = make_new("i3", registration_key=KEY, refuse_different=True, arguments=b"other")
    answers = store.orchestrator.enqueue([first, second, other, first])
    assert [(one.answer, one.invocation_id) for one in answers] == [
        (Answer.OK, "i1"),
        (Answer.REUSED, "i1"),
        (Answer.DIFFERENT, "i1"),
        (Answer.DUPLICATE, "i1"),
    ]
    assert store.state_backend.records(["i2", "i3"]) == [None, None]
    (item,) = store.claim("w1", start=0)
    assert store.orchestrator.enqueue([second])[0].answer is Answer.REUSED
    store.orchestrator.start("w1", "i1", item.fence)
    assert store.orchestrator.enqueue([second])[0].answer is Answer.OK
    store.orchestrator.release("w1", "i1", item.fence)
    names_claimed(store)
    assert store.orchestrator.enqueue([other])[0].answer is Answer.OK


@pytest.mark.parametrize("seen_by", ["claim", "sweep"])
def test_what_did_not_start_in_time_ends_expired(store: Store, seen_by: str) -> None:
    store.join("w1")
    store.enqueue("i1", start_within_us=1_000_000)
    store.clock.advance(1)
    if seen_by == "claim":
        assert names_claimed(store) == []
    else:
        (found,) = store.orchestrator.sweep(POLICY)
        assert (found.invocation_id, found.status) == ("i1", S.EXPIRED)
    assert store.status("i1") is S.EXPIRED
    assert store.broker.sizes(["default"]) == {"default": 0}


def test_what_has_started_once_does_not_expire(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", start_within_us=1_000_000)
    names_claimed(store)
    store.orchestrator.retry("w1", "i1", fence(store, "i1"), 0.0)
    store.clock.advance(5)
    assert store.orchestrator.sweep(POLICY) == []
    assert names_claimed(store) == ["i1"]


def test_what_was_given_back_unstarted_still_expires(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", start_within_us=1_000_000)
    (item,) = store.claim("w1", start=0)
    store.clock.advance(2)
    assert store.orchestrator.sweep(POLICY) == []
    store.orchestrator.release("w1", "i1", item.fence)
    assert [found.status for found in store.orchestrator.sweep(POLICY)] == [S.EXPIRED]


def test_the_rest_of_the_total_time_is_told_at_every_claim(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", total_timeout_us=3_000_000)
    store.clock.advance(1)
    (item,) = store.claim("w1")
    assert item.remaining_us == 2_000_000
    store.orchestrator.retry("w1", "i1", item.fence, 5.0)
    store.clock.advance(5)
    assert store.claim("w1")[0].remaining_us == 1


def test_a_delay_counts_from_the_enqueueing(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", delay_us=2_000_000)
    assert store.record("i1").due_us == store.clock.now_us + 2_000_000
    store.clock.advance(2)
    assert names_claimed(store) == ["i1"]
    assert store.record("i1").due_us == 0


def test_a_claim_by_ids_takes_only_what_is_ready_in_its_queues(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2", "i3")
    store.enqueue("elsewhere", queue="elsewhere")
    items = store.claim("w1", limit=9, start=9, ids=("i3", "elsewhere", "unknown", "i1"))
    assert [item.invocation_id for item in items] == ["i3", "i1"]


@pytest.mark.parametrize(("order", "handed"), [(("lost", "i1"), ["lost"]), (("i1", "lost"), ["i1"])])
def test_what_was_lost_before_is_handed_out_alone(store: Store, order: tuple[str, ...], handed: list[str]) -> None:
    store.join("w1", "w2")
    store.enqueue(*order)
    store.claim("w1", ids=("lost",))
    store.orchestrator.recover("w1", POLICY)
    assert names_claimed(store, "w2") == handed
    assert store.broker.sizes(["default"]) == {"default": 1}


def test_parked_work_that_nothing_holds_back_is_promoted_by_the_sweep(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2", "i3", limits=(Limit("shared", KEY, 2),))
    store.orchestrator.set_limit("shared", 0)
    assert names_claimed(store) == []
    store.orchestrator.set_limit("shared", 1)
    assert names_claimed(store) == ["i1"]
    store.orchestrator.sweep(POLICY)
    assert statuses(store, "i2", "i3") == [S.CONCURRENCY_CONTROLLED] * 2
