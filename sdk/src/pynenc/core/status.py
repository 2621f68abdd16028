"""The invocation state machine: every status, every legal step and who may take it.

One frozen table is the reference for the Lua library, the memory store, the CRD enum and the tests; nothing else
in the code base lists transitions. `KILLED`, `PENDING_RECOVERY` and `RUNNING_RECOVERY` are transient: a store
passes through them inside one step, so they are visible in history only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pynenc.core.values import nearest
from pynenc.errors import RequestError


class Status(StrEnum):
    """Where an invocation stands. Final ones never change again."""

    REGISTERED = "REGISTERED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    RETRY = "RETRY"
    REROUTED = "REROUTED"
    CONCURRENCY_CONTROLLED = "CONCURRENCY_CONTROLLED"
    KILLED = "KILLED"
    PENDING_RECOVERY = "PENDING_RECOVERY"
    RUNNING_RECOVERY = "RUNNING_RECOVERY"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    CONCURRENCY_CONTROLLED_FINAL = "CONCURRENCY_CONTROLLED_FINAL"


S = Status


@dataclass(frozen=True, slots=True)
class StatusRule:
    """What one status allows.

    `leads_to` are the legal next statuses; none means final. `owned` says that only the holder of the current
    fence may leave it, except by recovery. `transient` statuses exist only inside one atomic step.
    """

    leads_to: frozenset[Status]
    owned: bool = False
    transient: bool = False

    @property
    def final(self) -> bool:
        """Whether nothing can follow."""
        return not self.leads_to


def _to(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


_WAITING = _to(S.PENDING, S.CONCURRENCY_CONTROLLED, S.CONCURRENCY_CONTROLLED_FINAL, S.CANCELLED, S.EXPIRED)

RULES: dict[Status, StatusRule] = {
    S.REGISTERED: StatusRule(_WAITING),
    S.RETRY: StatusRule(_WAITING),
    S.REROUTED: StatusRule(_WAITING),
    S.CONCURRENCY_CONTROLLED: StatusRule(_to(S.REROUTED, S.CANCELLED, S.EXPIRED)),
    S.PENDING: StatusRule(_to(S.RUNNING, S.REROUTED, S.PENDING_RECOVERY, S.CANCELLED), owned=True),
    S.RUNNING: StatusRule(
        _to(S.SUCCESS, S.FAILED, S.RETRY, S.PAUSED, S.KILLED, S.RUNNING_RECOVERY, S.CANCELLED), owned=True
    ),
    S.PAUSED: StatusRule(_to(S.RUNNING, S.KILLED, S.RUNNING_RECOVERY, S.CANCELLED), owned=True),
    S.KILLED: StatusRule(_to(S.REROUTED), transient=True),
    S.PENDING_RECOVERY: StatusRule(_to(S.REROUTED, S.FAILED), transient=True),
    S.RUNNING_RECOVERY: StatusRule(_to(S.REROUTED, S.FAILED), transient=True),
    S.SUCCESS: StatusRule(_to()),
    S.FAILED: StatusRule(_to()),
    S.CANCELLED: StatusRule(_to()),
    S.EXPIRED: StatusRule(_to()),
    S.CONCURRENCY_CONTROLLED_FINAL: StatusRule(_to()),
}

FINAL = frozenset(status for status, rule in RULES.items() if rule.final)
OWNED = frozenset(status for status, rule in RULES.items() if rule.owned)
QUEUED = _to(S.REGISTERED, S.RETRY, S.REROUTED)
"""Statuses in which an invocation stands in a queue or in the delay set."""


def may_follow(before: Status | None, after: Status) -> bool:
    """Whether `after` is a legal next status; `before` None means the invocation does not exist yet."""
    if before is None:
        return after is Status.REGISTERED
    return after in RULES[before].leads_to


def read_statuses(wanted: Status | str | Iterable[Status | str]) -> frozenset[Status]:
    """One status or several, also by name in any case; nothing is none.

    Raises:
        RequestError: there is no status of that name.
    """
    names = ([wanted] if wanted else []) if isinstance(wanted, str) else wanted
    return frozenset(_read_status(name) for name in names)


def _read_status(name: Status | str) -> Status:
    try:
        return Status(str(name).upper())
    except ValueError:
        raise RequestError(f'unknown status "{name}"; {nearest(str(name).upper(), list(Status))}') from None
