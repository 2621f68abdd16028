"""The Deployment of a pool: what the pods are told, and that they may do little."""

from __future__ import annotations

import pytest

from pynenc.api.v1alpha1 import AppSpec
from pynenc_operator.resources.deployment import Grace, deployment_of
from unit.operator.builders import make_app, make_pool

GRACE = Grace(60)


def pod_of(pool=None, app=None, grace=GRACE):
    return deployment_of(pool or make_pool(), app or make_app(), 1, grace)["spec"]["template"]["spec"]


def container_of(pool=None, app=None):
    (container,) = pod_of(pool, app)["containers"]
    return container


def environment_of(pool=None, app=None):
    return {variable["name"]: variable for variable in container_of(pool, app)["env"]}


def test_a_runner_is_started_without_a_shell():
    assert container_of(make_pool(entrypoint="shop.tasks:app"))["command"] == [
        "pynenc",
        "--app",
        "shop.tasks:app",
        "runner",
        "start",
    ]


def test_the_environment_tells_a_runner_what_to_do():
    environment = environment_of(make_pool(slots=4, queues=["fast", "slow"]))
    uid = environment.pop("PYNENC__RUNNER__POD_UID")
    assert uid["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.uid"}}
    assert {name: variable["value"] for name, variable in environment.items()} == {
        "PYNENC__APP_ID": "team-a/shop",
        "PYNENC__REDIS_URL": "redis://redis:6379/0",
        "PYNENC__RUNNER__SLOTS": "4",
        "PYNENC__RUNNER__QUEUES": "fast,slow",
        "PYNENC__RUNNER__DRAIN_SECONDS": "60",
        "PYNENC__RUNNER__POOL": "main",
        "PYNENC__RUNNER__HTTP_PORT": "8080",
        "PYNENC__RUNNER__AWAIT_DEFINITIONS": "true",
    }


def test_a_url_with_a_password_stays_in_its_secret():
    app = make_app(redis={"urlSecretRef": {"name": "redis", "key": "url"}})
    reference = {"secretKeyRef": {"name": "redis", "key": "url"}}
    assert environment_of(app=app)["PYNENC__REDIS_URL"] == {"name": "PYNENC__REDIS_URL", "valueFrom": reference}


def test_signing_keys_stay_in_their_secret():
    app = make_app()
    reference = {"name": "signing", "key": "keys"}
    spec = AppSpec.from_dict({**app.spec.to_dict(), "signingKeysSecretRef": {"name": "signing"}})
    variable = environment_of(app=app.model_copy(update={"spec": spec}))["PYNENC__PAYLOAD__SIGNING_KEYS"]
    assert variable["valueFrom"] == {"secretKeyRef": reference}


def test_the_variables_of_the_user_are_added():
    assert environment_of(make_pool(env=[{"name": "DEBUG", "value": "1"}]))["DEBUG"]["value"] == "1"


def test_a_runner_has_more_time_than_it_needs_to_drain():
    assert pod_of(grace=Grace(60))["terminationGracePeriodSeconds"] == 75


def test_the_pods_may_do_little():
    pod = pod_of()
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container_of()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["volumes"] == [{"name": "tmp", "emptyDir": {}}]
    assert container_of()["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]


def test_the_pool_owns_and_selects():
    manifest = deployment_of(make_pool(), make_app(), 3, GRACE)
    (owner,) = manifest["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"], owner["controller"]) == ("WorkerPool", "uid-of-main", True)
    selector = manifest["spec"]["selector"]["matchLabels"]
    assert selector.items() <= manifest["spec"]["template"]["metadata"]["labels"].items()
    assert manifest["spec"]["replicas"] == 3
    assert manifest["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize(
    ("spec", "field", "expected"),
    [
        pytest.param({}, "imagePullPolicy", None, id="no policy"),
        pytest.param({"imagePullPolicy": "Never"}, "imagePullPolicy", "Never", id="a policy"),
        pytest.param({}, "resources", None, id="no resources"),
        pytest.param(
            {"resources": {"requests": {"cpu": "500m"}}}, "resources", {"requests": {"cpu": "500m"}}, id="resources"
        ),
    ],
)
def test_what_is_not_set_is_left_to_the_cluster(spec, field, expected):
    assert container_of(make_pool(**spec)).get(field) == expected
