"""Demand is what could run now: not what is delayed, paused, parked, or would be parked as soon as it is looked at."""

from __future__ import annotations

import pytest

from pynenc.core.records import Counts, TaskDefinition, WorkerInfo
from pynenc.core.status import Status
from pynenc_operator.plan.demand import Demand, demand_of

S = Status
PLAIN = TaskDefinition("mail.send")
ONE = TaskDefinition("mail.send", running_concurrency="task")
TWO = TaskDefinition("mail.send", running_concurrency="task", running_limit=2)
SHARED = TaskDefinition("mail.send", limits=("db", "unknown"))
ELSEWHERE = TaskDefinition("mail.send", queue="other", running_concurrency="task")
SUSPENDED = TaskDefinition("mail.send", suspended=True)
BY_ARGUMENT = TaskDefinition("mail.send", running_concurrency="arguments")


def demand(task=PLAIN, ready=0, delayed=0, limits=(), workers=(), slots=2, **counts):
    by_status = {S[name.upper()]: number for name, number in counts.items()}
    told = Counts({"mail.send": by_status}, delayed)
    return demand_of({"default": ready}, told, {task.task_id: task}, dict(limits), workers, slots)


@pytest.mark.parametrize(
    ("task", "told", "backlog"),
    [
        pytest.param(PLAIN, {"ready": 0}, 0, id="nothing"),
        pytest.param(PLAIN, {"ready": 7, "registered": 7}, 7, id="what waits"),
        pytest.param(PLAIN, {"ready": 7, "registered": 9, "delayed": 2}, 7, id="not what is delayed"),
        pytest.param(ONE, {"ready": 10_000, "registered": 10_000}, 1, id="one of many behind a limit of one"),
        pytest.param(TWO, {"ready": 9, "registered": 9, "running": 1}, 1, id="as many as there is room for"),
        pytest.param(TWO, {"ready": 9, "registered": 9, "running": 1, "paused": 1}, 1, id="one, to be parked"),
        pytest.param(TWO, {"ready": 9, "registered": 9, "limits": {"mail.send": 5}}, 5, id="a number that was set"),
        pytest.param(SHARED, {"ready": 9, "registered": 9, "limits": {"db": 4}}, 4, id="a shared limit"),
        pytest.param(SHARED, {"ready": 9, "registered": 9}, 9, id="a shared limit without a number"),
        pytest.param(ELSEWHERE, {"ready": 9, "registered": 90}, 9, id="a task of another queue"),
        pytest.param(
            SUSPENDED, {"ready": 9, "registered": 9, "running": 2}, 1, id="one of a suspended task, to be parked"
        ),
        pytest.param(BY_ARGUMENT, {"ready": 9, "registered": 9}, 9, id="limits by argument show only in workers"),
        pytest.param(ONE, {"ready": 5, "registered": 95, "delayed": 90}, 1, id="those delayed refuse nobody"),
        pytest.param(ONE, {"ready": 5, "registered": 91, "delayed": 90}, 5, id="they may be of this task"),
    ],
)
def test_backlog(task, told, backlog):
    assert demand(task, **told).backlog == backlog


def test_a_pod_uses_no_more_slots_than_it_has_however_many_of_its_workers_wait():
    workers = [WorkerInfo(f"w{number}", f"pod-{number // 4}", "main", held=1) for number in range(6)]
    workers.append(WorkerInfo("idle", "pod-1", "main"))
    assert demand(workers=workers, success=3, failed=1) == Demand(backlog=0, running=4, finished=4)
