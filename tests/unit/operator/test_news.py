"""An Event is recorded for bad news and for its end, once."""

from __future__ import annotations

import pytest

from pynenc_operator import conditions
from pynenc_operator.conditions import Verdict
from pynenc_operator.reconcile.apply import newsworthy
from unit.operator.builders import NOW

GOOD = Verdict("Ready", "True", "Connected")
BAD = Verdict("Ready", "False", "RedisUnreachable")

WHOLE = Verdict("DataLoss", "False", "NothingLost")
LOST = Verdict("DataLoss", "True", "StoreEmpty")


def given(*verdicts):
    return conditions.merged([], verdicts, 1, NOW)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([], [GOOD], [], id="good from the start"),
        pytest.param([], [BAD], ["RedisUnreachable"], id="bad from the start"),
        pytest.param([GOOD], [BAD], ["RedisUnreachable"], id="gone bad"),
        pytest.param([BAD], [BAD], [], id="still bad"),
        pytest.param([BAD], [GOOD], ["Connected"], id="mended"),
        pytest.param([], [Verdict("Available", "False", "ScaledToZero")], [], id="no pods, since no work"),
        pytest.param([], [WHOLE], [], id="nothing was ever lost"),
        pytest.param([WHOLE], [LOST], ["StoreEmpty"], id="something was lost"),
        pytest.param([LOST], [WHOLE], ["NothingLost"], id="somebody has seen it"),
        pytest.param([BAD], [Verdict("Ready", "Unknown", "AppNotReady")], [], id="unknown"),
        pytest.param(
            [], [BAD, Verdict("RedisReachable", "False", "RedisUnreachable")], ["RedisUnreachable"], id="said twice"
        ),
    ],
)
def test_what_is_news(before, after, expected):
    assert [condition.reason for condition in newsworthy(given(*before), given(*after))] == expected
