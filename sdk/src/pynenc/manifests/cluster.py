"""Objects from a cluster, through kubectl: its settings and log-ins are those that the user has already."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from pynenc.api.names import APP, TASK, WORKER_POOL
from pynenc.errors import ManifestError


@dataclass(frozen=True, slots=True)
class Place:
    """Which cluster and namespace; what is empty is left to the user's kubeconfig."""

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""

    def options(self) -> list[str]:
        """The options of kubectl that say so."""
        pairs = {"--kubeconfig": self.kubeconfig, "--context": self.context, "--namespace": self.namespace}
        return [part for name, value in pairs.items() if value for part in (name, value)]


def objects_at(place: Place) -> list[dict[str, Any]]:
    """All App, WorkerPool and Task objects of a namespace.

    Raises:
        ManifestError: there is no kubectl, or it cannot get them, with the reason that it gives.
    """
    program = shutil.which("kubectl")
    if program is None:
        raise ManifestError(
            "kubectl is not on the path; install it, or compare with files: pynenc manifests check -f FOLDER"
        )
    kinds = ",".join(resource.crd_name for resource in (APP, WORKER_POOL, TASK))
    command = [program, *place.options(), "get", kinds, "--output=json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        told = answer.stderr.strip().splitlines() or ["no reason given"]
        raise ManifestError(f"kubectl cannot get the objects: {told[-1]}")
    objects: list[dict[str, Any]] = json.loads(answer.stdout)["items"]
    return objects
