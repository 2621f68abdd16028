"""`await` in any event loop: many at once by two threads, given up without a trace. A played worker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

import pynenc.watcher
from pynenc._redis.embedded import EmbeddedServer
from pynenc._redis.shared import library_of
from pynenc.core.records import Claimed, Settlement
from pynenc.core.status import Status
from pynenc.errors import BackendUnavailable, InvocationCancelled, InvocationNotFound, ResultTimeout, UsageError
from pynenc.invocation import Invocation
from pynenc.task import Task
from pynenc.watcher import watcher_of
from support.servers import running_server
from support.stores import Store, memory_store, redis_app, redis_store

TASK = f"{__name__}.double"
MANY = 2000


def double(x: int) -> int:
    """The task of these tests."""
    return x + x


def repeat(times: int) -> str:
    """A task with a result that does not travel with the news."""
    return "x" * times


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with running_server() as running:
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
def task(store: Store) -> Task[[int], int]:
    return store.app.task(double)


def end_of(store: Store, item: Claimed) -> Settlement:
    """Doubling, as a worker does it."""
    payloads = store.app.tasks[TASK].payloads
    (x,) = payloads.load_arguments(item.arguments)[0]
    return Settlement(item.invocation_id, item.fence, Status.SUCCESS, payloads.dump_result(x + x), 600)


def work(store: Store, number: int) -> None:
    """End `number` invocations, a hundred at a time."""
    while number > 0:
        size = min(100, number)
        items = store.claim("w1", limit=size, start=size)
        store.orchestrator.finish("w1", [end_of(store, item) for item in items])
        number -= len(items)


async def is_watched(store: Store, number: int) -> None:
    """Wait until so many invocations are waited for."""
    while len(watcher_of(store.app).watched) != number:
        await asyncio.sleep(0.001)


def test_one_is_awaited_before_and_after_its_end(store: Store, task: Task[[int], int]) -> None:
    async def main() -> None:
        invocation = task(2)
        waiting = asyncio.ensure_future(invocation)
        await is_watched(store, 1)
        await asyncio.to_thread(work, store, 1)
        assert [await waiting, await invocation, await store.app.invocation(invocation.invocation_id)] == [4, 4, 4]

    asyncio.run(main())
    assert watcher_of(store.app).watched == ()


def test_thousands_are_awaited_by_two_threads(store: Store, task: Task[[int], int]) -> None:
    async def main() -> None:
        invocations = list(task.parallelize([(number,) for number in range(MANY)]))
        before = threading.active_count()
        waiting = asyncio.gather(*invocations)
        await is_watched(store, MANY)
        assert threading.active_count() <= before + 2
        worker = threading.Thread(target=work, args=(store, MANY))
        worker.start()
        assert await waiting == [2 * number for number in range(MANY)]
        worker.join()
        assert threading.active_count() <= before + 2

    asyncio.run(main())
    assert watcher_of(store.app).watched == ()


def test_a_wait_can_be_given_up(store: Store, task: Task[[int], int]) -> None:
    async def main() -> None:
        invocation = task(2)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(invocation, 0.05)
        assert watcher_of(store.app).watched == ()
        waiting, other = asyncio.ensure_future(invocation), asyncio.ensure_future(invocation)
        await is_watched(store, 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert invocation.status is Status.REGISTERED
        await asyncio.to_thread(work, store, 1)
        assert await other == 4

    asyncio.run(main())
    assert watcher_of(store.app).watched == ()


def test_errors_are_raised_where_they_are_awaited(store: Store, task: Task[[int], int]) -> None:
    async def main() -> None:
        invocations = [task(1), Invocation[int](store.app, "nobody", TASK), task(3)]
        waiting = asyncio.gather(*invocations, return_exceptions=True)
        await is_watched(store, 2)
        invocations[0].cancel()
        await asyncio.to_thread(work, store, 1)
        found = await waiting
        assert [type(one) for one in found] == [InvocationCancelled, InvocationNotFound, int]

    asyncio.run(main())


def test_a_large_result_is_awaited_too(store: Store) -> None:
    task = store.app.task(repeat)

    async def main() -> None:
        invocation = task(5000)
        waiting = asyncio.ensure_future(invocation)
        await is_watched(store, 1)
        (item,) = store.claim("w1")
        payload = task.payloads.dump_result("x" * 5000)
        store.orchestrator.finish("w1", [Settlement(item.invocation_id, item.fence, Status.SUCCESS, payload, 60)])
        assert await waiting == "x" * 5000

    asyncio.run(main())


def test_groups_are_awaited_in_order_and_as_they_end(store: Store, task: Task[[int], int]) -> None:
    async def main() -> None:
        group = task.parallelize([(1,), (2,), (3,)])
        waiting = asyncio.ensure_future(group)
        await is_watched(store, 3)
        work(store, 2)
        arrived = []
        async for invocation in group.as_completed():
            arrived.append(await invocation)
            if len(arrived) == 2:
                work(store, 1)
        assert sorted(arrived) == await waiting == [2, 4, 6]
        assert [invocation.result for invocation in group] == group.get() == [2, 4, 6]

    asyncio.run(main())


def test_a_group_has_a_time_limit_in_async_code_too(store: Store, task: Task[[int], int]) -> None:
    async def main() -> None:
        group = task.parallelize([(1,), (2,)])
        work(store, 0)
        with pytest.raises(ResultTimeout, match=r"not all had ended after 0.05s; they go on"):
            async for _ in group.as_completed(timeout=0.05):
                pass

    asyncio.run(main())
    assert watcher_of(store.app).watched == ()


def test_blocking_waits_are_refused_in_an_event_loop(store: Store, task: Task[[int], int]) -> None:
    async def main() -> None:
        group = task.parallelize([(1,)])
        for wait in (lambda: group[0].result, group[0].get, lambda: group[0].exception, group.get):
            with pytest.raises(UsageError, match="use await invocation inside async code"):
                wait()
        with pytest.raises(UsageError):
            next(group.results)
        work(store, 1)
        assert await asyncio.to_thread(lambda: group[0].result) == group.get()[0] == 2

    asyncio.run(main())


def test_a_loop_that_was_closed_is_told_nothing(store: Store, task: Task[[int], int]) -> None:
    invocation = task(1)

    async def main() -> None:
        asyncio.ensure_future(invocation)  # noqa: RUF006  # it is left behind on purpose
        await is_watched(store, 1)

    asyncio.run(main())
    work(store, 1)
    assert watcher_of(store.app).watched == ()
    assert invocation.result == 2


def test_a_lost_hint_is_made_up_for(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pynenc.watcher, "LOOK_AGAIN_SECONDS", 0.1)
    with redis_store(server) as store:
        store.join("w1")
        task, library = store.app.task(double), library_of(store.app)

        async def main() -> int:
            invocation = task(2)
            waiting = asyncio.ensure_future(invocation)
            waiters = f"{library.keys.prefix}:waiters:{invocation.invocation_id}"
            while not library.client.delete(waiters):
                await asyncio.sleep(0.001)
            work(store, 1)
            return await waiting

        assert asyncio.run(main()) == 4


def test_a_server_that_goes_away_is_told_to_all() -> None:
    with running_server() as server:
        app = redis_app(server)
        app.orchestrator.open()
        invocations = list(app.task(double).parallelize([(1,), (2,)]))

        async def main() -> list[int | BaseException]:
            waiting = asyncio.gather(*invocations, return_exceptions=True)
            while len(watcher_of(app).watched) != 2:
                await asyncio.sleep(0.001)
            await asyncio.to_thread(server.stop)
            return await waiting

        assert [type(found) for found in asyncio.run(main())] == [BackendUnavailable] * 2
        library_of(app).close()
