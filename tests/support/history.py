"""The history that tasks write outside the store, and what it says about limits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """One line of the history: an attempt starts or ends, under these limits.

    `at` is the time of CLOCK_MONOTONIC, which all processes of a machine share.
    """

    kind: str
    invocation_id: str
    attempt: int
    pid: int
    at: float
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Absence:
    """A process does not run, or nobody renews its lease, so that what it holds is given to others meanwhile."""

    pid: int
    since: float
    until: float = inf


def write_line(path: Path, line: Line) -> None:
    """Append a line, in one write, so that lines of many processes do not mix."""
    limits = ",".join(line.limits) or "-"
    text = f"{line.kind} {line.invocation_id} {line.attempt} {line.pid} {line.at:.6f} {limits}\n"
    with path.open("ab", buffering=0) as file:
        file.write(text.encode())


def read_history(path: Path) -> list[Line]:
    """What tasks have written so far."""
    if not path.exists():
        return []
    words = (line.split() for line in path.read_text().splitlines())
    return [
        Line(kind, name, int(attempt), int(pid), float(at), () if limits == "-" else tuple(limits.split(",")))
        for kind, name, attempt, pid, at, limits in words
    ]


def most_at_once(lines: Sequence[Line], absences: Sequence[Absence] = ()) -> dict[str, int]:
    """How many attempts ran at once under each limit, at most."""
    steps: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for limits, start, end in _spans(lines, absences):
        for limit in limits:
            steps[limit] += [(start, 1), (end, -1)]
    return {limit: _highest(changes) for limit, changes in steps.items()}


def _highest(changes: Iterable[tuple[float, int]]) -> int:
    running = most = 0
    for _, change in sorted(changes):  # at the same time, an end comes before a start
        running += change
        most = max(most, running)
    return most


def _spans(lines: Sequence[Line], absences: Sequence[Absence]) -> Iterator[tuple[tuple[str, ...], float, float]]:
    """When each attempt under a limit ran, for certain: never longer than it did."""
    ends = {(line.invocation_id, line.attempt): line.at for line in lines if line.kind == "end"}
    by_pid: dict[int, list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.at):
        by_pid[line.pid].append(line)
    for pid, own in by_pid.items():
        away = [absence for absence in absences if absence.pid == pid]
        for line in own:
            if line.kind != "start" or not line.limits:
                continue
            end = ends.get((line.invocation_id, line.attempt), _last_sign(line, own, away))
            yield line.limits, line.at, max(line.at, min([end, *(a.since for a in away if a.until > line.at)]))


def _last_sign(start: Line, own: Sequence[Line], away: Sequence[Absence]) -> float:
    """Until when an attempt that wrote no end was there: until its process went, or did something else."""
    later = [line.at for line in own if line.at > start.at and line.invocation_id != start.invocation_id]
    return min([*later, *(absence.since for absence in away)], default=start.at)


def attempts(lines: Sequence[Line]) -> Counter[tuple[str, int]]:
    """How often each attempt was started."""
    return Counter((line.invocation_id, line.attempt) for line in lines if line.kind == "start")
