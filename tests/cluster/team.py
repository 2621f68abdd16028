"""What a team does in its namespace, with kubectl alone, and the objects that it makes."""

from __future__ import annotations

import json

from pynenc.api.names import API_VERSION
from support.kubectl import checked, kubectl


class Team:
    """A namespace, with short ways to do what its users do."""

    def __init__(self, namespace):
        self.namespace = namespace

    def apply(self, *manifests):
        """`kubectl apply --server-side`."""
        return checked("-n", self.namespace, "apply", "--server-side", "-f", "-", given=list(manifests))

    def patch(self, name, **spec):
        """`kubectl patch` of the spec."""
        return checked("-n", self.namespace, "patch", name, "--type=merge", "-p", json.dumps({"spec": spec}))

    def delete(self, *names):
        """Delete objects such as `ptask/add`."""
        return checked("-n", self.namespace, "delete", "--wait=true", *names)

    def get(self, name):
        """An object such as `ptask/add`, or None."""
        answer = kubectl("-n", self.namespace, "get", name, "-o", "json")
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def condition(self, name, type_):
        """`(status, reason, message)` of a condition, or None."""
        conditions = ((self.get(name) or {}).get("status") or {}).get("conditions", [])
        found = next((c for c in conditions if c["type"] == type_), None)
        return found and (found["status"], found["reason"], found["message"])

    def wait(self, name, condition, seconds=30):
        """`kubectl wait --for=condition=...`."""
        checked("-n", self.namespace, "wait", name, f"--for=condition={condition}", f"--timeout={seconds}s")


def make(kind, name, **spec):
    """A manifest of ours."""
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}


def app(url, name="shop", **spec):
    return make("App", name, **{"redis": {"url": url}, **spec})


def pool(name="main", **spec):
    defaults = {"appRef": {"name": "shop"}, "image": "shop:1", "entrypoint": "tasks:app", "replicas": 0}
    return make("WorkerPool", name, **{**defaults, **spec})


def task(name="add", **spec):
    parameters = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}
    return make(
        "Task", name, **{"appRef": {"name": "shop"}, "function": f"tasks.{name}", "parameters": parameters, **spec}
    )


def trigger(name="nightly", **spec):
    target = {} if "workflowRef" in spec else {"taskRef": {"name": "add"}}
    defaults = {"when": [{"cron": {"schedule": "0 2 * * *"}}], "arguments": {"a": 1, "b": 2}}
    return make("Trigger", name, **{**target, **defaults, **spec})


def workflow(name="sums", **spec):
    return make("Workflow", name, **(spec or {"taskRef": {"name": "add"}}))


def invocation(name="once", task_name="add", **spec):
    target = {} if "workflowRef" in spec else {"taskRef": {"name": task_name}}
    return make("Invocation", name, **{**target, "arguments": {"a": 1, "b": 2}, **spec})
