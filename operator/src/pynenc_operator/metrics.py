"""Numbers of this process in the text format of Prometheus: names, labels and help texts in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WRITES = "pynenc_operator_api_writes_total"
LEADING = "pynenc_operator_leading"
BACKLOG = "pynenc_pool_backlog"
REPLICAS = "pynenc_pool_replicas"
BUSY = "pynenc_pool_workers_busy"
SLOTS = "pynenc_pool_slots"
SCALINGS = "pynenc_pool_scale_events_total"


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """The numbers of a pool as they are told to scrapers and autoscalers; None: not known.

    `asked` is the number of pods that demand asks for within the bounds, `desired` the one that is aimed at.
    """

    backlog: int | None
    asked: int | None
    desired: int
    current: int
    ready: int
    busy: int | None
    slots: int


Pool = tuple[str, str]
"""Namespace and name."""


def exposition(writes: Mapping[tuple[str, str], int], *, leading: bool) -> str:
    """What `/metrics` answers; `writes` counts by method and kind, such as `("PATCH", "App/status")`."""
    counted = [(f'{{method="{method}",kind="{kind}"}}', number) for (method, kind), number in sorted(writes.items())]
    return _family(LEADING, "gauge", "Whether this process leads.", [("", int(leading))]) + _family(
        WRITES, "counter", "Requests to the API server that change something.", counted
    )


def pool_exposition(pools: Mapping[Pool, PoolFigures], scalings: Mapping[Pool, int]) -> str:
    """The part about pools; `scalings` counts how often each was given another size."""
    known = sorted(pools.items())
    states = [
        (_labels(pool, state=state), number)
        for pool, of in known
        for state, number in (
            ("asked", of.asked),
            ("desired", of.desired),
            ("current", of.current),
            ("available", of.ready),
        )
    ]
    return "".join(
        (
            _family(BACKLOG, "gauge", "Invocations that could run now.", [(_labels(p), of.backlog) for p, of in known]),
            _family(REPLICAS, "gauge", "Pods: asked for by demand, desired, there, and ready.", states),
            _family(BUSY, "gauge", "Workers that hold an invocation.", [(_labels(p), of.busy) for p, of in known]),
            _family(SLOTS, "gauge", "Slots of one pod.", [(_labels(p), of.slots) for p, of in known]),
            _family(SCALINGS, "counter", "Changes of size.", [(_labels(p), n) for p, n in sorted(scalings.items())]),
        )
    )


def _labels(pool: Pool, **more: str) -> str:
    labels = {"namespace": pool[0], "pool": pool[1], **more}
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def _family(name: str, type_: str, help_: str, samples: Iterable[tuple[str, int | None]]) -> str:
    lines: Sequence[str] = [
        f"# HELP {name} {help_}",
        f"# TYPE {name} {type_}",
        *(f"{name}{labels} {number}" for labels, number in samples if number is not None),
    ]
    return "\n".join(lines) + "\n"
