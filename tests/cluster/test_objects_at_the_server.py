"""A real API server refuses bad objects with a text that says what to do, and prints good ones in columns.

No operator takes part: whatever is checked here works while it is away.
"""

from __future__ import annotations

import json
import uuid

import pytest

from pynenc.api.names import API_VERSION, RESOURCES
from support.kubectl import checked, kubectl
from support.repository import ROOT

APP = {"redis": {"url": "redis://r"}}
POOL = {"appRef": {"name": "hello"}, "image": "hello:1", "entrypoint": "tasks:app"}
TASK = {"appRef": {"name": "hello"}, "function": "tasks.add"}
INVOCATION = {"taskRef": {"name": "add"}, "arguments": {"x": 1, "y": None}}
WITHOUT = object()


@pytest.fixture(scope="module")
def definitions():
    """The kinds are known to the server; those that nobody had installed are removed afterwards."""
    crds = [f"crd/{resource.crd_name}" for resource in RESOURCES]
    missing = kubectl("get", *crds).returncode != 0
    if missing:
        checked("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
    checked("wait", "--for=condition=Established", "--timeout=30s", *crds)
    yield
    if missing:
        checked("delete", "--wait", *crds)


@pytest.fixture(scope="module")
def namespace(definitions):
    name = f"objects-{uuid.uuid4().hex[:8]}"
    checked("create", "namespace", name)
    yield name
    checked("delete", "namespace", name, "--wait=false")


def make(kind, spec, name="probe", **changes):
    merged = {key: value for key, value in {**spec, **changes}.items() if value is not WITHOUT}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": merged}


def app(**redis):
    return make("App", {"redis": redis})


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        pytest.param(app(), "exactly one of url and urlSecretRef must be set", id="an App without a store"),
        pytest.param(
            app(url="redis://r", urlSecretRef={"name": "s"}), "exactly one of url and", id="an App with two stores"
        ),
        pytest.param(app(url="redis://:pw@r:6379"), "url must not contain a password", id="a password in the open"),
        pytest.param(app(url="http://r"), "should match '^rediss?://.+$'", id="a URL of something else"),
        pytest.param(
            make("App", APP, defaults={"maxRetries": 1001}), "less than or equal to 1000", id="a large default"
        ),
        pytest.param(
            make("App", APP, defaults={"queue": "x"}), 'unknown field "spec.defaults.queue"', id="no default for that"
        ),
        pytest.param(
            make("App", APP, defaults={"timeoutSeconds": 0}), "timeouts must be greater than 0", id="no default time"
        ),
        pytest.param(
            make("App", APP, retention={"failedSeconds": 0}), "greater than or equal to 1", id="errors for no time"
        ),
        pytest.param(
            make("App", APP, queues=["High Prio!"]), "spec.queues[0] in body should match", id="a bad name of a queue"
        ),
        pytest.param(make("App", APP, queues=["a", "a"]), 'Duplicate value: "a"', id="a queue twice"),
        pytest.param(
            make("WorkerPool", POOL, entrypoint=WITHOUT), "spec.entrypoint: Required value", id="no entry point"
        ),
        pytest.param(
            make("WorkerPool", POOL, entrypoint="os.system"),
            r"spec.entrypoint in body should match '^[A-Za-z_][\w.]*:[A-Za-z_]\w*$'",
            id="an entry point without a colon",
        ),
        pytest.param(
            make("WorkerPool", POOL, entrypoint="a:" + "b" * 300), "spec.entrypoint: Too long", id="a long entry point"
        ),
        pytest.param(make("WorkerPool", POOL, slots=0), "greater than or equal to 1", id="a pool without slots"),
        pytest.param(make("WorkerPool", POOL, replicas=100000), "less than or equal to 1000", id="too many pods"),
        pytest.param(make("WorkerPool", POOL, image=WITHOUT), "spec.image: Required value", id="no image"),
        pytest.param(make("WorkerPool", POOL, image=""), "should be at least 1 chars long", id="an empty image"),
        pytest.param(
            make("WorkerPool", POOL, env=[{"name": "PYNENC__REDIS_URL", "value": "x"}]),
            "env PYNENC__REDIS_URL is reserved",
            id="a reserved variable",
        ),
        pytest.param(make("Task", TASK, retires=3), 'unknown field "spec.retires"', id="an unknown field"),
        pytest.param(make("Task", TASK, maxRetries=-1), "greater than or equal to 0", id="a negative number"),
        pytest.param(make("Task", TASK, maxRetries=1001), "less than or equal to 1000", id="a large number"),
        pytest.param(make("Task", TASK, maxRetries="3"), 'must be of type integer: "string"', id="text for a number"),
        pytest.param(
            make("Task", TASK, queue="High Prio!"),
            "spec.queue in body should match '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'",
            id="a queue that cannot be",
        ),
        pytest.param(make("Task", TASK, failureTTLSeconds=0), "greater than or equal to 1", id="an error for no time"),
        pytest.param(make("Task", TASK, priority=99), "less than or equal to 9", id="a priority out of range"),
        pytest.param(make("Task", TASK, function="add"), "spec.function in body should match", id="no module"),
        pytest.param(
            make("Task", TASK, function=WITHOUT), "exactly one of function and source must be set", id="nothing to run"
        ),
        pytest.param(
            make("Task", TASK, source={"python": "pass"}),
            "exactly one of function and source must be set",
            id="a function and source",
        ),
        pytest.param(
            make("Task", {**TASK, "source": {"python": "x" * 65537}}, function=WITHOUT),
            "spec.source.python: Too long",
            id="long source",
        ),
        pytest.param(
            make("Task", {**TASK, "source": {"python": "pass", "bundle": "AmsxOg=="}}, function=WITHOUT),
            "exactly one of source.python and source.bundle must be set",
            id="two sources",
        ),
        pytest.param(
            make("Task", {**TASK, "source": {"bundle": "not base64"}}, function=WITHOUT),
            "spec.source.bundle",
            id="a bundle that is none",
        ),
        pytest.param(
            make("Task", TASK, suspend="yes"), 'spec.suspend: Invalid value: "string"', id="a word for yes or no"
        ),
        pytest.param(
            make("Task", TASK, "x" * 51), "metadata.name must be at most 50 characters so that", id="a long name"
        ),
        pytest.param(make("Task", TASK, "a.b"), "metadata.name must not contain dots", id="a name with dots"),
        pytest.param(make("Task", TASK, "Send_Mail"), "a lowercase RFC 1123 subdomain must", id="a name in capitals"),
        pytest.param(make("Task", TASK, timeoutSeconds=0), "timeouts must be greater than 0", id="no time at all"),
        pytest.param(
            make("Task", TASK, retryBackoffSeconds=60, retryBackoffMaxSeconds=1.5),
            "retryBackoffSeconds must not exceed retryBackoffMaxSeconds",
            id="a pause longer than the longest",
        ),
        pytest.param(
            make("Task", TASK, concurrency={"running": {"mode": "Keys"}}),
            "concurrency.keyArguments is required when a mode is Keys",
            id="keys that are not named",
        ),
        pytest.param(
            make("Task", TASK, concurrency={"running": {"mode": "Task"}, "keyArguments": ["x"]}),
            "concurrency.keyArguments is only allowed when a mode is Keys",
            id="keys that nothing compares",
        ),
        pytest.param(
            make("Task", TASK, concurrency={"running": {"limit": 0}}),
            "greater than or equal to 1",
            id="a limit of none",
        ),
        pytest.param(
            make("Task", TASK, concurrency={"runing": {}}),
            'unknown field "spec.concurrency.runing"',
            id="a misspelling",
        ),
        pytest.param(
            make("Task", TASK, concurrency={"limits": ["a.b"]}),
            "spec.concurrency.limits[0] in body should match",
            id="a shared limit that cannot be",
        ),
        pytest.param(
            make("App", {"redis": {"url": "redis://r"}}, limits={"a.b": 1}),
            "the name of a limit is at most 63 letters, digits, - and _",
            id="a limit with the name of a task",
        ),
        pytest.param(
            make("App", {"redis": {"url": "redis://r"}}, limits={"gpu": 0}),
            "greater than or equal to 1",
            id="a shared limit of none",
        ),
        pytest.param(
            make("Invocation", INVOCATION, taskRef=WITHOUT),
            "exactly one of taskRef and workflowRef must be set",
            id="nothing to run",
        ),
        pytest.param(
            make("Invocation", INVOCATION, workflowRef={"name": "w"}),
            "exactly one of taskRef and workflowRef must be set",
            id="two to run",
        ),
        pytest.param(make("Invocation", INVOCATION, arguments=[1]), "must be of type object", id="a list of arguments"),
        pytest.param(make("Invocation", INVOCATION, taskRef={}), "spec.taskRef.name: Required value", id="no task"),
    ],
)
def test_a_bad_object_is_refused(namespace, manifest, message):
    answer = kubectl("apply", "--dry-run=server", "-n", namespace, "-f", "-", given=manifest)
    assert answer.returncode != 0
    assert message in answer.stderr


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        pytest.param(
            make("Task", TASK, "moved"),
            {"appRef": {"name": "other"}},
            "appRef is immutable; create a new Task",
            id="Task",
        ),
        pytest.param(
            make("WorkerPool", POOL, "moved", replicas=0),
            {"appRef": {"name": "other"}},
            "appRef is immutable; create a new WorkerPool",
            id="WorkerPool",
        ),
        pytest.param(
            make("Invocation", INVOCATION, "moved"),
            {"arguments": {"x": 2}},
            "spec is immutable; create a new Invocation",
            id="arguments of an Invocation",
        ),
        pytest.param(
            make("Invocation", INVOCATION, "moved-too"),
            {"taskRef": {"name": "other"}},
            "spec is immutable; create a new Invocation",
            id="task of an Invocation",
        ),
        pytest.param(
            make("Invocation", INVOCATION, "moved-over"),
            {"taskRef": None, "workflowRef": {"name": "w"}},
            "spec is immutable; create a new Invocation",
            id="kind of what an Invocation runs",
        ),
        pytest.param(
            make("Invocation", INVOCATION, "moved-up", priority=1),
            {"priority": 2},
            "spec is immutable; create a new Invocation",
            id="priority of an Invocation",
        ),
        pytest.param(
            make("Invocation", INVOCATION, "moved-later"),
            {"runAt": "2026-01-02T03:04:05Z"},
            "spec is immutable; create a new Invocation",
            id="a time that was not there",
        ),
    ],
)
def test_what_is_immutable_stays(namespace, before, after, message):
    checked("apply", "-n", namespace, "-f", "-", given=before)
    answer = kubectl("apply", "-n", namespace, "-f", "-", given={**before, "spec": {**before["spec"], **after}})
    assert answer.returncode != 0
    assert message in answer.stderr


def test_the_time_to_live_of_an_invocation_may_change(namespace):
    for seconds in (None, 60):
        manifest = make("Invocation", INVOCATION, "kept", ttlSecondsAfterFinished=seconds or WITHOUT)
        checked("apply", "-n", namespace, "-f", "-", given=manifest)


def test_an_invocation_may_be_cancelled_later(namespace):
    for cancel in (WITHOUT, True):
        manifest = make("Invocation", INVOCATION, "cancelled", cancel=cancel, idempotencyKey="order-7")
        checked("apply", "-n", namespace, "-f", "-", given=manifest)


def test_defaults_are_written_by_the_server(namespace):
    checked("apply", "-n", namespace, "-f", "-", given=make("WorkerPool", POOL, "defaults", replicas=WITHOUT))
    spec = json.loads(checked("get", "ppool", "defaults", "-n", namespace, "-o", "json"))["spec"]
    assert spec == {**POOL, "queues": ["default"], "slots": 2, "paused": False, "allowInlineSource": False}


def test_a_pool_is_scaled_by_its_subresource(namespace):
    checked("apply", "-n", namespace, "-f", "-", given=make("WorkerPool", POOL, "scaled", replicas=0))
    checked("scale", "ppool/scaled", "--replicas=3", "-n", namespace)
    assert checked("get", "ppool", "scaled", "-n", namespace, "-o", "jsonpath={.spec.replicas}") == "3"


@pytest.mark.parametrize("value", [3, 1.5, "text", True, [1, {"a": None}], {"a": [None]}], ids=json.dumps)
def test_a_result_of_any_shape_is_kept(namespace, value):
    checked("apply", "-n", namespace, "-f", "-", given=make("Invocation", INVOCATION, "result"))
    status = json.dumps({"status": {"result": value}})
    patch = [{"op": "add", "path": "/status", "value": json.loads(status)["status"]}]
    checked("patch", "pinv", "result", "-n", namespace, "--subresource=status", "--type=json", "-p", json.dumps(patch))
    stored = json.loads(checked("get", "pinv", "result", "-n", namespace, "-o", "json"))
    assert stored["status"]["result"] == value


def condition(generation):
    return {
        "type": "Succeeded",
        "status": "True",
        "reason": "Success",
        "message": "done",
        "lastTransitionTime": "2026-01-02T03:04:05Z",
        "observedGeneration": generation,
    }


def test_a_finished_invocation_is_waited_for_found_and_printed(namespace):
    manifest = make("Invocation", {**INVOCATION, "taskRef": {"name": "printed"}}, "printed")
    checked("apply", "-n", namespace, "-f", "-", given=manifest)
    status = {"phase": "SUCCESS", "attempt": 1, "conditions": [condition(1)]}
    patch = json.dumps([{"op": "add", "path": "/status", "value": status}])
    checked("patch", "pinv", "printed", "-n", namespace, "--subresource=status", "--type=json", "-p", patch)
    checked("wait", "--for=condition=Succeeded", "pinv/printed", "-n", namespace, "--timeout=10s")
    found = checked("get", "pinv", "-n", namespace, "--field-selector", "spec.taskRef.name=printed").splitlines()
    assert found[0].split() == ["NAME", "SUCCEEDED", "REASON", "TASK", "PHASE", "ATTEMPT", "AGE"]
    assert [line.split()[:-1] for line in found[1:]] == [["printed", "True", "Success", "printed", "SUCCESS", "1"]]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("workerpool.spec.slots", "at the same time", id="slots"),
        pytest.param("invocation.spec.arguments", "by parameter name", id="arguments"),
        pytest.param("task.spec.concurrency", "may wait and run at once", id="concurrency"),
        pytest.param("app.spec.redis.urlSecretRef.key", "Key within the Secret", id="key"),
    ],
)
def test_fields_are_explained(definitions, field, text):
    assert text in checked("explain", field, f"--api-version={API_VERSION}")
