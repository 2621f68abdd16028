"""Objects are read from and written to their JSON form without loss, and bad ones are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from pynenc.api.names import RESOURCES, app_id_of
from pynenc.api.v1alpha1 import App, Condition, Invocation, InvocationStatus, Task, Trigger, WorkerPool, Workflow
from pynenc.api.v1alpha1.common import camel_case
from pynenc.core.status import Status

CONDITION = {
    "type": "Ready",
    "status": "True",
    "reason": "Served",
    "message": "3 workers serve queue default",
    "lastTransitionTime": "2026-01-02T03:04:05Z",
    "observedGeneration": 4,
}
META = {"name": "add", "namespace": "team-a", "uid": "u-1", "generation": 4, "labels": {"a": "b"}}
META_DEFAULTS = {"resourceVersion": "", "annotations": {}}
STATUS = {"observedGeneration": 4, "conditions": [CONDITION]}


def make(kind, spec, **status):
    return {
        "apiVersion": "pynenc.io/v1alpha1",
        "kind": kind,
        "metadata": {**META, **META_DEFAULTS},
        "spec": spec,
        "status": {**STATUS, **status},
    }


@pytest.mark.parametrize(
    ("model", "body"),
    [
        pytest.param(App, make("App", {"redis": {"url": "redis://r:6379"}}, queued=0, workers=2), id="an App"),
        pytest.param(
            App, make("App", {"redis": {"urlSecretRef": {"name": "r", "key": "url"}}}), id="an App with a Secret"
        ),
        pytest.param(
            WorkerPool,
            make(
                "WorkerPool",
                {
                    "appRef": {"name": "hello"},
                    "image": "hello:1",
                    "imagePullPolicy": "Never",
                    "entrypoint": "tasks:app",
                    "queues": ["fast", "default"],
                    "slots": 4,
                    "replicas": 0,
                    "drainSeconds": 5,
                    "env": [{"name": "A", "value": "1"}],
                    "resources": {"requests": {"cpu": 1, "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
                    "paused": True,
                    "allowInlineSource": True,
                    "podTemplate": {"spec": {"nodeSelector": {"disk": "ssd"}}},
                    "scaling": {
                        "mode": "Manual",
                        "minReplicas": 1,
                        "maxReplicas": 5,
                        "targetBacklogPerSlot": 30,
                        "targetQueueLatencySeconds": 0.5,
                        "idleTimeoutSeconds": 60,
                        "behavior": {
                            "scaleUp": {
                                "stabilizationWindowSeconds": 10,
                                "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}],
                                "selectPolicy": "Min",
                            },
                            "scaleDown": {"policies": [], "selectPolicy": "Disabled"},
                        },
                    },
                },
                selector="a=b",
                backlog=3,
                ready=1,
            ),
            id="a WorkerPool",
        ),
        pytest.param(
            Task,
            make(
                "Task",
                {
                    "appRef": {"name": "hello"},
                    "function": "tasks.add",
                    "retryFor": ["ValueError", "shop.errors.Busy"],
                    "resultTTLSeconds": 60,
                    "suspend": False,
                    "parameters": {"type": "object", "properties": {"x": {"default": None}}},
                },
            ),
            id="a Task",
        ),
        pytest.param(
            Trigger,
            make(
                "Trigger",
                {
                    "taskRef": {"name": "report"},
                    "when": [
                        {"cron": {"schedule": "0 2 * * *"}},
                        {
                            "result": {"taskRef": {"name": "add"}},
                            "where": [{"path": "result.total", "equals": {"a": [1, None]}}],
                        },
                    ],
                    "match": "All",
                    "windowSeconds": 60,
                    "correlateBy": "arguments.day",
                    "arguments": {"x": None},
                    "argumentsFrom": {"day": "tick"},
                    "concurrencyPolicy": "Forbid",
                    "catchUp": "All",
                    "catchUpLimit": 3,
                    "timeZone": "Europe/Berlin",
                    "suspend": True,
                },
                type="cron,result",
            ),
            id="a Trigger",
        ),
        pytest.param(
            Workflow,
            make(
                "Workflow",
                {
                    "steps": [
                        {"name": "a", "taskRef": {"name": "add"}, "arguments": {"x": 1}},
                        {"name": "b", "taskRef": {"name": "add"}, "needs": ["a"], "forEach": "steps.a.result"},
                    ],
                    "finally": [{"name": "c", "taskRef": {"name": "add"}, "retries": 1}],
                    "parameters": {"type": "object"},
                },
                steps=3,
            ),
            id="a Workflow",
        ),
        pytest.param(
            Invocation,
            make(
                "Invocation",
                {"taskRef": {"name": "add"}, "arguments": {"x": None, "y": [1, {"z": 1.5}]}},
                phase="SUCCESS",
                invocationID="i-1",
                queuedAt="2026-01-02T03:04:05Z",
                result={"sum": None},
            ),
            id="an Invocation",
        ),
    ],
)
def test_an_object_survives_the_round_trip(model, body):
    assert model.from_dict(body).to_dict() == body


def test_metadata_that_is_not_read_is_ignored():
    app = App.from_dict({"metadata": {"name": "a", "managedFields": []}, "spec": {"redis": {"url": "redis://r"}}})
    assert app.metadata.name == "a"


def test_a_status_of_a_later_version_can_be_read():
    assert InvocationStatus.from_dict({"phase": "PAUSED", "mood": "good"}).phase is Status.PAUSED


@pytest.mark.parametrize(
    ("model", "spec", "place"),
    [
        pytest.param(Task, {"appRef": {"name": "a"}, "function": "t.f", "retires": 1}, "retires", id="unknown field"),
        pytest.param(Task, {"appRef": {"name": "a"}, "function": "f"}, "function", id="function without module"),
        pytest.param(Task, {"appRef": {"name": "a"}, "function": "t.f", "priority": 10}, "priority", id="out of range"),
        pytest.param(Invocation, {"taskRef": {"name": "A_b"}}, "name", id="a name that no object can have"),
        pytest.param(Invocation, {"taskRef": {"name": "a"}, "arguments": [1]}, "arguments", id="arguments as a list"),
    ],
)
def test_a_bad_spec_is_refused_at_its_place(model, spec, place):
    with pytest.raises(ValidationError) as caught:
        model.from_dict({"spec": spec})
    assert caught.value.errors()[0]["loc"][-1] == place


def test_times_are_written_in_utc_to_the_second():
    moment = datetime(2026, 1, 2, 4, 4, 5, 999, tzinfo=timezone(timedelta(hours=1)))
    condition = Condition.from_dict({**CONDITION, "lastTransitionTime": moment})
    assert condition.to_dict()["lastTransitionTime"] == "2026-01-02T03:04:05Z"
    assert condition.last_transition_time.astimezone(UTC).hour == 3


def test_a_condition_is_found_by_its_type():
    status = InvocationStatus.from_dict(STATUS)
    assert status.condition("Ready") is status.conditions[0]
    assert status.condition("Accepted") is None


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("retry_for", "retryFor", id="words"),
        pytest.param("result_ttl_seconds", "resultTTLSeconds", id="an acronym inside"),
        pytest.param("ttl_seconds_after_finished", "ttlSecondsAfterFinished", id="an acronym in front"),
        pytest.param("invocation_id", "invocationID", id="an acronym at the end"),
    ],
)
def test_json_names_are_camel_case(field, expected):
    assert camel_case(field) == expected


def test_names_of_kinds_do_not_clash():
    assert len({name for r in RESOURCES for name in (r.plural, r.singular, r.short_name)}) == 3 * len(RESOURCES)


def test_an_app_id_names_its_namespace():
    assert app_id_of("team-a", "hello") == "team-a/hello"
