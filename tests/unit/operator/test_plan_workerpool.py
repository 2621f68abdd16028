"""A WorkerPool has one Deployment as long as nobody else has its name, and its conditions tell how that is doing."""

from __future__ import annotations

import copy

import pytest

from pynenc.core.records import WorkerInfo
from pynenc_operator.plan.drift import stamped
from pynenc_operator.plan.sizing import Sizing
from pynenc_operator.plan.workerpool import PENDING_SECONDS, ObservedPool, plan_workerpool
from pynenc_operator.resources.deployment import Grace, deployment_of
from pynenc_operator.resources.guards import guards_of
from unit.operator.builders import EARLIER, NOW, make_app, make_pool, message, verdicts

APP = make_app()
GRACE = Grace(30)
PROGRESS = {"type": "Progressing", "status": "True"}


def live(pool=None, ready=1, wanted=1, observed=1, conditions=(), **status):
    """The Deployment as the server has it: with defaults, and a status."""
    pool = pool or make_pool()
    manifest = copy.deepcopy(stamped(deployment_of(pool, APP, pool.spec.replicas, GRACE)))
    manifest["metadata"] |= {"generation": 1, "uid": "uid-of-deployment"}
    manifest["spec"]["progressDeadlineSeconds"] = 600
    manifest["spec"]["template"]["spec"]["containers"][0]["terminationMessagePath"] = "/dev/termination-log"
    numbers = {"replicas": wanted, "readyReplicas": ready, "updatedReplicas": wanted, "observedGeneration": observed}
    manifest["status"] = {**numbers, "conditions": [*conditions], **status}
    return manifest


def pod(reason, told="", image="shop:1"):
    waiting = {"reason": reason, "message": told}
    return {"status": {"containerStatuses": [{"image": image, "state": {"waiting": waiting}}]}}


def guards(pool):
    return {guard["kind"]: stamped(guard) for guard in guards_of(pool)}


def plan(pool=None, *, now=NOW, sizing=None, **observed):
    pool = pool or make_pool()
    sizing = sizing or Sizing("Manual", pool.spec.replicas, pool.spec.replicas)
    return plan_workerpool(pool, ObservedPool(**{"app": APP, "guards": guards(pool), **observed}), sizing, now)


def test_a_new_pool_gets_a_deployment():
    done = plan()
    (manifest,) = done.apply
    assert (manifest["kind"], manifest["metadata"]["name"]) == ("Deployment", "main")
    assert verdicts(done.status) == {
        "Ready": ("False", "PodsNotReady"),
        "Available": ("False", "PodsNotReady"),
        "Progressing": ("True", "DeploymentPending"),
        "TemplateValid": ("True", "TemplateAccepted"),
    }
    assert done.requeue_after == PENDING_SECONDS


def test_a_deployment_as_it_should_be_is_not_applied_again():
    done = plan(deployment=live())
    assert done.apply == ()
    assert verdicts(done.status) == {
        "Ready": ("True", "RolledOut"),
        "Available": ("True", "Available"),
        "Progressing": ("True", "RolledOut"),
        "TemplateValid": ("True", "TemplateAccepted"),
    }
    assert done.requeue_after is None


@pytest.mark.parametrize(
    ("pool", "damage"),
    [
        pytest.param(make_pool(image="shop:2"), lambda manifest: None, id="another image"),
        pytest.param(make_pool(replicas=2), lambda manifest: None, id="another size"),
        pytest.param(make_pool(resources={"limits": {"cpu": 2}}), lambda manifest: None, id="other resources"),
        pytest.param(make_pool(), lambda manifest: manifest["spec"].update(replicas=9), id="scaled by hand"),
        pytest.param(
            make_pool(),
            lambda manifest: manifest["spec"]["template"]["spec"]["containers"][0]["env"].pop(),
            id="a variable taken away",
        ),
    ],
)
def test_what_differs_is_applied(pool, damage):
    manifest = live()
    damage(manifest)
    done = plan(pool, deployment=manifest)
    assert len(done.apply) == 1
    assert verdicts(done.status)["Progressing"] == ("True", "DeploymentPending")


def test_quantities_in_another_form_are_no_difference():
    pool = make_pool(resources={"requests": {"cpu": "1000m"}})
    manifest = live(pool)
    manifest["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1"}}
    assert plan(pool, deployment=manifest).apply == ()


def test_without_its_app_nothing_is_applied():
    done = plan(app=None)
    assert done.apply == ()
    assert verdicts(done.status)["Ready"] == ("False", "AppNotFound")
    assert message(done.status, "Ready") == 'App "shop" not found in namespace team-a'


def test_a_running_pool_goes_on_without_its_app():
    done = plan(app=None, deployment=live())
    assert (done.apply, done.delete) == ((), False)
    assert verdicts(done.status)["Available"] == ("True", "Available")


def test_a_pool_of_a_queue_that_its_app_does_not_declare_goes_on_and_is_not_ready():
    app, pool = make_app(spec={"queues": ["bulk"]}), make_pool(queues=["default", "bulk", "bluk"])
    done = plan(pool, app=app, deployment=live())
    told = 'queue "bluk" is not in spec.queues of App team-a/shop; did you mean "bulk"?'
    assert (verdicts(done.status)["Ready"], message(done.status, "Ready")) == (("False", "UnknownQueue"), told)
    assert verdicts(done.status)["Progressing"][0] == "True"
    assert [manifest["kind"] for manifest in done.apply] == ["Deployment"]


def test_the_deployment_of_somebody_else_is_left_alone():
    foreign = live()
    foreign["metadata"]["ownerReferences"] = []
    done = plan(deployment=foreign)
    assert done.apply == ()
    assert verdicts(done.status)["Ready"] == ("False", "NameTaken")


@pytest.mark.parametrize(
    ("deployment", "pods", "ready", "progressing", "told"),
    [
        pytest.param(
            live(ready=0),
            [],
            ("False", "PodsNotReady"),
            ("True", "Progressing"),
            "0 of 1 pods are ready",
            id="starting",
        ),
        pytest.param(
            live(ready=0),
            [{"status": {}}, pod("ContainerCreating")],
            ("False", "PodsNotReady"),
            ("True", "Progressing"),
            "0 of 1 pods are ready",
            id="starting a container",
        ),
        pytest.param(
            live(ready=0),
            [pod("ImagePullBackOff", "not found")],
            ("False", "InvalidImage"),
            ("False", "InvalidImage"),
            "image shop:1: ImagePullBackOff: not found",
            id="an image that does not exist",
        ),
        pytest.param(
            live(ready=0, conditions=[PROGRESS, {"type": "ReplicaFailure", "status": "True", "message": "violates"}]),
            [],
            ("False", "PodForbidden"),
            ("False", "PodForbidden"),
            "violates",
            id="pods that are refused",
        ),
        pytest.param(
            live(ready=0, conditions=[{"type": "Progressing", "status": "False", "message": "timed out"}]),
            [],
            ("False", "ProgressDeadlineExceeded"),
            ("False", "ProgressDeadlineExceeded"),
            "timed out",
            id="given up",
        ),
        pytest.param(
            live(observed=0),
            [],
            ("False", "PodsNotReady"),
            ("True", "DeploymentPending"),
            "1 of 1 pods are ready",
            id="a report about an older spec",
        ),
    ],
)
def test_conditions_tell_how_the_pods_are(deployment, pods, ready, progressing, told):
    status = plan(deployment=deployment, pods=pods).status
    assert verdicts(status)["Ready"] == ready
    assert verdicts(status)["Progressing"] == progressing
    assert message(status, "Ready") == told


def test_a_pool_of_no_pods_is_ready():
    pool = make_pool(replicas=0)
    status = plan(pool, deployment=live(pool, ready=0, wanted=0)).status
    assert verdicts(status)["Ready"] == ("True", "ScaledToZero")
    assert verdicts(status)["Available"] == ("False", "ScaledToZero")


def test_the_status_says_how_many_and_which():
    workers = [WorkerInfo("a", pool="main", held=1), WorkerInfo("b", pool="main"), WorkerInfo("c", pool="x", held=1)]
    status = plan(deployment=live(), workers=workers).status
    assert (status.desired, status.replicas, status.ready, status.busy) == (1, 1, 1, 1)
    assert status.selector == "pynenc.io/component=worker,pynenc.io/pool=main"
    assert status.observed_generation == 3


def test_busy_workers_alone_are_written_seldom():
    pool = make_pool()
    pool = pool.model_copy(update={"status": plan(pool, deployment=live(), workers=[], now=EARLIER).status})
    busy = [WorkerInfo("a", pool="main", held=1)]
    done = plan(pool, deployment=live(), workers=busy, written_seconds_ago=5.0)
    assert (done.status, done.requeue_after) == (pool.status, 10.0)


def test_an_unchanged_world_gives_an_equal_status():
    pool = make_pool()
    pool = pool.model_copy(update={"status": plan(pool, deployment=live(), now=EARLIER).status})
    assert plan(pool, deployment=live()).status == pool.status
