"""What is remembered of WorkerPools between two looks; in memory alone, so that a new process begins carefully."""

from __future__ import annotations

from collections import Counter, OrderedDict

from pynenc_operator.metrics import PoolFigures
from pynenc_operator.plan.fate import GONE, Fate, fate_of
from pynenc_operator.plan.result import Manifest, ObjectKey
from pynenc_operator.plan.scaling import ScalingHistory

FATES = 2000
"""How many pods' fates are kept; each is asked for within seconds of its event."""


class PoolMemory:
    """By pool: what its scaling remembers, uids of pods that are marked to go, its figures; and why pods are gone."""

    def __init__(self) -> None:
        self.histories: dict[ObjectKey, ScalingHistory] = {}
        self.marked: dict[ObjectKey, frozenset[str]] = {}
        self.figures: dict[ObjectKey, PoolFigures] = {}
        self.scalings: Counter[ObjectKey] = Counter()
        self._fates: OrderedDict[str, Fate] = OrderedDict()

    def seen(self, pod: Manifest) -> None:
        """An event has told of a pod; when it is deleted, its last state comes with that."""
        uid = pod["metadata"]["uid"]
        fate = fate_of(pod)
        if fate != GONE:
            self._fates[uid] = fate
            self._fates.move_to_end(uid)
        while len(self._fates) > FATES:
            self._fates.popitem(last=False)

    def fate(self, uid: str) -> Fate:
        """Why a pod is gone, as far as that was seen."""
        return self._fates.get(uid, GONE)

    def tell(self, key: ObjectKey, figures: PoolFigures, *, is_scaled: bool) -> None:
        """The figures of a pool as they were just seen, and whether it was given another size."""
        self.figures[key] = figures
        self.scalings[key] += is_scaled

    def forget(self, key: ObjectKey) -> None:
        """A pool is gone."""
        self.histories.pop(key, None)
        self.marked.pop(key, None)
        self.figures.pop(key, None)
        self.scalings.pop(key, None)
