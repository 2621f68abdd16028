"""Word of a child: who hears of it, when, and how often."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pynenc.runner import late
from pynenc.runner.late import LateWord
from support.crashes import until


class Told:
    """Queues that somebody was told of."""

    def __init__(self) -> None:
        self.queues: list[str] = []
        self.came = threading.Event()

    def __call__(self, queue: str) -> None:
        self.queues.append(queue)
        self.came.set()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def word(told: Told) -> Iterator[LateWord]:
    word = LateWord(told)
    yield word
    word.close()


def test_word_goes_out_by_itself_and_once(word: LateWord, told: Told) -> None:
    for number in range(1, 4):
        word.owe("fast", "a")
        assert told.came.wait(10)
        told.came.clear()
        assert until(lambda: not word.is_owed, 10)
        assert told.queues == ["fast"] * number


def test_word_goes_out_after_a_long_calm(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "CALM", 1)
    word = LateWord(told)
    for number in range(1, 20):
        word.owe("fast", "a")
        assert until(lambda: len(told.queues) == number, 10), number  # noqa: B023 - asked at once
    word.close()


@pytest.fixture
def slow_word(told: Told, monkeypatch: pytest.MonkeyPatch) -> Iterator[LateWord]:
    """Word that goes out only when it is told to."""
    monkeypatch.setattr(late, "LATE_SECONDS", 0.2)
    word = LateWord(told)
    yield word
    word.close()


def test_what_its_parent_takes_is_told_to_nobody(slow_word: LateWord, told: Told) -> None:
    slow_word.owe("fast", "a")
    slow_word.taken("another")
    assert slow_word.is_owed
    slow_word.taken("a")
    slow_word.tell()
    assert told.queues == []


def test_what_others_are_told_of_in_the_same_queue_covers_it(slow_word: LateWord, told: Told) -> None:
    slow_word.owe("fast", "a")
    slow_word.covered("slow")
    assert slow_word.is_owed
    slow_word.covered("fast")
    slow_word.tell()
    assert told.queues == []


def test_word_can_be_passed_on_by_who_asks_for_it(slow_word: LateWord, told: Told) -> None:
    slow_word.owe("fast", "a")
    assert slow_word.take()
    assert not slow_word.take()
    assert told.queues == []


def test_word_goes_out_at_the_end(slow_word: LateWord, told: Told) -> None:
    slow_word.owe("fast", "a")
    slow_word.close()
    assert told.queues == ["fast"]
    slow_word.tell()
    assert told.queues == ["fast"]
