"""The supervisor's duties towards the store: beats, sweeps, and word of lost workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pynenc.core.records import Answer, Recovered
from pynenc.errors import BackendUnavailable
from pynenc.orchestrator.base import LossPolicy
from pynenc.runner.base import loss_policy

if TYPE_CHECKING:
    from pynenc.app import Pynenc

STALL = 2 / 3
"""The part of a lease after which, without an answered beat, nothing more is started."""

EARLY = 0.2
"""The part of the time between beats by which one may come early, when the supervisor is awake for a sweep."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of keeping leases: workers that must end, and per worker what it is to cancel."""

    lost: Sequence[str] = ()
    cancelling: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Leases:
    """Renews leases on time and knows when they are lost. `next_at` is when `keep` must be called again."""

    def __init__(self, app: Pynenc, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self.recovered = 0
        self._clock = clock
        self._answered_at = clock()
        self._beat_at = self._answered_at + app.conf.beat_seconds
        self._sweep_at = self._answered_at

    @property
    def next_at(self) -> float:
        """The next time, on the monotonic clock, that something is due."""
        return min(self._beat_at, self._sweep_at)

    @property
    def is_stalled(self) -> bool:
        """Whether beats have gone unanswered for so long that nothing may be started."""
        return self._clock() - self._answered_at >= STALL * self.app.conf.lease_seconds

    def keep(self, workers: Sequence[str]) -> Kept:
        """Do what is due."""
        now = self._clock()
        kept = Kept()
        sweeps = now >= self._sweep_at
        if now >= self._beat_at - (EARLY * self.app.conf.beat_seconds if sweeps else 0.0):
            self._beat_at = now + self.app.conf.beat_seconds
            kept = self._beat(workers, now)
        if sweeps:
            self._sweep_at = now + self.app.conf.sweep_seconds
            self._sweep()
        return kept

    def _beat(self, workers: Sequence[str], now: float) -> Kept:
        try:
            beats = self.app.orchestrator.beat(workers, self.app.conf.lease_seconds) if workers else []
        except BackendUnavailable as error:
            self.app.logger.warning("%s", error)
            self._beat_at = now + self.app.conf.beat_seconds / 5
            # Counted from when the last answered beat was sent: a lease never ends later than this.
            over = self._clock() - self._answered_at >= self.app.conf.lease_seconds
            return Kept(list(workers) if over else [])
        self._answered_at = now
        answers = dict(zip(workers, beats, strict=True))
        lost = [worker for worker, beat in answers.items() if beat.answer is Answer.LOST]
        return Kept(lost, {worker: beat.cancelling for worker, beat in answers.items() if beat.cancelling})

    def _sweep(self) -> None:
        try:
            for recovered in self.app.orchestrator.sweep(loss_policy(self.app, "ended without notice")):
                self.recovered += 1
                self.app.logger.warning(
                    "invocation %s of a worker without lease is %s", recovered.invocation_id, recovered.status.value
                )
        except BackendUnavailable as error:
            self.app.logger.warning("%s", error)

    def recover(self, worker: str, policy: LossPolicy, blamed: Sequence[str] | None = None) -> list[Recovered]:
        """Tell the store that a worker is gone; if it cannot be told, the lease will tell it."""
        try:
            recovered = self.app.orchestrator.recover(worker, policy, blamed)
        except BackendUnavailable as error:
            self.app.logger.warning("%s", error)
            return []
        self.recovered += len(recovered)
        return recovered
