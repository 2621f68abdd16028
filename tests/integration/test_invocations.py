"""Handles of invocations on both stores: cancel, retry, history, listing, an error for each end. A played worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pynenc._redis.embedded import EmbeddedServer
from pynenc.app import Pynenc
from pynenc.core.failures import Failure
from pynenc.core.records import Claimed, History, Limit, Outcome, Settlement
from pynenc.core.status import Status
from pynenc.errors import (
    InvocationCancelled,
    InvocationDropped,
    InvocationExpired,
    InvocationNotFound,
    PynencError,
    RequestError,
    ResultTimeout,
    TaskTimeout,
)
from pynenc.group import InvocationGroup
from pynenc.invocation import Invocation
from pynenc.task import Task
from support.servers import running_server
from support.stores import POLICY, Store, make_new, memory_store, redis_store

TASK = f"{__name__}.add"
ONE = (Limit("mail.send", "a" * 24),)


def add(x: int, y: int) -> int:
    """The task of these tests."""
    return x + y


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with running_server(options=("--hz", "500")) as running:
        yield running


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest, server: EmbeddedServer) -> Iterator[Store]:
    if request.param == "memory":
        made = memory_store()
        made.join("w1")
        yield made
    else:
        with redis_store(server) as made:
            made.join("w1")
            yield made


@pytest.fixture
def task(store: Store) -> Task[[int, int], int]:
    return store.app.task(add)


def handle(store: Store, invocation_id: str, **values: object) -> Invocation[int]:
    """Queue an invocation with rare properties and return its handle."""
    arguments = store.app.tasks[TASK].payloads.dump_arguments((1, 2), {})
    store.orchestrator.enqueue([make_new(invocation_id, task_id=TASK, arguments=arguments, **values)])
    return Invocation(store.app, invocation_id, TASK)


def finish(store: Store, item: Claimed, value: int) -> None:
    """End what w1 runs with a value."""
    settle(store, item, Status.SUCCESS, store.app.tasks[TASK].payloads.dump_result(value))


def settle(store: Store, item: Claimed, status: Status, payload: bytes) -> None:
    """End what w1 runs."""
    store.orchestrator.finish("w1", [Settlement(item.invocation_id, item.fence, status, payload, 60)])


def error_of(app: Pynenc, invocation: Invocation[int]) -> Exception:
    """The error of one that has ended, as a handle sees it that knows nothing yet."""
    found = app.invocation(invocation.invocation_id).exception
    assert found is not None
    return found


@pytest.mark.usefixtures("task")
@pytest.mark.parametrize("values", [{}, {"delay_us": 9_000_000}, {"limits": ONE}], ids=["queued", "delayed", "parked"])
def test_what_no_worker_has_is_cancelled_at_once(store: Store, values: dict[str, object]) -> None:
    handle(store, "holder", limits=ONE)
    store.claim("w1")
    invocation = handle(store, "i1", **values)
    if "limits" in values:
        assert store.claim("w1") == []
        assert invocation.status is Status.CONCURRENCY_CONTROLLED
    assert [invocation.cancel(), invocation.cancel()] == [True, False]
    assert invocation.status is Status.CANCELLED
    error = error_of(store.app, invocation)
    assert isinstance(error, InvocationCancelled)
    assert str(error) == f"invocation i1 of {TASK} was cancelled"
    assert invocation.exception is not None
    assert invocation.cancel() is False


def test_a_cancelled_one_is_kept_as_long_as_results_are(store: Store) -> None:
    store.app.task(result_ttl=60)(add)
    invocation = handle(store, "i1")
    invocation.cancel()
    store.clock.advance(59)
    assert invocation.status is Status.CANCELLED
    store.clock.advance(2)
    with pytest.raises(InvocationNotFound):
        _ = invocation.status


def test_an_owner_is_asked_to_cancel(store: Store, task: Task[[int, int], int]) -> None:
    invocation = task(1, 2)
    (item,) = store.claim("w1")
    assert [invocation.cancel(), invocation.cancel()] == [True, True]
    assert store.orchestrator.beat(["w1"], 15.0)[0].cancelling == (invocation.invocation_id,)
    settle(store, item, Status.CANCELLED, b"")
    assert isinstance(invocation.exception, InvocationCancelled)


def test_unknown_ones_are_not_found(store: Store, task: Task[[int, int], int]) -> None:
    invocation: Invocation[int] = Invocation(store.app, "nobody", task.task_id)
    for ask in (invocation.cancel, invocation.retry, invocation.get, lambda: invocation.history):
        with pytest.raises(InvocationNotFound, match="nobody is unknown, or its result has expired"):
            ask()


def test_a_failed_one_is_run_again_under_a_new_id(store: Store, task: Task[[int, int], int]) -> None:
    invocation = task(1, 2)
    with pytest.raises(RequestError, match=f"{invocation.invocation_id} of {TASK} has not ended"):
        invocation.retry()
    (item,) = store.claim("w1")
    settle(store, item, Status.FAILED, Failure("ValueError", "no", "builtins").dump())
    assert isinstance(invocation.exception, ValueError)
    again = invocation.retry()
    assert again.invocation_id != invocation.invocation_id
    (item,) = store.claim("w1")
    assert (item.invocation_id, again.attempt) == (again.invocation_id, 1)
    assert task.payloads.load_arguments(item.arguments) == ([1, 2], {})
    finish(store, item, 3)
    assert again.result == 3


@pytest.mark.usefixtures("task")
@pytest.mark.parametrize("history", [History.FULL, History.SUMMARY])
def test_history_tells_what_happened_when_and_where(store: Store, history: History) -> None:
    invocation = handle(store, "i1", history=history)
    (item,) = store.claim("w1")
    finish(store, item, 3)
    changes = invocation.history
    assert [change.status for change in changes if change.status is not Status.PENDING] == [
        Status.REGISTERED,
        Status.RUNNING,
        Status.SUCCESS,
    ]
    assert (changes[-1].worker, changes[-1].attempt) == ("w1", 1)
    assert changes[0].at_us > 0


@pytest.mark.usefixtures("task")
def test_each_end_has_an_error_of_its_own(store: Store) -> None:
    late = handle(store, "late", start_within_us=1_000)
    store.clock.advance(1)
    store.orchestrator.sweep(POLICY)
    handle(store, "holder", limits=ONE)
    assert len(store.claim("w1")) == 1
    dropped = handle(store, "dropped", limits=ONE, drop=True)
    assert store.claim("w1") == []
    slow = handle(store, "slow")
    (item,) = store.claim("w1")
    text = "invocation slow took longer than its timeout allows (1s)"
    settle(store, item, Status.FAILED, Failure("TaskTimeout", text, "pynenc.errors", "Traceback of a worker").dump())
    expected: dict[type[PynencError], tuple[Invocation[int], str]] = {
        InvocationExpired: (late, f"invocation late of {TASK} did not start in the time that it had for that"),
        InvocationDropped: (dropped, f"invocation dropped of {TASK} was over a limit, and its task drops what is"),
        TaskTimeout: (slow, text),
    }
    for kind, (invocation, message) in expected.items():
        error = error_of(store.app, invocation)
        assert (type(error), str(error)) == (kind, message)
    (note,) = error_of(store.app, slow).__notes__
    assert note == f"Raised in a worker by {TASK}:\nTraceback of a worker"


def test_invocations_are_listed_by_what_they_are(store: Store, task: Task[[int, int], int]) -> None:
    ended, running, waiting = (task(1, number) for number in range(3))
    first, _ = store.claim("w1", limit=2, start=2)
    finish(store, first, 1)
    app = store.app
    assert {*app.invocations()} == {ended, running, waiting}
    assert app.invocations(status="success") == [ended]
    assert app.invocations(status=Status.RUNNING, task=task) == [running]
    assert {*app.invocations(status=["REGISTERED", Status.RUNNING], queue="default")} == {running, waiting}
    assert app.invocations(task="mail.send") == app.invocations(queue="other") == []
    assert len(app.invocations(limit=2)) == 2
    assert app.invocations(status="SUCCESS")[0].is_settled
    with pytest.raises(RequestError, match=r'unknown status "SUCESS"; did you mean "SUCCESS"\?'):
        app.invocations(status="SUCESS")


@contextmanager
def answering(store: Store) -> Iterator[None]:
    """A worker that adds, and fails where x is 0."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            for item in store.claim("w1", limit=100, start=100):
                x, y = store.app.tasks[TASK].payloads.load_arguments(item.arguments)[0]
                if x:
                    finish(store, item, x + y)
                else:
                    settle(store, item, Status.FAILED, Failure("ValueError", "zero", "builtins").dump())
            store.broker.listen("w1", ("default",), 0.05)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_results_come_in_order_until_one_fails(store: Store, task: Task[[int, int], int]) -> None:
    with answering(store):
        group = task.parallelize([(1, 1), (2, 2), (0, 0), (4, 4)])
        results = group.results
        assert [next(results), next(results)] == [2, 4]
        with pytest.raises(ValueError, match="zero"):
            next(results)
        assert [type(invocation.exception).__name__ for invocation in group] == [
            "NoneType",
            "NoneType",
            "ValueError",
            "NoneType",
        ]
        assert (len(group), group[3].result, group[1:3].invocations) == (4, 8, group.invocations[1:3])
        with pytest.raises(ValueError, match="zero"):
            group.get(timeout=30)


def test_members_may_share_an_invocation(store: Store, task: Task[[int, int], int]) -> None:
    with answering(store):
        one, other = task(1, 1), task(2, 2)
        shared: list[Invocation[int]] = [Invocation(store.app, one.invocation_id, TASK) for _ in range(2)]
        group: InvocationGroup[int] = InvocationGroup(store.app, [one, shared[0], other, shared[1]])
        assert list(group.results) == group.get(timeout=30) == [2, 2, 4, 2]
        assert [invocation.result for invocation in group.as_completed()] == [2, 2, 4, 2]
    assert group.cancel() == 0


def test_a_group_is_cancelled_once_an_invocation(store: Store, task: Task[[int, int], int]) -> None:
    one, other = task(1, 1), task(2, 2)
    group: InvocationGroup[int] = InvocationGroup(
        store.app, [one, Invocation(store.app, one.invocation_id, TASK), other]
    )
    assert group.cancel() == 2
    assert [type(invocation.exception) for invocation in group] == [InvocationCancelled] * 3


def test_a_group_that_takes_too_long_goes_on(store: Store, task: Task[[int, int], int]) -> None:
    group = task.parallelize([(1, 1), (2, 2)])
    (item,) = store.claim("w1")
    finish(store, item, 2)
    with pytest.raises(ResultTimeout, match=f"{group[1].invocation_id} is REGISTERED after 0.05s"):
        group.get(timeout=0.05)
    assert group[0].is_settled
    (item,) = store.claim("w1")
    finish(store, item, 4)
    assert group.get(timeout=30) == [2, 4]


def test_a_group_asks_for_all_in_one_step(store: Store, task: Task[[int, int], int]) -> None:
    """What has ended before is there after one call, and settled handles ask for nothing more."""
    group = task.parallelize([(1, number) for number in range(20)])
    for item in store.claim("w1", limit=20, start=20):
        finish(store, item, 1)
    arrived = iter(group.as_completed())
    next(arrived)
    store.orchestrator.forget([invocation.invocation_id for invocation in group])
    assert len(list(arrived)) == 19
    assert group.get() == [1] * 20


def test_the_memory_of_an_outcome_outlives_the_store(store: Store, task: Task[[int, int], int]) -> None:
    outcome = Outcome("gone", Status.SUCCESS, task.payloads.dump_result(7))
    invocation: Invocation[int] = Invocation(store.app, "gone", TASK, outcome)
    assert (invocation.result, invocation.status, invocation.cancel()) == (7, Status.SUCCESS, False)
