"""Live numbers in a status, written seldom: they change all the time and every write wakes every watcher; pure."""

from __future__ import annotations

from typing import TypeVar

from pynenc.api.v1alpha1 import ReportedStatus

StatusT = TypeVar("StatusT", bound=ReportedStatus)

INTERVAL_SECONDS = 15.0
"""The shortest time between two writes that change nothing but numbers."""


def coalesced(
    before: StatusT, after: StatusT, numbers: frozenset[str], written_seconds_ago: float | None
) -> tuple[StatusT, float | None]:
    """`after`, or `before` if they differ in `numbers` alone and the last write is too recent, and when to look again.

    `written_seconds_ago` None means that this process has not written the status yet.
    """
    if before == after or written_seconds_ago is None or written_seconds_ago >= INTERVAL_SECONDS:
        return after, None
    if before.model_dump(exclude=set(numbers)) != after.model_dump(exclude=set(numbers)):
        return after, None
    return before, INTERVAL_SECONDS - written_seconds_ago
