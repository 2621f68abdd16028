"""How an exception crosses from a worker to whoever asks: as text, never as code.

Wire form, JSON: `{"type": "ValueError", "module": "builtins", "message": "bad address", "traceback": "..."}`.
An exception class is rebuilt only if the reader's program has it already loaded, and its `__init__` is not called.
"""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import dataclass

from pynenc.errors import TaskFailed, WorkerLost

LONGEST_MESSAGE = 4096
LONGEST_TRACEBACK = 16384


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an invocation failed. `type` is the class name without its module; `traceback` may be empty."""

    type: str
    message: str
    module: str = ""
    traceback: str = ""

    @classmethod
    def of(cls, error: BaseException, skip_frames: int = 0) -> Failure:
        """What can be told of `error`; `skip_frames` outermost frames are left out of the traceback."""
        frames = error.__traceback__
        for _ in range(skip_frames):
            frames = frames.tb_next if frames and frames.tb_next else frames
        text = "".join(traceback.format_exception(type(error), error, frames))
        kind = type(error)
        return cls(kind.__qualname__, str(error)[:LONGEST_MESSAGE], kind.__module__, text[-LONGEST_TRACEBACK:])

    def dump(self) -> bytes:
        """The wire form."""
        members = {"type": self.type, "module": self.module, "message": self.message, "traceback": self.traceback}
        return json.dumps({key: value for key, value in members.items() if value}).encode("utf-8", "replace")

    @classmethod
    def load(cls, payload: bytes) -> Failure:
        """Read the wire form; anything else becomes a failure that says so."""
        try:
            members = json.loads(payload)
            return cls(*(str(members.get(key, "")) for key in ("type", "message", "module", "traceback")))
        except (ValueError, AttributeError):
            return cls("UnreadableError", "the stored error cannot be read")

    def to_exception(self, task_id: str) -> Exception:
        """The exception to raise where the result was asked for, the worker's traceback in a note."""
        error = self._rebuilt() or self._described(task_id)
        if self.traceback:
            error.add_note(f"Raised in a worker by {task_id}:\n{self.traceback.rstrip()}")
        return error

    def _rebuilt(self) -> Exception | None:
        kind = getattr(sys.modules.get(self.module), self.type, None)
        if not isinstance(kind, type) or not issubclass(kind, Exception) or issubclass(kind, TaskFailed):
            return None
        try:
            error = kind.__new__(kind, self.message)
        except Exception:  # a class with a __new__ of its own; it is described instead
            return None
        error.args = (self.message,)
        return error

    def _described(self, task_id: str) -> Exception:
        kind = WorkerLost if self.type == "WorkerLost" else TaskFailed
        return kind(f"{task_id} raised {self.type}: {self.message}", self.type, self.message)
