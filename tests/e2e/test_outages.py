"""A node, the API server and the store go away under load, and come back."""

from __future__ import annotations

import itertools
import os
import sys
import time

from cluster.operator_process import eventually
from e2e import nodes
from e2e.installation import RELEASE, batch, is_ready, pod_of
from pynenc.core.status import Status
from support.kubectl import kubectl

NAPS = 100
NAP_SECONDS = 0.2
LONG_NAP_SECONDS = 15.0
"""Longer than a node takes to end, and no longer than a lease: the other node has free slots when they are needed."""
RESUMED_SECONDS = 17.0
"""A lease of 15 s, and a sweep each 2 s."""
OUTAGE_SECONDS = float(os.environ.get("PYNENC_OUTAGE_SECONDS", "15"))
SLOTS = 4
STORE = f"{RELEASE}-redis-0"
SERVER = f"statefulset/{RELEASE}-redis"


def finished(hello):
    return hello.counts("tasks.nap").get(Status.SUCCESS, 0)


def test_a_node_is_stopped_and_its_work_goes_on_elsewhere(own_nodes, four_pods):
    hello = own_nodes
    [away] = set(nodes.names()) - {hello.home}
    lost_pods = hello.worker_pods(away)
    before = finished(hello)
    hello.run("apply", "-f", "-", given=batch("lasting", "nap", 8, seconds=LONG_NAP_SECONDS))
    names = [f"lasting-{number}" for number in range(8)]
    victims = eventually(lambda: [n for n in names if pod_of(hello, n) in lost_pods], seconds=60)
    hello.submit_naps(NAPS, NAP_SECONDS)
    nodes.docker("stop", "--time", "1", away)
    stopped_at = time.time()
    try:
        hello.run("wait", "pinv", "-l", "batch=lasting", "--for=condition=Succeeded", "--timeout=180s")
        records = hello.records_of(*victims)
        resumed = {name: record.started - stopped_at for name, record in records.items()}
        sys.stdout.write(f"ran again after the node was stopped: {resumed}\n")
        assert {record.attempt for record in records.values()} == {2}
        assert max(resumed.values()) < RESUMED_SECONDS
        eventually(lambda: finished(hello) == before + len(names) + NAPS, seconds=60)
    finally:
        nodes.docker("start", away)
    hello.run("wait", "--for=condition=Ready", f"node/{away}", "--timeout=120s")
    eventually(lambda: hello.get("ppool/hello")["status"].get("ready") == 4, seconds=120)


def store_pod(hello):
    """The uid of the store's pod, if it is ready."""
    pod = hello.get(f"pod/{STORE}")
    return pod["metadata"]["uid"] if pod and is_ready(pod) else ""


def test_a_store_that_is_killed_comes_back_with_all_that_it_had(own_nodes):
    hello = own_nodes
    before, first = finished(hello), store_pod(hello)
    hello.submit_naps(NAPS, NAP_SECONDS)
    nodes.stop_container(hello.home, *nodes.containers_of(hello.home, STORE))
    hello.run("delete", "pod", STORE, "--force", "--grace-period=0")
    eventually(lambda: store_pod(hello) not in ("", first), seconds=90)
    ready_at = time.monotonic()
    eventually(lambda: finished(hello) == before + NAPS, seconds=60)
    sys.stdout.write(f"all ended {time.monotonic() - ready_at:.1f} s after the store was back\n")


def test_a_store_that_comes_back_empty_gets_back_what_objects_stand_for(own_nodes):
    hello = own_nodes
    held = batch("held", "nap", 6, seconds=10.0)
    hello.run("apply", "-f", "-", given=held)
    eventually(lambda: pod_of(hello, "held-0"), seconds=60)
    hello.submit_naps(NAPS, NAP_SECONDS)
    hello.run("scale", SERVER, "--replicas=0")
    eventually(lambda: not nodes.containers_of(hello.home, STORE), seconds=60)
    nodes.empty(hello.namespace, hello.home)
    hello.run("scale", SERVER, "--replicas=1")
    hello.run("wait", "pinv", "-l", "batch=held", "--for=condition=Succeeded", "--timeout=180s")
    assert hello.counts("tasks.nap") == {Status.SUCCESS: len(held)}, "what no object stands for is gone"
    assert hello.counts("tasks.add") == {}, "what had ended does not run again"
    assert {"tasks.add", "tasks.greet", "tasks.nap"} <= hello.definitions().keys()


def test_workers_go_on_while_the_api_server_is_away(own_nodes):
    hello = own_nodes
    hello.operator_leads()
    before, number = finished(hello), int(1.5 * OUTAGE_SECONDS * SLOTS / NAP_SECONDS)
    hello.submit_naps(number, NAP_SECONDS)
    try:
        nodes.stop_api_server()
        assert kubectl("get", "--raw", "/readyz", "--request-timeout=2s").returncode != 0
        seen = [finished(hello)]
        for _ in range(3):
            time.sleep(OUTAGE_SECONDS / 3)
            seen.append(finished(hello))
    finally:
        nodes.start_api_server()
    sys.stdout.write(f"finished while the API server was away: {seen}\n")
    assert all(earlier < later for earlier, later in itertools.pairwise(seen))
    eventually(lambda: kubectl("get", "--raw", "/readyz", "--request-timeout=2s").returncode == 0, seconds=120)
    back_at = time.monotonic()
    hello.run("apply", "-f", "-", given=batch("after", "greet", 1, name="Ada"))
    hello.run("wait", "pinv/after-0", "--for=condition=Accepted", "--timeout=60s")
    sys.stdout.write(f"took an object up {time.monotonic() - back_at:.1f} s after the API server was back\n")
    eventually(lambda: finished(hello) == before + number, seconds=120)
    hello.run("wait", "pinv/after-0", "--for=condition=Succeeded", "--timeout=60s")
    hello.operator_leads()
