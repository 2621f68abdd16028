"""Mistakes as a user of kubectl sees them: refused when applied, or named in a condition."""

from __future__ import annotations

import pytest

from cluster.operator_process import eventually
from cluster.team import app, invocation, make, pool, task

FUNCTION = {"appRef": {"name": "hello"}}


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        pytest.param(
            task("bad-name", **FUNCTION, function="add"), "spec.function in body should match", id="no module"
        ),
        pytest.param(
            task("unknown-field", **FUNCTION, function="tasks.add", retires=3),
            'unknown field "spec.retires"',
            id="an unknown field",
        ),
    ],
)
def test_a_bad_task_is_refused(hello, manifest, message):
    answer = hello.attempt("apply", "-f", "-", given=manifest)
    assert answer.returncode != 0
    assert message in answer.stderr


@pytest.mark.parametrize(
    ("manifest", "name", "condition", "expected"),
    [
        pytest.param(
            invocation("lonely", "send"),
            "pinv/lonely",
            "Accepted",
            ("False", "TaskNotFound", 'Task "send" not found in namespace {namespace}'),
            id="an Invocation of no Task",
        ),
        pytest.param(
            pool("lonely", appRef={"name": "nothing"}),
            "ppool/lonely",
            "Ready",
            ("False", "AppNotFound", 'App "nothing" not found in namespace {namespace}'),
            id="a WorkerPool of no App",
        ),
        pytest.param(
            make("Task", "unserved", appRef={"name": "hello"}, function="tasks.unserved", queue="nobody"),
            "ptask/unserved",
            "Ready",
            ("False", "NoWorkers", 'no WorkerPool serves queue "nobody"'),
            id="a Task without a WorkerPool",
        ),
    ],
)
def test_a_missing_partner_is_named_in_a_condition(hello, manifest, name, condition, expected):
    hello.run("apply", "-f", "-", given=manifest)
    status, reason, message = expected
    wanted = (status, reason, message.format(namespace=hello.namespace))
    assert eventually(lambda: hello.condition(name, condition)) == wanted
    hello.delete(name)


def test_an_unreachable_store_is_named_in_a_condition(hello):
    hello.run("apply", "-f", "-", given=app("redis://nowhere.invalid:6379", "far"))
    hello.run("wait", "papp/far", "--for=condition=RedisReachable=False", "--timeout=60s")
    status, reason, message = hello.condition("papp/far", "RedisReachable")
    assert (status, reason) == ("False", "RedisUnreachable")
    assert "nowhere.invalid:6379" in message
    hello.delete("papp/far")
