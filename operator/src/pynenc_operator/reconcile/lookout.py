"""Word of work for pools that wait for some: once a second their queues are looked at, all those of a store at once.

A pool that is looked at by itself asks the API server for several objects, which would be too much to do every second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pynenc.errors import BackendError
from pynenc_operator.plan.result import ObjectKey, Vigil

_log = logging.getLogger(__name__)
SECONDS = 1.0


class Lookout:
    """Keeps the vigils of one store. `ask` tells how much is ready in queues; `wake` has an object looked at."""

    def __init__(
        self, ask: Callable[[Sequence[str]], Awaitable[Mapping[str, int]]], wake: Callable[[ObjectKey], None]
    ) -> None:
        self._ask = ask
        self._wake = wake
        self._vigils: dict[ObjectKey, Vigil] = {}
        self._task: asyncio.Task[None] | None = None

    def keep(self, key: ObjectKey, vigil: Vigil | None) -> None:
        """Replace what `key` waits for; None: nothing."""
        if vigil is None:
            self._vigils.pop(key, None)
            return
        self._vigils[key] = vigil
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(), name="lookout")

    def stop(self) -> None:
        """Look no more."""
        self._vigils.clear()
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        while self._vigils:
            await asyncio.sleep(SECONDS)
            queues = sorted({queue for vigil in self._vigils.values() for queue in vigil.queues})
            try:
                ready = await self._ask(queues)
            except BackendError as error:
                _log.debug("lookout: %s", error)
                continue
            for key, vigil in list(self._vigils.items()):
                if sum(ready.get(queue, 0) for queue in vigil.queues) > vigil.above:
                    del self._vigils[key]
                    self._wake(key)
