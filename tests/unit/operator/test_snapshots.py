"""A list is asked for once, and events keep it up to date."""

from __future__ import annotations

import asyncio

import pytest

from pynenc_operator.kube.snapshots import MAX_AGE_SECONDS, UNWATCHED_AGE_SECONDS, Snapshots
from pynenc_operator.plan.result import ObjectKey
from unit.operator.virtual_time import run_virtually

WATCHED = ("Task", "App")


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
        return [{"number": number, "metadata": {"name": "b", "resourceVersion": "1"}}]


async def numbers(snapshots, *delays):
    found = []
    for delay in delays:
        await asyncio.sleep(delay)
        found.append((await snapshots.get("Task", "a"))[0]["number"])
    return found


def test_an_answer_is_used_again_for_a_while():
    assert run_virtually(numbers(Snapshots(Server(), WATCHED), 0, 0, MAX_AGE_SECONDS + 1)) == [1, 1, 2]


def test_a_list_of_a_kind_that_is_not_watched_is_used_for_a_short_while():
    unwatched = Snapshots(Server(), ())
    assert run_virtually(numbers(unwatched, 0, 0, UNWATCHED_AGE_SECONDS + 1)) == [1, 1, 2]


def task(name, version):
    return {"metadata": {"name": name, "resourceVersion": str(version)}}


def key(name, kind="Task"):
    return ObjectKey(kind, "a", name)


def after(*events, listed=(("b", 10), ("c", 20))):
    """`{name: version}` of a list after events, each `(name, version, deleted)`, and how often it was asked for."""

    async def story():
        requests = []

        async def fetch(*place):
            requests.append(place)
            return [task(*item) for item in listed]

        snapshots = Snapshots(fetch, WATCHED)
        await snapshots.get("Task", "a")
        for name, version, deleted in events:
            snapshots.changed(key(name), task(name, version), deleted=deleted)
        found = await snapshots.get("Task", "a")
        return {i["metadata"]["name"]: int(i["metadata"]["resourceVersion"]) for i in found}, len(requests)

    return run_virtually(story())


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([("b", 21, False)], {"b": 21, "c": 20}, id="changed"),
        pytest.param([("d", 21, False)], {"b": 10, "c": 20, "d": 21}, id="made"),
        pytest.param([("b", 21, True)], {"c": 20}, id="deleted"),
        pytest.param([("b", 9, False)], {"b": 10, "c": 20}, id="older than the list"),
        pytest.param([("d", 15, False)], {"b": 10, "c": 20}, id="made and deleted before the list"),
        pytest.param([("d", 21, True)], {"b": 10, "c": 20}, id="deleted and not known"),
        pytest.param([("b", 21, True), ("b", 22, False)], {"b": 22, "c": 20}, id="made anew"),
        pytest.param([("b", 10, False)], {"b": 10, "c": 20}, id="no news"),
    ],
)
def test_an_event_puts_its_object_into_the_list(events, expected):
    assert after(*events) == (expected, 1)


def test_the_first_object_comes_by_an_event():
    assert after(("d", 1, False), listed=()) == ({"d": 1}, 1)


def test_an_event_of_another_kind_changes_nothing():
    async def story():
        snapshots = Snapshots(Server(), WATCHED)
        first = await numbers(snapshots, 0)
        snapshots.changed(key("b", kind="App"), task("b", 1))
        return first + await numbers(snapshots, 0)

    assert run_virtually(story()) == [1, 1]


def renewed(before, after_it, told=None):
    """A list before and after it is renewed; `told` is an event while it is asked for anew."""

    async def story():
        answers = iter([before, after_it])

        async def fetch(*_):
            found = [task(*item) for item in next(answers)]
            await asyncio.sleep(1)
            return found

        snapshots = Snapshots(fetch, WATCHED)
        first = await snapshots.get("Task", "a")
        renewing = asyncio.ensure_future(snapshots.renew("Task", "a"))
        await asyncio.sleep(0.5)
        if told:
            snapshots.changed(key(told[0]), task(*told[:2]), deleted=told[2])
        second = await renewing
        assert await snapshots.get("Task", "a") is second
        return first, second

    return run_virtually(story())


def test_a_renewed_list_without_changes_is_the_very_same():
    first, second = renewed([("b", 1), ("c", 2)], [("b", 1), ("c", 2)])
    assert second is first


@pytest.mark.parametrize(
    "after_it", [[("b", 1), ("c", 3)], [("b", 1)], [("b", 1), ("d", 3)], [("b", 1), ("c", 2), ("d", 3)]]
)
def test_a_renewed_list_has_the_very_objects_that_have_not_changed(after_it):
    first, second = renewed([("b", 1), ("c", 2)], after_it)
    assert second == [task(*item) for item in after_it]
    assert second[0] is first[0]


def test_an_event_while_a_list_is_renewed_is_put_into_it():
    _, second = renewed([("b", 1), ("c", 2)], [("b", 1), ("c", 2)], told=("b", 3, True))
    assert second == [task("c", 2)]


def test_after_an_own_write_the_server_is_asked():
    async def story():
        snapshots = Snapshots(Server(), ())
        first = await numbers(snapshots, 0)
        snapshots.outdate("App", "a")
        second = await numbers(snapshots, 0)
        snapshots.outdate("Task", "a")
        return first + second + await numbers(snapshots, 0)

    assert run_virtually(story()) == [1, 1, 2]


def test_those_who_ask_at_the_same_time_share_an_answer_and_one_may_give_up():
    async def story():
        server = Server()
        snapshots = Snapshots(server, WATCHED)
        first, second = (asyncio.ensure_future(snapshots.get("Task", "a")) for _ in range(2))
        await asyncio.sleep(0.5)
        first.cancel()
        return (await second)[0]["number"], server.requests

    assert run_virtually(story()) == (1, 1)


def test_an_event_during_a_request_is_put_into_its_answer():
    async def story():
        requests = []

        async def fetch(*place):
            requests.append(place)
            await asyncio.sleep(1)
            return [task("b", 1)]

        snapshots = Snapshots(fetch, WATCHED)
        first = asyncio.ensure_future(snapshots.get("Task", "a"))
        await asyncio.sleep(0.5)
        snapshots.changed(key("b"), task("b", 2))
        return await first, await snapshots.get("Task", "a"), len(requests)

    assert run_virtually(story()) == ([task("b", 2)], [task("b", 2)], 1)


def test_a_list_without_news_is_the_very_same():
    async def story():
        snapshots = Snapshots(Server(), WATCHED)
        return await snapshots.get("Task", "a") is await snapshots.get("Task", "a")

    assert run_virtually(story())


@pytest.mark.parametrize("is_told", [pytest.param(False, id="nothing told"), pytest.param(True, id="an event told")])
def test_a_failure_is_not_kept(is_told):
    async def story():
        server = Server()
        snapshots = Snapshots(server, WATCHED)
        server.broken = True
        with pytest.raises(OSError, match="broken"):
            await snapshots.get("Task", "a")
        server.broken = False
        if is_told:
            snapshots.changed(key("b"), task("b", 1))
        return (await snapshots.get("Task", "a"))[0]["number"]

    assert run_virtually(story()) == 2
