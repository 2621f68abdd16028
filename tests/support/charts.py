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
    "podSecurityContext": {"fsGroup": None, "fsGroupChangePolicy": "OnRootMismatch"},
    "operator": {
        "replicas": 2,
        "podAnnotations": {"a": "b"},
        "podLabels": {"c": "d"},
        "nodeSelector": {"disk": "fast"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"podAntiAffinity": {}},
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
        "priorityClassName": "high",
        "extraEnv": [{"name": "PYNENC_OPERATOR__RESYNC_SECONDS", "value": "30"}],
        "extraVolumes": [{"name": "ca", "configMap": {"name": "ca"}}],
        "extraVolumeMounts": [{"name": "ca", "mountPath": "/ca", "readOnly": True}],
    },
    "metrics": {"service": {"annotations": {"a": "b"}}, "podMonitor": {"enabled": True, "labels": {"team": "a"}}},
    "networkPolicy": {"operatorFrom": [{"namespaceSelector": {}}], "redisFrom": [{"podSelector": {}}]},
    "redis": {
        "enabled": True,
        "persistence": {"storageClassName": "fast"},
        "nodeSelector": {"disk": "fast"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"podAntiAffinity": {}},
        "priorityClassName": "high",
    },
    "extraManifests": [
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-text\n",
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "object"}},
    ],
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
