"""What `helm test` makes: objects of its own, and a pod that submits an invocation and waits for its result."""

from __future__ import annotations

import pytest

from pynenc.api.names import LABEL_COMPONENT, Component
from pynenc.discovery import load_app
from support.charts import BUNDLED, only

OWN = {"redis": {"enabled": False}, "test": {"urlSecretRef": {"name": "mine", "key": "address"}}}


def hooks(objects):
    """`{kind: object}` of what belongs to the test."""
    return {o["kind"]: o for o in objects if o["metadata"].get("annotations", {}).get("helm.sh/hook") == "test"}


def variables(pod):
    return {item["name"]: item for item in pod["spec"]["containers"][0]["env"]}


@pytest.mark.parametrize(
    ("values", "secret"),
    [
        pytest.param(BUNDLED, {"name": "pynenc-redis", "key": "url"}, id="the bundled Valkey"),
        pytest.param(OWN, {"name": "mine", "key": "address"}, id="a store of the user's own"),
        pytest.param({**BUNDLED, "watchNamespaces": ["*"]}, {"name": "pynenc-redis", "key": "url"}, id="everywhere"),
    ],
)
def test_app_and_pod_use_one_store(render, values, secret):
    made = hooks(render(values))
    assert set(made) == {"App", "Task", "WorkerPool", "Pod"}
    assert made["App"]["spec"] == {"redis": {"urlSecretRef": secret}}
    env = variables(made["Pod"])
    assert env["PYNENC__REDIS_URL"]["valueFrom"] == {"secretKeyRef": secret}
    assert env["PYNENC__APP_ID"]["value"] == f"team-a/{made['App']['metadata']['name']}"


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="no store"),
        pytest.param({**BUNDLED, "test": {"enabled": False}}, id="not wanted"),
        pytest.param({**BUNDLED, "watchNamespaces": ["team-b"]}, id="a namespace that is not served"),
    ],
)
def test_there_is_no_test_without(render, values):
    assert hooks(render(values)) == {}


def test_the_pod_starts_when_the_objects_are_there(render):
    made = hooks(render(BUNDLED))
    weights = {kind: int(o["metadata"]["annotations"]["helm.sh/hook-weight"]) for kind, o in made.items()}
    assert all(weights[kind] < weights["Pod"] for kind in made.keys() - {"Pod"})


def test_the_store_lets_the_pod_in(render):
    made = hooks(render(BUNDLED))
    assert made["Pod"]["metadata"]["labels"][LABEL_COMPONENT] == Component.CLIENT


def test_the_task_is_in_the_image_of_the_operator(render):
    objects = render(BUNDLED)
    made = hooks(objects)
    image = only(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert made["WorkerPool"]["spec"]["image"] == image == made["Pod"]["spec"]["containers"][0]["image"]
    tasks = load_app(made["WorkerPool"]["spec"]["entrypoint"]).tasks
    assert made["Task"]["spec"]["function"] in tasks
    assert tasks[made["Task"]["spec"]["function"]].func(2, 3) == 5
