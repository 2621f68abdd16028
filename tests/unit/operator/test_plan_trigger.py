"""A Trigger is checked and declared, or its conditions say what to do; either way they say that nothing acts on it."""

from __future__ import annotations

import json

import pytest

from pynenc.core.records import Declaration, DeclaredKind
from pynenc_operator.plan.result import Problem
from pynenc_operator.plan.trigger import plan_trigger, wanted_trigger
from unit.operator.builders import EARLIER, NOW, make_catalog, make_task, make_trigger, make_workflow, message, verdicts

PARAMETERS = {
    "type": "object",
    "properties": {"to": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["to"],
    "additionalProperties": False,
}
SEND, CHARGE = make_task(), make_task("charge")
UNREACHABLE = Problem("RedisUnreachable", "cannot reach redis at redis:6379 (timeout 2s)")
AFTER_SEND = {"status": {"taskRef": {"name": "send"}}}
AFTER_CHARGE = {"status": {"taskRef": {"name": "charge"}}}


def plan(trigger, *objects, known=None, now=NOW):
    return plan_trigger(trigger, make_catalog(*(objects or (SEND, CHARGE)), trigger), known, now)


def accepted(trigger, *objects):
    """`(reason, message)` of the condition Accepted."""
    condition = plan(trigger, *objects).status.condition("Accepted")
    return condition.reason, condition.message


def cron(schedule, **spec):
    return make_trigger(when=[{"cron": {"schedule": schedule}}], **spec)


def test_a_sound_trigger_is_declared_and_says_that_nothing_evaluates_it():
    done = plan(make_trigger(), known={})
    assert verdicts(done.status) == {"Ready": ("False", "NotEvaluated"), "Accepted": ("True", "Accepted")}
    assert "nothing of this version evaluates triggers yet" in message(done.status, "Ready")
    assert done.status.type == "cron"
    (declaration,) = done.declare
    assert (declaration.kind, declaration.name) == (DeclaredKind.TRIGGER, "nightly")
    assert json.loads(declaration.text) == {
        "uid": "uid-of-nightly",
        "tasks": {"send": "mail.send"},
        "spec": {
            "taskRef": {"name": "send"},
            "when": [{"cron": {"schedule": "0 2 * * *"}}],
            "match": "Any",
            "concurrencyPolicy": "Allow",
            "suspend": False,
        },
    }


def test_the_kinds_of_all_conditions_are_told():
    both = [{"event": {"code": "a"}}, AFTER_CHARGE, {"event": {"code": "b"}}]
    assert plan(make_trigger(when=both)).status.type == "event,status"


@pytest.mark.parametrize(
    ("known", "ready", "declared"),
    [
        pytest.param(None, ("Unknown", "AppNotReady"), 0, id="an App that was not looked at yet"),
        pytest.param(UNREACHABLE, ("False", "RedisUnreachable"), 0, id="a store that is away"),
        pytest.param({"nightly": "{}"}, ("False", "NotEvaluated"), 1, id="outdated in the registry"),
    ],
)
def test_the_store_says_whether_there_is_something_to_declare(known, ready, declared):
    done = plan(make_trigger(), known=known)
    assert verdicts(done.status)["Ready"] == ready
    assert len(done.declare) == declared


def test_what_is_declared_is_left_alone():
    (declaration,) = plan(make_trigger(), known={}).declare
    assert plan(make_trigger(), known={"nightly": declaration.text}).declare == ()


def test_what_is_no_longer_sound_is_taken_out():
    assert plan(cron("61 * * * *"), known={"nightly": "{}"}).declare == (Declaration(DeclaredKind.TRIGGER, "nightly"),)


def test_an_unchanged_world_gives_an_equal_status():
    trigger = make_trigger()
    trigger = trigger.model_copy(update={"status": plan(trigger, known={}, now=EARLIER).status})
    assert plan(trigger, known={}).status == trigger.status


def test_only_a_trigger_without_a_store_comes_back_by_itself():
    assert plan(make_trigger(), known=UNREACHABLE).requeue_after == 15.0
    assert plan(make_trigger(), known={}).requeue_after is None


@pytest.mark.parametrize(
    ("trigger", "objects", "reason", "told"),
    [
        pytest.param(
            make_trigger(),
            [CHARGE],
            "TaskNotFound",
            'Task "send" not found in namespace team-a; Trigger objects cannot cross namespaces',
            id="no Task to start",
        ),
        pytest.param(
            make_trigger(when=[AFTER_CHARGE]), [SEND], "TaskNotFound", 'Task "charge" not found', id="no Task to watch"
        ),
        pytest.param(
            make_trigger(),
            [make_task(meta={"deletionTimestamp": NOW.isoformat()})],
            "TaskNotFound",
            'Task "send" not found',
            id="a Task that is being deleted",
        ),
        pytest.param(
            make_trigger(workflowRef={"name": "orders"}),
            [SEND],
            "WorkflowNotFound",
            'Workflow "orders" not found in namespace team-a; Trigger objects cannot cross namespaces',
            id="no Workflow",
        ),
        pytest.param(
            make_trigger(workflowRef={"name": "orders"}),
            [make_workflow()],
            "TaskNotFound",
            'Workflow "orders" is not accepted: Task "send" not found',
            id="a Workflow that is refused",
        ),
        pytest.param(
            make_trigger(),
            [make_task(appRef={"name": "dark"})],
            "AppNotFound",
            'App "dark" not found in namespace team-a',
            id="no App",
        ),
        pytest.param(
            make_trigger(when=[AFTER_CHARGE]),
            [SEND, make_task("charge", appRef={"name": "other"})],
            "DifferentApps",
            'Task "charge" is of App "other" and Task "send" of App "shop"; use Tasks of one App',
            id="Tasks of two Apps",
        ),
        pytest.param(
            cron("61 * * * *"), [SEND], "InvalidSchedule", "minute 61 is out of range 0-59", id="no such minute"
        ),
        pytest.param(
            cron("0 0 31 2 *"), [SEND], "NeverFires", "schedule has no occurrence in the next 5 years", id="never"
        ),
        pytest.param(
            cron("@daily", timeZone="Mars/Base"),
            [SEND],
            "UnknownTimeZone",
            '"Mars/Base" is not an IANA time zone',
            id="no such zone",
        ),
        pytest.param(
            cron("@daily", timeZone="EST5EDT4"), [SEND], "UnknownTimeZone", '"EST5EDT4" is not', id="not quite a zone"
        ),
        pytest.param(
            make_trigger(arguments={"to": "ann", "count": "3"}),
            [make_task(parameters=PARAMETERS)],
            "InvalidArguments",
            "arguments.count: expected integer, got string",
            id="an argument of a wrong type",
        ),
        pytest.param(
            make_trigger(),
            [make_task(parameters=PARAMETERS)],
            "InvalidArguments",
            "arguments.to: required",
            id="an argument that is missing",
        ),
        pytest.param(
            make_trigger(argumentsFrom={"day": "tick"}, arguments={"to": "ann"}),
            [make_task(parameters=PARAMETERS)],
            "InvalidArguments",
            "argumentsFrom.day: not a parameter (parameters: to, count)",
            id="an argument that is no parameter",
        ),
        pytest.param(
            make_trigger(argumentsFrom={"to": "tick"}, arguments={"to": "ann"}),
            [SEND],
            "InvalidArguments",
            "to is both in arguments and in argumentsFrom",
            id="an argument given twice",
        ),
        pytest.param(
            make_trigger(workflowRef={"name": "orders"}, arguments={"x": 1}),
            [SEND, make_workflow(steps=[{"name": "a", "taskRef": {"name": "send"}}])],
            "InvalidArguments",
            "arguments.x: not a parameter (parameters: none)",
            id="an argument for a graph without parameters",
        ),
        pytest.param(
            make_trigger(argumentsFrom={"to": "event.to"}),
            [SEND],
            "InvalidPath",
            "argumentsFrom.to: no condition has a value of event",
            id="a value that no condition has",
        ),
        pytest.param(
            make_trigger(when=[{**AFTER_CHARGE, "where": [{"path": "result.ok", "equals": True}]}]),
            [SEND, CHARGE],
            "InvalidPath",
            "when[0].where: a condition of kind status has no result",
            id="a value that this condition does not have",
        ),
        pytest.param(
            make_trigger(match="All", when=[AFTER_CHARGE, {"event": {"code": "x"}}], correlateBy="event.id"),
            [SEND, CHARGE],
            "InvalidPath",
            "correlateBy: not every condition has a value of event",
            id="a value that not all conditions have",
        ),
    ],
)
def test_conditions_say_what_to_mend(trigger, objects, reason, told):
    found = accepted(trigger, *objects)
    assert found[0] == reason
    assert told in found[1]
    assert verdicts(plan(trigger, *objects).status)["Ready"] == ("False", reason)


@pytest.mark.parametrize(
    ("trigger", "objects"),
    [
        pytest.param(
            make_trigger(argumentsFrom={"to": "event.to"}, when=[{"event": {"code": "x"}}]),
            [make_task(parameters=PARAMETERS)],
            id="a required argument that comes later",
        ),
        pytest.param(
            make_trigger(argumentsFrom={"to": "tick"}),
            [make_task(parameters={"type": "object", "properties": {}})],
            id="a function that takes any name",
        ),
        pytest.param(
            make_trigger(workflowRef={"name": "orders"}, arguments={"to": "ann"}),
            [make_task(parameters=PARAMETERS), make_workflow()],
            id="a Workflow in code has the parameters of its Task",
        ),
        pytest.param(
            make_trigger(workflowRef={"name": "orders"}, arguments={"day": "x"}),
            [
                SEND,
                make_workflow(
                    steps=[{"name": "a", "taskRef": {"name": "send"}}], parameters={"properties": {"day": {}}}
                ),
            ],
            id="a Workflow with parameters of its own",
        ),
        pytest.param(
            make_trigger(
                when=[
                    {
                        "exception": {"taskRef": {"name": "charge"}, "types": ["ValueError"]},
                        "where": [{"path": "exception.type", "equals": "ValueError"}],
                    },
                    {"result": {"taskRef": {"name": "charge"}}, "where": [{"path": "result", "equals": 3}]},
                ],
                match="All",
                correlateBy="arguments.order",
            ),
            [SEND, CHARGE],
            id="all of several conditions",
        ),
    ],
)
def test_sound_triggers_are_accepted(trigger, objects):
    assert accepted(trigger, *objects)[0] == "Accepted"


def test_arguments_without_known_parameters_are_left_to_the_worker():
    trigger = make_trigger(arguments={"x": 1}, argumentsFrom={"y": "tick"})
    assert accepted(trigger, make_task(parameters={"type": "nonsense"}))[0] == "InvalidArguments"
    assert accepted(trigger, SEND)[0] == "Accepted"


def starts(target, *watched, name, age=60.0, **spec):
    when = [{"status": {"taskRef": {"name": one}}} for one in watched]
    return make_trigger(name, meta={"age_seconds": age}, taskRef={"name": target}, when=when, **spec)


@pytest.mark.parametrize(
    ("trigger", "others", "loop"),
    [
        pytest.param(starts("send", "send", name="again"), [], "send → send", id="itself"),
        pytest.param(
            starts("send", "charge", name="back"),
            [starts("charge", "send", name="there", age=100)],
            "charge → send → charge",
            id="two",
        ),
        pytest.param(
            starts("send", "refund", name="c"),
            [starts("charge", "send", name="a", age=100), starts("refund", "charge", name="b", age=90)],
            "refund → send → charge → refund",
            id="three",
        ),
        pytest.param(
            starts("send", "charge", name="a", age=100),
            [starts("charge", "send", name="b", age=50)],
            None,
            id="closed by a younger one",
        ),
        pytest.param(
            starts("send", "send", name="bounded").model_copy(),
            [starts("charge", "charge", name="older", age=100)],
            "send → send",
            id="beside a loop of others",
        ),
        pytest.param(
            starts("send", "charge", name="x"), [starts("refund", "send", name="y", age=100)], None, id="a chain"
        ),
        pytest.param(
            starts("send", "charge", name="x"),
            [
                starts("refund", "send", name="a", age=100),
                make_trigger("b", meta={"age_seconds": 90}, workflowRef={"name": "two"}, when=[AFTER_SEND]),
                make_workflow("two", steps=[{"name": n, "taskRef": {"name": n}} for n in ("refund", "send")]),
            ],
            None,
            id="two ways to the same",
        ),
        pytest.param(
            make_trigger(
                when=[{"result": {"taskRef": {"name": "send"}}, "where": [{"path": "result", "equals": False}]}]
            ),
            [],
            None,
            id="a comparison",
        ),
        pytest.param(starts("send", "send", "charge", name="both", match="All"), [], None, id="with something else"),
        pytest.param(
            make_trigger(workflowRef={"name": "orders"}, when=[{"status": {"taskRef": {"name": "charge"}}}]),
            [make_workflow(steps=[{"name": n, "taskRef": {"name": n}} for n in ("send", "charge")])],
            "charge → charge",
            id="by a Workflow",
        ),
    ],
)
def test_the_trigger_that_closes_a_loop_is_refused(trigger, others, loop):
    reason, told = accepted(trigger, SEND, CHARGE, make_task("refund"), *others)
    assert reason == ("TriggerLoop" if loop else "Accepted")
    if loop:
        assert told == f"{loop} has no end, each starts the next; narrow a condition with where"


def test_a_workflow_that_is_gone_starts_nothing():
    other = make_trigger("a", meta={"age_seconds": 9000}, workflowRef={"name": "gone"}, when=[AFTER_CHARGE])
    assert accepted(starts("send", "charge", name="x"), SEND, CHARGE, other)[0] == "Accepted"


def test_what_is_wanted_tells_all_functions():
    wanted = wanted_trigger(make_trigger(when=[AFTER_CHARGE]), make_catalog(SEND, CHARGE))
    assert json.loads(wanted.declaration.text)["tasks"] == {"send": "mail.send", "charge": "mail.charge"}
