"""Triggers that start each other: the one that would close a loop is refused; pure.

Only conditions on tasks without `where` count, and only with match Any: everything else has an end of its own as far as
can be told from here.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import UTC, datetime

from pynenc.api.v1alpha1 import Trigger
from pynenc_operator.plan.catalog import Catalog, started_by

_LAST = datetime.max.replace(tzinfo=UTC)


def unbounded_sources(trigger: Trigger) -> list[str]:
    """The names of the Tasks whose every end, of some kind, starts something."""
    if trigger.spec.match != "Any":
        return []
    open_ones = (one for one in trigger.spec.when if one.where is None)
    parts = (part for one in open_ones for part in (one.status, one.result, one.exception))
    return [part.task_ref.name for part in parts if part is not None]


def loop_closed_by(trigger: Trigger, catalog: Catalog) -> list[str]:
    """The names of the Tasks on a way that this Trigger closes, together with all older ones, or nothing."""
    sources = set(unbounded_sources(trigger))
    if not sources:
        return []
    edges: defaultdict[str, list[str]] = defaultdict(list)
    for other in sorted(catalog.triggers.values(), key=_seniority):
        if _seniority(other) >= _seniority(trigger):
            break
        for source in unbounded_sources(other):
            edges[source] += started_by(other, catalog)
    for started in started_by(trigger, catalog):
        path = _way(started, sources, edges)
        if path:
            return [path[-1], *path]
    return []


def _way(start: str, goals: set[str], edges: Mapping[str, list[str]]) -> list[str]:
    """The shortest way from `start` to one of `goals`, both included, or nothing."""
    came_from: dict[str, str] = {start: ""}
    waiting = deque([start])
    while waiting:
        name = waiting.popleft()
        if name in goals:
            path = [name]
            while came_from[path[0]]:
                path.insert(0, came_from[path[0]])
            return path
        for following in edges.get(name, ()):
            if following not in came_from:
                came_from[following] = name
                waiting.append(following)
    return []


def _seniority(trigger: Trigger) -> tuple[datetime, str]:
    return (trigger.metadata.creation_timestamp or _LAST, trigger.metadata.name)
