"""From the first chart to this one and away again: objects are kept, and none is stuck when it is to go.

These run before the installation of the other tests is made, since the first chart brings the first definitions.
"""

from __future__ import annotations

import json
import uuid

import pytest

from cluster.team import Team, app, make, pool, task
from e2e.installation import RELEASE, helm, image_values
from support.kubectl import checked
from support.repository import ROOT

FIRST = ROOT / "tests/charts/first/pynenc-0.1.0.tgz"
SECRET = {"urlSecretRef": {"name": f"{RELEASE}-redis", "key": "url"}}
KINDS = "papp,ppool,ptask,pinv"


@pytest.fixture
def team():
    name = f"upgrade-{uuid.uuid4().hex[:8]}"
    checked("create", "namespace", name)
    yield Team(name)
    checked("delete", "namespace", name, "--wait=false", "--ignore-not-found")


@pytest.fixture
def values(images, tmp_path):
    """A file of values for both charts."""
    given = image_values(images)
    given["redis"]["persistence"] = {"enabled": False}
    file = tmp_path / "values.json"
    file.write_text(json.dumps(given))
    return ("--values", str(file))


def identities(team):
    """`{(kind, name): uid}` of all objects of ours."""
    items = json.loads(checked("-n", team.namespace, "get", KINDS, "-o", "json"))["items"]
    return {(o["kind"], o["metadata"]["name"]): o["metadata"]["uid"] for o in items}


def test_objects_outlive_an_upgrade_from_the_first_chart_and_none_is_stuck_after_the_end(team, values, images):
    release = (RELEASE, "-n", team.namespace, *values)
    take = ("--take-ownership", "--force-conflicts")
    # The first operator served these kinds alone; its image is not at hand, so the objects wait for the upgrade.
    helm("install", *release, str(FIRST), "--set", "operator.replicas=0", *take, "--wait", "--timeout=3m")
    once = make("Invocation", "once", taskRef={"name": "add"}, arguments={"x": 2, "y": 3})
    function = "pynenc_operator.selftest.add"
    pools = pool(image=images.product, entrypoint="pynenc_operator.selftest:app", replicas=1, slots=1)
    team.apply(app("", redis=SECRET), pools, task(function=function, parameters={"type": "object"}), once)
    before, store = identities(team), team.get("pod/pynenc-redis-0")["metadata"]["uid"]
    helm("upgrade", *release, str(ROOT / "charts/pynenc"), *take, "--wait", "--timeout=3m")
    assert identities(team) == before
    team.wait("pinv/once", "Succeeded", seconds=120)
    assert team.get("pod/pynenc-redis-0")["metadata"]["uid"] == store, "the store went on"
    helm("uninstall", RELEASE, "-n", team.namespace, "--wait", "--timeout=2m")
    assert identities(team) == before
    checked("-n", team.namespace, "delete", KINDS, "--all", "--timeout=30s")
    checked("delete", "namespace", team.namespace, "--timeout=120s")
