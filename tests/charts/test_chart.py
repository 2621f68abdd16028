"""The chart renders what was asked for, and refuses what it does not know."""

from __future__ import annotations

import pytest
import yaml

import pynenc
from support.charts import BUNDLED, EVERYTHING, VALUES, only
from support.repository import ROOT

DIGEST = "sha256:" + "0" * 64


def names(objects, *kinds):
    return sorted(o["metadata"]["name"] for o in objects if o["kind"] in kinds)


@pytest.mark.parametrize("values", VALUES)
def test_lint_has_nothing_to_say(helm, chart, tmp_path, values):
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    answer = helm("lint", "--strict", str(chart), "--values", str(file))
    assert answer.returncode == 0, answer.stdout


def test_no_two_objects_share_a_name(rendered):
    keys = [(o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"]) for o in rendered]
    assert len(keys) == len(set(keys))


def test_the_app_version_is_that_of_the_package():
    chart = yaml.safe_load((ROOT / "charts/pynenc/Chart.yaml").read_text())
    assert chart["appVersion"] == pynenc.__version__


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param({"replicas": 2}, "replicas", id="a value at the wrong place"),
        pytest.param({"operator": {"replica": 2}}, "replica", id="a misspelt value"),
        pytest.param({"operator": {"replicas": "2"}}, "want integer", id="text for a number"),
        pytest.param({"operator": {"logLevel": "loud"}}, "logLevel", id="a word that is not in the list"),
        pytest.param({"operator": {"resources": {"request": {}}}}, "request", id="a misspelt resource"),
        pytest.param({"image": {"digest": "abc"}}, "digest", id="a digest that is none"),
        pytest.param({"image": {"tag": "latest"}}, "tag", id="a tag that moves"),
        pytest.param({"redis": {"enable": True}}, "enable", id="a misspelt switch"),
        pytest.param({"redis": {"maxMemory": "1Gi"}}, "maxMemory", id="a unit that the server does not know"),
        pytest.param({"watchNamespaces": ["*", "a"]}, "watchNamespaces", id="all namespaces and one more"),
        pytest.param({"watchNamespaces": "team-a"}, "want array", id="text for a list"),
        pytest.param({"crds": {"keep": "yes"}}, "want boolean", id="text for a switch"),
        pytest.param({"imagePullSecrets": ["pull"]}, "want object", id="a name for a reference"),
        pytest.param({"podSecurityContext": {"runAsuser": 1}}, "runAsuser", id="a misspelt context"),
        pytest.param({"containerSecurityContext": {"privileged": True}}, "privileged", id="a privileged container"),
        pytest.param({"metrics": {"podMonitor": {"interval": "30"}}}, "interval", id="a time without a unit"),
        pytest.param({"test": {"urlSecretRef": {"secret": "s"}}}, "secret", id="a misspelt reference"),
        pytest.param({"networkPolicy": {"redisFrom": {"podSelector": {}}}}, "want array", id="a map for a list"),
    ],
)
def test_a_bad_value_is_refused(render, values, message):
    assert message in render(values, fails=True)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        pytest.param({}, "pynenc/pynenc:0.1.0", id="the chart's own version"),
        pytest.param({"registry": "localhost", "tag": "dev"}, "localhost/pynenc/pynenc:dev", id="registry and tag"),
        pytest.param({"tag": "dev", "digest": DIGEST}, f"pynenc/pynenc@{DIGEST}", id="a digest wins"),
    ],
)
def test_the_image_is_named_by(render, image, expected):
    pod = only(render({"image": image}), "Deployment")["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, {"PYNENC_OPERATOR__WATCH_NAMESPACES": ""}, id="its own namespace"),
        pytest.param(
            {"watchNamespaces": ["a", "b"]}, {"PYNENC_OPERATOR__WATCH_NAMESPACES": "a,b"}, id="some namespaces"
        ),
        pytest.param({"watchNamespaces": ["*"]}, {"PYNENC_OPERATOR__WATCH_NAMESPACES": "*"}, id="all namespaces"),
        pytest.param(
            {"fullnameOverride": "ops"},
            {"PYNENC_OPERATOR__LEASE_NAME": "ops", "PYNENC_OPERATOR__LEASE_NAMESPACE": "team-a"},
            id="a lease of its own",
        ),
    ],
)
def test_the_operator_is_told(render, values, expected):
    container = only(render(values), "Deployment")["spec"]["template"]["spec"]["containers"][0]
    env = {item["name"]: item.get("value") for item in container["env"]}
    assert expected.items() <= env.items()


def test_the_operator_knows_every_variable_that_it_is_given(render):
    from pynenc_operator.settings import from_environment

    container = only(render(EVERYTHING), "Deployment")["spec"]["template"]["spec"]["containers"][0]
    settings = from_environment({item["name"]: item.get("value", "pod-1") for item in container["env"]})
    assert settings.namespaces == ("team-a", "team-b")
    assert settings.identity == "pod-1"
    assert container["ports"] == [{"name": "health", "containerPort": settings.health_port}]


def test_definitions_come_with_the_release_and_outlive_it(render):
    crds = [o for o in render() if o["kind"] == "CustomResourceDefinition"]
    assert len(crds) == len(list((ROOT / "crds").glob("*.yaml")))
    assert {o["metadata"]["annotations"]["helm.sh/resource-policy"] for o in crds} == {"keep"}


def test_definitions_can_be_left_out(render):
    assert names(render({"crds": {"install": False}}), "CustomResourceDefinition") == []


def test_the_charts_definitions_are_those_of_the_repository(render):
    rendered = {o["metadata"]["name"]: o for o in render({"crds": {"keep": False}}) if "Custom" in o["kind"]}
    plain = [yaml.safe_load(path.read_text()) for path in (ROOT / "crds").glob("*.yaml")]
    assert rendered == {o["metadata"]["name"]: o for o in plain}


def test_a_long_release_name_leaves_room_for_suffixes(render):
    objects = render(BUNDLED, release="r" * 53)
    assert max(len(o["metadata"]["name"]) for o in objects if o["kind"] != "CustomResourceDefinition") <= 63


@pytest.mark.parametrize(
    ("replicas", "budgets"), [pytest.param(1, [], id="one replica"), pytest.param(2, ["pynenc"], id="two replicas")]
)
def test_a_budget_is_kept_where_one_replica_can_be_spared(render, replicas, budgets):
    assert names(render({"operator": {"replicas": replicas}}), "PodDisruptionBudget") == budgets


def test_the_service_leads_to_the_operators_port(rendered):
    port = only(rendered, "Deployment")["spec"]["template"]["spec"]["containers"][0]["ports"][0]
    [service] = [o for o in rendered if o["kind"] == "Service" and not o["metadata"]["name"].endswith("-redis")]
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]
    assert service["spec"]["ports"][0]["port"] == port["containerPort"]
    assert service["spec"]["selector"] == only(rendered, "Deployment")["spec"]["selector"]["matchLabels"]


def test_further_manifests_are_rendered(render):
    objects = render({"extraManifests": EVERYTHING["extraManifests"]})
    assert names(objects, "ConfigMap") == ["object", "pynenc-text"]


def test_notes_show_it_working_in_three_commands(helm, chart):
    notes = notes_of(helm, chart, "--set", "redis.enabled=true")
    commands = [line.split()[0] for line in notes.splitlines() if line.startswith(("  kubectl ", "  helm "))]
    assert commands == ["kubectl", "helm", "kubectl"]
    assert "helm -n team-a test pynenc" in notes
    assert "urlSecretRef: {name: pynenc-redis, key: url}" in notes


def test_notes_name_no_test_where_there_is_none(helm, chart):
    assert " test pynenc" not in notes_of(helm, chart)


def notes_of(helm, chart, *arguments):
    command = ("install", "pynenc", str(chart), "--dry-run=client", "--namespace", "team-a", *arguments)
    return helm(*command).stdout.rpartition("NOTES:")[2]
