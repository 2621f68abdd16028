"""An Invocation object is run once by a worker, and its outcome stands in its status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from cluster.operator_process import eventually
from cluster.played_worker import PlayedWorker
from cluster.team import app, invocation, pool, task
from pynenc.core.seal import Keyring
from pynenc.core.status import Status
from support.repository import ROOT

PROGRAM = """
from pynenc import Pynenc

app = Pynenc()


@app.task
def add(a: int, b: int) -> int:
    return a + b


@app.task
def fail(a: int, b: int) -> None:
    raise ValueError("bad address")
"""


@pytest.fixture
def shop(team, server, start):
    """A team whose App, pool and Task are served by an operator."""
    start().wait_for("leading")
    team.apply(app(server.url), pool(), task())
    team.wait("ptask/add", "Ready")
    return team


@pytest.fixture
def runner(shop, server, tmp_path):
    """A real runner beside the cluster, started as a pod would start it."""
    (tmp_path / "tasks.py").write_text(PROGRAM)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT / "sdk/src"), *sys.path]),
        "PYNENC__APP_ID": f"{shop.namespace}/shop",
        "PYNENC__REDIS_URL": server.url,
        "PYNENC__RUNNER__SLOTS": "1",
        "PYNENC__RUNNER__POOL": "main",
        "PYNENC__RUNNER__AWAIT_DEFINITIONS": "true",
    }
    program = "from pynenc.cli.main import main; main()"
    command = [sys.executable, "-c", program, "--app", "tasks:app", "runner", "start"]
    with (tmp_path / "runner.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=log, stderr=log)
    yield process
    process.terminate()
    process.wait(timeout=60)


def test_a_runner_runs_it_and_the_result_is_shown(shop, runner):
    shop.apply(invocation())
    shop.wait("pinv/once", "Succeeded", seconds=60)
    status = shop.get("pinv/once")["status"]
    assert (status["result"], status["phase"], status["attempt"]) == (3, "SUCCESS", 1)


def test_a_runner_fails_it_and_the_error_is_shown(shop, runner):
    shop.apply(task("fail"), invocation(task_name="fail"))
    shop.wait("pinv/once", "Succeeded=False", seconds=60)
    assert shop.get("pinv/once")["status"]["error"] == {"type": "ValueError", "message": "bad address"}
    assert shop.condition("pinv/once", "Succeeded") == ("False", "TaskFailed", "ValueError: bad address")


def test_a_life_is_mirrored_with_few_writes_and_without_delay(team, server, start, store):
    operator = start().wait_for("leading")
    team.apply(app(server.url), pool(), task())
    worker = PlayedWorker(store)
    team.apply(invocation())
    claimed = worker.claim()
    assert (claimed.task_id, json.loads(claimed.arguments)) == ("tasks.add", {"a": 1, "b": 2})
    eventually(lambda: (team.get("pinv/once")["status"]["phase"]) == "RUNNING")
    ended = time.monotonic()
    worker.finish(claimed, 3)
    team.wait("pinv/once", "Succeeded")
    assert time.monotonic() - ended < 2
    assert team.get("pinv/once")["status"]["worker"] == "pod-1"
    assert operator.writes(of="Invocation/status") == 3


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        pytest.param(
            {"arguments": {"a": "1"}},
            ("False", "InvalidArguments", "arguments.a: expected integer, got string"),
            id="an argument of the wrong type",
        ),
        pytest.param(
            {"task_name": "send"},
            ("False", "TaskNotFound", 'Task "send" not found in namespace {namespace}'),
            id="a Task that does not exist",
        ),
    ],
)
def test_a_bad_one_is_refused_and_never_queued(shop, store, changes, condition):
    shop.apply(invocation(**changes))
    status, reason, text = condition
    expected = (status, reason, text.format(namespace=shop.namespace))
    assert eventually(lambda: shop.condition("pinv/once", "Accepted")) == expected
    assert store.orchestrator.counts().by_task.get("tasks.add", {}) == {}


def test_one_that_waits_for_its_task_runs_when_the_task_comes(shop, store):
    shop.apply(invocation(task_name="late"))
    shop.wait("pinv/once", "Accepted=False")
    shop.apply(task("late"))
    shop.wait("pinv/once", "Accepted")
    assert store.orchestrator.counts().by_task["tasks.late"][Status.REGISTERED] == 1


def test_what_is_queued_is_signed_where_the_app_has_keys(shop, server, store):
    keys = "team:0123456789abcdef"
    shop.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "signing"}, "stringData": {"keys": keys}})
    shop.apply(app(server.url, signingKeysSecretRef={"name": "signing"}))
    eventually(lambda: shop.get("papp/shop")["status"]["observedGeneration"] == 2)
    shop.apply(invocation())
    claimed = PlayedWorker(store).claim()
    scope = (store.app_id, "tasks.add", "arguments")
    assert json.loads(Keyring.read(keys).open(scope, claimed.arguments)) == {"a": 1, "b": 2}


def test_one_that_is_over_a_limit_waits_until_it_is_raised(shop, store):
    shop.apply(task(concurrency={"running": {"mode": "Keys", "limit": 1}, "keyArguments": ["a"]}))
    eventually(lambda: store.orchestrator.definitions()["tasks.add"].key_arguments == ("a",))
    shop.apply(invocation("first"), invocation("equal", arguments={"a": 1, "b": 3}))
    for name in ("pinv/first", "pinv/equal"):
        shop.wait(name, "Accepted")
    worker = PlayedWorker(store)
    worker.claim()
    assert worker.offered() == ()
    assert store.orchestrator.counts().by_task["tasks.add"][Status.CONCURRENCY_CONTROLLED] == 1
    eventually(lambda: shop.get("ptask/add")["status"].get("parked") == 1, 40)
    shop.patch("ptask/add", concurrency={"running": {"limit": 2}})
    worker.claim()


def test_objects_of_one_idempotency_key_run_once(shop, store):
    worker = PlayedWorker(store)
    shop.apply(invocation("first", idempotencyKey="order-7"), invocation("second", idempotencyKey="order-7"))
    worker.finish(worker.claim(), 3)
    for name in ("pinv/first", "pinv/second"):
        shop.wait(name, "Succeeded")
    assert shop.get("pinv/first")["status"]["invocationID"] == shop.get("pinv/second")["status"]["invocationID"]
    assert store.orchestrator.counts().by_task["tasks.add"] == {Status.SUCCESS: 1}


def test_one_that_waits_is_cancelled(shop, store):
    shop.apply(invocation(runAt="2126-01-01T00:00:00Z"))
    shop.wait("pinv/once", "Accepted=False")
    assert shop.condition("pinv/once", "Accepted")[1:] == ("InvalidSchedule", "spec.runAt is more than 1y ahead")
    shop.apply(invocation("waiting"))
    shop.wait("pinv/waiting", "Accepted")
    shop.patch("pinv/waiting", cancel=True)
    shop.wait("pinv/waiting", "Succeeded=False")
    assert shop.condition("pinv/waiting", "Succeeded")[1] == "Cancelled"
    assert store.orchestrator.counts().by_task["tasks.add"] == {Status.CANCELLED: 1}


def test_one_that_is_running_is_asked_to_end(shop, store):
    worker = PlayedWorker(store)
    shop.apply(invocation())
    claimed = worker.claim()
    shop.patch("pinv/once", cancel=True)
    eventually(lambda: store.orchestrator.beat([worker.id], 60)[0].cancelling == (claimed.invocation_id,))


def test_a_finished_one_is_deleted_when_its_time_has_passed(shop, store):
    worker = PlayedWorker(store)
    shop.apply(invocation(ttlSecondsAfterFinished=1))
    worker.finish(worker.claim(), 3)
    eventually(lambda: shop.get("pinv/once") is None)


def test_a_deleted_one_still_runs(shop, store):
    shop.apply(invocation())
    shop.wait("pinv/once", "Accepted")
    shop.delete("pinv/once")
    worker = PlayedWorker(store)
    worker.finish(worker.claim(), 3)
