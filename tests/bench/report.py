"""Medians, ranges and ratios of what was measured in this run; figures of the past appear nowhere."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

AIMS = {
    ("drain", "tasks/s"): ("ratio", ">=", 0.9),
    ("enqueue", "calls/s"): ("ratio", ">=", 0.8),
    ("bulk enqueue", "calls/s"): ("ratio", ">=", 3.0),
    ("round trip", "p50, ms"): ("ratio", "<=", 3.0),
    ("dependent calls", "fib, s"): ("value", "<=", 0.3),
    ("5 ms tasks", "share of two CPUs"): ("value", ">=", 0.95),
    ("idle", "CPU, %"): ("value", "<=", 0.1),
    ("idle", "commands sent/s"): ("value", "<=", 1.0),
    ("large argument", "MB in Redis"): ("value", "<=", 3.0),
}
"""What the median is to reach: of the ratio to the floor, or of the product's own figure."""


@dataclass
class Row:
    """One figure of one workload, once per round for each contender."""

    workload: str
    figure: str
    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Ours to the floor, round by round, so that a drift of the machine hits both."""
        return [mine / low for mine, low in zip(self.ours, self.floor, strict=bool(self.floor)) if low]

    @property
    def verdict(self) -> str:
        """The aim and whether it is met; nothing where there is none."""
        if (self.workload, self.figure) not in AIMS:
            return ""
        of, sign, number = AIMS[self.workload, self.figure]
        middle = statistics.median(self.ratios if of == "ratio" else self.ours)
        met = middle >= number if sign == ">=" else middle <= number
        return f"{sign} {number:g} {'met' if met else 'missed'}"


def spread(values: Sequence[float], digits: int) -> str:
    """Median, and in brackets the least and the greatest."""
    if not values:
        return "-"
    low, high = min(values), max(values)
    return f"{statistics.median(values):,.{digits}f} ({low:,.{digits}f}-{high:,.{digits}f})"


def digits_of(values: Sequence[float]) -> int:
    """How many decimals tell something."""
    middle = statistics.median(values) if values else 0.0
    return 0 if middle >= 100 else 1 if middle >= 10 else 3


def table(rows: Sequence[Row]) -> str:
    """All rows, with a title line."""
    lines = [f"{'':<34}{'pynenc':>28}{'floor':>28}{'ratio':>22}  aim"]
    for row in rows:
        title, ratio = f"{row.workload}: {row.figure}", spread(row.ratios, 2)
        ours, floor = (spread(values, digits_of(values)) for values in (row.ours, row.floor))
        lines.append(f"{title:<34}{ours:>28}{floor:>28}{ratio:>22}  {row.verdict}".rstrip())
    return "\n".join(lines)


def load() -> str:
    """How busy the machine is: one figure, since a busy machine explains a wide range."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs"


def as_json(rows: Sequence[Row]) -> str:
    """The same for programs: every round's figures."""
    found = [
        {"workload": row.workload, "figure": row.figure, "pynenc": row.ours, "floor": row.floor, "ratio": row.ratios}
        for row in rows
    ]
    return json.dumps({"load": os.getloadavg()[0], "cpus": os.cpu_count(), "rows": found}, indent=2)
