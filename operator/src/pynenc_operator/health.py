"""Is this process alive: does every watch stream deliver, and does work move on; served over HTTP.

An endpoint that only answers proves nothing: a watch stream can fall silent for ever while everything else goes on.
So whatever the operator knows to have changed (its own Lease at every renewal, every object that a resync lists)
must come by its stream as well, within a time that no working stream needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from aiohttp import web

from pynenc.api import names
from pynenc_operator.metrics import exposition, pool_exposition
from pynenc_operator.plan.result import Manifest, ObjectKey
from pynenc_operator.reconcile.pools import PoolMemory


class StreamProof:
    """Compares what is known to have changed with what the streams delivered. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float], deaf_seconds: float) -> None:
        self._clock = clock
        self._deaf_seconds = deaf_seconds
        self._delivered: dict[ObjectKey, int] = {}
        self._awaited: dict[ObjectKey, tuple[int, float]] = {}

    def delivered(self, key: ObjectKey, resource_version: str, *, deleted: bool = False) -> None:
        """A stream has brought this version of an object."""
        version = int(resource_version or 0)
        if deleted:
            self._delivered.pop(key, None)
        else:
            self._delivered[key] = version
        awaited = self._awaited.get(key)
        if awaited is not None and awaited[0] <= version:
            del self._awaited[key]

    def expect(self, key: ObjectKey, resource_version: str) -> None:
        """This version of an object exists, so its stream must bring it or a later one."""
        version = int(resource_version or 0)
        if self._delivered.get(key, -1) < version:
            since = self._awaited[key][1] if key in self._awaited else self._clock()
            self._awaited[key] = (version, since)

    def listed(self, kind: str, namespace: str, objects: Iterable[Manifest]) -> set[ObjectKey]:
        """These are all objects of a kind (namespace empty: of all); what is not among them is not awaited any more.

        Answers with those that no stream has brought yet as they are.
        """
        present = {
            ObjectKey(kind, item["metadata"]["namespace"], item["metadata"]["name"]): item["metadata"][
                "resourceVersion"
            ]
            for item in objects
        }
        for key in [key for key in self._awaited if key.kind == kind and namespace in {"", key.namespace}]:
            if key not in present:
                del self._awaited[key]
        for key, version in present.items():
            self.expect(key, version)
        return present.keys() & self._awaited.keys()

    def silent(self) -> list[str]:
        """Kinds whose stream owes something for too long."""
        limit = self._clock() - self._deaf_seconds
        return sorted({key.kind for key, (_, since) in self._awaited.items() if since < limit})


class Health:
    """What the probes ask, and the numbers of this process. `stuck` says for how many seconds no work moved on."""

    def __init__(self, proof: StreamProof, stuck_seconds: float) -> None:
        self.proof = proof
        self.connected = False
        self.leading = False
        self.stuck: Callable[[], float] = lambda: 0.0
        self.writes: Mapping[tuple[str, str], int] = {}
        self.memory = PoolMemory()
        self._stuck_seconds = stuck_seconds

    def faults(self) -> list[str]:
        """Why this process should be started anew; a process that stands by has none."""
        if not self.leading:
            return []
        faults = [f"the watch of {kind} is silent" for kind in self.proof.silent()]
        if self.stuck() > self._stuck_seconds:
            faults.append("the work queue does not move")
        return faults

    async def serve(self, host: str, port: int) -> web.AppRunner:
        """Answer probes, `/metrics` and autoscalers until the returned runner is cleaned up."""
        application = web.Application()
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        application.router.add_get("/metrics", self._metrics)
        application.router.add_get("/v1/workerpools/{namespace}/{name}/backlog", self._backlog)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, host or None, port).start()
        return runner

    async def _healthz(self, _: web.Request) -> web.Response:
        faults = self.faults()
        return web.Response(text="\n".join(faults) or "ok", status=503 if faults else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        pools = {(key.namespace, key.name): figures for key, figures in self.memory.figures.items()}
        scalings = {(key.namespace, key.name): number for key, number in self.memory.scalings.items()}
        return web.Response(text=exposition(self.writes, leading=self.leading) + pool_exposition(pools, scalings))

    async def _backlog(self, request: web.Request) -> web.Response:
        """What an autoscaler asks for, as `{"backlog": 42, "desired": 5}`; 503 while it is not known.

        A number that is made up would have it remove or add pods for nothing.
        """
        key = ObjectKey(names.WORKER_POOL.kind, request.match_info["namespace"], request.match_info["name"])
        figures = self.memory.figures.get(key) if self.leading else None
        if figures is None and self.leading:
            return web.json_response({"error": f"{key} is not known"}, status=404)
        if figures is None or figures.backlog is None:
            return web.json_response({"error": f"the backlog of {key} cannot be told now"}, status=503)
        return web.json_response({"backlog": figures.backlog, "desired": figures.asked})

    async def _readyz(self, _: web.Request) -> web.Response:
        if not self.connected:
            return web.Response(text="the API server has not answered yet", status=503)
        return web.Response(text="leading" if self.leading else "standing by")
