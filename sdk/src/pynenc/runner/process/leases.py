"""The supervisor's duties towards the store: beats, sweeps, and word of lost workers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc.core.records import Answer, Recovered
from pynenc.errors import BackendUnavailable
from pynenc.orchestrator.base import LossPolicy
from pynenc.runner.base import loss_policy

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class Leases:
    """Renews leases on time and knows when they are lost. `next_at` is when `keep` must be called again."""

    def __init__(self, app: Pynenc) -> None:
        self.app = app
        self._answered_at = time.monotonic()
        self._beat_at = self._answered_at + app.conf.beat_seconds
        self._sweep_at = self._answered_at

    @property
    def next_at(self) -> float:
        """The next time, on the monotonic clock, that something is due."""
        return min(self._beat_at, self._sweep_at)

    def keep(self, workers: Sequence[str]) -> list[str]:
        """Do what is due; return the workers that must end, because their leases are lost or may be."""
        now = time.monotonic()
        lost: list[str] = []
        if now >= self._beat_at:
            self._beat_at = now + self.app.conf.beat_seconds
            lost = self._beat(workers, now)
        if now >= self._sweep_at:
            self._sweep_at = now + self.app.conf.sweep_seconds
            self._sweep()
        return lost

    def _beat(self, workers: Sequence[str], now: float) -> list[str]:
        if not workers:
            return []
        try:
            beats = self.app.orchestrator.beat(workers, self.app.conf.lease_seconds)
        except BackendUnavailable as error:
            self.app.logger.warning("%s", error)
            self._beat_at = now + self.app.conf.beat_seconds / 5
            # Counted from when the last answered beat was sent: a lease never ends later than this.
            return list(workers) if time.monotonic() - self._answered_at >= self.app.conf.lease_seconds else []
        self._answered_at = now
        return [worker for worker, beat in zip(workers, beats, strict=True) if beat.answer is Answer.LOST]

    def _sweep(self) -> None:
        try:
            for recovered in self.app.orchestrator.sweep(loss_policy(self.app, "ended without notice")):
                self.app.logger.warning(
                    "invocation %s of a worker without lease is %s", recovered.invocation_id, recovered.status.value
                )
        except BackendUnavailable as error:
            self.app.logger.warning("%s", error)

    def recover(self, worker: str, policy: LossPolicy) -> list[Recovered]:
        """Tell the store that a worker is gone; if it cannot be told, the lease will tell it."""
        try:
            return self.app.orchestrator.recover(worker, policy)
        except BackendUnavailable as error:
            self.app.logger.warning("%s", error)
            return []
