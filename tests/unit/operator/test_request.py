"""What an object asks of the store is what a call of the SDK asks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pynenc.core.ids import invocation_id_of_key, invocation_id_of_object, short_hash
from pynenc.core.records import History, Limit, NewInvocation
from pynenc_operator.plan.request import control_fault, identity_of, request_for, schedule_fault
from unit.operator.builders import NOW, make_app, make_invocation, make_task

PARAMETERS = {"type": "object", "properties": {"count": {"type": "integer"}, "kind": {"type": "string"}}}
BY_COUNT = {"running": {"mode": "Keys", "limit": 2}, "keyArguments": ["count"]}


def request(invocation=None, limits=None, **spec):
    task = make_task(**{"parameters": PARAMETERS, **spec})
    return request_for(invocation or make_invocation(), task, make_app(limits=limits))


def test_a_task_without_options_asks_for_nothing_special():
    identity = invocation_id_of_object("uid-of-once")
    assert request() == NewInvocation(identity, "mail.send", b"{}")


def test_what_the_task_does_not_say_is_as_its_app_says():
    app = make_app(spec={"defaults": {"priority": 3, "queueTimeoutSeconds": 7}})
    asked = request_for(make_invocation(), make_task(queueTimeoutSeconds=1), app)
    assert (asked.priority, asked.start_within_us) == (3, 1_000_000)


def test_the_options_of_the_task_are_those_of_the_request():
    asked = request(
        queue="fast",
        priority=4,
        timeoutSeconds=5,
        totalTimeoutSeconds=9.5,
        queueTimeoutSeconds=3,
        history="Full",
        retryFor=["shop.Busy"],
        concurrency={"onLimit": "Drop", "registration": {"mode": "Task", "onDifferentArguments": "Refuse"}},
    )
    assert (asked.queue, asked.priority, asked.history) == ("fast", 4, History.FULL)
    assert (asked.total_timeout_us, asked.start_within_us) == (9_500_000, 3_000_000)
    assert (asked.drop, asked.refuse_different, asked.inline) == (True, True, False)
    assert len(asked.registration_key) == 24


def test_the_object_may_have_a_priority_and_a_time_of_its_own():
    later = NOW + timedelta(hours=1)
    asked = request(make_invocation(priority=9, runAt=later.isoformat()), priority=4)
    assert (asked.priority, asked.due_us) == (9, round(later.timestamp() * 1e6))


def test_limits_are_its_own_and_those_of_the_app():
    once = make_invocation(arguments={"count": 1})
    own, shared = request(once, {"gpu": 3}, concurrency={**BY_COUNT, "limits": ["gpu"]}).limits
    assert (own.name, own.number) == ("mail.send", 2)
    assert shared == Limit("gpu", short_hash("gpu"), 3)


def test_equal_keys_give_equal_limits():
    def key(**arguments):
        return request(make_invocation(arguments=arguments), concurrency=BY_COUNT).limits[0].key

    assert key(count=1, kind="a") == key(count=1, kind="b") != key(count=2, kind="a")


def test_a_key_of_the_users_is_the_key_of_a_call():
    task, once = make_task(), make_invocation(idempotencyKey="order-7")
    assert identity_of(once, task) == invocation_id_of_key("team-a/shop", "mail.send", "order-7")


def test_a_time_too_far_ahead_is_told():
    assert schedule_fault(make_invocation(), NOW) == ""
    far = make_invocation(runAt=(NOW + timedelta(days=400)).isoformat())
    assert schedule_fault(far, NOW) == "spec.runAt is more than 1y ahead"


@pytest.mark.parametrize(
    ("spec", "reason", "told"),
    [
        pytest.param(
            {"concurrency": {"limits": ["cpu", "gpu"]}},
            "UnknownLimit",
            'limit "gpu" is not in spec.limits of App team-a/shop',
            id="a limit that the App does not have",
        ),
        pytest.param(
            {"concurrency": {"running": {"mode": "Keys"}, "keyArguments": ["user"]}},
            "UnknownKeyArgument",
            'concurrency key "user" is not a parameter of mail.send (parameters: count, kind)',
            id="a key that is no parameter",
        ),
        pytest.param(
            {"concurrency": {"running": {"mode": "Keys"}, "keyArguments": ["user"]}, "parameters": {"properties": 3}},
            "UnknownKeyArgument",
            'concurrency key "user" is not a parameter of mail.send (parameters: none)',
            id="a key of a function without parameters",
        ),
        pytest.param(
            {"concurrency": {"registration": {"mode": "Arguments"}}, "parameters": None},
            "ParametersMissing",
            "concurrency that compares arguments needs spec.parameters, as `pynenc manifests emit` writes them",
            id="nothing is known of the parameters",
        ),
    ],
)
def test_limits_that_cannot_be_held_are_told(spec, reason, told):
    verdict = control_fault(make_task(**{"parameters": PARAMETERS, **spec}), make_app(limits={"cpu": 1}))
    assert verdict is not None
    assert (verdict.status, verdict.reason, verdict.message) == ("False", reason, told)


def test_limits_that_can_be_held_are_no_fault():
    concurrency = {"limits": ["cpu"], "registration": {"mode": "Task"}}
    assert control_fault(make_task(concurrency=concurrency), make_app(limits={"cpu": 1})) is None
