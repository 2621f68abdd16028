"""Components of the guide's use case 7, and a task that they carry."""

from __future__ import annotations

from collections.abc import Sequence

from pynenc import Pynenc
from pynenc.broker.base import BaseBroker, Ready
from pynenc.orchestrator.redis import RedisOrchestrator
from pynenc.runner.thread import ThreadRunner
from pynenc.state_backend.redis import RedisStateBackend


class CustomOrchestrator(RedisOrchestrator):
    """The orchestrator on Redis, as it is."""


class CustomStateBackend(RedisStateBackend):
    """The state backend on Redis, as it is."""


class CustomRunner(ThreadRunner):
    """The runner in threads, as it is."""


class CustomBroker(BaseBroker):
    """Last in, first out, in a list of this process; loses everything when `lose` is set."""

    lose = False

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self.waiting: list[Ready] = []

    def route(self, ready: Sequence[Ready]) -> None:
        self.waiting += [] if self.lose else ready

    def retrieve(self, queues: Sequence[str], limit: int) -> list[str]:
        found = [one for one in reversed(self.waiting) if one.queue in queues][:limit]
        for one in found:
            self.waiting.remove(one)
        return [one.invocation_id for one in found]

    def sizes(self, queues: Sequence[str]) -> dict[str, int]:
        return {queue: sum(one.queue == queue for one in self.waiting) for queue in queues}
