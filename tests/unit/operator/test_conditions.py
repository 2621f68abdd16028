"""Conditions keep their history, and only changes are news."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pynenc_operator import conditions
from pynenc_operator.conditions import Verdict
from unit.operator.builders import EARLIER, NOW

READY = Verdict("Ready", "True", "Connected", "the store serves")


def known(verdict=READY, generation=1, when=EARLIER):
    return conditions.merged([], [verdict], generation, when)


def test_a_new_condition_starts_now():
    (condition,) = conditions.merged([], [READY], 4, NOW)
    assert (condition.last_transition_time, condition.observed_generation) == (NOW, 4)


@pytest.mark.parametrize(
    ("after", "moved"),
    [
        pytest.param(READY, False, id="the same"),
        pytest.param(Verdict("Ready", "True", "RolledOut", "another text"), False, id="another reason"),
        pytest.param(Verdict("Ready", "False", "RedisUnreachable"), True, id="another answer"),
        pytest.param(Verdict("Ready", "Unknown", "Connected"), True, id="no answer any more"),
    ],
)
def test_the_transition_time_moves_when_the_answer_flips(after, moved):
    (condition,) = conditions.merged(known(), [after], 2, NOW)
    assert condition.last_transition_time == (NOW if moved else EARLIER)
    assert (condition.status, condition.reason, condition.observed_generation) == (after.status, after.reason, 2)


def test_an_unchanged_world_gives_equal_conditions():
    assert conditions.merged(known(), [READY], 1, NOW) == known()


def test_a_condition_that_is_not_wanted_any_more_is_left_out():
    assert conditions.merged(known(), [], 1, NOW) == []


def test_times_are_whole_seconds():
    (condition,) = conditions.merged([], [READY], 1, NOW + timedelta(microseconds=999_999))
    assert condition.last_transition_time == NOW


@pytest.mark.parametrize(
    ("after", "count"),
    [
        pytest.param(READY, 0, id="the same"),
        pytest.param(Verdict("Ready", "True", "Connected", "another text"), 0, id="another message"),
        pytest.param(Verdict("Ready", "True", "RolledOut"), 1, id="another reason"),
        pytest.param(Verdict("Ready", "False", "Connected"), 1, id="another answer"),
        pytest.param(Verdict("Accepted", "True", "Connected"), 1, id="another question"),
    ],
)
def test_what_changed_is_answer_or_reason(after, count):
    assert len(conditions.changed(known(), conditions.merged(known(), [after], 1, NOW))) == count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("abc", "abc", id="short"),
        pytest.param("abcd", "abcd", id="exactly as long"),
        pytest.param("abcde", "abc…", id="too long"),
    ],
)
def test_long_messages_are_cut(text, expected):
    assert conditions.truncated(text, 4) == expected


def test_a_message_is_never_longer_than_the_server_takes():
    (condition,) = conditions.merged([], [Verdict("Ready", "False", "Bad", "x" * 5000)], 1, NOW)
    assert len(condition.message) == conditions.MESSAGE_LIMIT


def test_microseconds_become_moments():
    assert conditions.from_microseconds(round(NOW.timestamp() * 1e6) + 5) == NOW


@pytest.mark.parametrize("status", ["True", "False", "Unknown"])
def test_a_verdict_holds_only_when_true(status):
    assert Verdict("Ready", status, "Any").holds == (status == "True")
