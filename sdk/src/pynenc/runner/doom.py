"""`Doom`: what becomes of an invocation whose worker had to be killed at its deadline, decided while it runs.

The worker knows the options; the supervisor, which settles for it, knows none.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from pynenc.core.failures import Failure
from pynenc.core.options import TaskOptions
from pynenc.core.records import Claimed
from pynenc.core.retry import is_retried
from pynenc.errors import TaskTimeout
from pynenc.runner.base import delay_of


@dataclass(frozen=True, slots=True)
class Doom:
    """`retry_seconds` is the delay of another attempt, or -1 for none; `message` is that of the error."""

    invocation_id: str
    fence: str
    message: str
    retry_seconds: float
    ttl_seconds: int

    @classmethod
    def of(cls, claimed: Claimed, options: TaskOptions, error: TaskTimeout, is_last: bool) -> bytes:
        """The wire form, under 3 KiB."""
        retried = not is_last and is_retried(error, options.retry_for, claimed.retries, options.max_retries)
        delay = delay_of(options, claimed.retries) if retried else -1.0
        doom = cls(claimed.invocation_id, claimed.fence, str(error)[:300], delay, options.seconds_of_failure)
        return json.dumps(asdict(doom)).encode()

    @classmethod
    def read(cls, wire: bytes) -> Doom | None:
        """What `of` has written; None for nothing, or what a dying worker had not written to its end."""
        try:
            return cls(**json.loads(wire))
        except (ValueError, TypeError):
            return None

    def payload(self) -> bytes:
        """The error, as the invocation's payload."""
        return Failure("TaskTimeout", self.message, TaskTimeout.__module__).dump()
