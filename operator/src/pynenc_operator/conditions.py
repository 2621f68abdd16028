"""Conditions of a status as Kubernetes wants them; pure.

Here: merging wanted conditions into the ones an object has, and telling what changed. Not here: which conditions a
kind has (`plan`), reasons (`reasons`), writing a status (`reconcile.apply`). A transition time moves only when
the status of its condition flips, so an unchanged world gives an unchanged list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pynenc.api.v1alpha1 import MESSAGE_LIMIT, Condition

Answer = Literal["True", "False", "Unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A condition as a plan wants it, without its history."""

    type: str
    status: Answer
    reason: str
    message: str = ""

    @property
    def holds(self) -> bool:
        """Whether the answer is True."""
        return self.status == "True"


def whole_second(moment: datetime) -> datetime:
    """`moment` in UTC as far as Kubernetes keeps it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def from_microseconds(microseconds: int) -> datetime:
    """The moment that a store gives as microseconds since the Unix epoch, as far as Kubernetes keeps it."""
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC)


def truncated(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """`text` if it fits into `limit` characters, else its start and an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def merged(before: Iterable[Condition], wanted: Sequence[Verdict], generation: int, now: datetime) -> list[Condition]:
    """The wanted conditions in their order, each with the transition time it had if its status is the same."""
    known = {condition.type: condition for condition in before}
    return [_with_history(verdict, known.get(verdict.type), generation, now) for verdict in wanted]


def changed(before: Iterable[Condition], after: Iterable[Condition]) -> list[Condition]:
    """The conditions of `after` whose status or reason differs from `before`, or that are new."""
    known = {condition.type: (condition.status, condition.reason) for condition in before}
    return [condition for condition in after if known.get(condition.type) != (condition.status, condition.reason)]


def _with_history(verdict: Verdict, before: Condition | None, generation: int, now: datetime) -> Condition:
    same = before is not None and before.status == verdict.status
    return Condition(
        type=verdict.type,
        status=verdict.status,
        reason=verdict.reason,
        message=truncated(verdict.message),
        last_transition_time=before.last_transition_time if before and same else whole_second(now),
        observed_generation=generation,
    )
