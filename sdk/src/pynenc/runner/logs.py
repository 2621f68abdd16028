"""Log lines of a runner and its workers, on standard error, for a program that is nothing but a runner.

A line that is written while a task runs, by it or by what it calls, names its invocation. Payloads never appear.
In the format `json`, each line is one object with `time` (ISO 8601, UTC), `level`, `logger` and `message`, and where it
applies `invocation`, `task`, `attempt` and `exception`, the traceback as text.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from pynenc import context

FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s%(invocation)s"


class InvocationNamed(logging.Filter):
    """Gives each record the field `invocation`: which invocation it belongs to, or nothing; and `run`, all of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        run = context.current()
        record.run = run
        record.invocation = "" if run is None else f" [invocation {run.invocation_id}, attempt {run.attempt}]"
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line, for programs that collect logs; a record that passed no filter names no invocation."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC)
        members: dict[str, object] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        run = getattr(record, "run", None)
        if isinstance(run, context.Run):
            members |= {"invocation": run.invocation_id, "task": run.task_id, "attempt": run.attempt}
        if record.exc_info:
            members["exception"] = self.formatException(record.exc_info)
        return json.dumps(members, ensure_ascii=False)


def configure(level: str, form: str = "text") -> None:
    """Give the logger `pynenc` a handler, unless the program has set up logging itself; safe to repeat.

    Args:
        level: the name of a level of `logging`, in any case.
        form: `text` or `json`.
    """
    logger = logging.getLogger("pynenc")
    logger.setLevel(level.upper())
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(FORMAT))
        handler.addFilter(InvocationNamed())
        logger.addHandler(handler)
