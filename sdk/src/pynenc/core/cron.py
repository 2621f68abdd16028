"""Cron expressions: five fields or an alias, read strictly, so that a bad one is refused where it is written.

A value that is out of range, a range that runs backwards, seconds and the letters of other dialects (L, W, #, ?, H) are
errors. Not here: when an expression is due next.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_NO_ZONES = ("localtime", "posix", "right/", "Factory")
"""Files of a time zone database that are no IANA names, or name no zone."""


@dataclass(frozen=True, slots=True)
class _Field:
    """What one field may hold; `words` stand for the numbers from `low` on."""

    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """The values of each field; 0 is Sunday. If both days are restricted, either of them is enough."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @property
    def fires(self) -> bool:
        """Whether it is ever due: the 31st of February is not."""
        dates = (day <= _LONGEST.get(month, 31) for month in self.months for day in self.days)
        return len(self.weekdays) < 7 or any(dates)


def read_cron(schedule: str) -> Cron:
    """Read an expression.

    Raises:
        ValueError: it is none, with a sentence that says why.
    """
    schedule = schedule.strip()
    if schedule.startswith("@") and schedule not in ALIASES:
        raise ValueError(f"{schedule} is none of {', '.join(ALIASES)}")
    texts = ALIASES.get(schedule, schedule).split()
    if len(texts) != len(_FIELDS):
        raise ValueError(f"a schedule has 5 fields (minute, hour, day of month, month, day of week), not {len(texts)}")
    minutes, hours, days, months, weekdays = (
        frozenset(value for item in text.lower().split(",") for value in _values(item, field))
        for text, field in zip(texts, _FIELDS, strict=True)
    )
    return Cron(minutes, hours, days, months, frozenset(day % 7 for day in weekdays))


def _values(item: str, field: _Field) -> Iterator[int]:
    span, has_step, step = item.partition("/")
    if has_step and not (step.isascii() and step.isdigit() and int(step) > 0):
        raise ValueError(f'{field.name} "{item}" must have a whole number above 0 behind /')
    first, is_range, last = span.partition("-")
    if span == "*":
        low, high = field.low, 6 if field.words is _WEEKDAYS else field.high
    else:
        low = _value(first, field)
        high = _value(last, field) if is_range else (field.high if has_step else low)
    if is_range and low == high:  # croniter reads it as *
        raise ValueError(f"{field.name} {span} is a range of one; write {first}")
    if low > high:
        raise ValueError(f"{field.name} {span} runs backwards; write two ranges with a comma between them")
    return iter(range(low, high + 1, int(step) if has_step else 1))


def _value(text: str, field: _Field) -> int:
    if text in field.words:
        return field.low + field.words.index(text)
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f'{field.name} "{text}" is not a number{" or a name" if field.words else ""}')
    value = int(text)
    if not field.low <= value <= field.high:
        raise ValueError(f"{field.name} {value} is out of range {field.low}-{field.high}")
    return value


def is_time_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone, by the time zone database of this machine."""
    if name.startswith(_NO_ZONES):
        return False
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # unknown, malformed, or a folder of zones
        return False
    return True
