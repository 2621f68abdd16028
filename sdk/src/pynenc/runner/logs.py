"""Log lines of a runner and its workers, on standard error, for a program that is nothing but a runner.

A line that is written while a task runs, by it or by what it calls, names its invocation. Payloads never appear.
"""

from __future__ import annotations

import logging

from pynenc import context

FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s%(invocation)s"


class InvocationNamed(logging.Filter):
    """Gives each record the field `invocation`: which invocation it belongs to, or nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        run = context.current()
        record.invocation = "" if run is None else f" [invocation {run.invocation_id}, attempt {run.attempt}]"
        return True


def configure(level: str) -> None:
    """Give the logger `pynenc` a handler, unless the program has set up logging itself; safe to repeat."""
    logger = logging.getLogger("pynenc")
    logger.setLevel(level.upper())
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(FORMAT))
        handler.addFilter(InvocationNamed())
        logger.addHandler(handler)
