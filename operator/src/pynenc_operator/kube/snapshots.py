"""Lists of objects, kept until an event says that they are outdated.

Reconciling a hundred Tasks of one namespace asks for the same lists a hundred times. A list is used again only while
no event of its kind has arrived since it was requested, and for a few seconds at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pynenc_operator.plan.result import Manifest

MAX_AGE_SECONDS = 5.0
Fetch = Callable[[str, str], Awaitable[Sequence[Manifest]]]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    requested_at: float
    objects: asyncio.Future[Sequence[Manifest]]


class Snapshots:
    """Lists per kind and namespace; requests for the same list at the same time share one answer."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._kept: dict[tuple[str, str], _Snapshot] = {}

    def outdate(self, kind: str, namespace: str) -> None:
        """An object of this kind has changed."""
        self._kept.pop((kind, namespace), None)

    async def get(self, kind: str, namespace: str) -> Sequence[Manifest]:
        """All objects of a kind in a namespace, none of them older than the last `outdate`."""
        now = asyncio.get_running_loop().time()
        kept = self._kept.get((kind, namespace))
        if kept is None or now - kept.requested_at > MAX_AGE_SECONDS or _failed(kept.objects):
            kept = _Snapshot(now, asyncio.ensure_future(self._fetch(kind, namespace)))
            self._kept[kind, namespace] = kept
        # One of several who wait may be cancelled; the others still want the answer.
        return await asyncio.shield(kept.objects)


def _failed(answer: asyncio.Future[Sequence[Manifest]]) -> bool:
    return answer.done() and (answer.cancelled() or answer.exception() is not None)
