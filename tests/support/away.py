"""A store in memory that can be away, as a server is that nobody reaches."""

from __future__ import annotations

from collections.abc import Sequence

from pynenc.core.records import Answer, Heartbeat, Recovered, WorkerInfo
from pynenc.errors import BackendUnavailable
from pynenc.orchestrator.base import LossPolicy
from pynenc.orchestrator.memory import MemOrchestrator


class AwayOrchestrator(MemOrchestrator):
    """While `is_away`, the verbs of supervisors raise."""

    is_away = False

    def _reach(self) -> None:
        if self.is_away:
            raise BackendUnavailable("nobody is there")

    def join(self, worker: WorkerInfo, lease_seconds: float) -> Answer:
        """See `BaseOrchestrator.join`."""
        self._reach()
        return super().join(worker, lease_seconds)

    def beat(self, workers: Sequence[str], lease_seconds: float) -> list[Heartbeat]:
        """See `BaseOrchestrator.beat`."""
        self._reach()
        return super().beat(workers, lease_seconds)

    def sweep(self, policy: LossPolicy, limit: int = 50) -> list[Recovered]:
        """See `BaseOrchestrator.sweep`."""
        self._reach()
        return super().sweep(policy, limit)

    def recover(self, worker: str, policy: LossPolicy, blamed: Sequence[str] | None = None) -> list[Recovered]:
        """See `BaseOrchestrator.recover`."""
        self._reach()
        return super().recover(worker, policy, blamed)
