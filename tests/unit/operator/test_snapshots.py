"""A list is asked for once, until an event says that it is outdated."""

from __future__ import annotations

import asyncio

import pytest

from pynenc_operator.kube.snapshots import MAX_AGE_SECONDS, Snapshots
from unit.operator.virtual_time import run_virtually


class Server:
    """Answers with the number of the request, after a second."""

    def __init__(self):
        self.requests = 0
        self.broken = False

    async def __call__(self, kind, namespace):
        self.requests += 1
        number = self.requests
        await asyncio.sleep(1)
        if self.broken:
            raise OSError("broken")
        return [{"kind": kind, "number": number}]


async def numbers(snapshots, *delays):
    found = []
    for delay in delays:
        await asyncio.sleep(delay)
        found.append((await snapshots.get("Task", "a"))[0]["number"])
    return found


def test_an_answer_is_used_again_for_a_while():
    assert run_virtually(numbers(Snapshots(Server()), 0, 0, MAX_AGE_SECONDS + 1)) == [1, 1, 2]


def test_an_event_outdates_an_answer():
    async def story():
        snapshots = Snapshots(Server())
        first = await numbers(snapshots, 0)
        snapshots.outdate("App", "a")
        second = await numbers(snapshots, 0)
        snapshots.outdate("Task", "a")
        return first + second + await numbers(snapshots, 0)

    assert run_virtually(story()) == [1, 1, 2]


def test_those_who_ask_at_the_same_time_share_an_answer_and_one_may_give_up():
    async def story():
        server = Server()
        snapshots = Snapshots(server)
        first, second = (asyncio.ensure_future(snapshots.get("Task", "a")) for _ in range(2))
        await asyncio.sleep(0.5)
        first.cancel()
        return (await second)[0]["number"], server.requests

    assert run_virtually(story()) == (1, 1)


def test_an_event_during_a_request_asks_anew():
    async def story():
        snapshots = Snapshots(Server())
        first = asyncio.ensure_future(snapshots.get("Task", "a"))
        await asyncio.sleep(0.5)
        snapshots.outdate("Task", "a")
        second = await snapshots.get("Task", "a")
        return (await first)[0]["number"], second[0]["number"]

    assert run_virtually(story()) == (1, 2)


def test_a_failure_is_not_kept():
    async def story():
        server = Server()
        snapshots = Snapshots(server)
        server.broken = True
        with pytest.raises(OSError, match="broken"):
            await snapshots.get("Task", "a")
        server.broken = False
        return (await snapshots.get("Task", "a"))[0]["number"]

    assert run_virtually(story()) == 2
