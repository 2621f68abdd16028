"""The objects of the API server, as `reconcile.ports.Cluster` promises them."""

from __future__ import annotations

import base64
import binascii
import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pynenc.api import names
from pynenc_operator.kube.paths import OURS, PATHS
from pynenc_operator.kube.snapshots import Snapshots
from pynenc_operator.kube.transport import APPLY, MERGE, Transport
from pynenc_operator.plan.result import Manifest, ObjectKey
from pynenc_operator.plan.scale_in import COST_ANNOTATION
from pynenc_operator.reconcile.ports import ClusterError, Notice

_log = logging.getLogger(__name__)
PAGE = "500"
NOT_FOUND = 404
CONFLICT = 409


class KubeCluster:
    """Reads are as new as the server's answer, except `list`, which events and own writes keep up to date."""

    def __init__(self, transport: Transport, instance: str) -> None:
        self._transport = transport
        self._instance = instance
        self._snapshots = Snapshots(self.fetch, OURS)

    @property
    def writes(self) -> Mapping[tuple[str, str], int]:
        """How many requests changed something, by method and kind."""
        return self._transport.writes

    def changed(self, key: ObjectKey, manifest: Manifest, *, deleted: bool = False) -> None:
        """An event has brought an object as it is now, or as it last was."""
        self._snapshots.changed(key, manifest, deleted=deleted)

    async def serves_our_kinds(self) -> bool:
        """Whether the CRDs are installed."""
        try:
            answer = await self._transport.request("GET", PATHS[OURS[0]].root)
        except ClusterError as error:
            if error.status == NOT_FOUND:
                return False
            raise
        return {PATHS[kind].plural for kind in OURS} <= {resource["name"] for resource in answer["resources"]}

    async def get(self, key: ObjectKey) -> Manifest | None:
        """The object as it is now, or None."""
        try:
            manifest: Manifest = await self._transport.request("GET", PATHS[key.kind].item(key.namespace, key.name))
        except ClusterError as error:
            if error.status == NOT_FOUND:
                return None
            raise
        return manifest

    async def list(self, kind: str, namespace: str) -> Sequence[Manifest]:
        """All objects of a kind in a namespace; the answer may be shared."""
        return await self._snapshots.get(kind, namespace)

    async def relist(self, kind: str, namespace: str) -> Sequence[Manifest]:
        """The same, asked for now; namespace empty: of all namespaces."""
        return await (self._snapshots.renew(kind, namespace) if namespace else self.fetch(kind, namespace))

    async def fetch(self, kind: str, namespace: str, **query: str) -> Sequence[Manifest]:
        """All objects of a kind in a namespace, page by page, asked for now. Namespace empty: of all namespaces."""
        path = PATHS[kind]
        url = path.collection(namespace) if namespace else f"{path.root}/{path.plural}"
        objects: list[Manifest] = []
        query = {"limit": PAGE, **query}
        while True:
            answer = await self._transport.request("GET", url, query=query)
            # In lists of built-in kinds the items do not say what they are.
            head = {"apiVersion": answer["apiVersion"], "kind": kind}
            objects.extend({**head, **item} for item in answer["items"])
            following = answer["metadata"].get("continue")
            if not following:
                return objects
            query = {**query, "continue": following}

    async def pods(self, namespace: str, selector: str) -> Sequence[Manifest]:
        """The pods that a label selector selects."""
        return await self.fetch("Pod", namespace, labelSelector=selector)

    async def price_pods(self, namespace: str, costs: Mapping[str, int]) -> None:
        """Say what it costs to delete pods, by their names; one that is gone by now has no price."""
        for name, cost in costs.items():
            body = {"metadata": {"annotations": {COST_ANNOTATION: str(cost)}}}
            path = PATHS["Pod"].item(namespace, name)
            try:
                await self._transport.write("Pod", "PATCH", path, body=body, content_type=MERGE)
            except ClusterError as error:
                if error.status != NOT_FOUND:
                    raise

    async def secret_value(self, namespace: str, name: str, key: str) -> str | None:
        """One key of a Secret as text, or None if either does not exist."""
        secret = await self.get(ObjectKey("Secret", namespace, name))
        encoded = (secret or {}).get("data", {}).get(key)
        if encoded is None:
            return None
        try:
            return base64.b64decode(encoded).decode().strip()
        except (binascii.Error, UnicodeDecodeError):
            return None

    async def apply(self, manifest: Manifest) -> None:
        """Server-side apply under our field manager, by force. Safe to repeat."""
        try:
            await self._apply(manifest, "")
        finally:  # no event tells of it where the kind is not watched
            self._snapshots.outdate(manifest["kind"], manifest["metadata"]["namespace"])

    async def apply_status(self, manifest: Manifest) -> None:
        """The same for the status; with the uid in the metadata, a successor of the same name refuses it."""
        try:
            await self._apply(manifest, "/status")
        except ClusterError as error:
            if error.status not in {NOT_FOUND, CONFLICT}:
                raise
            _log.debug("status not written: %s", error)

    async def delete(self, key: ObjectKey, uid: str) -> None:
        """Delete an object if it still is the one with this uid."""
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": uid}}
        path = PATHS[key.kind].item(key.namespace, key.name)
        try:
            await self._transport.write(key.kind, "DELETE", path, body=body)
        except ClusterError as error:
            if error.status not in {NOT_FOUND, CONFLICT}:
                raise

    async def notify(self, notice: Notice) -> None:
        """Record an Event. It is news only: whoever waits for it must not wait in vain because of quotas or rights."""
        body = _event(notice, self._instance)
        path = PATHS["Event"].collection(notice.regarding["metadata"]["namespace"])
        try:
            await self._transport.write("Event", "POST", path, body=body)
        except ClusterError as error:
            _log.debug("event not recorded: %s", error)

    async def _apply(self, manifest: Manifest, subresource: str) -> None:
        kind, metadata = manifest["kind"], manifest["metadata"]
        await self._transport.write(
            kind + subresource,
            "PATCH",
            PATHS[kind].item(metadata["namespace"], metadata["name"]) + subresource,
            query={"fieldManager": names.FIELD_MANAGER, "force": "true"},
            body=dict(manifest),
            content_type=APPLY,
        )


def _event(notice: Notice, instance: str) -> dict[str, Any]:
    metadata = notice.regarding["metadata"]
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata['name']}.{uuid.uuid4().hex[:16]}", "namespace": metadata["namespace"]},
        "eventTime": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "type": "Warning" if notice.bad else "Normal",
        "reason": notice.reason,
        "note": notice.note[:1024],
        "action": "Reconcile",
        "reportingController": f"{names.GROUP}/operator",
        "reportingInstance": instance[:128],
        "regarding": {
            "apiVersion": notice.regarding["apiVersion"],
            "kind": notice.regarding["kind"],
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata.get("uid", ""),
        },
    }
