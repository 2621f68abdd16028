"""Schedules are read strictly, and agree with the library that others read them with."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from croniter import CroniterBadDateError, croniter
from hypothesis import given
from hypothesis import strategies as st

from pynenc.core.cron import ALIASES, is_time_zone, read_cron

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        pytest.param("* * * *", "a schedule has 5 fields", id="four fields"),
        pytest.param("* * * * * *", "a schedule has 5 fields", id="six fields"),
        pytest.param("61 * * * *", "minute 61 is out of range 0-59", id="no such minute"),
        pytest.param("0 24 * * *", "hour 24 is out of range 0-23", id="no such hour"),
        pytest.param("0 0 0 * *", "day of month 0 is out of range 1-31", id="no such day"),
        pytest.param("0 0 1 13 *", "month 13 is out of range 1-12", id="no such month"),
        pytest.param("0 0 * * 8", "day of week 8 is out of range 0-7", id="no such weekday"),
        pytest.param("5-1 * * * *", "minute 5-1 runs backwards", id="backwards"),
        pytest.param("0 0 * * fri-sun", "day of week fri-sun runs backwards", id="names backwards"),
        pytest.param("7-7 * * * *", "minute 7-7 is a range of one; write 7", id="a range of one"),
        pytest.param("*/0 * * * *", 'minute "*/0" must have a whole number above 0 behind /', id="no step"),
        pytest.param("*/x * * * *", 'minute "*/x" must have a whole number above 0', id="a step that is none"),
        pytest.param("*/ * * * *", 'minute "*/" must have a whole number above 0', id="half a step"),
        pytest.param("1,,2 * * * *", 'minute "" is not a number', id="nothing between commas"),
        pytest.param("0 0 L * *", 'day of month "l" is not a number', id="a letter of another dialect"),
        pytest.param("0 0 * foo *", 'month "foo" is not a number or a name', id="a name that is none"),
        pytest.param("@reboot", "@reboot is none of @yearly", id="an alias that is none"),
        pytest.param("²  * * * *", "is not a number", id="a digit of another alphabet"),
    ],
)
def test_a_bad_schedule_is_refused_with_a_reason(schedule, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        read_cron(schedule)


def test_fields_are_read():
    cron = read_cron("0,30 9-17/4 1 JAN,jun MON-FRI")
    assert (cron.minutes, cron.hours, cron.days) == ({0, 30}, {9, 13, 17}, {1})
    assert (cron.months, cron.weekdays) == ({1, 6}, {1, 2, 3, 4, 5})


def test_a_number_with_a_step_goes_up_to_the_end():
    assert read_cron("50/5 * * * 7").minutes == {50, 55}


def test_sunday_has_two_numbers():
    assert read_cron("0 0 * * 7") == read_cron("0 0 * * 0") == read_cron("@weekly")


@pytest.mark.parametrize(
    ("schedule", "fires"),
    [
        pytest.param("0 0 31 2 *", False, id="the 31st of February"),
        pytest.param("0 0 31 4,6,9,11 *", False, id="the 31st of short months"),
        pytest.param("0 0 29 2 *", True, id="a leap day"),
        pytest.param("0 0 31 2 1", True, id="or a Monday"),
        pytest.param("0 0 31 2,3 *", True, id="the 31st of March"),
    ],
)
def test_a_schedule_that_is_never_due_is_known(schedule, fires):
    assert read_cron(schedule).fires is fires


def items(low, high):
    number = st.integers(low, high).map(str)
    pairs = st.tuples(st.integers(low, high), st.integers(low, high)).filter(lambda pair: pair[0] < pair[1])
    span = pairs.map(lambda pair: f"{pair[0]}-{pair[1]}")
    step = st.integers(1, high)
    stepped = st.tuples(st.one_of(st.just("*"), span), step).map(lambda pair: f"{pair[0]}/{pair[1]}")
    return st.lists(st.one_of(st.just("*"), number, span, stepped), min_size=1, max_size=3).map(",".join)


SCHEDULES = st.one_of(
    st.sampled_from(sorted(ALIASES)),
    st.tuples(items(0, 59), items(0, 23), items(1, 31), items(1, 12), items(0, 6)).map(" ".join),
)


@given(SCHEDULES)
def test_what_is_accepted_is_due_where_croniter_says_so(schedule):
    cron = read_cron(schedule)
    if not cron.fires:
        with pytest.raises(CroniterBadDateError):
            croniter(schedule, START).get_next(datetime)
        return
    due = croniter(schedule, START).get_next(datetime)
    assert due.minute in cron.minutes
    assert due.hour in cron.hours
    assert due.month in cron.months
    assert due.day in cron.days or due.isoweekday() % 7 in cron.weekdays


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "EST5EDT", "Etc/GMT+5"])
def test_a_zone_is_known_by_its_name(name):
    assert is_time_zone(name)


@pytest.mark.parametrize(
    "name", ["Mars/Base", "EST5EDT4", "America", "", "europe/berlin", "../UTC", "localtime", "posix/UTC", "a\0b"]
)
def test_what_is_no_zone_is_told(name):
    assert not is_time_zone(name)
