"""A Task is accepted, published and served, or its conditions say why not."""

from __future__ import annotations

import pytest

from pynenc.api.v1alpha1 import AppSpec
from pynenc.core.inline import digest_of, text_of_bundle
from pynenc.core.records import Counts, Declaration, DeclaredKind, TaskDefinition
from pynenc.core.status import Status
from pynenc_operator.plan.definition import definition_of
from pynenc_operator.plan.result import Problem
from pynenc_operator.plan.task import ObservedTask, TaskFacts, plan_task
from unit.operator.builders import EARLIER, NOW, make_app, make_pool, make_task, message, verdicts

APP = make_app()
UNREACHABLE = Problem("RedisUnreachable", "cannot reach redis at redis:6379 (timeout 2s)")
OLDER = make_task("first", function="mail.send", meta={"age_seconds": 7200})


CODE = {"main": frozenset({"mail.send"})}


def facts(task=None, code=CODE, **counts):
    by_status = {Status[name]: number for name, number in counts.items()}
    return TaskFacts(task and definition_of(task), Counts({"mail.send": by_status}), code=code)


def plan(task=None, *, now=NOW, **observed):
    task = task or make_task()
    around = {"app": APP, "store": facts(task), "tasks": [task], "pools": [make_pool()], **observed}
    return plan_task(task, ObservedTask(**around), now)


def test_a_task_that_is_served_is_ready():
    done = plan()
    assert verdicts(done.status) == {
        "Ready": ("True", "Published"),
        "Accepted": ("True", "Accepted"),
        "CodeAvailable": ("True", "CodeFound"),
    }
    assert message(done.status, "Ready") == 'queue "default" is served by WorkerPool main'
    assert done.publish == ()


@pytest.mark.parametrize(
    ("task", "observed", "accepted", "ready", "told"),
    [
        pytest.param(
            make_task(),
            {"app": None, "store": None},
            ("False", "AppNotFound"),
            ("False", "AppNotFound"),
            'App "shop" not found in namespace team-a',
            id="no App",
        ),
        pytest.param(
            make_task(),
            {"tasks": [make_task(), OLDER]},
            ("False", "DuplicateEntrypoint"),
            ("False", "DuplicateEntrypoint"),
            "mail.send is already declared by Task team-a/first",
            id="an older Task of the same function",
        ),
        pytest.param(
            make_task(parameters={"type": "nonsense"}),
            {},
            ("False", "InvalidParameters"),
            ("False", "InvalidParameters"),
            "spec.parameters is not a JSON Schema",
            id="parameters that are no schema",
        ),
        pytest.param(
            make_task(queue="gpu"),
            {},
            ("True", "Accepted"),
            ("False", "NoWorkers"),
            'no WorkerPool serves queue "gpu"',
            id="a queue that nobody serves",
        ),
        pytest.param(
            make_task(),
            {"pools": [make_pool(appRef={"name": "other"})]},
            ("True", "Accepted"),
            ("False", "NoWorkers"),
            'no WorkerPool serves queue "default"',
            id="a pool of another App",
        ),
        pytest.param(
            make_task(),
            {"store": UNREACHABLE},
            ("True", "Accepted"),
            ("False", "RedisUnreachable"),
            "cannot reach redis at redis:6379 (timeout 2s)",
            id="a store that cannot be reached",
        ),
        pytest.param(
            make_task(),
            {"store": None},
            ("True", "Accepted"),
            ("Unknown", "AppNotReady"),
            "the App's store has not answered yet",
            id="an App that was not looked at yet",
        ),
    ],
)
def test_conditions_say_what_is_missing(task, observed, accepted, ready, told):
    status = plan(task, **observed).status
    code = ("False", "NoWorkers") if ready[1] == "NoWorkers" else ("Unknown", ready[1])
    assert verdicts(status) == {"Accepted": accepted, "Ready": ready, "CodeAvailable": code}
    assert told in message(status, "Ready")


@pytest.mark.parametrize(
    ("queues", "wanted", "accepted"),
    [
        pytest.param(None, "gpu", ("True", "Accepted"), id="an App that declares none"),
        pytest.param([], "default", ("True", "Accepted"), id="default is always there"),
        pytest.param(["gpu"], "gpu", ("True", "Accepted"), id="one that is declared"),
        pytest.param(["gpu"], "gqu", ("False", "UnknownQueue"), id="another one"),
    ],
)
def test_queues_are_those_that_the_app_declares(queues, wanted, accepted):
    task = make_task(queue=wanted)
    status = plan(task, app=make_app(spec={"queues": queues})).status
    assert verdicts(status)["Accepted"] == accepted
    if accepted[0] == "False":
        told = 'queue "gqu" is not in spec.queues of App team-a/shop; did you mean "gpu"?'
        assert message(status, "Ready") == message(status, "Accepted") == told


def test_a_task_that_is_suspended_says_so_and_is_published_so():
    task = make_task(suspend=True)
    done = plan(task, store=facts(make_task()))
    assert verdicts(done.status)["Ready"] == ("True", "Suspended")
    assert message(done.status, "Ready") == "spec.suspend is true: invocations wait until it is false"
    (published,) = done.publish
    assert published.suspended is True
    assert definition_of(make_task()).suspended is None


@pytest.mark.parametrize(
    ("code", "pools", "available", "ready", "told"),
    [
        pytest.param(
            {},
            [make_pool()],
            ("Unknown", "NotStarted"),
            ("True", "Published"),
            "no worker of WorkerPool main has started yet, so its code is not known",
            id="a pool without workers so far",
        ),
        pytest.param(
            {"main": frozenset({"mail.sent"})},
            [make_pool()],
            ("False", "CodeMissing"),
            ("False", "CodeMissing"),
            'the image of WorkerPool main has no task mail.send; did you mean "mail.sent"?',
            id="another name",
        ),
        pytest.param(
            {"main": frozenset()},
            [make_pool()],
            ("False", "CodeMissing"),
            ("False", "CodeMissing"),
            "the image of WorkerPool main has no task mail.send; it has no tasks at all",
            id="no tasks",
        ),
        pytest.param(
            {"main": frozenset(), "other": frozenset({"mail.send"})},
            [make_pool(), make_pool("other")],
            ("True", "CodeFound"),
            ("True", "Published"),
            "WorkerPool other has mail.send",
            id="one pool of two",
        ),
        pytest.param(
            {"main": frozenset()},
            [make_pool(), make_pool("new")],
            ("Unknown", "NotStarted"),
            ("True", "Published"),
            "no worker of WorkerPool new has started yet",
            id="a pool that may have it",
        ),
    ],
)
def test_whether_workers_have_the_code_is_told(code, pools, available, ready, told):
    task = make_task()
    status = plan(task, store=facts(task, code), pools=pools).status
    found = verdicts(status)
    assert (found["CodeAvailable"], found["Ready"]) == (available, ready)
    assert told in message(status, "CodeAvailable")


def test_the_older_of_two_tasks_is_accepted():
    assert verdicts(plan(OLDER, tasks=[make_task(), OLDER]).status)["Accepted"] == ("True", "Accepted")


def test_of_equally_old_tasks_the_first_by_name_is_accepted():
    twin = make_task("again", function="mail.send")
    assert verdicts(plan(twin, tasks=[make_task(), twin]).status)["Accepted"] == ("True", "Accepted")
    assert verdicts(plan(tasks=[make_task(), twin]).status)["Accepted"] == ("False", "DuplicateEntrypoint")


@pytest.mark.parametrize(
    ("observed", "published"),
    [
        pytest.param({"store": facts()}, True, id="unknown to the registry"),
        pytest.param({"store": facts(make_task(queue="old"))}, True, id="outdated in the registry"),
        pytest.param({"store": facts(make_task())}, False, id="known to the registry"),
        pytest.param({"store": facts(), "app": None}, False, id="not accepted"),
        pytest.param({"store": UNREACHABLE}, False, id="the store is away"),
    ],
)
def test_an_accepted_task_is_published_once(observed, published):
    assert plan(**observed).publish == ((TaskDefinition("mail.send"),) if published else ())


@pytest.mark.parametrize(
    ("spec", "known", "expected"),
    [
        pytest.param({}, None, (), id="none"),
        pytest.param({"concurrency": {"running": {"limit": 2}}}, None, (("mail.send", 2),), id="a new one"),
        pytest.param({"concurrency": {"running": {"limit": 2}}}, 2, (), id="a known one"),
        pytest.param({}, 2, (("mail.send", None),), id="one that was dropped"),
    ],
)
def test_the_limit_of_a_task_is_set_live(spec, known, expected):
    task = make_task(**spec)
    store = TaskFacts(definition_of(task), Counts({}), known)
    assert plan(task, store=store).limits == expected


def test_the_limit_of_a_task_that_is_refused_is_left_alone():
    task = make_task(concurrency={"running": {"limit": 2}})
    assert plan(task, tasks=[task, OLDER]).limits == ()


def test_a_task_whose_limits_cannot_be_held_is_refused():
    done = plan(make_task(concurrency={"limits": ["gpu"]}))
    assert verdicts(done.status)["Accepted"] == verdicts(done.status)["Ready"] == ("False", "UnknownLimit")


SOURCE = {"function": None, "source": {"python": "def main(): pass"}}
SIGNING = make_app().model_copy(
    update={"spec": AppSpec.from_dict({"redis": {}, "signingKeysSecretRef": {"name": "signing"}})}
)


def test_a_task_with_source_is_declared_and_published_under_the_name_of_the_object():
    task = make_task("send-mail", **SOURCE)
    done = plan(task, app=SIGNING, store=TaskFacts(None, Counts({})))
    assert verdicts(done.status)["Accepted"] == ("True", "Accepted")
    assert done.declare == (Declaration(DeclaredKind.SOURCE, "inline.send_mail.main", "def main(): pass"),)
    (definition,) = done.publish
    assert (definition.task_id, definition.source_digest) == ("inline.send_mail.main", digest_of("def main(): pass"))


def test_a_task_with_source_is_served_only_where_that_is_allowed():
    task = make_task("send-mail", **SOURCE)
    refused = plan(task, app=SIGNING).status
    assert verdicts(refused)["Ready"] == ("False", "NoWorkers")
    assert "has allowInlineSource: true, which inline source needs" in message(refused, "Ready")
    allowed = plan(task, app=SIGNING, pools=[make_pool(allowInlineSource=True)]).status
    assert verdicts(allowed)["Ready"] == ("True", "Published")


def test_source_that_is_there_is_left_alone():
    task = make_task("send-mail", **SOURCE)
    known = TaskFacts(definition_of(task), Counts({}), source="def main(): pass")
    assert plan(task, app=SIGNING, store=known).declare == ()
    changed = TaskFacts(definition_of(task), Counts({}), source="pass")
    assert len(plan(task, app=SIGNING, store=changed).declare) == 1


def test_source_is_not_taken_without_keys_to_sign_it():
    done = plan(make_task(**SOURCE))
    assert verdicts(done.status)["Accepted"] == ("False", "SigningKeysMissing")
    assert "set spec.signingKeysSecretRef of App shop" in message(done.status, "Accepted")
    assert done.declare == ()


BUNDLE = {"function": None, "source": {"bundle": "AmsxOg=="}}


def test_a_bundle_is_declared_as_it_is():
    done = plan(make_task("send-mail", **BUNDLE), app=SIGNING, store=TaskFacts(None, Counts({})))
    assert verdicts(done.status)["Accepted"] == ("True", "Accepted")
    assert done.declare == (Declaration(DeclaredKind.SOURCE, "inline.send_mail.main", text_of_bundle("AmsxOg==")),)


def test_a_bundle_that_workers_would_not_run_is_not_accepted():
    store = TaskFacts(None, Counts({}), distrusted="it was signed by others")
    done = plan(make_task("send-mail", **BUNDLE), app=SIGNING, store=store)
    assert verdicts(done.status)["Accepted"] == ("False", "BundleNotTrusted")
    told = message(done.status, "Accepted")
    assert told.startswith("source.bundle: it was signed by others; make it with: pynenc manifests emit --bundle -n ")
    assert (done.declare, done.publish) == ((), ())


def test_a_definition_carries_the_options_that_are_set():
    task = make_task(queue="q", priority=3, maxRetries=2, retryFor=["ValueError"], resultTTLSeconds=60)
    assert definition_of(task) == TaskDefinition("mail.send", "q", 3, 2, ("ValueError",), result_ttl_seconds=60)


def test_numbers_are_mirrored():
    status = plan(
        store=facts(REGISTERED=1, RETRY=2, REROUTED=3, PENDING=4, RUNNING=5, PAUSED=6, CONCURRENCY_CONTROLLED=8)
    ).status
    assert (status.queued, status.parked, status.running) == (6, 8, 15)


def test_failures_of_the_last_hour_and_the_age_of_the_oldest_are_mirrored():
    at_us = round(EARLIER.timestamp() * 1e6) + 999_999
    counts = Counts(failed_lately={"mail.send": 4}, oldest_us={"mail.send": at_us})
    task = make_task()
    status = plan(task, store=TaskFacts(definition_of(task), counts)).status
    assert (status.failed_last_hour, status.oldest_queued_at) == (4, EARLIER)
    task = task.model_copy(update={"status": status})
    status = plan(task, store=facts(task)).status
    assert (status.failed_last_hour, status.oldest_queued_at) == (0, None)


def test_changed_numbers_alone_wait_their_turn():
    task = make_task()
    task = task.model_copy(update={"status": plan(task, now=EARLIER).status})
    done = plan(task, store=facts(task, RUNNING=1), written_seconds_ago=5.0)
    assert (done.status, done.requeue_after) == (task.status, 10.0)


def test_a_changed_condition_does_not_wait():
    task = make_task()
    task = task.model_copy(update={"status": plan(task, now=EARLIER).status})
    done = plan(task, pools=[], store=facts(task, RUNNING=1), written_seconds_ago=5.0)
    assert done.status.running == 1
    assert verdicts(done.status)["Ready"] == ("False", "NoWorkers")


def test_an_unchanged_world_gives_an_equal_status():
    task = make_task()
    task = task.model_copy(update={"status": plan(task, now=EARLIER).status})
    assert plan(task).status == task.status


def test_a_task_without_a_store_comes_back_by_itself():
    assert plan(store=UNREACHABLE).requeue_after == 15.0
    assert plan().requeue_after is None
