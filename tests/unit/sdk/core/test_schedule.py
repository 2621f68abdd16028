"""When a call may start, and which times cannot be meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pynenc.core.schedule import Schedule, read_schedule
from pynenc.errors import InvalidSchedule

NOW = datetime(2030, 1, 1, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 1_000_000
DELAY = "delay must be 0 or more seconds, or a timedelta, got "


@pytest.mark.parametrize(
    ("delay", "run_at", "schedule", "seconds_ahead"),
    [
        pytest.param(None, None, Schedule(), 0.0, id="nothing said is at once"),
        pytest.param(0, None, Schedule(), 0.0, id="no delay is at once"),
        pytest.param(1.5, None, Schedule(delay_us=1_500_000), 1.5, id="seconds"),
        pytest.param(timedelta(minutes=1), None, Schedule(delay_us=60_000_000), 60.0, id="a timedelta"),
        pytest.param(None, NOW + timedelta(seconds=9), Schedule(due_us=NOW_US + 9_000_000), 9.0, id="a time"),
        pytest.param(
            None,
            (NOW + timedelta(seconds=9)).astimezone(timezone(timedelta(hours=5))),
            Schedule(due_us=NOW_US + 9_000_000),
            9.0,
            id="a time in another zone",
        ),
        pytest.param(None, NOW - timedelta(1), Schedule(due_us=NOW_US - 86_400_000_000), 0.0, id="a time that is past"),
    ],
)
def test_a_delay_counts_from_the_call_and_a_time_from_the_epoch(delay, run_at, schedule, seconds_ahead):
    read = read_schedule(delay, run_at, NOW_US)
    assert (read, read.seconds_ahead(NOW_US)) == (schedule, seconds_ahead)


@pytest.mark.parametrize(
    ("delay", "run_at", "message"),
    [
        pytest.param(-1, None, f"{DELAY}-1", id="a negative delay"),
        pytest.param(timedelta(-1), None, f"{DELAY}datetime.timedelta(days=-1)", id="a negative timedelta"),
        pytest.param(True, None, f"{DELAY}True", id="a truth value"),
        pytest.param("3", None, f"{DELAY}'3'", id="text"),
        pytest.param(float("nan"), None, f"{DELAY}nan", id="no number"),
        pytest.param(367 * 86_400, None, "delay is more than 1y ahead", id="a delay of more than a year"),
        pytest.param(
            None,
            NOW.replace(tzinfo=None),
            "run_at must be timezone-aware, such as datetime.now(timezone.utc)",
            id="a naive time",
        ),
        pytest.param(None, NOW + timedelta(3650), "run_at is more than 1y ahead", id="a time in ten years"),
        pytest.param(None, 3.0, "run_at must be a datetime, got float; for a number use delay", id="a number as time"),
        pytest.param(1, NOW, "give delay or run_at, not both", id="both"),
    ],
)
def test_a_schedule_that_cannot_be_meant_is_refused(delay, run_at, message):
    with pytest.raises(InvalidSchedule) as caught:
        read_schedule(delay, run_at, NOW_US)
    assert str(caught.value) == message
