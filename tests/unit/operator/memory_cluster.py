"""A cluster that exists in memory: it keeps what is applied, and owns no rules of its own."""

from __future__ import annotations

import copy
from collections import Counter

from pynenc_operator.plan.result import ObjectKey


def key_of(manifest):
    return ObjectKey(manifest["kind"], manifest["metadata"]["namespace"], manifest["metadata"]["name"])


class MemoryCluster:
    """Keeps objects by key and counts writes by kind; `notices` are all that it was told, `events` their reasons."""

    def __init__(self):
        self.objects = {}
        self.secrets = {}
        self.pods_listed = []
        self.costs = {}
        self.writes = Counter()
        self.notices = []
        self.broken = self.refuse = None

    def put(self, kind, model):
        """An object as its user applied it."""
        manifest = {"apiVersion": "pynenc.io/v1alpha1", "kind": kind, **model.to_dict()}
        self.objects[key_of(manifest)] = manifest
        return key_of(manifest)

    @property
    def events(self):
        return [notice.reason for notice in self.notices]

    def status(self, key):
        return self.objects[key]["status"]

    async def get(self, key):
        if self.broken:
            raise self.broken
        return copy.deepcopy(self.objects.get(key))

    async def list(self, kind, namespace):
        found = [o for key, o in self.objects.items() if key.kind == kind and namespace in {"", key.namespace}]
        return copy.deepcopy(found)

    async def pods(self, namespace, selector):
        return self.pods_listed

    async def price_pods(self, namespace, costs):
        self.writes["Pod"] += len(costs)
        self.costs |= costs

    async def secret_value(self, namespace, name, key):
        return self.secrets.get((name, key))

    async def apply(self, manifest):
        if self.refuse:
            raise self.refuse
        self.writes[manifest["kind"]] += 1
        self.objects[key_of(manifest)] = {**copy.deepcopy(manifest), "status": {}}

    async def apply_status(self, manifest):
        self.writes[manifest["kind"] + "/status"] += 1
        self.objects[key_of(manifest)]["status"] = copy.deepcopy(manifest["status"])

    async def delete(self, key, uid):
        self.writes[key.kind] += 1
        if self.objects[key]["metadata"]["uid"] == uid:
            del self.objects[key]

    async def notify(self, notice):
        self.notices.append(notice)
