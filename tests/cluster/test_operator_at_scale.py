"""A thousand Task objects: how soon they are published, and what the operator needs while nothing happens."""

from __future__ import annotations

import sys
import time

import pytest

from cluster.operator_process import eventually
from cluster.team import app, pool, task
from support.kubectl import checked

TASKS = 1000
PUBLISHED_SECONDS = 60
TOLD_SECONDS = 180
"""Each status is a request of its own, and the machine may be busy."""
MEMORY_MB = 150
RESYNC_SECONDS = 60
IDLE_SECONDS = 70
"""A resync with all that it lists is in it."""
QUIET_SECONDS = 10
ACCEPTED = "jsonpath={.items[*].status.conditions[?(@.type=='Accepted')].status}"


def are_accepted(team):
    """Whether all Tasks are; `kubectl wait` would take a request for each of them."""
    statuses = checked("-n", team.namespace, "get", "ptask", "-o", ACCEPTED).split()
    return statuses == ["True"] * TASKS


def quiet(operator):
    """Wait until nothing has been written for a while; the number of writes."""
    seen, since = operator.writes(), time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        time.sleep(0.5)
        if operator.writes() != seen:
            seen, since = operator.writes(), time.monotonic()
    return seen


@pytest.mark.timeout(600)
def test_a_thousand_tasks_are_published_soon_and_cost_little(team, server, start, store):
    team.apply(app(server.url), pool(), *(task(f"t{number}") for number in range(TASKS)))
    # Elections take part of the idle time, so their times are those of an installation.
    times = {"LEASE_SECONDS": "15", "RENEW_SECONDS": "10", "RETRY_SECONDS": "2"}
    operator = start(RESYNC_SECONDS=str(RESYNC_SECONDS), **times).wait_for("leading")
    since = time.monotonic()
    eventually(lambda: len(store.orchestrator.definitions()) == TASKS, seconds=PUBLISHED_SECONDS)
    published = time.monotonic() - since
    eventually(lambda: are_accepted(team), seconds=TOLD_SECONDS)
    told = time.monotonic() - since
    writes = quiet(operator)
    cpu, since = operator.cpu_seconds(), time.monotonic()
    time.sleep(IDLE_SECONDS)
    share = (operator.cpu_seconds() - cpu) / (time.monotonic() - since)
    memory = operator.memory_mb()
    sys.stdout.write(
        f"{TASKS} Tasks published in {published:.1f} s, their status written in {told:.1f} s; "
        f"idle: {share:.2%} of a processor, {memory:.0f} MB\n"
    )
    assert operator.writes() == writes
    assert memory < MEMORY_MB
