"""A worker that the test plays, step by step, with the verbs that real ones use."""

from __future__ import annotations

import json
import uuid

from cluster.operator_process import eventually
from pynenc.core.records import Answer, Settlement, WorkerInfo
from pynenc.core.status import Status
from pynenc.orchestrator.base import ClaimRequest


class PlayedWorker:
    """Joins when the store is open, then claims and finishes when told to."""

    def __init__(self, store, host="pod-1", pool="main", pod_uid="", tasks=None):
        self.orchestrator = store.orchestrator
        self.id = f"{host}-{uuid.uuid4().hex[:8]}"
        info = WorkerInfo(self.id, host, pool, pod_uid=pod_uid, tasks=None if tasks is None else frozenset(tasks))
        eventually(lambda: self.orchestrator.join(info, 60) is not Answer.NOTREADY)

    def claim(self, *queues):
        """The next invocation, as soon as there is one."""
        return eventually(lambda: self._claim(queues or ("default",)))[0]

    def offered(self, *queues):
        """What a claim that does not wait gets."""
        return tuple(self._claim(queues or ("default",)))

    def finish(self, claimed, value, status=Status.SUCCESS):
        """End it with a JSON value."""
        payload = json.dumps(value).encode()
        settlement = Settlement(claimed.invocation_id, claimed.fence, status, payload, 3600)
        assert self.orchestrator.finish(self.id, [settlement]) == [Answer.OK]

    def _claim(self, queues):
        return self.orchestrator.claim(self.id, ClaimRequest(uuid.uuid4().hex, queues)).items
