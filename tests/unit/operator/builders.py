"""Objects and records for the operator's tests: each takes what matters to a test and fills in the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pynenc.api.v1alpha1 import App, Invocation, Task, Trigger, WorkerPool, Workflow
from pynenc.core.records import InvocationRecord
from pynenc.core.status import Status
from pynenc_operator.plan.catalog import Catalog, by_name

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
NAMESPACE = "team-a"


def metadata(name, age_seconds=3600.0, **changes):
    created = NOW - timedelta(seconds=age_seconds)
    return {
        "name": name,
        "namespace": NAMESPACE,
        "uid": f"uid-of-{name}",
        "generation": 3,
        "resourceVersion": "7",
        "creationTimestamp": created.isoformat(),
        **changes,
    }


def make_app(name="shop", status=None, redis=None, limits=None, spec=None, **meta):
    spec = {"redis": redis or {"url": "redis://redis:6379/0"}, "limits": limits, **(spec or {})}
    return App.from_dict({"metadata": metadata(name, **meta), "spec": spec, "status": status or {}})


def make_task(name="send", status=None, meta=None, **spec):
    spec = {"appRef": {"name": "shop"}, "function": f"mail.{name}", **spec}
    return Task.from_dict({"metadata": metadata(name, **(meta or {})), "spec": spec, "status": status or {}})


def make_pool(name="main", status=None, meta=None, **spec):
    spec = {"appRef": {"name": "shop"}, "image": "shop:1", "entrypoint": "tasks:app", **spec}
    if "scaling" not in spec:
        spec = {"replicas": 1, **spec}
    return WorkerPool.from_dict({"metadata": metadata(name, **(meta or {})), "spec": spec, "status": status or {}})


def make_trigger(name="nightly", status=None, meta=None, **spec):
    target = {} if "workflowRef" in spec else {"taskRef": {"name": "send"}}
    spec = {**target, "when": [{"cron": {"schedule": "0 2 * * *"}}], **spec}
    return Trigger.from_dict({"metadata": metadata(name, **(meta or {})), "spec": spec, "status": status or {}})


def make_workflow(name="orders", status=None, meta=None, **spec):
    spec = spec or {"taskRef": {"name": "send"}}
    return Workflow.from_dict({"metadata": metadata(name, **(meta or {})), "spec": spec, "status": status or {}})


def make_catalog(*objects):
    """What a namespace has, in which there is always an App."""
    kinds = {kind: by_name(one for one in objects if one.kind == kind) for kind in ("Task", "Workflow", "Trigger")}
    return Catalog(by_name([make_app()]), kinds["Task"], kinds["Workflow"], kinds["Trigger"])


def make_invocation(name="once", status=None, **spec):
    spec = {**({} if "workflowRef" in spec else {"taskRef": {"name": "send"}}), **spec}
    return Invocation.from_dict({"metadata": metadata(name), "spec": spec, "status": status or {}})


def make_record(status=Status.REGISTERED, age_seconds=10.0, **changes):
    registered = round((NOW.timestamp() - age_seconds) * 1e6)
    fields = {
        "invocation_id": "id-1",
        "task_id": "mail.send",
        "status": status,
        "queue": "default",
        "priority": 0,
        "arguments": b"{}",
        "payload": b"",
        "attempt": 1,
        "retries": 0,
        "losses": 0,
        "fence": "1",
        "worker": "w",
        "parent_id": "",
        "registered_us": registered,
        "started_us": registered + 1_000_000,
        "changed_us": registered + 2_000_000,
    }
    return InvocationRecord(**{**fields, **changes})


def verdicts(status):
    """`{type: (status, reason)}` of the conditions of a status."""
    return {condition.type: (condition.status, condition.reason) for condition in status.conditions}


def message(status, type_):
    """The message of one condition."""
    return status.condition(type_).message


def make_pod(name, phase="Running", ready=True, state=None, last_state=None, restarts=0, **fields):
    """A worker pod; `fields` are of its metadata if they are named so there, else of its status."""
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    container = {"name": "worker", "state": state or {}, "lastState": last_state or {}, "restartCount": restarts}
    meta = {key: fields.pop(key) for key in ("annotations", "deletionTimestamp") if key in fields}
    status = {"phase": phase, "conditions": conditions, "containerStatuses": [container], **fields}
    return {"kind": "Pod", "metadata": {**metadata(name), **meta}, "status": status}
