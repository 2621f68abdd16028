"""Values to render the chart with, and ways to look at what comes out."""

from __future__ import annotations

from typing import Any

import pytest

Manifest = dict[str, Any]

BUNDLED: Manifest = {"redis": {"enabled": True}}
EVERYWHERE: Manifest = {"watchNamespaces": ["*"], "redis": {"enabled": True, "persistence": {"enabled": False}}}
EVERYTHING: Manifest = {
    "nameOverride": "tasks",
    "image": {"registry": "localhost", "repository": "pynenc/pynenc", "tag": "dev"},
    "imagePullSecrets": [{"name": "pull"}],
    "watchNamespaces": ["team-a", "team-b"],
    "serviceAccount": {"annotations": {"a": "b"}},
    "operator": {
        "podAnnotations": {"a": "b"},
        "podLabels": {"c": "d"},
        "nodeSelector": {"disk": "fast"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"podAntiAffinity": {}},
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
        "priorityClassName": "high",
        "extraEnv": [{"name": "PYNENC_OPERATOR__RESYNC_SECONDS", "value": "30"}],
    },
    "networkPolicy": {"redisFrom": [{"podSelector": {}}]},
    "redis": {"enabled": True, "persistence": {"storageClassName": "fast"}},
}
VALUES = [
    pytest.param({}, id="defaults"),
    pytest.param(BUNDLED, id="bundled Valkey"),
    pytest.param(EVERYWHERE, id="all namespaces"),
    pytest.param(EVERYTHING, id="everything"),
]


def only(objects: list[Manifest], kind: str, name: str | None = None) -> Manifest:
    """The one object of a kind, or of a kind and name."""
    [found] = [o for o in objects if o["kind"] == kind and name in {None, o["metadata"]["name"]}]
    return found
