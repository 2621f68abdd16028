"""Where each kind that the operator touches lives in the API."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from pynenc.api import names


@dataclass(frozen=True, slots=True)
class KindPath:
    """Group (empty for core), version and plural of a kind."""

    group: str
    version: str
    plural: str

    def collection(self, namespace: str) -> str:
        """The path of all objects of a namespace."""
        return f"{self.root}/namespaces/{quote(namespace, safe='')}/{self.plural}"

    def item(self, namespace: str, name: str) -> str:
        """The path of one object."""
        return f"{self.collection(namespace)}/{quote(name, safe='')}"

    @property
    def root(self) -> str:
        """The path of the group and version, which lists what is served."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


PATHS: dict[str, KindPath] = {
    **{resource.kind: KindPath(names.GROUP, names.VERSION, resource.plural) for resource in names.RESOURCES},
    "Deployment": KindPath("apps", "v1", "deployments"),
    "Event": KindPath("events.k8s.io", "v1", "events"),
    "Lease": KindPath("coordination.k8s.io", "v1", "leases"),
    "NetworkPolicy": KindPath("networking.k8s.io", "v1", "networkpolicies"),
    "Pod": KindPath("", "v1", "pods"),
    "PodDisruptionBudget": KindPath("policy", "v1", "poddisruptionbudgets"),
    "Secret": KindPath("", "v1", "secrets"),
    "ServiceAccount": KindPath("", "v1", "serviceaccounts"),
}
OURS = tuple(resource.kind for resource in names.RESOURCES)
