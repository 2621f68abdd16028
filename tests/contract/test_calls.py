"""What a call asks of the store, on each of them: options of the task, and of the single call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pynenc import ConcurrencyControlType
from pynenc.core.records import Answer, Claimed
from pynenc.core.status import Status
from pynenc.errors import (
    ConfigurationError,
    InvalidArguments,
    InvalidSchedule,
    InvocationConcurrencyWithDifferentArgumentsError,
    InvocationDropped,
    InvocationExpired,
    TaskDefinitionError,
)
from support import call_tasks
from support.stores import POLICY, Store, make_end, make_new

TASK, ARGUMENTS, KEYS = ConcurrencyControlType.TASK, ConcurrencyControlType.ARGUMENTS, ConcurrencyControlType.KEYS


def ids(items: list[Claimed]) -> list[str]:
    return [item.invocation_id for item in items]


def test_batches_are_answered_one_by_one(store: Store) -> None:
    news = [make_new(name) for name in ("i1", "i2", "i3")]
    answers = list(store.orchestrator.enqueue_each([news[:2], [news[2], news[0]], []]))
    assert [[(it.answer, it.invocation_id) for it in batch] for batch in answers] == [
        [(Answer.OK, "i1"), (Answer.OK, "i2")],
        [(Answer.OK, "i3"), (Answer.DUPLICATE, "i1")],
        [],
    ]


# ------------------------------------------------------------------------------------------ options of a single call


def test_a_single_call_can_have_another_queue_and_priority(store: Store) -> None:
    charge = store.app.task(queue="slow", priority=1)(call_tasks.charge)
    record = store.record(charge.with_options(priority=9, queue="fast")("ada").invocation_id)
    assert (record.queue, record.priority) == ("fast", 9)
    assert store.record(charge("ada").invocation_id).queue == "slow"


def test_a_delayed_call_starts_only_when_it_is_due(store: Store) -> None:
    store.join("w1")
    invocation = store.app.task(call_tasks.charge).with_options(delay=timedelta(seconds=5))("ada")
    assert store.claim("w1") == []
    store.clock.advance(5)
    assert ids(store.claim("w1")) == [invocation.invocation_id]


def test_a_call_for_a_time_is_due_then(store: Store) -> None:
    charge = store.app.task(call_tasks.charge)
    run_at = datetime.now(UTC) + timedelta(days=30)
    assert store.record(charge.with_options(run_at=run_at)("ada").invocation_id).due_us == int(
        run_at.timestamp() * 1_000_000
    )


def test_a_call_for_a_time_that_has_passed_runs_now_with_a_warning(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.join("w1")
    past = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=1)
    invocation = store.app.task(call_tasks.charge).with_options(run_at=past)("ada")
    assert ids(store.claim("w1")) == [invocation.invocation_id]
    assert "run_at of this call of support.call_tasks.charge has passed; it runs now" in caplog.messages


def test_a_naive_time_is_refused_before_the_store_is_reached(store: Store) -> None:
    with pytest.raises(InvalidSchedule, match="run_at must be timezone-aware"):
        store.app.task(call_tasks.charge).with_options(run_at=datetime(2030, 1, 1))  # noqa: DTZ001  # that is the point


def test_calls_with_one_idempotency_key_are_one_invocation(store: Store) -> None:
    charge = store.app.task(call_tasks.charge)
    first, again = (charge.with_options(idempotency_key="order-1")("ada") for _ in range(2))
    other = charge.with_options(idempotency_key="order-2")("ada")
    assert first == again != other
    assert store.app.orchestrator.counts().total(Status.REGISTERED) == 2


def test_a_batch_with_an_idempotency_key_can_be_submitted_again(store: Store) -> None:
    caller = store.app.task(call_tasks.charge).with_options(idempotency_key="orders")
    first, again = (caller.parallelize([("ada",), ("bob",)]) for _ in range(2))
    assert list(first) == list(again)
    assert store.app.orchestrator.counts().total(Status.REGISTERED) == 2


@pytest.mark.parametrize("signing_keys", ["", "k:0123456789abcdef"])
def test_options_that_the_worker_needs_travel_with_the_arguments(store: Store, signing_keys: str) -> None:
    store.app.conf.signing_keys = signing_keys
    store.join("w1")
    charge = store.app.task(timeout=9, max_retries=1)(call_tasks.charge)
    charge.with_options(timeout=0.5, result_ttl=60)("ada", amount=3)
    charge("ada", 3)
    changed, plain = store.claim("w1", limit=2, start=2)
    options = charge.payloads.options_of(changed.arguments, charge.options)
    assert (options.timeout, options.result_ttl, options.max_retries) == (0.5, 60, 1)
    assert charge.payloads.options_of(plain.arguments, charge.options) is charge.options
    assert charge.payloads.load_arguments(changed.arguments) == (["ada", 3], {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"retrys": 1}, 'unknown option "retrys"; did you mean "retry_for"?', id="a misspelt option"),
        pytest.param({"timeout": -1}, "timeout must be a number", id="a bad value"),
        pytest.param({"retry_for": (OSError,)}, "retry_for belongs to the task", id="classes, which cannot travel"),
    ],
)
def test_a_bad_option_of_a_single_call_is_refused(store: Store, options: dict[str, Any], message: str) -> None:
    charge = store.app.task(call_tasks.charge)
    with pytest.raises(TaskDefinitionError, match=message):
        charge.with_options(**options)


def test_an_idempotency_key_is_text(store: Store) -> None:
    with pytest.raises(InvalidArguments, match="idempotency_key must be text that is not empty, got ''"):
        store.app.task(call_tasks.charge).with_options(idempotency_key="")


# ------------------------------------------------------------------------------------------------------- time limits


def test_what_does_not_start_within_its_queue_timeout_expires(store: Store) -> None:
    store.join("w1")
    invocation = store.app.task(queue_timeout=5)(call_tasks.charge)("ada")
    store.clock.advance(6)
    store.orchestrator.sweep(POLICY)
    assert invocation.status is Status.EXPIRED
    with pytest.raises(InvocationExpired):
        invocation.get(timeout=5)


def test_a_worker_is_told_what_is_left_of_the_total_time(store: Store) -> None:
    store.join("w1")
    store.app.task(total_timeout=60)(call_tasks.charge)("ada")
    store.clock.advance(10)
    (claimed,) = store.claim("w1")
    assert claimed.remaining_us == 50_000_000


def test_a_call_with_a_time_limit_is_not_run_on_the_stack_of_its_parent(store: Store) -> None:
    store.join("w1")
    charge = store.app.task(call_tasks.charge)
    fence = store.run("w1", "parent")["parent"]
    cases: list[tuple[dict[str, Any], Answer]] = [({"timeout": 5.0}, Answer.PAUSED), ({}, Answer.INLINE)]
    for options, answer in cases:
        child = charge.with_options(**options)("ada")
        told = store.orchestrator.wait("w1", "parent", fence, [child.invocation_id], ("default",))
        assert told.answer is answer
        store.orchestrator.resume("w1", "parent", fence, force=True)


# --------------------------------------------------------------------------------------------------------- registration


def test_a_waiting_invocation_stands_for_a_further_call(store: Store) -> None:
    store.join("w1")
    charge = store.app.task(registration_concurrency=TASK)(call_tasks.charge)
    first, second = charge("ada"), charge("bob")
    assert first == second
    store.claim("w1")
    assert charge("bob") != first


def test_arguments_are_compared_with_their_defaults(store: Store) -> None:
    charge = store.app.task(registration_concurrency=ARGUMENTS)(call_tasks.charge)
    assert charge("ada") == charge(customer="ada") == charge("ada", amount=1)
    assert charge("ada", 2) != charge("ada")


def test_only_key_arguments_are_compared_where_they_are_named(store: Store) -> None:
    charge = store.app.task(registration_concurrency=KEYS, key_arguments=("customer",))(call_tasks.charge)
    assert charge("ada", 1) == charge("ada", 2) != charge("bob", 1)


def test_other_arguments_under_one_key_are_an_error_where_that_is_asked_for(store: Store) -> None:
    charge = store.app.task(
        registration_concurrency=KEYS, key_arguments=("customer",), on_diff_non_key_args_raise=True
    )(call_tasks.charge)
    first = charge("ada", 1)
    assert charge("ada", 1) == first
    with pytest.raises(InvocationConcurrencyWithDifferentArgumentsError, match=first.invocation_id):
        charge("ada", 2)


def test_a_batch_reuses_item_by_item(store: Store) -> None:
    charge = store.app.task(registration_concurrency=KEYS, key_arguments=("customer",))(call_tasks.charge)
    group = charge.parallelize([("ada", 1), ("bob", 1), ("ada", 2)])
    assert len(group) == 3
    assert group[0] == group[2] != group[1]
    assert store.app.orchestrator.counts().total(Status.REGISTERED) == 2


# --------------------------------------------------------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("options", "calls", "at_once"),
    [
        pytest.param({"running_concurrency": TASK}, ["ada", "bob", "ada"], 1, id="TASK"),
        pytest.param({"running_concurrency": TASK, "running_limit": 2}, ["ada", "bob", "ada"], 2, id="two of a TASK"),
        pytest.param({"running_concurrency": ARGUMENTS}, ["ada", "bob", "ada"], 2, id="ARGUMENTS"),
        pytest.param(
            {"running_concurrency": KEYS, "key_arguments": ("customer",)}, ["ada", "bob", "ada"], 2, id="KEYS"
        ),
        pytest.param({}, ["ada", "bob", "ada"], 3, id="DISABLED"),
    ],
)
def test_no_more_run_at_once_than_the_limit_allows_in_a_batch_too(
    store: Store, options: dict[str, Any], calls: list[str], at_once: int
) -> None:
    store.join("w1")
    charge = store.app.task(**options)(call_tasks.charge)
    group = charge.parallelize([(customer,) for customer in calls])
    started: list[Claimed] = store.claim("w1", limit=10, start=10)
    assert len(started) == at_once
    for item in started:
        store.orchestrator.finish("w1", [make_end(item.invocation_id, item.fence)])
    while more := store.claim("w1", limit=10, start=10):
        assert len(more) <= at_once
        for item in more:
            store.orchestrator.finish("w1", [make_end(item.invocation_id, item.fence)])
    assert {invocation.status for invocation in group} == {Status.SUCCESS}


def test_tasks_share_a_limit_by_its_name(store: Store) -> None:
    store.join("w1")
    store.app.conf.limits = {"db": 1}
    charge = store.app.task(limits=("db",))(call_tasks.charge)
    refund = store.app.task(limits=("db",))(call_tasks.refund)
    first, second = charge("ada"), refund("ada")
    assert ids(store.claim("w1", limit=2)) == [first.invocation_id]
    assert second.status is Status.CONCURRENCY_CONTROLLED


def test_a_limit_that_is_not_set_is_an_error_at_the_call(store: Store) -> None:
    charge = store.app.task(limits=("databse",))(call_tasks.charge)
    store.app.conf.limits = {"database": 1}
    with pytest.raises(ConfigurationError, match=r'charge: unknown limit "databse"; did you mean "database"\?'):
        charge("ada")
    store.app.conf.limits = {"databse": 1}
    assert charge("ada").status is Status.REGISTERED


def test_what_is_over_a_limit_is_dropped_where_that_is_asked_for(store: Store) -> None:
    store.join("w1")
    charge = store.app.task(running_concurrency=TASK, on_limit="drop")(call_tasks.charge)
    charge("ada")
    dropped = charge("bob")
    store.claim("w1", limit=2)
    assert dropped.status is Status.CONCURRENCY_CONTROLLED_FINAL
    with pytest.raises(InvocationDropped):
        dropped.get(timeout=5)


# ----------------------------------------------------------------------------------------------------------- and more


def test_a_batch_is_as_large_as_the_task_asks_for(store: Store) -> None:
    charge = store.app.task(parallel_batch_size=2)(call_tasks.charge)
    submitted: list[int] = []

    def customers() -> Iterator[tuple[str]]:
        for name in ("ada", "bob", "cyd", "dan", "eve"):
            submitted.append(store.app.orchestrator.counts().total(Status.REGISTERED))
            yield (name,)

    charge.parallelize(customers())
    # While a batch is made, the store may still work on the one before, and on no other.
    may_be = [(0,), (0,), (0, 2), (0, 2), (2, 4)]
    assert all(number in numbers for number, numbers in zip(submitted, may_be, strict=True)), submitted


def test_an_error_of_the_items_is_told_as_it_is(store: Store) -> None:
    def customers() -> Iterator[tuple[str]]:
        yield ("ada",)
        yield ("bob",)
        raise FileNotFoundError("customers.csv")

    with pytest.raises(FileNotFoundError, match=r"customers\.csv"):
        store.app.task(parallel_batch_size=1)(call_tasks.charge).parallelize(customers())
    assert store.app.orchestrator.counts().total(Status.REGISTERED) == 2


def test_a_task_with_full_history_has_each_change_kept(store: Store) -> None:
    store.join("w1")
    invocation = store.app.task(history="full")(call_tasks.charge)("ada")
    store.claim("w1")
    assert [change.status for change in invocation.history] == [Status.REGISTERED, Status.PENDING, Status.RUNNING]


def test_cached_arguments_outlive_the_delay(store: Store) -> None:
    store.app.conf.ttl_seconds = 60
    measure = store.app.task(call_tasks.measure)
    invocation = measure.with_options(delay=3600)("x" * 20_000)
    store.clock.advance(3600)
    assert measure.payloads.load_arguments(store.record(invocation.invocation_id).arguments) == (["x" * 20_000], {})


def test_large_arguments_stay_with_the_call_where_they_are_not_cached(store: Store) -> None:
    text = "x" * 20_000
    cases: list[dict[str, Any]] = [
        {"cache": False},
        {"disable_cache_args": ("text",)},
        {"disable_cache_args": ("*",)},
    ]
    for options in cases:
        measure = store.app.task(call_tasks.measure).with_options(**options)
        assert text.encode() in store.record(measure(text).invocation_id).arguments


def test_purging_forgets_all_invocations(store: Store) -> None:
    store.join("w1")
    charge = store.app.task(call_tasks.charge)
    charge.parallelize([("ada",), ("bob",), ("cyd",)])
    store.claim("w1")
    assert store.app.purge() == 3
    assert store.claim("w1") == []
    assert store.app.purge() == 0
