"""A key waits once, is worked on once at a time, and comes back later after a failure."""

from __future__ import annotations

import asyncio

import pytest

from pynenc_operator.reconcile.workqueue import WorkQueue, backoff_seconds
from unit.operator.virtual_time import run_virtually


def queue_of(*keys):
    queue = WorkQueue(jitter=lambda: 1.0)
    for key in keys:
        queue.add(key)
    return queue


async def take(queue, within=0.0):
    """The next key, or None if none comes in time."""
    try:
        return await asyncio.wait_for(queue.get(), within or 0.001)
    except TimeoutError:
        return None


async def elapsed(queue):
    """The next key and how long it took."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    return await queue.get(), round(loop.time() - start, 3)


def test_keys_come_first_in_first_out():
    async def story():
        queue = queue_of("a", "b")
        return [await queue.get(), await queue.get()]

    assert run_virtually(story()) == ["a", "b"]


def test_a_waiting_key_waits_once():
    async def story():
        queue = queue_of("a", "a", "a")
        assert len(queue) == 1
        await queue.get()
        return await take(queue)

    assert run_virtually(story()) is None


def test_a_key_is_never_worked_on_twice_at_once_and_is_not_forgotten():
    async def story():
        queue = queue_of("a")
        await queue.get()
        queue.add("a")
        queue.add("a")
        assert await take(queue) is None
        queue.done("a")
        assert await take(queue) == "a"
        queue.done("a")
        return await take(queue)

    assert run_virtually(story()) is None


def test_get_waits_for_a_key():
    async def story():
        queue = queue_of()
        waiting = asyncio.ensure_future(queue.get())
        await asyncio.sleep(1)
        queue.add("late")
        return await waiting

    assert run_virtually(story()) == "late"


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        pytest.param([5], 5, id="one"),
        pytest.param([5, 2], 2, id="an earlier one counts"),
        pytest.param([2, 5], 2, id="a later one does not"),
    ],
)
def test_of_several_times_the_earliest_counts(wishes, expected):
    async def story():
        queue = queue_of()
        for seconds in wishes:
            queue.add_after("a", seconds)
        first = await elapsed(queue)
        queue.done("a")
        return first, await take(queue, within=10)

    assert run_virtually(story()) == (("a", expected), None)


def test_a_failing_key_waits_longer_each_time_until_it_succeeds():
    async def story():
        queue = queue_of("a")
        waits = []
        for _ in range(4):
            key, waited = await elapsed(queue)
            waits.append(waited)
            queue.failed(key)
        await queue.get()
        queue.done("a")
        queue.add("a")
        await queue.get()
        return waits, queue.failed("a")

    assert run_virtually(story()) == ([0, 0.5, 1.0, 2.0], 0.5)


@pytest.mark.parametrize(
    ("failures", "jitter", "expected"),
    [
        pytest.param(1, 1.0, 0.5, id="the first"),
        pytest.param(1, 0.0, 0.25, id="the first with luck"),
        pytest.param(5, 1.0, 8.0, id="doubled"),
        pytest.param(100, 1.0, 60.0, id="capped"),
    ],
)
def test_back_off_doubles_up_to_a_minute(failures, jitter, expected):
    assert backoff_seconds(failures, jitter) == expected


def test_a_queue_is_idle_when_nothing_waits_and_nothing_is_under_way():
    async def story():
        queue = queue_of("a")
        seen = [queue.idle]
        await queue.get()
        seen.append(queue.idle)
        queue.done("a")
        return [*seen, queue.idle]

    assert run_virtually(story()) == [False, False, True]


def test_a_closed_queue_brings_nothing_later():
    async def story():
        queue = queue_of()
        queue.add_after("a", 1)
        queue.close()
        return await take(queue, within=10)

    assert run_virtually(story()) is None
