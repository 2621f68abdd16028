"""How many pods a pool is to have: from demand to a number, with bounds, windows and policies; pure.

The words are those of the HorizontalPodAutoscaler. What was wanted and changed before is kept in a `ScalingHistory` by
the caller, in memory: a new process knows nothing of it, and so removes nothing before the window has passed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from pynenc.api.v1alpha1 import Scaling, ScalingPolicy, ScalingRules, WorkerPoolSpec
from pynenc_operator.plan.demand import Demand

DOWN_WINDOW_SECONDS = 300
LONGEST_PERIOD_SECONDS = 1800
"""The longest period of a policy that a spec may ask for."""
OLD_WEIGHT = 0.7
"""How much of the mean duration that was known stays with each new look."""


class At(NamedTuple):
    """A number and when it held."""

    moment: datetime
    number: int


@dataclass(frozen=True, slots=True)
class ScalingHistory:
    """What is remembered of a pool. `since` is when that began, `busy_at` when there last was something to run.

    `wanted` are what demand alone asked for within the bounds, `sizes` the sizes that were decided on, where they
    changed. `duration_seconds` is how
    long an invocation took lately, None while unknown, by `finished`, the number of ends at a time.
    """

    since: datetime
    busy_at: datetime
    wanted: tuple[At, ...] = ()
    sizes: tuple[At, ...] = ()
    finished: At | None = None
    duration_seconds: float | None = None

    @classmethod
    def beginning(cls, now: datetime) -> ScalingHistory:
        """Nothing is known yet."""
        return cls(since=now, busy_at=now)


@dataclass(frozen=True, slots=True)
class Decision:
    """`replicas` is the size to have now, `asked` what demand alone asks for, within no bounds.

    `limit` says in a clause what keeps the one from the other, empty if nothing does. `why` is for people.
    """

    replicas: int
    asked: int
    why: str
    limit: str
    history: ScalingHistory


def mode_of(spec: WorkerPoolSpec) -> str:
    """Native, External or Manual."""
    if spec.scaling is not None:
        return spec.scaling.mode
    return "Native" if spec.replicas is None else "Manual"


def scaling_of(spec: WorkerPoolSpec) -> Scaling:
    """The knobs, with defaults for those that are absent."""
    return spec.scaling or Scaling()


def asked(scaling: Scaling, slots: int, demand: Demand, duration_seconds: float | None) -> int:
    """The number of pods that demand asks for: as many slots as run now or more, but no more than could be used."""
    per_slot = per_slot_of(scaling, duration_seconds)
    wanted = min(max(math.ceil(demand.total / per_slot), demand.running, 1), demand.total)
    return math.ceil(wanted / slots)


def per_slot_of(scaling: Scaling, duration_seconds: float | None) -> float:
    """How many invocations there may be for a slot. A latency target allows what a slot gets done in that time."""
    backlog, latency = scaling.target_backlog_per_slot, scaling.target_queue_latency_seconds
    if latency is None:
        return backlog or 1
    by_latency = max(1.0, latency / duration_seconds) if duration_seconds else math.inf
    # Before anything has ended, a latency says nothing; what runs then will tell.
    return min(backlog or math.inf, by_latency)


def decide(
    scaling: Scaling, slots: int, demand: Demand, current: int, history: ScalingHistory, now: datetime
) -> Decision:
    """The size for a pool of `current` pods of `slots` slots each."""
    if not history.sizes:
        history = replace(history, sizes=(At(history.since, current),))
    history = _noted(history, demand, now)
    number = asked(scaling, slots, demand, history.duration_seconds)
    bounded = min(max(number, scaling.min_replicas), scaling.max_replicas)
    history = replace(history, wanted=(*_recent(history.wanted, now, _longest_window(scaling)), At(now, bounded)))
    move = _Move(scaling, current, bounded, history, now, idle=not demand.total)
    replicas, limit = move.up() if bounded > current else move.down() if bounded < current else (current, "")
    history = replace(history, sizes=_with_size(history.sizes, At(now, replicas)))
    return Decision(replicas, number, _why(scaling, slots, demand), limit or _bound(scaling, number), history)


def _noted(history: ScalingHistory, demand: Demand, now: datetime) -> ScalingHistory:
    """With what this look tells: by Little's law a mean duration is what runs, over how much ends in a time."""
    busy_at = now if demand.total else history.busy_at
    before = history.finished
    if before is None or demand.finished < before.number:
        return replace(history, busy_at=busy_at, finished=At(now, demand.finished))
    ended, seconds = demand.finished - before.number, (now - before.moment).total_seconds()
    if not ended or not demand.running or seconds <= 0:
        return replace(history, busy_at=busy_at)
    measured = demand.running * seconds / ended
    known = history.duration_seconds
    mean = measured if known is None else OLD_WEIGHT * known + (1 - OLD_WEIGHT) * measured
    return replace(history, busy_at=busy_at, finished=At(now, demand.finished), duration_seconds=mean)


@dataclass(frozen=True, slots=True)
class _Move:
    """From the size `current` to the size `wanted`, as far as `behavior` lets it go.

    Both ways answer a size and, if it is not the wanted one, why.
    """

    scaling: Scaling
    current: int
    wanted: int
    history: ScalingHistory
    now: datetime
    idle: bool

    def up(self) -> tuple[int, str]:
        """To more pods."""
        rules = self.scaling.behavior.scale_up
        if rules.select_policy == "Disabled":
            return max(self.current, self.scaling.min_replicas), "behavior.scaleUp, which is Disabled"
        lowest = self._lowest(rules.stabilization_window_seconds or 0)
        allowed = [self._allowed(policy, 1) for policy in rules.policies]
        most = _select(rules, allowed, farthest=max, nearest=min) if allowed else self.wanted
        replicas = max(self.current, min(lowest, most), self.scaling.min_replicas)
        if replicas >= self.wanted:
            return self.wanted, ""
        return replicas, "a policy of behavior.scaleUp" if most < lowest else "the window of behavior.scaleUp"

    def down(self) -> tuple[int, str]:
        """To fewer pods."""
        rules = self.scaling.behavior.scale_down
        if rules.select_policy == "Disabled":
            return min(self.current, self.scaling.max_replicas), "behavior.scaleDown, which is Disabled"
        floor, limit = self._highest(rules)
        allowed = [self._allowed(policy, -1) for policy in rules.policies]
        least = _select(rules, allowed, farthest=min, nearest=max) if allowed else 0
        if least > floor:
            floor, limit = least, "a policy of behavior.scaleDown"
        replicas = min(self.current, max(self.wanted, floor), self.scaling.max_replicas)
        return replicas, limit if replicas > self.wanted else ""

    def _lowest(self, window: int) -> int:
        return min(number for _, number in _recent(self.history.wanted, self.now, window))

    def _highest(self, rules: ScalingRules) -> tuple[int, str]:
        """The size that the pool must keep for the sake of what was wanted lately."""
        if self.idle and self.now - self.history.busy_at >= timedelta(seconds=self.scaling.idle_timeout_seconds):
            return 0, ""
        window = _down_window(rules)
        if self.now - self.history.since < timedelta(seconds=window):
            return self.current, "the window of behavior.scaleDown"
        highest = max(number for _, number in _recent(self.history.wanted, self.now, window))
        return (highest, "the window of behavior.scaleDown") if highest else (1, "idleTimeoutSeconds")

    def _allowed(self, policy: ScalingPolicy, sign: int) -> int:
        """How far one policy lets the size go, counted from the farthest size that held within its period."""
        opening = self.now - timedelta(seconds=policy.period_seconds)
        before = [number for moment, number in self.history.sizes if moment <= opening]
        within = [number for moment, number in self.history.sizes if moment > opening]
        sizes = (self.current, *before[-1:], *within)
        start = min(sizes) if sign > 0 else max(sizes)
        if policy.type == "Pods":
            return start + sign * policy.value
        if sign < 0:
            return math.floor(start * (1 - policy.value / 100))
        return math.ceil(max(start, 1) * (1 + policy.value / 100))  # of nothing, a part is nothing for ever


def _select(
    rules: ScalingRules,
    allowed: Sequence[int],
    *,
    farthest: Callable[[Sequence[int]], int],
    nearest: Callable[[Sequence[int]], int],
) -> int:
    return nearest(allowed) if rules.select_policy == "Min" else farthest(allowed)


def _down_window(rules: ScalingRules) -> int:
    window = rules.stabilization_window_seconds
    return DOWN_WINDOW_SECONDS if window is None else window


def _longest_window(scaling: Scaling) -> int:
    behavior = scaling.behavior
    return max(behavior.scale_up.stabilization_window_seconds or 0, _down_window(behavior.scale_down))


def _with_size(sizes: tuple[At, ...], size: At) -> tuple[At, ...]:
    """Only changes are kept, and of those before the longest period the last one."""
    kept = _recent(sizes, size.moment, LONGEST_PERIOD_SECONDS)
    kept = (*sizes[-len(kept) - 1 : len(sizes) - len(kept)], *kept)
    return kept if kept and kept[-1].number == size.number else (*kept, size)


def _recent(entries: Sequence[At], now: datetime, seconds: float) -> tuple[At, ...]:
    """Entries of the last so many seconds; one of this very moment is always among them."""
    since = now - timedelta(seconds=seconds)
    return tuple(entry for entry in entries if entry.moment > since or entry.moment == now)


def _bound(scaling: Scaling, number: int) -> str:
    if number > scaling.max_replicas:
        return f"maxReplicas {scaling.max_replicas}"
    if number < scaling.min_replicas:
        return f"minReplicas {scaling.min_replicas}"
    return ""


def _why(scaling: Scaling, slots: int, demand: Demand) -> str:
    backlog, latency = scaling.target_backlog_per_slot, scaling.target_queue_latency_seconds
    targets = [] if latency is None else [f"target latency {latency:g}s"]
    if backlog is not None or latency is None:
        targets.append(f"target {backlog or 1} per slot")
    return f"backlog {demand.backlog}, {demand.running} running, {' and '.join(targets)}, {slots} slots per pod"
