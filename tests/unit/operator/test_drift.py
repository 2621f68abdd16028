"""A manifest holds in an object that says the same, whatever else that object says."""

from __future__ import annotations

import pytest

from pynenc_operator.plan.drift import DIGEST_ANNOTATION, holds, stamped


@pytest.mark.parametrize(
    ("manifest", "live", "expected"),
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, True, id="more fields"),
        pytest.param({"a": 1}, {"b": 2}, False, id="a missing field"),
        pytest.param({"a": 1}, {"a": 2}, False, id="another value"),
        pytest.param({"a": {"b": 1}}, {"a": None}, False, id="no object"),
        pytest.param({"a": [1, 2]}, {"a": [1, 2]}, True, id="the same list"),
        pytest.param({"a": [1, 2]}, {"a": [2, 1]}, False, id="another order"),
        pytest.param({"a": [1]}, {"a": [1, 2]}, False, id="a longer list"),
        pytest.param({"a": [1]}, {"a": 1}, False, id="no list"),
        pytest.param({"a": []}, {"a": []}, True, id="an empty list"),
        pytest.param(
            [{"name": "x", "v": 1}], [{"name": "y"}, {"name": "x", "v": 1, "w": 2}], True, id="a named item anywhere"
        ),
        pytest.param([{"name": "x"}], [{"name": "y"}], False, id="a missing named item"),
        pytest.param([{"name": "x"}], ["x"], False, id="an item without a name"),
        pytest.param({"resources": {"cpu": "1000m"}}, {"resources": {"cpu": "1"}}, True, id="a rewritten quantity"),
        pytest.param({"resources": {"cpu": "1"}}, {}, True, id="resources are told by the digest"),
    ],
)
def test_more_is_no_difference_and_less_is(manifest, live, expected):
    assert holds(manifest, live) == expected


def test_the_digest_tells_two_manifests_apart():
    first = stamped({"metadata": {"name": "x", "annotations": {"kept": "1"}}, "spec": {"cpu": 1}})
    second = stamped({"metadata": {"name": "x"}, "spec": {"cpu": 2}})
    digests = {manifest["metadata"]["annotations"][DIGEST_ANNOTATION] for manifest in (first, second)}
    assert len(digests) == 2
    assert first["metadata"]["annotations"]["kept"] == "1"
