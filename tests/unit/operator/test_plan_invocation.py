"""An Invocation is checked, enqueued once, mirrored with few writes, and deleted when its time has passed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from pynenc.core.ids import invocation_id_of_object
from pynenc.core.records import Answer, Enqueued, NewInvocation
from pynenc.core.status import FINAL, Status
from pynenc_operator.plan.invocation import ObservedInvocation, answered, ended, plan_invocation
from pynenc_operator.plan.result import Plan, Problem
from unit.operator.builders import EARLIER, NOW, make_app, make_invocation, make_record, make_task, message, verdicts

PARAMETERS = {"type": "object", "properties": {"count": {"type": "integer"}}, "additionalProperties": False}
UNREACHABLE = Problem("RedisUnreachable", "cannot reach redis")


def plan(invocation=None, *, now=NOW, **observed):
    around = {"task": make_task(parameters=PARAMETERS), "app": make_app(), "known": True, **observed}
    return plan_invocation(invocation or make_invocation(), ObservedInvocation(**around), now)


def carried_out(done, invocation=None):
    """The object after its plan."""
    return (invocation or make_invocation()).model_copy(update={"status": done.status})


def finished(**spec):
    return carried_out(plan(record=make_record(Status.SUCCESS, payload=b"3")), make_invocation(**spec))


def test_an_invocation_is_enqueued_under_the_id_of_its_object():
    invocation = make_invocation(arguments={"count": 3})
    done = plan(invocation, task=make_task(queue="fast", priority=4, parameters=PARAMETERS))
    identity = invocation_id_of_object("uid-of-once")
    assert done.enqueue == NewInvocation(identity, "mail.send", b'{"count":3}', "fast", 4)
    assert done.watch == identity
    assert verdicts(done.status) == {"Accepted": ("True", "Accepted"), "Succeeded": ("Unknown", "Pending")}
    assert (done.status.invocation_id, done.status.phase, done.status.queued_at) == (identity, "REGISTERED", NOW)


def test_a_task_without_options_goes_to_the_default_queue():
    new = plan(task=make_task()).enqueue
    assert (new.queue, new.priority, new.arguments) == ("default", 0, b"{}")


@pytest.mark.parametrize(
    ("arguments", "observed", "reason", "told"),
    [
        pytest.param({}, {"task": None}, "TaskNotFound", 'Task "send" not found in namespace team-a', id="no Task"),
        pytest.param({}, {"app": None}, "AppNotFound", 'App "shop" not found in namespace team-a', id="no App"),
        pytest.param(
            {"count": "3"}, {}, "InvalidArguments", "arguments.count: expected integer, got string", id="a wrong type"
        ),
        pytest.param(
            {},
            {"task": make_task(concurrency={"limits": ["gpu"]})},
            "UnknownLimit",
            'limit "gpu" is not in spec.limits of App team-a/shop',
            id="a limit that the App does not have",
        ),
    ],
)
def test_what_cannot_run_is_refused(arguments, observed, reason, told):
    done = plan(make_invocation(arguments=arguments), **observed)
    assert verdicts(done.status) == {"Accepted": ("False", reason)}
    assert message(done.status, "Accepted") == told
    assert done.enqueue is None


def test_one_that_is_too_far_ahead_is_refused():
    done = plan(make_invocation(runAt=(NOW + timedelta(days=400)).isoformat()))
    assert verdicts(done.status) == {"Accepted": ("False", "InvalidSchedule")}
    assert done.enqueue is None


def test_one_that_was_there_already_is_as_good_as_new():
    asked = plan()
    done = answered(make_invocation(), asked, Enqueued(Answer.DUPLICATE, asked.enqueue.invocation_id), NOW)
    assert (done.enqueue, done.watch, done.status) == (None, asked.watch, asked.status)


def test_one_for_which_another_stands_mirrors_that_one():
    invocation = make_invocation()
    done = answered(invocation, plan(invocation), Enqueued(Answer.REUSED, "the-first"), NOW)
    assert (done.enqueue, done.watch, done.status.invocation_id) == (None, "the-first", "the-first")
    assert verdicts(done.status) == {"Accepted": ("True", "Reused"), "Succeeded": ("Unknown", "Pending")}
    ends = plan(carried_out(done), record=make_record(Status.SUCCESS, payload=b"3"))
    assert verdicts(ends.status) == {"Accepted": ("True", "Reused"), "Succeeded": ("True", "Succeeded")}


@pytest.mark.parametrize(("keep", "again"), [(None, None), (60, 60.0)], ids=["kept", "kept for a minute"])
def test_one_that_differs_from_what_waits_has_failed(keep, again):
    invocation = make_invocation(**({} if keep is None else {"ttlSecondsAfterFinished": keep}))
    done = answered(invocation, plan(invocation), Enqueued(Answer.DIFFERENT, "the-first"), NOW)
    assert (done.enqueue, done.requeue_after, done.status.finished_at) == (None, again, NOW)
    assert verdicts(done.status) == {
        "Accepted": ("False", "DifferentArguments"),
        "Succeeded": ("False", "DifferentArguments"),
    }
    assert message(done.status, "Succeeded") == (
        "invocation the-first of the same key still waits to start with other arguments"
    )
    assert ended(carried_out(done))


def test_one_that_is_cancelled_before_it_is_queued_never_is():
    done = plan(make_invocation(cancel=True))
    assert (done.enqueue, done.cancel, done.status.finished_at) == (None, None, NOW)
    assert verdicts(done.status) == {"Accepted": ("True", "Accepted"), "Succeeded": ("False", "Cancelled")}


@pytest.mark.parametrize("task", [make_task(resultTTLSeconds=60), None], ids=["of a Task", "of one that is gone"])
def test_a_living_one_is_cancelled_in_the_store(task):
    done = plan(make_invocation(cancel=True), task=task, record=make_record(Status.RUNNING))
    assert done.cancel is not None
    assert (done.cancel.invocation_id, done.cancel.ttl_seconds) == ("id-1", 60 if task else 86_400)
    told = json.loads(done.cancel.payload)
    assert (told["type"], told["message"]) == (
        "InvocationCancelled",
        "invocation id-1 of mail.send was cancelled by Invocation once",
    )


@pytest.mark.parametrize(
    ("cancel", "record"),
    [
        pytest.param(None, make_record(Status.RUNNING), id="nobody asked"),
        pytest.param(False, make_record(Status.RUNNING), id="somebody asked not to"),
        pytest.param(True, make_record(Status.RUNNING, cancelling=True), id="its owner was told"),
        pytest.param(True, make_record(Status.SUCCESS, payload=b"3"), id="it has ended"),
    ],
)
def test_nothing_is_cancelled_in_vain(cancel, record):
    assert plan(make_invocation(cancel=cancel), record=record).cancel is None


def test_a_refused_invocation_is_enqueued_once_its_task_is_there():
    refused = carried_out(plan(task=None))
    assert plan(refused).enqueue is not None


@pytest.mark.parametrize(
    "observed",
    [pytest.param({"known": False}, id="not connected yet"), pytest.param({"store": UNREACHABLE}, id="not reachable")],
)
def test_nothing_is_decided_while_the_store_cannot_be_asked(observed):
    assert plan(**observed) == Plan(requeue_after=30.0)


def test_what_the_store_has_lost_is_enqueued_again_under_the_same_id():
    accepted = carried_out(plan())
    assert plan(accepted).enqueue == plan().enqueue


def test_what_has_ended_is_never_enqueued_again():
    assert plan(finished(), record=None) == Plan()


@pytest.mark.parametrize(
    ("before", "status", "written"),
    [
        pytest.param(None, Status.REGISTERED, True, id="first seen waiting"),
        pytest.param(None, Status.RUNNING, True, id="first seen running"),
        pytest.param(Status.REGISTERED, Status.REGISTERED, False, id="still waiting"),
        pytest.param(Status.REGISTERED, Status.PENDING, False, id="handed to a worker"),
        pytest.param(Status.REGISTERED, Status.CONCURRENCY_CONTROLLED, False, id="over a limit"),
        pytest.param(Status.REGISTERED, Status.RUNNING, True, id="started"),
        pytest.param(Status.RUNNING, Status.RETRY, False, id="to be tried again"),
        pytest.param(Status.RUNNING, Status.PAUSED, False, id="waiting for others"),
        pytest.param(Status.RUNNING, Status.RUNNING, False, id="started again"),
    ],
)
def test_a_living_invocation_is_written_when_it_first_gets_further(before, status, written):
    invocation = make_invocation(status={"phase": before} if before else {})
    done = plan(invocation, record=make_record(status), worker="pod-1")
    assert (done.status is not None) == written
    assert (done.watch, done.enqueue) == ("id-1", None)


def test_a_whole_life_takes_at_most_four_writes():
    life = [None, Status.REGISTERED, Status.PENDING, Status.RUNNING, Status.RETRY, Status.PENDING, Status.RUNNING]
    life += [Status.PAUSED, Status.RUNNING, Status.REROUTED, Status.RUNNING, Status.SUCCESS, Status.SUCCESS]
    invocation, writes = carried_out(plan(task=None)), 1
    for status in life:
        done = plan(invocation, record=status and make_record(status, payload=b"1"))
        if done.status is not None and done.status != invocation.status:
            invocation, writes = carried_out(done), writes + 1
    assert (writes, invocation.status.phase) == (4, Status.SUCCESS)


def test_a_started_invocation_tells_where_it_runs():
    status = plan(record=make_record(Status.RUNNING, attempt=2), worker="pod-1").status
    assert (status.worker, status.attempt, status.invocation_id) == ("pod-1", 2, "id-1")
    assert status.queued_at == NOW - timedelta(seconds=10)
    assert status.started_at == NOW - timedelta(seconds=9)
    assert verdicts(status)["Succeeded"] == ("Unknown", "Started")


@pytest.mark.parametrize(
    ("age", "seconds"),
    [pytest.param(0, 1, id="new"), pytest.param(20, 10, id="older"), pytest.param(900, 30, id="old")],
)
def test_the_older_an_invocation_the_less_often_it_is_looked_at(age, seconds):
    assert plan(record=make_record(Status.RUNNING, age_seconds=age)).requeue_after == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        pytest.param(b'{"sum": 3, "none": null}', {"result": {"sum": 3, "none": None}}, id="a small result"),
        pytest.param(b"null", {}, id="nothing"),
        pytest.param(b"NaN", {"result_bytes": 3}, id="what is not JSON"),
        pytest.param(b"\x80\x04pickle", {"result_bytes": 8}, id="what is not text"),
        pytest.param(
            json.dumps("x" * 5000).encode(),
            {"result_preview": '"' + "x" * 511, "result_bytes": 5002},
            id="a large result",
        ),
    ],
)
def test_a_success_shows_its_result_as_far_as_it_fits(payload, expected):
    status = plan(record=make_record(Status.SUCCESS, payload=payload)).status
    shown = status.model_dump(include={"result", "result_preview", "result_bytes"}, exclude_none=True)
    assert {name: getattr(status, name) for name in shown} == expected
    assert verdicts(status)["Succeeded"] == ("True", "Succeeded")
    assert (status.finished_at, status.phase) == (NOW - timedelta(seconds=8), Status.SUCCESS)


@pytest.mark.parametrize(
    ("payload", "reason", "type_", "text"),
    [
        pytest.param(
            b'{"type": "ValueError", "module": "builtins", "message": "bad address", "traceback": "..."}',
            "TaskFailed",
            "ValueError",
            "bad address",
            id="an exception",
        ),
        pytest.param(
            b'{"type": "WorkerLost", "message": "lost 3 times"}',
            "WorkerLost",
            "WorkerLost",
            "lost 3 times",
            id="a loss",
        ),
        pytest.param(b"\x80", "TaskFailed", "Unknown", "the error cannot be read", id="no JSON"),
        pytest.param(b"[1]", "TaskFailed", "Unknown", "the error cannot be read", id="no object"),
        pytest.param(b"{}", "TaskFailed", "Unknown", "", id="an empty object"),
    ],
)
def test_a_failure_shows_its_error(payload, reason, type_, text):
    status = plan(record=make_record(Status.FAILED, payload=payload)).status
    assert verdicts(status)["Succeeded"] == ("False", reason)
    assert (status.error.type, status.error.message) == (type_, text)


def test_a_long_error_is_cut():
    payload = json.dumps({"type": "E" * 500, "message": "m" * 5000}).encode()
    status = plan(record=make_record(Status.FAILED, payload=payload)).status
    assert (len(status.error.type), len(status.error.message)) == (253, 1024)


@pytest.mark.parametrize("status", sorted(FINAL - {Status.SUCCESS, Status.FAILED}))
def test_every_other_end_is_a_failure_with_a_reason_of_its_own(status):
    expected = {"CANCELLED": "Cancelled", "EXPIRED": "Expired", "CONCURRENCY_CONTROLLED_FINAL": "Dropped"}
    done = plan(record=make_record(status))
    assert verdicts(done.status)["Succeeded"] == ("False", expected[status])
    assert ended(carried_out(done))


def test_an_outcome_is_found_although_the_task_is_gone():
    done = plan(task=None, app=None, record=make_record(Status.SUCCESS, payload=b"1"))
    assert verdicts(done.status)["Succeeded"] == ("True", "Succeeded")


@pytest.mark.parametrize(
    ("keep", "now", "expected"),
    [
        pytest.param(None, NOW, Plan(), id="kept for ever"),
        pytest.param(60, NOW, Plan(requeue_after=52.0), id="not yet"),
        pytest.param(60, NOW + timedelta(seconds=52), Plan(delete=True), id="now"),
        pytest.param(0, NOW, Plan(delete=True), id="at once"),
    ],
)
def test_a_finished_invocation_is_deleted_when_its_time_has_passed(keep, now, expected):
    invocation = finished(ttlSecondsAfterFinished=keep) if keep is not None else finished()
    assert plan(invocation, now=now) == expected


def test_the_end_is_followed_by_a_look_at_the_time_to_live():
    invocation = make_invocation(ttlSecondsAfterFinished=60)
    assert plan(invocation, record=make_record(Status.SUCCESS, payload=b"1")).requeue_after == 60.0


def test_a_finished_invocation_without_a_time_is_kept():
    status = {"conditions": plan(record=make_record(Status.CANCELLED)).status.to_dict()["conditions"]}
    assert plan(make_invocation(ttlSecondsAfterFinished=1, status=status), now=EARLIER) == Plan()
