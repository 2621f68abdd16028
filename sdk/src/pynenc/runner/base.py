"""`BaseRunner`, what an app's runner promises, and the policies that runners share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pynenc.core.failures import Failure
from pynenc.core.options import TaskOptions
from pynenc.core.retry import retry_delay
from pynenc.orchestrator.base import LossPolicy
from pynenc.rim import fraction

if TYPE_CHECKING:
    from pynenc.app import Pynenc

FAILURE_TTL_SECONDS = 86_400


class BaseRunner(ABC):
    """Runs the invocations of one app until it is told to stop."""

    def __init__(self, app: Pynenc) -> None:
        self.app = app

    @abstractmethod
    def run(self) -> None:
        """Run invocations until stopped; returns after an orderly end. Call it from one thread at a time."""

    @abstractmethod
    def stop_runner_loop(self) -> None:
        """Ask `run` to end: nothing more is claimed, what runs is finished. Returns at once; safe from any thread."""


def loss_policy(app: Pynenc, reason: str) -> LossPolicy:
    """What becomes of the invocations of a worker that was lost for `reason`, a clause such as `killed by SIGKILL`."""
    limit = app.conf.max_losses
    message = f"its workers were lost {limit} times, the last one {reason}"
    return LossPolicy(limit, Failure("WorkerLost", message, "pynenc.errors").dump(), FAILURE_TTL_SECONDS)


ORDERLY = LossPolicy(0, b"", FAILURE_TTL_SECONDS)
"""For a worker that leaves on purpose: what it holds is given back and no loss is counted."""


def delay_of(options: TaskOptions, retries: int) -> float:
    """Seconds to wait before the attempt that follows retry number `retries`."""
    return retry_delay(options, retries, fraction())
