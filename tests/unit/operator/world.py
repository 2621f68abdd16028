"""All that the operator works with, in memory: a cluster, the stores of its Apps, and what reconciles them."""

from __future__ import annotations

import json
import uuid

from pynenc.api.v1alpha1 import AppSpec, Redis
from pynenc.core.records import Answer, Settlement, WorkerInfo
from pynenc.core.status import Status
from pynenc.orchestrator.base import ClaimRequest
from pynenc_operator.plan.result import ObjectKey
from pynenc_operator.reconcile.apply import Applier
from pynenc_operator.reconcile.context import Context, ParsedLists
from pynenc_operator.reconcile.controller import RECONCILERS
from pynenc_operator.reconcile.dependents import Dependents
from pynenc_operator.reconcile.workqueue import WorkQueue
from pynenc_operator.store import AppStores
from unit.operator.builders import (
    NAMESPACE,
    make_app,
    make_invocation,
    make_pool,
    make_task,
    make_trigger,
    make_workflow,
)
from unit.operator.memory_cluster import MemoryCluster


class World:
    """A cluster in memory, the stores of its Apps in memory, and what reconciles them."""

    def __init__(self, epoch=1):
        self.cluster = MemoryCluster()
        self.queue = WorkQueue(lambda: 0.0)
        self.stores = AppStores(epoch, "operator-test", self.queue.add)
        self.dependents = Dependents()
        applier = Applier(self.cluster)
        self.context = Context(self.cluster, ParsedLists(self.cluster), self.stores, applier, self.dependents)
        self.name = f"shop-{uuid.uuid4().hex[:8]}"

    def app(self):
        """An App whose store is in this process."""
        model = make_app(self.name)
        return self.cluster.put("App", model.model_copy(update={"spec": AppSpec(redis=Redis())}))

    def task(self, name="send", **spec):
        return self.cluster.put("Task", make_task(name, appRef={"name": self.name}, **spec))

    def pool(self, **spec):
        return self.cluster.put("WorkerPool", make_pool(appRef={"name": self.name}, **spec))

    def trigger(self, name="nightly", **spec):
        return self.cluster.put("Trigger", make_trigger(name, **spec))

    def workflow(self, name="orders", **spec):
        return self.cluster.put("Workflow", make_workflow(name, **spec))

    def invocation(self, name="once", **spec):
        return self.cluster.put("Invocation", make_invocation(name, **spec))

    def close(self):
        """End what runs beside it."""
        self.queue.close()
        self.stores.close()

    async def look(self, *keys):
        """Reconcile each of `keys` once; the last plan."""
        for key in keys:
            plan = await RECONCILERS[key.kind](self.context, key)
        return plan

    def store(self):
        """The SDK's view of the App's store."""
        return self.stores.get(ObjectKey("App", NAMESPACE, self.name))._app

    def condition(self, key, type_):
        found = next(c for c in self.cluster.status(key)["conditions"] if c["type"] == type_)
        return found["status"], found["reason"]

    def run_one(self, value):
        """A worker takes the next invocation and succeeds."""
        orchestrator, worker = self.store().orchestrator, uuid.uuid4().hex
        assert orchestrator.join(WorkerInfo(worker, "pod-1", "main"), 60) is Answer.OK
        (claimed,) = orchestrator.claim(worker, ClaimRequest("r", ("default",))).items
        settlement = Settlement(claimed.invocation_id, claimed.fence, Status.SUCCESS, json.dumps(value).encode(), 60)
        assert orchestrator.finish(worker, [settlement]) == [Answer.OK]
