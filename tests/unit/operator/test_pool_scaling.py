"""A pool in a world: it grows with its queue, lets idle pods go, and gives up what pods that are gone held."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest

from pynenc.core.records import Answer, NewInvocation, Settlement, WorkerInfo
from pynenc.core.status import Status
from pynenc.orchestrator.base import ClaimRequest
from pynenc_operator.plan.result import ObjectKey, Problem, Vigil
from pynenc_operator.reconcile.ports import ClusterError
from unit.operator.builders import NAMESPACE, NOW, make_pod
from unit.operator.world import World

DEPLOYMENT = ObjectKey("Deployment", NAMESPACE, "main")
QUICK = {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}, "idleTimeoutSeconds": 0}


class Fleet(World):
    """A world in which somebody plays Kubernetes, and workers."""

    def __init__(self):
        super().__init__()
        self.now = NOW
        object.__setattr__(self.context, "now", lambda: self.now)

    async def begin(self, **spec):
        """An App and a pool of it, looked at once."""
        self.pool_key = self.pool(**{"slots": 1, **spec})
        await self.look(self.app(), self.pool_key)

    async def look_again(self, seconds=5):
        self.now += timedelta(seconds=seconds)
        self.stores.get(ObjectKey("App", NAMESPACE, self.name))._facts = None
        return await self.look(self.pool_key)

    @property
    def size(self):
        return self.cluster.objects[DEPLOYMENT]["spec"]["replicas"]

    def play_kubernetes(self, *pods, replicas=None):
        """The pods that there are; by default as many as wanted, all of the current template."""
        self.cluster.pods_listed = list(pods)
        number = len(pods) if replicas is None else replicas
        deployment = self.cluster.objects[DEPLOYMENT]
        deployment["status"] = {"replicas": number, "readyReplicas": number, "updatedReplicas": number}

    def enqueue(self, number=1):
        """So many invocations."""
        ids = [str(uuid.uuid4()) for _ in range(number)]
        self.store().orchestrator.enqueue([NewInvocation(name, "mail.send", b"{}") for name in ids])
        return ids

    def worker(self, pod, holding=0):
        """A worker in a pod, which takes so many invocations."""
        name = uuid.uuid4().hex
        info = WorkerInfo(name, pod, "main", pod_uid=f"uid-of-{pod}")
        assert self.store().orchestrator.join(info, 3600) is Answer.OK
        return name, self.claim(name, holding).items if holding else ()

    def claim(self, worker, limit=1):
        return self.store().orchestrator.claim(worker, ClaimRequest(uuid.uuid4().hex, ("default",), limit, limit))

    def finish(self, worker, items):
        ends = [Settlement(item.invocation_id, item.fence, Status.SUCCESS, b"1", 60) for item in items]
        self.store().orchestrator.finish(worker, ends)


@pytest.fixture
async def fleet():
    made = Fleet()
    yield made
    made.close()


def told(fleet, type_):
    conditions = fleet.cluster.status(fleet.pool_key)["conditions"]
    return next(c["message"] for c in conditions if c["type"] == type_)


async def test_a_pool_grows_from_nothing_with_its_queue(fleet):
    await fleet.begin(scaling={"maxReplicas": 3})
    assert fleet.size == 0
    assert told(fleet, "ScalingActive") == "0 pods: backlog 0, 0 running, target 1 per slot, 1 slots per pod"
    fleet.play_kubernetes()
    fleet.enqueue(5)
    plan = await fleet.look_again()
    assert fleet.size == 3
    assert told(fleet, "ScalingActive") == "scaled 0→3: backlog 5, 0 running, target 1 per slot, 1 slots per pod"
    assert fleet.condition(fleet.pool_key, "ScalingLimited") == ("True", "SizeLimited")
    assert fleet.cluster.events.count("Scaled") == 1
    assert plan.vigil is None
    fleet.play_kubernetes(*(make_pod(str(number)) for number in range(3)))
    await fleet.look_again()
    assert told(fleet, "ScalingActive").startswith("scaled 0→3")
    assert fleet.cluster.events.count("Scaled") == 1


async def test_a_pool_at_rest_waits_for_word_of_work_and_writes_nothing(fleet):
    await fleet.begin(scaling={})
    fleet.play_kubernetes()
    await fleet.look_again()
    writes = fleet.cluster.writes.copy()
    plan = await fleet.look_again()
    assert (plan.vigil, plan.requeue_after) == (Vigil(("default",), 0), None)
    assert fleet.cluster.writes == writes


async def test_idle_pods_go_and_busy_ones_stay_until_they_are_idle(fleet):
    await fleet.begin(scaling=QUICK)
    fleet.enqueue(3)
    await fleet.look_again()
    assert fleet.size == 3
    fleet.play_kubernetes(*map(make_pod, "abc"))
    (busy, held), (idle, _), (other, held_by_other) = fleet.worker("a", 1), fleet.worker("b"), fleet.worker("c", 1)
    last = fleet.claim(busy).items
    fleet.finish(busy, last)
    plan = await fleet.look_again()
    assert (fleet.size, fleet.cluster.costs) == (2, {"b": -100})
    fleet.enqueue(1)
    assert fleet.claim(idle).answer is Answer.DRAINING
    taken = fleet.claim(busy).items
    await fleet.look_again()  # Kubernetes has not removed it yet
    assert fleet.claim(idle).answer is Answer.DRAINING
    fleet.play_kubernetes(*map(make_pod, "ac"))
    fleet.finish(busy, [*held, *taken])
    fleet.finish(other, held_by_other)
    fleet.enqueue(1)
    kept = fleet.claim(other).items
    plan = await fleet.look_again()
    assert (fleet.size, fleet.cluster.costs["a"]) == (1, -100)
    fleet.play_kubernetes(make_pod("c"))
    fleet.finish(other, kept)
    plan = await fleet.look_again()
    assert fleet.size == 0
    assert plan.status.desired == 0


async def test_a_pod_that_works_is_waited_for(fleet):
    await fleet.begin(scaling={**QUICK, "targetBacklogPerSlot": 10}, slots=2)
    fleet.enqueue(21)
    await fleet.look_again()
    assert fleet.size == 2
    fleet.play_kubernetes(*map(make_pod, "ab"))
    fleet.worker("a", 20)
    second, others = fleet.worker("b", 1)
    plan = await fleet.look_again()
    assert (fleet.size, plan.status.desired, plan.requeue_after) == (2, 1, 2.0)
    assert fleet.cluster.costs == {}
    fleet.enqueue(1)
    assert fleet.claim(second).answer is Answer.DRAINING
    fleet.finish(second, others)
    await fleet.look_again()
    assert (fleet.size, fleet.cluster.costs) == (1, {"b": -100})


async def test_nothing_goes_while_a_pod_works_that_is_not_ready_yet(fleet):
    await fleet.begin(scaling=QUICK)
    fleet.enqueue(3)
    await fleet.look_again()
    fleet.play_kubernetes(make_pod("a", ready=False), *map(make_pod, "bc"))
    fleet.worker("a", 1)
    for worker, held in (fleet.worker("b", 1), fleet.worker("c", 1)):
        fleet.finish(worker, held)
    await fleet.look_again()
    assert fleet.size == 3
    fleet.play_kubernetes(*map(make_pod, "abc"))
    await fleet.look_again()
    assert fleet.size == 1


async def test_a_pod_that_is_to_stay_after_all_works_again(fleet):
    await fleet.begin(scaling={**QUICK, "targetBacklogPerSlot": 10}, slots=2)
    fleet.enqueue(21)
    await fleet.look_again()
    fleet.play_kubernetes(*map(make_pod, "ab"))
    fleet.worker("a", 20)
    second, _ = fleet.worker("b", 1)
    await fleet.look_again()
    fleet.enqueue(30)
    assert fleet.claim(second).answer is Answer.DRAINING
    await fleet.look_again()
    assert fleet.size == 2
    assert len(fleet.claim(second).items) == 1


async def test_who_sets_the_size_by_hand_gets_it_at_once_from_idle_pods(fleet):
    await fleet.begin(replicas=2)
    assert [c["type"] for c in fleet.cluster.status(fleet.pool_key)["conditions"]] == [
        "Ready",
        "Available",
        "Progressing",
        "TemplateValid",
    ]
    fleet.play_kubernetes(*map(make_pod, "ab"))
    fleet.enqueue(1)
    fleet.worker("b", 1)
    fleet.cluster.objects[fleet.pool_key]["spec"]["replicas"] = 1
    plan = await fleet.look_again()
    assert (fleet.size, fleet.cluster.costs, plan.vigil) == (1, {"a": -100}, None)
    assert fleet.cluster.events[-1] == "Scaled"


@pytest.mark.parametrize(("busy", "idle"), ["ab", "ba"])
async def test_a_pod_that_took_work_a_moment_ago_does_not_go_in_place_of_an_idle_one(fleet, busy, idle):
    await fleet.begin(replicas=2)
    fleet.play_kubernetes(*map(make_pod, "ab"))
    workers = {pod: fleet.worker(pod)[0] for pod in "ab"}
    await fleet.look_again()
    fleet.enqueue(1)
    assert fleet.claim(workers[busy]).items
    fleet.cluster.objects[fleet.pool_key]["spec"]["replicas"] = 1
    await fleet.look(fleet.pool_key)  # the numbers of the store that are at hand are older than the claim
    assert (fleet.size, fleet.cluster.costs) == (1, {idle: -100})


async def test_an_autoscaler_is_followed_and_told_what_it_asks_for(fleet):
    await fleet.begin(scaling={"mode": "External", "maxReplicas": 4}, replicas=1)
    fleet.play_kubernetes(make_pod("a"))
    fleet.enqueue(9)
    plan = await fleet.look_again()
    figures = fleet.context.memory.figures[fleet.pool_key]
    assert (fleet.size, figures.backlog, figures.asked, figures.current) == (1, 9, 4, 1)
    assert plan.requeue_after == 5.0


async def test_a_pool_whose_store_does_not_answer_keeps_its_size(fleet):
    await fleet.begin(scaling=QUICK)
    fleet.enqueue(2)
    await fleet.look_again()
    fleet.play_kubernetes(*map(make_pod, "ab"))
    store = fleet.stores.get(ObjectKey("App", NAMESPACE, fleet.name))
    store.problem = Problem("RedisUnreachable", "down")
    plan = await fleet.look_again()
    assert (fleet.size, plan.vigil) == (2, None)
    assert fleet.condition(fleet.pool_key, "ScalingActive") == ("False", "DemandUnknown")
    store.problem = None
    await fleet.look_again()
    assert fleet.condition(fleet.pool_key, "ScalingActive") == ("True", "DemandRead")


async def test_a_paused_pool_is_left_as_it_is(fleet):
    await fleet.begin(scaling={})
    fleet.play_kubernetes()
    fleet.enqueue(2)
    fleet.cluster.objects[fleet.pool_key]["spec"] |= {"paused": True, "image": "shop:2"}
    await fleet.look_again()
    assert fleet.size == 0
    assert fleet.condition(fleet.pool_key, "ScalingActive") == ("False", "Paused")


async def test_a_template_that_is_refused_is_told(fleet):
    await fleet.begin(scaling={})
    fleet.cluster.objects[fleet.pool_key]["spec"]["podTemplate"] = {"spec": {"hostname": "_"}}
    fleet.cluster.refuse = ClusterError("422: hostname is invalid", 422)
    await fleet.look_again()
    assert fleet.condition(fleet.pool_key, "TemplateValid") == ("False", "TemplateRefused")
    assert fleet.condition(fleet.pool_key, "Ready") == ("False", "TemplateRefused")
    fleet.cluster.refuse = ClusterError("503: later", 503)
    with pytest.raises(ClusterError):
        await fleet.look_again()


async def test_what_a_pod_that_is_gone_held_runs_elsewhere_at_once(fleet):
    await fleet.begin(replicas=2)
    fleet.play_kubernetes(*map(make_pod, "ab"))
    (lost,) = fleet.enqueue(1)
    fleet.worker("a", 1)
    fleet.worker("b")
    fleet.context.memory.seen(make_pod("a", deletionTimestamp="2026-11-25T12:00:00Z"))
    fleet.play_kubernetes(make_pod("b"))
    plan = await fleet.look_again()
    (record,) = fleet.store().state_backend.records([lost])
    assert (record.status, record.losses) == (Status.REROUTED, 0)
    assert [news.note for news in plan.news] == ["pod a was deleted; what it ran: 1 REROUTED"]
    assert "WorkerPodLost" in fleet.cluster.events
    assert [worker.host for worker in fleet.store().orchestrator.workers()] == ["b"]


async def test_an_object_tells_why_the_pod_went_that_had_its_invocation(fleet):
    await fleet.begin(replicas=1)
    once = fleet.invocation(taskRef={"name": "send"})
    await fleet.look(fleet.task(), once)
    fleet.worker("a", 1)
    fleet.play_kubernetes(make_pod("a", state={"terminated": {"reason": "OOMKilled", "exitCode": 137}}, restarts=1))
    await fleet.look_again()
    told = [notice.note for notice in fleet.cluster.notices if notice.regarding["metadata"]["name"] == once.name]
    assert told[-1] == "pod a was OOMKilled while it had this; it runs again"


async def test_a_pod_that_runs_out_of_memory_again_and_again_ends_what_it_ran(fleet):
    await fleet.begin(replicas=1, env=[{"name": "PYNENC__RUNNER__MAX_LOSSES", "value": "1"}])
    (lost,) = fleet.enqueue(1)
    fleet.worker("a", 1)
    killed = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    fleet.play_kubernetes(make_pod("a", state=killed, restarts=1))
    await fleet.look_again()
    (record,) = fleet.store().state_backend.records([lost])
    assert record.status is Status.FAILED
    error = json.loads(record.payload)
    assert error["message"] == "its workers were lost 1 times, the last one as pod a was OOMKilled"


async def test_a_pod_that_only_lost_its_labels_is_not_gone(fleet):
    await fleet.begin(replicas=1)
    fleet.play_kubernetes()
    fleet.enqueue(1)
    fleet.worker("a", 1)
    running = {"running": {}}
    fleet.cluster.objects[ObjectKey("Pod", NAMESPACE, "a")] = make_pod("a", state=running)
    assert (await fleet.look_again()).news == ()
    fleet.cluster.objects[ObjectKey("Pod", NAMESPACE, "a")]["metadata"]["uid"] = "another"
    assert len((await fleet.look_again()).news) == 1


async def test_a_pool_that_is_gone_is_forgotten(fleet):
    await fleet.begin(scaling={})
    assert fleet.context.memory.figures
    del fleet.cluster.objects[fleet.pool_key]
    await fleet.look_again()
    assert not fleet.context.memory.figures


async def test_guards_of_somebody_else_are_left_alone(fleet):
    await fleet.begin(replicas=1)
    key = ObjectKey("PodDisruptionBudget", NAMESPACE, "main-worker")
    fleet.cluster.objects[key] = {"kind": key.kind, "metadata": {"name": key.name, "namespace": NAMESPACE}}
    await fleet.look_again()
    assert "spec" not in fleet.cluster.objects[key]
