"""What a user lays over the pod template is stronger, and leaves alone what it does not name."""

from __future__ import annotations

import pytest

from pynenc_operator.resources.deployment import Grace, deployment_of
from pynenc_operator.resources.overlay import overlaid
from unit.operator.builders import make_app, make_pool


@pytest.mark.parametrize(
    ("base", "overlay", "result"),
    [
        pytest.param({"a": 1}, {}, {"a": 1}, id="nothing"),
        pytest.param({"a": 1}, {"a": 2, "b": 3}, {"a": 2, "b": 3}, id="fields"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}, id="fields of fields"),
        pytest.param(
            [{"name": "x", "v": 1}, {"name": "y"}],
            [{"name": "z"}, {"name": "x", "v": 2}],
            [{"name": "x", "v": 2}, {"name": "y"}, {"name": "z"}],
            id="items by name",
        ),
        pytest.param([{"key": "x"}], [{"key": "y"}], [{"key": "y"}], id="items without names"),
        pytest.param(["a"], ["b"], ["b"], id="plain lists"),
        pytest.param({"a": [1]}, {"a": {"b": 1}}, {"a": {"b": 1}}, id="another type"),
        pytest.param({"a": 1, "b": 2}, {"a": None}, {"b": 2}, id="a field taken away"),
    ],
)
def test_overlaid(base, overlay, result):
    assert overlaid(base, overlay) == result


def test_a_pod_template_lies_over_that_of_the_operator():
    overlay = {
        "metadata": {"annotations": {"team": "red"}},
        "spec": {
            "nodeSelector": {"disk": "ssd"},
            "containers": [{"name": "worker", "env": [{"name": "A", "value": "1"}]}, {"name": "sidecar", "image": "s"}],
        },
    }
    manifest = deployment_of(make_pool(podTemplate=overlay), make_app(), 1, Grace(30))
    template = manifest["spec"]["template"]
    worker, sidecar = template["spec"]["containers"]
    assert (worker["image"], worker["env"][-1]) == ("shop:1", {"name": "A", "value": "1"})
    assert sidecar == {"name": "sidecar", "image": "s"}
    assert template["spec"]["nodeSelector"] == {"disk": "ssd"}
    assert template["metadata"]["annotations"] == {"team": "red"}
    assert template["metadata"]["labels"]["pynenc.io/pool"] == "main"
