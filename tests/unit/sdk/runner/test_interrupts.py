"""What ends an attempt from outside, and on which frame of a stack."""

from __future__ import annotations

import math
import threading
import time

import pytest

from pynenc.core.options import TaskOptions
from pynenc.core.records import Claimed
from pynenc.errors import InvocationCancelled, RetryError, TaskTimeout
from pynenc.runner.doom import Doom
from pynenc.runner.interrupts import Deadlines, Frame, GiveBack, Stack, ThreadStack
from pynenc.runner.note import Note

OPTIONS = TaskOptions()


def frame(name: str, deadline: float = math.inf, **options) -> Frame:
    claimed = Claimed(name, "1", f"mail.{name}", b"{}", 1, 0, 0, "", started=True)
    return Frame(claimed, TaskOptions(**options), deadline)


def make_stack(kind: type[Stack] = Stack, *frames: Frame) -> Stack:
    note = Note()
    stack = kind(note, Deadlines(note, lambda: None))
    for each in frames:
        stack.push(each)
    return stack


@pytest.mark.parametrize(
    ("timeout", "remaining_us", "least", "most", "is_last"),
    [
        pytest.param(None, 0, math.inf, math.inf, False, id="no limit"),
        pytest.param(5.0, 0, 4.0, 5.0, False, id="of the attempt"),
        pytest.param(None, 3_000_000, 2.0, 3.0, True, id="of all attempts"),
        pytest.param(5.0, 3_000_000, 2.0, 3.0, True, id="the earlier one, here of all attempts"),
        pytest.param(2.0, 9_000_000, 1.0, 2.0, False, id="the earlier one, here of the attempt"),
    ],
)
def test_an_attempt_has_the_earlier_of_two_deadlines(
    timeout: float | None, remaining_us: int, least: float, most: float, is_last: bool
) -> None:
    claimed = Claimed("a", "1", "mail.send", b"{}", 1, 0, 0, "", started=True, remaining_us=remaining_us)
    found = Frame.of(claimed, TaskOptions(timeout=timeout))
    left = found.deadline - time.monotonic()
    assert least <= left <= most
    assert found.is_last is is_last


def test_what_has_time_left_is_not_interrupted() -> None:
    stack = make_stack(Stack, frame("a", time.monotonic() + 60))
    stack.enter()
    stack.interrupt()
    assert stack.pending() is None


def test_the_innermost_is_told_once() -> None:
    late = frame("a", time.monotonic() - 1, timeout=3.0)
    stack = make_stack(Stack, late)
    stack.enter()
    with pytest.raises(TaskTimeout, match=r"mail.a took longer than its timeout allows \(3s\)"):
        stack.interrupt()
    stack.enter()
    stack.interrupt()
    assert isinstance(late.sent, TaskTimeout)


def test_nothing_is_raised_outside_the_code_of_a_task() -> None:
    stack = make_stack(Stack, frame("a", time.monotonic() - 1))
    stack.interrupt()
    stack.enter()
    stack.leave()
    stack.interrupt()


def test_what_runs_inline_is_given_back_when_its_parent_is_to_end() -> None:
    parent, child = frame("parent"), frame("child")
    stack = make_stack(Stack, parent, child)
    stack.cancelled.add("parent")
    with pytest.raises(GiveBack):
        stack.enter()
    stack.pop()
    with pytest.raises(InvocationCancelled, match=r"mail\.parent was cancelled"):
        stack.enter()
    assert isinstance(child.sent, GiveBack)


def test_all_are_given_back_when_the_runner_must_end() -> None:
    stack = make_stack(Stack, frame("parent"), frame("child"))
    stack.enter()
    stack.giving_back = True
    with pytest.raises(GiveBack):
        stack.interrupt()
    stack.pop()
    with pytest.raises(GiveBack):
        stack.enter()


def test_the_first_deadline_is_on_the_note_and_is_told_if_it_comes_early() -> None:
    note, told = Note(), []
    note.look = 100.0
    deadlines = Deadlines(note, lambda: told.append(note.deadline))
    first, second, third = frame("a", 150.0), frame("b", 50.0), frame("c")
    for each in (first, second, third):
        deadlines.add(each)
    assert (note.deadline, told) == (50.0, [50.0])
    for each in (second, third):
        deadlines.remove(each)
    assert note.deadline == 150.0
    deadlines.remove(first)
    assert note.deadline == 0.0


def test_a_thread_is_interrupted_inside_its_task_alone() -> None:
    stack = make_stack(ThreadStack, frame("a", time.monotonic() + 0.05))
    entered, caught = threading.Event(), []

    def work() -> None:
        try:
            try:
                stack.enter()
                entered.set()
                while True:
                    time.sleep(0.001)
            finally:
                stack.leave()
        except BaseException as error:
            stack.leave()
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert entered.wait(10)
    while thread.is_alive():
        stack.interrupt()
        thread.join(0.01)
    assert [type(error) for error in caught] == [TaskTimeout]


def test_an_exception_that_comes_late_arrives_before_the_attempt_is_left() -> None:
    stack = make_stack(ThreadStack, frame("a", time.monotonic() - 1))
    arrived = []

    def work() -> None:
        try:
            try:
                stack.enter()
                other = threading.Thread(target=stack.interrupt)
                other.start()
                other.join()
            finally:
                stack.leave()
        except TaskTimeout:
            stack.leave()
            arrived.append("before")
        for _ in range(1000):
            time.sleep(0)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert arrived == ["before"]


@pytest.mark.parametrize(
    ("options", "retries", "is_last", "is_retried"),
    [
        pytest.param({}, 0, False, False, id="not without retries"),
        pytest.param({"max_retries": 2, "retry_for": (TimeoutError,)}, 0, False, True, id="where timeouts are retried"),
        pytest.param({"max_retries": 2, "retry_for": (TimeoutError,)}, 2, False, False, id="not once used up"),
        pytest.param({"max_retries": 2, "retry_for": (TimeoutError,)}, 0, True, False, id="not out of all time"),
        pytest.param({"max_retries": 2, "retry_for": (RetryError,)}, 0, False, False, id="not for other errors"),
    ],
)
def test_what_becomes_of_a_killed_attempt_is_decided_before(
    options: dict, retries: int, is_last: bool, is_retried: bool
) -> None:
    claimed = Claimed("a", "7", "mail.send", b"{}", 1, retries, 0, "", started=True)
    doom = Doom.read(Doom.of(claimed, TaskOptions(**options), TaskTimeout("too long"), is_last))
    assert doom is not None
    assert (doom.invocation_id, doom.fence, doom.retry_seconds >= 0) == ("a", "7", is_retried)
    assert b"too long" in doom.payload()


@pytest.mark.parametrize("wire", [b"", b'{"invocation_id": "a"', b"{}", b"[1]"])
def test_a_doom_that_was_not_written_to_its_end_is_none(wire: bytes) -> None:
    assert Doom.read(wire) is None
