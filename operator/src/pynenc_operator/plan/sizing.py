"""The size of a pool from what its mode says, and how far it may be carried out now; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pynenc.api.v1alpha1 import WorkerPool
from pynenc_operator.plan.demand import Demand
from pynenc_operator.plan.scale_in import PodLoad
from pynenc_operator.plan.scaling import Decision, mode_of, scaling_of


@dataclass(frozen=True, slots=True)
class Sizing:
    """`wanted` is the size that a pool is to have, `replicas` what its Deployment is told now.

    The second lags behind while pods that are to go still work. `decision` is there in mode Native alone, and only
    when the store was read, and `demand` only then. `going` are the pods that are to go.
    """

    mode: str
    wanted: int
    replicas: int
    decision: Decision | None = None
    demand: Demand | None = None
    going: Sequence[PodLoad] = field(default=())

    @property
    def is_waiting(self) -> bool:
        """Whether pods that are to go still work."""
        return self.wanted != self.replicas


def wanted_size(pool: WorkerPool, current: int | None, decision: Decision | None) -> int:
    """The size that a pool is to have; `current` is None while it has no Deployment.

    A pool that is paused keeps its size, and so does one whose demand cannot be read.
    """
    if pool.spec.paused and current is not None:
        return current
    if mode_of(pool.spec) != "Native":
        return 1 if pool.spec.replicas is None else pool.spec.replicas
    if decision is not None:
        return decision.replicas
    return scaling_of(pool.spec).min_replicas if current is None else current


def size_now(wanted: int, current: int, pods: int, idle: int, *, settled: bool) -> int:
    """What the Deployment is told: with `idle` of the pods that are to go drained and idle, the others not yet.

    Where fewer `pods` live than it asks for, it may ask for fewer at any time: that removes none.
    """
    return max(wanted, min(current, pods) - (idle if settled else 0)) if wanted < current else wanted
