"""Events become keys and nothing else; kopf is given no reason to write."""

from __future__ import annotations

import kopf
import pytest

from pynenc.api.names import RESOURCES
from pynenc_operator.bootstrap import kopf_settings
from pynenc_operator.handlers import Memo, registry
from pynenc_operator.handlers.events import deployment_changed, lease_renewed, log_in, object_changed, pod_changed
from pynenc_operator.plan.result import ObjectKey


class Told:
    """Keeps what handlers tell."""

    def __init__(self):
        self.keys, self.changed, self.delivered, self.pods = [], [], [], []

    def memo(self):
        return Memo(
            self.keys.append,
            lambda key, manifest, *, deleted: self.changed.append((key, manifest["metadata"]["name"], deleted)),
            lambda key, version, *, deleted=False: self.delivered.append((key.kind, version, deleted)),
            self.pods.append,
            self.login,
        )

    async def login(self):
        return kopf.ConnectionInfo(server="https://server")


def event_of(kind, name="x", type_="MODIFIED"):
    body = {"kind": kind, "metadata": {"name": name, "namespace": "a", "resourceVersion": "5"}}
    return {"body": kopf.Body(body), "event": {"type": type_, "object": body}, "name": name}


@pytest.mark.parametrize(("type_", "deleted"), [("ADDED", False), (None, False), ("DELETED", True)])
async def test_an_event_of_ours_adds_its_key(type_, deleted):
    told = Told()
    await object_changed(**event_of("Task", type_=type_), memo=told.memo())
    key = ObjectKey("Task", "a", "x")
    assert told.keys == [key]
    assert (told.changed, told.delivered) == ([(key, "x", deleted)], [("Task", "5", deleted)])


async def test_an_event_of_a_deployment_adds_its_pool():
    told = Told()
    await deployment_changed(**event_of("Deployment"), memo=told.memo())
    assert told.keys == [ObjectKey("WorkerPool", "a", "x")]


@pytest.mark.parametrize(
    ("type_", "phase", "keys"),
    [
        pytest.param("MODIFIED", "Running", [], id="one that works is no news"),
        pytest.param("DELETED", "Running", [ObjectKey("WorkerPool", "a", "main")], id="deleted"),
        pytest.param("MODIFIED", "Failed", [ObjectKey("WorkerPool", "a", "main")], id="failed"),
    ],
)
async def test_a_worker_pod_that_runs_nothing_adds_its_pool(type_, phase, keys):
    told, event = Told(), event_of("Pod", type_=type_)
    body = {**event["event"]["object"], "status": {"phase": phase}}
    body["metadata"]["labels"] = {"pynenc.io/pool": "main"}
    await pod_changed(body=kopf.Body(body), event=event["event"], memo=told.memo())
    assert (told.keys, told.pods) == (keys, [body])


async def test_a_renewal_is_only_proof():
    told = Told()
    await lease_renewed(**event_of("Lease"), memo=told.memo())
    assert (told.keys, told.delivered) == ([], [("Lease", "5", False)])


async def test_logging_in_asks_anew():
    assert (await log_in(memo=Told().memo())).server == "https://server"


@pytest.mark.parametrize(("lease", "leases"), [("mine", 1), ("", 0)])
def test_only_events_are_handled(lease, leases):
    handlers = registry(lease=lease)
    watched = list(handlers._watching.get_all_handlers())
    assert len(watched) == len(RESOURCES) + 2 + leases
    assert list(handlers._changing.get_all_handlers()) == list(handlers._spawning.get_all_handlers()) == []


@pytest.mark.parametrize(("name", "wanted"), [("mine", True), ("other", False)])
def test_only_our_own_lease_is_proof(name, wanted):
    (handler,) = [h for h in registry(lease="mine")._watching.get_all_handlers() if h.fn is lease_renewed]
    assert handler.when is not None
    assert handler.when(**event_of("Lease", name)) is wanted


def test_kopf_writes_nothing():
    settings = kopf_settings()
    assert (settings.posting.enabled, settings.posting.loggers, settings.scanning.disabled) == (False, False, True)
    assert settings.persistence.finalizer.startswith("pynenc.io/")
