"""How records look: members for programs, cells for people. Pure; payloads appear in neither."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pynenc.cli.output import Listing, Output, document, printable, shortened
from pynenc.core.failures import Failure
from pynenc.core.records import Change, InvocationRecord
from pynenc.core.status import Status

LONGEST_ERROR = 60
FAILURES = frozenset({Status.FAILED, Status.CANCELLED, Status.EXPIRED})
"""Final statuses whose payload is an error, if there is one."""


def time_text(at_us: int) -> str | None:
    """ISO 8601 in UTC with milliseconds; None for 0, which is never."""
    if not at_us:
        return None
    at = datetime.fromtimestamp(at_us / 1_000_000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(microseconds: int) -> str:
    """A duration with its largest unit, rounded down.

    Example:
        >>> span(90_000_000), span(-1), span(3 * 86_400_000_000)
        ('1m', '0s', '3d')
    """
    seconds = max(0, microseconds) // 1_000_000
    for letter, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{letter}"
    return f"{seconds}s"


def failure_of(record: InvocationRecord) -> Failure | None:
    """Why it has ended without a result, where there is more to tell than its status."""
    return Failure.load(record.payload) if record.status in FAILURES and record.payload else None


def record_object(record: InvocationRecord) -> dict[str, object]:
    """What can be told of an invocation, without its arguments and result."""
    failure = failure_of(record)
    return {
        "id": record.invocation_id,
        "task": record.task_id,
        "status": record.status.value,
        "queue": record.queue,
        "priority": record.priority,
        "attempts": record.attempt,
        "retries": record.retries,
        "losses": record.losses,
        "worker": record.worker or None,
        "parent": record.parent_id or None,
        "cancelling": record.cancelling,
        "registered": time_text(record.registered_us),
        "started": time_text(record.started_us),
        "changed": time_text(record.changed_us),
        "due": time_text(record.due_us),
        "error": None if failure is None else {"type": failure.type, "message": failure.message},
    }


def listing_of(records: Sequence[InvocationRecord], now_us: int) -> Listing:
    """Invocations below each other."""
    cells = [
        (
            record.invocation_id,
            record.task_id,
            "CANCELLING" if record.cancelling else record.status.value,
            record.queue,
            span(now_us - record.registered_us),
            span(now_us - record.changed_us),
            str(record.attempt),
            record.worker,
        )
        for record in records
    ]
    titles = ("ID", "TASK", "STATUS", "QUEUE", "AGE", "CHANGED", "ATTEMPTS", "WORKER")
    return Listing(titles, cells, [record_object(record) for record in records], "id", "no such invocations")


def dead_listing(records: Sequence[InvocationRecord], now_us: int) -> Listing:
    """Failed invocations below each other, with the reason in a few words."""
    cells = [
        (
            record.invocation_id,
            record.task_id,
            span(now_us - record.changed_us),
            str(record.attempt),
            str(record.losses),
            _reason(record),
        )
        for record in records
    ]
    titles = ("ID", "TASK", "FAILED", "ATTEMPTS", "LOSSES", "ERROR")
    return Listing(titles, cells, [record_object(record) for record in records], "id", "no dead letters")


def _reason(record: InvocationRecord) -> str:
    failure = failure_of(record)
    return "" if failure is None else shortened(f"{failure.type}: {failure.message}", LONGEST_ERROR)


def change_object(change: Change) -> dict[str, object]:
    """One entry of a history."""
    return {
        "status": change.status.value,
        "at": time_text(change.at_us),
        "attempt": change.attempt,
        "worker": change.worker or None,
    }


def description(told: dict[str, object]) -> str:
    """An object with its history and traceback, for people; what is not set is left out."""
    lines = [f"{name:<12}{_shown(value)}" for name, value in told.items() if name not in BLOCKS and _is_set(value)]
    for name, show in BLOCKS.items():
        if _is_set(told.get(name)):
            lines += ["", f"{name}:", *(f"  {line}" for line in show(told[name]))]
    return "\n".join(lines)


def _is_set(value: object) -> bool:
    return value is not None and value is not False and value != []


def _shown(value: object) -> str:
    return shortened(str(value), 200)


def _history_lines(value: object) -> list[str]:
    changes: list[dict[str, object]] = value if isinstance(value, list) else []
    return [
        f"{change['at']}  {change['status']:<22}  attempt {change['attempt']} on {change['worker']}"
        if change["worker"]
        else f"{change['at']}  {change['status']}"
        for change in changes
    ]


def _error_lines(value: object) -> list[str]:
    error: dict[str, str] = value if isinstance(value, dict) else {}
    lines = [f"{error['type']}: {error['message']}"]
    return [printable(line) for text in (*lines, error.get("traceback", "")) for line in text.splitlines()]


def _payload_lines(value: object) -> list[str]:
    return [printable(line) for line in document(value, Output.JSON).splitlines()]


BLOCKS = {"history": _history_lines, "error": _error_lines, "arguments": _payload_lines, "result": _payload_lines}
"""Members that need lines of their own."""
