"""Lists of objects, kept up to date by the events of their kinds.

Reconciling a thousand Tasks of one namespace asks for the same lists a thousand times, and changes an object of theirs
as often. So an event puts its object into the list, also into one that is still being asked for. A list is used until
the next resync, or for some minutes, in case that an event was lost, and for some seconds if its kind is not watched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from pynenc_operator.plan.result import Manifest, ObjectKey

MAX_AGE_SECONDS = 150.0
UNWATCHED_AGE_SECONDS = 5.0
Fetch = Callable[[str, str], Awaitable[Sequence[Manifest]]]
News = tuple[Manifest, bool]
"""An object as an event tells of it, and whether it is deleted."""


@dataclass(slots=True)
class _Snapshot:
    requested_at: float
    answer: asyncio.Future[Sequence[Manifest]]
    objects: Sequence[Manifest] | None = None
    """The answer with all news that were put into it; None before the first."""
    news: dict[str, News] = field(default_factory=dict)
    """The last one of each object that is not yet among `objects`."""

    def current(self) -> Sequence[Manifest]:
        """The answer, which has come, with all news up to now."""
        if self.objects is not None and not self.news:
            return self.objects
        self.objects = _merged(self.answer.result() if self.objects is None else self.objects, self.news.values())
        self.news.clear()
        return self.objects


class Snapshots:
    """Lists per kind and namespace; requests for the same list at the same time share one answer.

    `watched` are the kinds of which every event is told to `changed`.
    """

    def __init__(self, fetch: Fetch, watched: Collection[str]) -> None:
        self._fetch = fetch
        self._watched = watched
        self._kept: dict[tuple[str, str], _Snapshot] = {}

    def changed(self, key: ObjectKey, manifest: Manifest, *, deleted: bool = False) -> None:
        """An event has brought an object as it is now, or as it last was."""
        kept = self._usable(key.kind, key.namespace)
        if kept is not None:
            kept.news[key.name] = (manifest, deleted)

    def outdate(self, kind: str, namespace: str) -> None:
        """We have written an object ourselves: the next request asks the server."""
        self._kept.pop((kind, namespace), None)

    async def get(self, kind: str, namespace: str) -> Sequence[Manifest]:
        """All objects of a kind in a namespace, none of them older than the last event about it that was told."""
        return await self._answer(self._usable(kind, namespace) or self._ask(kind, namespace, ()))

    async def renew(self, kind: str, namespace: str) -> Sequence[Manifest]:
        """The same, asked for now; whatever is as it was is the very object that it was."""
        kept = self._usable(kind, namespace)
        known = kept.current() if kept is not None and kept.answer.done() else ()
        return await self._answer(self._ask(kind, namespace, known))

    def _ask(self, kind: str, namespace: str, known: Sequence[Manifest]) -> _Snapshot:
        async def fetch() -> Sequence[Manifest]:
            return _with_known(await self._fetch(kind, namespace), known)

        now = asyncio.get_running_loop().time()
        asked = self._kept[kind, namespace] = _Snapshot(now, asyncio.ensure_future(fetch()))
        return asked

    @staticmethod
    async def _answer(asked: _Snapshot) -> Sequence[Manifest]:
        # One of several who wait may be cancelled; the others still want the answer.
        await asyncio.shield(asked.answer)
        return asked.current()

    def _usable(self, kind: str, namespace: str) -> _Snapshot | None:
        kept = self._kept.get((kind, namespace))
        if kept is None:
            return None
        age = asyncio.get_running_loop().time() - kept.requested_at
        limit = MAX_AGE_SECONDS if kind in self._watched else UNWATCHED_AGE_SECONDS
        if age > limit or _failed(kept.answer):
            del self._kept[kind, namespace]
            return None
        return kept


def _with_known(objects: Sequence[Manifest], known: Sequence[Manifest]) -> Sequence[Manifest]:
    """The list with those objects of an earlier one that have not changed; the earlier list if none has."""
    by_name = {item["metadata"]["name"]: item for item in known}
    pairs = ((by_name.get(item["metadata"]["name"]), item) for item in objects)
    return _unless_same(known, [old if old and _version(old) == _version(item) else item for old, item in pairs])


def _unless_same(before: Sequence[Manifest], after: Sequence[Manifest]) -> Sequence[Manifest]:
    """The earlier list if the later one has the very same objects."""
    return before if set(map(id, before)) == set(map(id, after)) else after


def _merged(objects: Sequence[Manifest], news: Iterable[News]) -> Sequence[Manifest]:
    """The list with what events tell; the very list if they tell nothing new."""
    by_name = {item["metadata"]["name"]: item for item in objects}
    newest = max(map(_version, objects), default=0)
    for manifest, deleted in news:
        name = manifest["metadata"]["name"]
        known = by_name.get(name)
        # An object that is not there although the list has a younger one was deleted before the list was made.
        if _version(manifest) <= (_version(known) if known else newest):
            continue
        if not deleted:
            by_name[name] = manifest
        elif known:
            del by_name[name]
    return _unless_same(objects, list(by_name.values()))


def _version(manifest: Manifest) -> int:
    return int(manifest["metadata"]["resourceVersion"])


def _failed(answer: asyncio.Future[Sequence[Manifest]]) -> bool:
    return answer.done() and (answer.cancelled() or answer.exception() is not None)
