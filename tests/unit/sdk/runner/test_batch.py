"""How many short tasks a worker takes at once, and for how long it holds them."""

from __future__ import annotations

import threading

import pytest

from pynenc.core.records import Claimed, Settlement
from pynenc.core.status import Status
from pynenc.runner.batch import HELD_SECONDS, MOST, Batch, Pace


def claimed(name: str) -> Claimed:
    return Claimed(name, "1", "mail.send", b"{}", 1, 0, 0, "", started=True)


def ended(name: str) -> Settlement:
    return Settlement(name, "1", Status.SUCCESS, b"1", 60)


@pytest.mark.parametrize(
    ("seconds", "size"),
    [
        pytest.param([], 1, id="one before anything is known"),
        pytest.param([0.00001], MOST, id="as many as allowed of very short ones"),
        pytest.param([0.005], 5, id="half of what may be held"),
        pytest.param([1.0], 1, id="one of long ones"),
        pytest.param([0.00001] * 50 + [1.0], 1, id="one as soon as a long one came"),
        pytest.param([1.0, 0.00001], MOST, id="many again after one that was long at the start"),
    ],
)
def test_a_worker_claims_what_it_can_do_in_a_moment(seconds: list[float], size: int) -> None:
    pace = Pace()
    for each in seconds:
        pace.note(each)
    assert pace.size == size


def test_short_ones_count_little_by_little_after_a_long_one() -> None:
    pace = Pace()
    for each in [0.0001, 0.02, 0.0001]:
        pace.note(each)
    assert 1 < pace.size < 5


class Cleared:
    """Remembers what a batch gave away, and tells when it did."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.released: list[str] = []
        self.happened = threading.Event()

    def __call__(self, ends, items) -> None:
        self.ended += [end.invocation_id for end in ends]
        self.released += [item.invocation_id for item in items]
        self.happened.set()


def test_items_come_in_order_and_ends_are_handed_over_once() -> None:
    batch = Batch(Cleared())
    batch.fill([claimed("a"), claimed("b")])
    assert batch.holds("b")
    assert [item.invocation_id for item in (batch.take(), batch.take()) if item] == ["a", "b"]
    assert batch.take() is None
    batch.end(ended("a"))
    assert [end.invocation_id for end in batch.take_ended()] == ["a"]
    assert batch.take_ended() == []
    batch.close()


def test_what_is_held_too_long_is_settled_and_released() -> None:
    cleared = Cleared()
    batch = Batch(cleared)
    batch.fill([claimed("a"), claimed("b"), claimed("c")])
    batch.take()
    batch.end(ended("a"))
    batch.take()
    assert cleared.happened.wait(20 * HELD_SECONDS)
    assert (cleared.ended, cleared.released) == (["a"], ["c"])
    assert batch.take() is None
    batch.close()


def test_each_batch_is_looked_after() -> None:
    cleared = Cleared()
    batch = Batch(cleared)
    for number in range(3):
        cleared.happened.clear()
        batch.fill([claimed(f"a{number}"), claimed(f"b{number}")])
        batch.take()
        assert cleared.happened.wait(20 * HELD_SECONDS)
    assert cleared.released == ["b0", "b1", "b2"]
    batch.close()


def test_a_batch_is_cleared_on_request() -> None:
    cleared = Cleared()
    batch = Batch(cleared)
    batch.fill([claimed("a")])
    batch.clear()
    batch.clear()
    assert cleared.released == ["a"]
