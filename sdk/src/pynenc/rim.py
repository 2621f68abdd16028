"""Where the SDK draws time and randomness, so that everything below can be given both."""

from __future__ import annotations

import os
import time

from pynenc.core.ids import uuid7


def now_us() -> int:
    """Microseconds since the Unix epoch on this machine's clock; never compared with another machine's."""
    return time.time_ns() // 1000


def new_invocation_id() -> str:
    """A new id that sorts by time; safe after a fork, since its bits come from the kernel."""
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))


def new_nonce() -> str:
    """12 hexadecimal digits that nobody else has."""
    return os.urandom(6).hex()


def fraction() -> float:
    """A random number in [0, 1), different in each of several forked processes."""
    return int.from_bytes(os.urandom(6), "big") / 2**48
