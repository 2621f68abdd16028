"""Log lines of a runner and its workers, on standard error, for a program that is nothing but a runner."""

from __future__ import annotations

import logging

FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s"


def configure(level: str) -> None:
    """Give the logger `pynenc` a handler, unless the program has set up logging itself; safe to repeat."""
    logger = logging.getLogger("pynenc")
    logger.setLevel(level.upper())
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(FORMAT))
        logger.addHandler(handler)
