"""Who wants to be looked at again when an object changes.

Only a hint held in memory: it is rebuilt by reconciling, and the resync covers whatever it misses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set

from pynenc_operator.plan.result import ObjectKey

ANY = "*"
"""As the name in a key: all objects of that kind in that namespace."""


class Dependents:
    """Remembers, for each object, the objects it was computed from."""

    def __init__(self) -> None:
        self._sources: dict[ObjectKey, frozenset[ObjectKey]] = {}
        self._readers: defaultdict[ObjectKey, set[ObjectKey]] = defaultdict(set)

    def record(self, reader: ObjectKey, sources: Iterable[ObjectKey]) -> None:
        """Replace what `reader` was computed from; nothing forgets it."""
        wanted = frozenset(sources)
        for source in self._sources.pop(reader, frozenset()) - wanted:
            self._drop(source, reader)
        for source in wanted:
            self._readers[source].add(reader)
        if wanted:
            self._sources[reader] = wanted

    def of(self, source: ObjectKey) -> Set[ObjectKey]:
        """Who was computed from `source`, by name or by all of its kind."""
        everyone = ObjectKey(source.kind, source.namespace, ANY)
        return frozenset(self._readers.get(source, ())) | frozenset(self._readers.get(everyone, ()))

    def _drop(self, source: ObjectKey, reader: ObjectKey) -> None:
        readers = self._readers[source]
        readers.discard(reader)
        if not readers:
            del self._readers[source]
