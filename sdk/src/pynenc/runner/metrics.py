"""What a runner tells Prometheus: its own workers and what they have ended. Queue depths are the operator's to tell."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from pynenc.runner.tally import BOUNDS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Figures(Collector):
    """The figures of one runner, added up from the reports of its workers (`runner.tally`). Thread-safe."""

    def __init__(self, pool: str) -> None:
        self.workers: dict[str, int] = {}
        self.losses = 0
        self.recovered = 0
        self._pool = pool
        self._ends: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        self._lock = threading.Lock()
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def add(self, report: bytes) -> None:
        """Take in a worker's report."""
        found: dict[str, dict[str, Any]] = json.loads(report)
        with self._lock:
            for task, counts in found.items():
                self._seconds[task] += counts.pop("seconds")
                self._buckets[task] = [a + b for a, b in zip(self._buckets[task], counts.pop("buckets"), strict=True)]
                for end, number in counts.items():
                    self._ends[task, end] += number

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        with self._lock:
            ends = CounterMetricFamily("pynenc_invocations", "Attempts that ended.", labels=("task", "status"))
            for (task, end), number in sorted(self._ends.items()):
                ends.add_metric((task, end), number)
            took = HistogramMetricFamily("pynenc_invocation_duration_seconds", "Length of attempts.", labels=("task",))
            for task, numbers in sorted(self._buckets.items()):
                took.add_metric((task,), _cumulative(numbers), self._seconds[task])
        yield ends
        yield took
        workers = GaugeMetricFamily("pynenc_workers", "Worker processes.", labels=("pool", "state"))
        for state, number in self.workers.items():
            workers.add_metric((self._pool, state), number)
        yield workers
        losses = CounterMetricFamily("pynenc_worker_losses", "Workers that ended without order.", labels=("pool",))
        losses.add_metric((self._pool,), self.losses)
        yield losses
        recovered = CounterMetricFamily("pynenc_recovered", "Invocations taken back from lost workers.")
        recovered.add_metric((), self.recovered)
        yield recovered


def _cumulative(numbers: list[int]) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    total = 0
    for bound, number in zip((*map(str, BOUNDS), "+Inf"), numbers, strict=True):
        total += number
        found.append((bound, total))
    return found
