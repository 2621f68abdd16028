"""The pods of a pool and the operator's are replaced under load: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from cluster.operator_process import eventually
from e2e import nodes
from e2e.installation import RELEASE, batch
from pynenc.core.status import Status

NAPS = 200
"""So many wait at least, most of the time; a pool of four slots needs 10 s for them."""
NAP_SECONDS = 0.2
LONG_NAP_SECONDS = 4.0
LONG_NAPS = 4
GREETINGS = 100
LEASE = f"lease/{RELEASE}"
TAKEN_OVER_SECONDS = 20.0
"""A lease of 15 s and a try each 2 s, and a slow machine."""


@pytest.fixture
def passing_edition(hello):
    """The example, whose pods are as before at the end."""
    yield hello
    replace_pods(hello, None)


def replace_pods(hello, env):
    """Change the variables of the pods, and wait until all of those that there were are gone."""
    before = set(hello.worker_pods())
    hello.patch("ppool/hello", env=env)
    eventually(lambda: len(now := hello.worker_pods()) == len(before) and not before & set(now), seconds=120)


@contextmanager
def under_load(hello):
    """Naps are submitted all the while, so that there always are some that wait; their ids, complete at the end."""
    ids, is_over = [], Event()

    def submit():
        while not is_over.is_set():
            if hello.counts("tasks.nap").get(Status.REGISTERED, 0) < NAPS:
                ids.extend(hello.submit_naps(NAPS, NAP_SECONDS))

    with ThreadPoolExecutor(1) as threads:
        submitting = threads.submit(submit)
        try:
            yield ids
        finally:
            is_over.set()
            submitting.result()


def test_a_rolling_update_under_load_loses_nothing_and_counts_no_loss(passing_edition):
    hello = passing_edition
    long = hello.submit_naps(LONG_NAPS, LONG_NAP_SECONDS)
    with under_load(hello) as naps:
        eventually(lambda: hello.counts("tasks.nap").get(Status.RUNNING), seconds=30)
        replace_pods(hello, [{"name": "EDITION", "value": "2"}])
        left = hello.counts("tasks.nap").get(Status.REGISTERED, 0)
    ids = [*long, *naps]
    sys.stdout.write(f"{left} of {len(ids)} were still waiting when the last old pod was gone\n")
    eventually(lambda: {record.status for record in hello.records(*ids)} == {Status.SUCCESS}, seconds=120)
    assert left, "the load has to outlast the update"
    assert Counter((record.attempt, record.losses) for record in hello.records(*ids)) == {(1, 0): len(ids)}


@pytest.fixture
def two_operators(own_nodes):
    """The example, with an operator that leads and another one that stands by."""
    own_nodes.run("scale", f"deployment/{RELEASE}", "--replicas=2")
    own_nodes.run("rollout", "status", f"deployment/{RELEASE}", "--timeout=120s")
    yield own_nodes
    own_nodes.run("scale", f"deployment/{RELEASE}", "--replicas=1")
    eventually(lambda: len(own_nodes.operator_pods()) == 1, seconds=60)
    own_nodes.operator_leads()


def leader(hello):
    """The pod that holds the Lease."""
    return hello.get(LEASE)["spec"].get("holderIdentity")


def test_the_operator_that_leads_is_killed_and_the_other_one_takes_over(two_operators):
    hello = two_operators
    greeted = hello.counts("tasks.greet").get(Status.SUCCESS, 0)
    first = eventually(lambda: leader(hello), seconds=60)
    hello.run("apply", "-f", "-", given=batch("followed", "greet", GREETINGS, name="Ada"))
    # It has no time to hand the Lease over, and is deleted before it could be started again under its name.
    nodes.stop_container(hello.home, *nodes.containers_of(hello.home, first))
    killed_at = time.monotonic()
    hello.run("delete", "pod", first, "--force", "--grace-period=0", "--wait=false")
    second = eventually(lambda: (now := leader(hello)) != first and now, seconds=60)
    taken_over = time.monotonic() - killed_at
    sys.stdout.write(f"{second} led {taken_over:.1f} s after {first} was killed\n")
    assert taken_over < TAKEN_OVER_SECONDS
    hello.run("apply", "-f", "-", given=batch("led", "greet", 1, name="Ada"))
    hello.run("wait", "pinv", "-l", "batch in (followed, led)", "--for=condition=Succeeded", "--timeout=120s")
    assert hello.counts("tasks.greet") == {Status.SUCCESS: greeted + GREETINGS + 1}
