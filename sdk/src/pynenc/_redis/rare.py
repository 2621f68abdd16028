"""The rare things about a new invocation, as one argument of `lua/enqueue.lua`; most invocations have none.

What the letters mean is written in `lua/prelude.lua`.
"""

from __future__ import annotations

from pynenc.core.records import History, NewInvocation

NONE = ((), 0, 0, "")


def rare(new: NewInvocation) -> str:
    """Empty, or a line with the letters, three durations in microseconds and the key, then a line per limit."""
    if (new.limits, new.start_within_us, new.total_timeout_us, new.registration_key) == NONE and _is_plain(new):
        return ""
    letters = _letters(new)
    if not letters and not new.delay_us:
        return ""
    head = f"{letters} {new.delay_us} {new.start_within_us} {new.total_timeout_us} {new.registration_key}\n"
    return head + "".join(f"{limit.key} {limit.number} {limit.name}\n" for limit in new.limits)


def _is_plain(new: NewInvocation) -> bool:
    return new.inline and not new.delay_us and new.history is History.SUMMARY


def _letters(new: NewInvocation) -> str:
    set_ = {
        "l": new.limits,
        "d": new.drop,
        "e": new.start_within_us,
        "t": new.total_timeout_us,
        "r": new.registration_key,
        "f": new.refuse_different,
        "h": new.history is History.FULL,
        "o": new.history is History.OFF,
        "n": not new.inline,
    }
    return "".join(letter for letter, value in set_.items() if value)
