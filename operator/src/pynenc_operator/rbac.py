"""The rights that this code needs, as data; the chart's Role must say the same.

All rules are namespaced. With one Role in each watched namespace nothing cluster-wide is needed: discovery of the
served kinds is open to every authenticated client.
"""

from __future__ import annotations

from typing import TypedDict

from pynenc.api import names

PLURALS = [resource.plural for resource in names.RESOURCES]


class Rule(TypedDict):
    """A rule of a Role."""

    apiGroups: list[str]
    resources: list[str]
    verbs: list[str]


NAMESPACE_RULES: list[Rule] = [
    {"apiGroups": [names.GROUP], "resources": PLURALS, "verbs": ["get", "list", "watch"]},
    # An Invocation is deleted when its time to live has passed.
    {"apiGroups": [names.GROUP], "resources": [names.INVOCATION.plural], "verbs": ["delete"]},
    # Server-side apply of a status is a patch of the subresource.
    {"apiGroups": [names.GROUP], "resources": [f"{plural}/status" for plural in PLURALS], "verbs": ["patch"]},
    # Server-side apply needs create as well, when the object is not there yet.
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch", "create", "patch"]},
    # Why a pod does not start, and that one is gone; which ones go when a pool gets smaller is written on them.
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "patch"]},
    # What stands around the pods.
    {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["list", "create", "patch"]},
    {"apiGroups": ["policy"], "resources": ["poddisruptionbudgets"], "verbs": ["list", "create", "patch"]},
    {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["list", "create", "patch"]},
    # The URL of an App's store; Secrets are read by name and never listed or watched.
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
    {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create"]},
]
"""In every watched namespace."""

LEASE_RULES: list[Rule] = [
    # The operator watches its own renewals to prove that its streams deliver.
    {
        "apiGroups": ["coordination.k8s.io"],
        "resources": ["leases"],
        "verbs": ["get", "list", "watch", "create", "update"],
    },
]
"""In the namespace of the Lease."""
