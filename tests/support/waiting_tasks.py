"""An app whose tasks wait for others in every way that there is, and in some that must be refused."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from pynenc import Pynenc

app = Pynenc(app_id="waiting-tests")


@app.task
async def square(x: int) -> int:
    """End at once."""
    return x * x


@app.task
def triple(x: int) -> int:
    """End at once, without a loop."""
    return 3 * x


@app.task
def wait_for_file(path: str) -> int:
    """End when a file is there."""
    while not Path(path).exists():
        time.sleep(0.01)
    return 1


@app.task
async def wait_for_file_async(path: str) -> int:
    """As the above, in a loop."""
    while not Path(path).exists():
        await asyncio.sleep(0.01)
    return 1


@app.task
async def gather(number: int) -> int:
    """Wait for many in as many coroutines."""
    return sum(await asyncio.gather(*(square(x) for x in range(number))))


@app.task
async def take_the_first(path: str) -> int:
    """Leave a wait behind for one that takes longer."""
    waiting = [asyncio.ensure_future(wait_for_file_async(path)), asyncio.ensure_future(square(3))]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    return sum(one.result() for one in done)


@app.task
async def give_up_and_go_on(path: str) -> int:
    """Wait for one for a moment only, and then for another one."""
    try:
        return await asyncio.wait_for(wait_for_file_async(path), 0.2)
    except TimeoutError:
        return await square(4)


@app.task
async def sum_a_group(number: int) -> int:
    """Wait for a group in one coroutine."""
    return sum(await square.parallelize([(x,) for x in range(number)]))


@app.task(history="full")
def sum_results(number: int) -> int:
    """Wait for a group by its results."""
    return sum(triple.parallelize([(x,) for x in range(number)]).results)


@app.task
async def block_the_loop() -> int:
    """Ask for a result where nothing may block."""
    return triple(1).result


@app.task
def open_a_loop(depth: int) -> int:
    """Wait in a loop of one's own, for one that does so too."""
    return asyncio.run(_wait_in_a_loop(depth))


async def _wait_in_a_loop(depth: int) -> int:
    return 0 if depth == 0 else await open_a_loop(depth - 1) + 1


@app.task
def wait_for_itself() -> int:
    """Never end, if it were allowed."""
    return wait_for_itself.invocation.result


@app.task
def wait_for_one_that_waits() -> int:
    """Never end either."""
    return wait_for(wait_for_one_that_waits.invocation.invocation_id).result


@app.task
async def wait_for_one_that_waits_async() -> int:
    """Nor does this."""
    return await wait_for_async(wait_for_one_that_waits_async.invocation.invocation_id)


@app.task
def wait_for(invocation_id: str) -> int:
    """Wait for any other."""
    return int(app.invocation(invocation_id).result)


@app.task
async def wait_for_async(invocation_id: str) -> int:
    """Wait for any other, in a loop."""
    return int(await app.invocation(invocation_id))


@app.task(running_concurrency="task")
def wait_within_a_limit(depth: int) -> int:
    """Wait for one that cannot start before the wait is over."""
    return wait_within_a_limit(depth - 1).result if depth else 0


@app.task
def wait_for_too_many() -> int:
    """Wait for more than can be checked."""
    group = triple.with_options(delay=3600).parallelize([(x,) for x in range(2001)])
    try:
        return sum(group.results)
    finally:
        group.cancel()


@app.task(timeout=0.2)
def be_late() -> None:
    """Take longer than allowed."""
    time.sleep(60)
