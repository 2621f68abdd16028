"""What is applied becomes what the store and the workers know, and nothing is written twice."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from cluster.operator_process import eventually, free_port
from cluster.played_worker import PlayedWorker
from cluster.team import app, invocation, make, pool, task, trigger, workflow
from pynenc.api.names import DATA_LOSS_SEEN
from pynenc.core.records import EVERY_TASK, Declaration, DeclaredKind, TaskDefinition
from pynenc.core.status import Status
from support.kubectl import checked
from support.servers import raw_client


@pytest.fixture
def operator(start):
    return start().wait_for("leading")


def answer(team, name, type_):
    """Status and reason of a condition, or None."""
    found = team.condition(name, type_)
    return found and found[:2]


def test_a_task_is_published_changed_and_withdrawn(team, server, store, operator):
    team.apply(app(server.url), pool(), task())
    team.wait("ptask/add", "Ready")
    assert store.orchestrator.definitions() == {"tasks.add": TaskDefinition("tasks.add")}
    team.apply(task(maxRetries=3))
    eventually(lambda: store.orchestrator.definitions()["tasks.add"].max_retries == 3)
    team.delete("ptask/add")
    eventually(lambda: store.orchestrator.definitions() == {})


def test_triggers_and_workflows_are_declared_changed_and_taken_out(team, server, store, operator):
    team.apply(app(server.url), pool(), task(), workflow(), trigger())
    for name in ("ptrig/nightly", "pwf/sums"):
        team.wait(name, "Accepted")
        eventually(lambda name=name: team.condition(name, "Ready")[:2] == ("False", "NotEvaluated"))
    declared = store.orchestrator.declared
    assert list(declared(DeclaredKind.WORKFLOW)) == ["sums"]
    assert '"schedule":"0 2 * * *"' in declared(DeclaredKind.TRIGGER)["nightly"]
    team.patch("ptrig/nightly", when=[{"cron": {"schedule": "0 3 * * *"}}])
    eventually(lambda: '"schedule":"0 3 * * *"' in declared(DeclaredKind.TRIGGER)["nightly"], 5)
    team.delete("ptrig/nightly", "pwf/sums")
    eventually(lambda: declared(DeclaredKind.TRIGGER) == declared(DeclaredKind.WORKFLOW) == {})


def test_a_store_that_has_come_back_empty_is_filled_again(team, server, store, operator):
    team.apply(app(server.url), pool(), task(), workflow(), trigger())
    team.wait("ptrig/nightly", "Accepted")
    eventually(lambda: store.orchestrator.declared(DeclaredKind.TRIGGER))
    store.orchestrator.declare(Declaration(DeclaredKind.TRIGGER, "nightly"))
    store.orchestrator.declare(Declaration(DeclaredKind.WORKFLOW, "sums"))
    eventually(lambda: store.orchestrator.declared(DeclaredKind.TRIGGER), 25)
    assert store.orchestrator.declared(DeclaredKind.WORKFLOW)


def test_limits_change_live_within_five_seconds(team, server, store, operator):
    running = {"running": {"mode": "Task", "limit": 1}}
    team.apply(app(server.url, limits={"gpu": 2}), pool(), task(concurrency={**running, "limits": ["gpu"]}))
    team.wait("ptask/add", "Ready")
    # The App's limits are set by its own look, which may come after that of the Task.
    eventually(lambda: store.orchestrator.limits() == {"gpu": 2, "tasks.add": 1}, 5)
    team.patch("ptask/add", concurrency={"running": {"limit": 3}})
    eventually(lambda: store.orchestrator.limits()["tasks.add"] == 3, 5)
    team.patch("papp/shop", limits={"gpu": 4})
    eventually(lambda: store.orchestrator.limits()["gpu"] == 4, 5)
    team.patch("ptask/add", concurrency=None)
    team.patch("papp/shop", limits=None)
    eventually(lambda: store.orchestrator.limits() == {}, 5)


def test_a_suspended_task_keeps_its_work_and_goes_on_at_once(team, server, store, operator):
    team.apply(app(server.url), pool(), task(suspend=True))
    eventually(lambda: answer(team, "ptask/add", "Ready") == ("True", "Suspended"))
    team.apply(invocation())
    team.wait("pinv/once", "Accepted")
    worker = PlayedWorker(store)
    assert worker.offered() == ()
    eventually(lambda: team.get("ptask/add")["status"]["parked"] == 1, 25)
    team.patch("ptask/add", suspend=False)
    claimed = eventually(worker.offered, 5)[0]
    worker.finish(claimed, 3)
    team.wait("pinv/once", "Succeeded")


def test_defaults_and_retention_of_an_app_are_published_and_taken_back(team, server, store, operator):
    defaults, retention = {"maxRetries": 2}, {"succeededSeconds": 60, "failedSeconds": 90}
    team.apply(app(server.url, defaults=defaults, retention=retention), pool(), task())
    wanted = TaskDefinition(EVERY_TASK, max_retries=2, result_ttl_seconds=60, failure_ttl_seconds=90)
    eventually(lambda: store.orchestrator.definitions().get(EVERY_TASK) == wanted)
    team.patch("papp/shop", defaults=None, retention={"succeededSeconds": None})
    wanted = TaskDefinition(EVERY_TASK, failure_ttl_seconds=90)
    eventually(lambda: store.orchestrator.definitions().get(EVERY_TASK) == wanted, 5)
    team.patch("papp/shop", retention=None)
    eventually(lambda: store.orchestrator.definitions() == {"tasks.add": TaskDefinition("tasks.add")}, 5)


def test_code_that_workers_do_not_have_is_told_until_they_do(team, server, store, operator):
    team.apply(app(server.url), pool(), task())
    eventually(lambda: answer(team, "ptask/add", "CodeAvailable") == ("Unknown", "NotStarted"))
    PlayedWorker(store, tasks={"tasks.ad"})
    told = 'the image of WorkerPool main has no task tasks.add; did you mean "tasks.ad"?'
    eventually(lambda: team.condition("ptask/add", "CodeAvailable") == ("False", "CodeMissing", told), 25)
    assert answer(team, "ptask/add", "Ready") == ("False", "CodeMissing")
    PlayedWorker(store, tasks={"tasks.add"})
    eventually(lambda: answer(team, "ptask/add", "CodeAvailable") == ("True", "CodeFound"), 25)
    team.wait("ptask/add", "Ready")


def test_failures_of_the_last_hour_and_the_oldest_are_shown(team, server, store, operator):
    team.apply(app(server.url), pool(), task(), invocation())
    team.wait("pinv/once", "Accepted")
    worker = PlayedWorker(store)
    worker.finish(worker.claim(), "no", Status.FAILED)
    team.apply(invocation("waits"))
    queued_at = eventually(lambda: team.get("pinv/waits").get("status", {}).get("queuedAt"))
    shown = eventually(lambda: team.get("ptask/add")["status"].get("oldestQueuedAt"), 25)
    assert abs((datetime.fromisoformat(shown) - datetime.fromisoformat(queued_at)).total_seconds()) <= 2
    assert team.get("ptask/add")["status"]["failedLastHour"] == 1


def test_a_store_that_came_back_empty_is_told_until_somebody_has_seen_it(team, server, store, operator):
    team.apply(app(server.url), pool(), task(), invocation())
    team.wait("pinv/once", "Accepted")
    eventually(lambda: team.get("papp/shop")["status"].get("storeID"))
    assert answer(team, "papp/shop", "DataLoss") == ("False", "NothingLost")
    with raw_client(server) as client:
        client.flushall()
    team.wait("papp/shop", "DataLoss")
    assert "kubectl -n" in team.condition("papp/shop", "DataLoss")[2]
    assert PlayedWorker(store).claim().task_id == "tasks.add"  # what the object stands for is there again
    assert store.orchestrator.definitions() == {"tasks.add": TaskDefinition("tasks.add")}
    at = team.get("papp/shop")["status"]["dataLossAt"]
    checked("-n", team.namespace, "annotate", "papp/shop", f"{DATA_LOSS_SEEN}={at}")
    team.wait("papp/shop", "DataLoss=false")


def test_applying_the_same_again_writes_nothing(team, server, store, operator):
    requests = {"requests": {"cpu": "1000m"}}
    manifests = [app(server.url), pool(resources=requests), task(), trigger(), workflow(), invocation()]
    team.apply(*manifests)
    team.wait("pinv/once", "Accepted")
    team.wait("ptask/add", "Ready")
    eventually(lambda: team.get("ptask/add")["status"].get("queued") == 1 and team.get("papp/shop")["status"]["queued"])
    before = quiet(operator)
    counted = store.orchestrator.counts()
    team.apply(*manifests)
    assert quiet(operator) == before
    assert store.orchestrator.counts() == counted


def quiet(operator):
    """The number of writes once a whole resync has gone by without one."""
    seen, since = operator.writes(), time.monotonic()
    while time.monotonic() - since < 7:
        time.sleep(0.2)
        if operator.writes() != seen:
            seen, since = operator.writes(), time.monotonic()
    return seen


def app_of_queues(*queues):
    """An App that declares its queues; its store plays no part."""
    return app("redis://127.0.0.1:1/0", queues=list(queues))


@pytest.mark.parametrize(
    ("manifests", "name", "condition"),
    [
        pytest.param(
            [task(queue="gpu")],
            "ptask/add",
            ("Ready", "False", "NoWorkers", 'no WorkerPool serves queue "gpu"'),
            id="a queue that nobody serves",
        ),
        pytest.param(
            [app_of_queues("bulk"), task(queue="bluk")],
            "ptask/add",
            (
                "Accepted",
                "False",
                "UnknownQueue",
                'queue "bluk" is not in spec.queues of App {namespace}/shop; did you mean "bulk"?',
            ),
            id="a queue that the App does not declare",
        ),
        pytest.param(
            [app_of_queues("bulk"), pool(queues=["bluk"])],
            "ppool/main",
            (
                "Ready",
                "False",
                "UnknownQueue",
                'queue "bluk" is not in spec.queues of App {namespace}/shop; did you mean "bulk"?',
            ),
            id="a pool of a queue that the App does not declare",
        ),
        pytest.param(
            [task(appRef={"name": "nope"})],
            "ptask/add",
            ("Accepted", "False", "AppNotFound", 'App "nope" not found in namespace {namespace}'),
            id="a Task of no App",
        ),
        pytest.param(
            [task(concurrency={"limits": ["gpu"]})],
            "ptask/add",
            ("Accepted", "False", "UnknownLimit", 'limit "gpu" is not in spec.limits of App {namespace}/shop'),
            id="a limit that the App does not have",
        ),
        pytest.param(
            [task(concurrency={"running": {"mode": "Keys"}, "keyArguments": ["c"]})],
            "ptask/add",
            (
                "Accepted",
                "False",
                "UnknownKeyArgument",
                'concurrency key "c" is not a parameter of tasks.add (parameters: a, b)',
            ),
            id="a key that is no parameter",
        ),
        pytest.param(
            [trigger(taskRef={"name": "send"})],
            "ptrig/nightly",
            (
                "Accepted",
                "False",
                "TaskNotFound",
                'Task "send" not found in namespace {namespace}; Trigger objects cannot cross namespaces',
            ),
            id="a Trigger of no Task",
        ),
        pytest.param(
            [task(), trigger(when=[{"cron": {"schedule": "61 * * * *"}}])],
            "ptrig/nightly",
            ("Accepted", "False", "InvalidSchedule", "when[0].cron: minute 61 is out of range 0-59"),
            id="a minute that does not exist",
        ),
        pytest.param(
            [task(), trigger(when=[{"cron": {"schedule": "0 0 31 2 *"}}])],
            "ptrig/nightly",
            (
                "Accepted",
                "False",
                "NeverFires",
                "when[0].cron: schedule has no occurrence in the next 5 years, or ever",
            ),
            id="a date that does not exist",
        ),
        pytest.param(
            [task(), trigger(timeZone="Mars/Base")],
            "ptrig/nightly",
            (
                "Accepted",
                "False",
                "UnknownTimeZone",
                '"Mars/Base" is not an IANA time zone, such as Europe/Berlin',
            ),
            id="a time zone that does not exist",
        ),
        pytest.param(
            [task(), trigger(arguments={"a": "1"})],
            "ptrig/nightly",
            ("Accepted", "False", "InvalidArguments", "arguments.a: expected integer, got string"),
            id="an argument of a wrong type",
        ),
        pytest.param(
            [task(), trigger(when=[{"status": {"taskRef": {"name": "add"}}}])],
            "ptrig/nightly",
            (
                "Accepted",
                "False",
                "TriggerLoop",
                "add → add has no end, each starts the next; narrow a condition with where",
            ),
            id="a Trigger that starts itself",
        ),
        pytest.param(
            [task(), workflow(steps=[{"name": n, "taskRef": {"name": "add"}, "needs": [m]} for n, m in ("ab", "ba")])],
            "pwf/sums",
            ("Accepted", "False", "Cycle", "steps wait for each other: a → b → a"),
            id="steps that wait for each other",
        ),
        pytest.param(
            [task(), workflow(), invocation(workflowRef={"name": "sums"})],
            "pinv/once",
            (
                "Accepted",
                "False",
                "WorkflowsNotRun",
                'Workflow "sums" is not run: no worker of this version runs workflows yet; name a Task in taskRef',
            ),
            id="an Invocation of a Workflow",
        ),
        pytest.param(
            [pool(appRef={"name": "nope"})],
            "ppool/main",
            ("Ready", "False", "AppNotFound", 'App "nope" not found in namespace {namespace}'),
            id="a pool of no App",
        ),
        pytest.param(
            [make("App", "dark", redis={"urlSecretRef": {"name": "nope"}})],
            "papp/dark",
            ("Ready", "False", "SecretNotFound", 'Secret "nope" with key "url" not found in namespace {namespace}'),
            id="an App whose Secret is missing",
        ),
        pytest.param(
            [make("App", "dark", redis={"url": "redis://r"}, signingKeysSecretRef={"name": "nope"})],
            "papp/dark",
            ("Ready", "False", "SecretNotFound", 'Secret "nope" with key "keys" not found in namespace {namespace}'),
            id="an App whose signing keys are missing",
        ),
    ],
)
def test_a_reference_to_nothing_is_told(team, server, operator, manifests, name, condition):
    team.apply(app(server.url), *manifests)
    type_, status, reason, text = condition
    expected = (status, reason, text.format(namespace=team.namespace))
    eventually(lambda: team.condition(name, type_) == expected)


def test_the_younger_of_two_tasks_of_one_function_is_refused(team, server, operator):
    team.apply(app(server.url), pool(), task())
    time.sleep(1.1)  # creation times have whole seconds
    team.apply(task("twin", function="tasks.add"))
    expected = ("False", "DuplicateEntrypoint", f"tasks.add is already declared by Task {team.namespace}/add")
    eventually(lambda: team.condition("ptask/twin", "Accepted") == expected)
    team.delete("ptask/add")
    team.wait("ptask/twin", "Accepted")


def test_objects_may_come_in_any_order(team, server, operator):
    team.apply(invocation())
    team.wait("pinv/once", "Accepted=False")
    team.apply(task())
    team.wait("ptask/add", "Accepted=False")
    team.apply(pool())
    team.wait("ppool/main", "Ready=False")
    team.apply(app(server.url))
    for name, condition in (("papp/shop", "Ready"), ("ptask/add", "Ready"), ("pinv/once", "Accepted")):
        team.wait(name, condition)
    eventually(lambda: team.get("deploy/main"))


def test_a_store_that_cannot_be_reached_is_told_and_found_again(team, server, operator):
    dark = free_port()
    team.apply(app(f"redis://127.0.0.1:{dark}/0"), pool(), task(), invocation())
    condition = eventually(lambda: team.condition("papp/shop", "RedisReachable"))
    assert condition[:2] == ("False", "RedisUnreachable")
    assert f"cannot reach redis at 127.0.0.1:{dark} (timeout 2s)" in condition[2]
    eventually(lambda: team.condition("ptask/add", "Ready")[1] == "RedisUnreachable")
    assert team.condition("pinv/once", "Accepted") is None
    team.apply(app(server.url))
    team.wait("papp/shop", "Ready")
    team.wait("ptask/add", "Ready")
    team.wait("pinv/once", "Accepted")


def test_a_deployment_that_was_changed_by_hand_is_mended(team, server, operator):
    team.apply(app(server.url), pool())
    eventually(lambda: team.get("deploy/main"))
    patch = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "main"},
        "spec": {"replicas": 5},
    }
    checked_patch(team, patch)
    eventually(lambda: team.get("deploy/main")["spec"]["replicas"] == 0)


def checked_patch(team, patch):
    checked(
        "-n",
        team.namespace,
        "apply",
        "--server-side",
        "--force-conflicts",
        "--field-manager=hand",
        "-f",
        "-",
        given=patch,
    )
