"""What `doctor` makes of the facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pynenc._redis.facts import ServerFacts
from pynenc.cli.checks import Verdict, of_queues, of_server, of_workers
from pynenc.core.records import WorkerInfo

GOOD = ServerFacts(
    name="valkey",
    version="9.1.0",
    policy="noeviction",
    protocol="1",
    used_memory=2**20,
    maxmemory=0,
    is_kept=True,
    latency_seconds=0.0004,
    clock_offset_seconds=0.01,
    our_protocol="1",
)
NOW = 10**15


def found(facts: ServerFacts) -> dict[str, tuple[Verdict, str]]:
    return {check.name: (check.verdict, check.text) for check in of_server(facts)}


def test_a_good_server_is_fine():
    assert {verdict for verdict, _ in found(GOOD).values()} == {Verdict.OK}
    assert found(GOOD)["latency"][1] == "0.4 ms a round trip"
    assert found(replace(GOOD, protocol=""))["protocol"] == (Verdict.OK, "1; the store has not been opened yet")
    assert found(replace(GOOD, used_memory=8 * 2**20, maxmemory=16 * 2**20))["memory"][1] == "8 MiB used of 16 MiB"


@pytest.mark.parametrize(
    ("changes", "name", "verdict", "text"),
    [
        ({"latency_seconds": 0.05}, "latency", Verdict.WARN, "50.0 ms a round trip; move the store closer"),
        ({"version": "6.2.7", "name": "redis"}, "version", Verdict.FAIL, "redis 6.2.7 has no functions"),
        ({"policy": ""}, "eviction", Verdict.WARN, "does not tell its maxmemory-policy"),
        ({"policy": "allkeys-lru"}, "eviction", Verdict.FAIL, "run: CONFIG SET maxmemory-policy noeviction"),
        ({"protocol": "0"}, "protocol", Verdict.FAIL, "the store speaks 0, this SDK 1"),
        ({"used_memory": 95, "maxmemory": 100}, "memory", Verdict.WARN, "before new work is refused"),
        ({"is_kept": False}, "persistence", Verdict.WARN, "CONFIG SET appendonly yes"),
        ({"clock_offset_seconds": -30.0}, "clock", Verdict.WARN, "30.0 s behind; synchronise"),
        ({"clock_offset_seconds": 30.0}, "clock", Verdict.WARN, "30.0 s ahead; synchronise"),
    ],
)
def test_a_bad_server_is_told_with_what_to_do(changes, name, verdict, text):
    found_verdict, found_text = found(replace(GOOD, **changes))[name]
    assert found_verdict is verdict
    assert text in found_text


def worker(name: str, *queues: str, alive: bool = True) -> WorkerInfo:
    return WorkerInfo(name, f"host-{name}", "", NOW + (1 if alive else -1), 0, queues)


def test_workers_are_counted():
    assert of_workers([], NOW).verdict is Verdict.WARN
    assert of_workers([worker("a", alive=False)], NOW).text.startswith("nobody works on this app")
    assert of_workers([worker("a"), worker("b", alive=False)], NOW).text.startswith("1 alive, and 1 did not renew")
    fine = of_workers([worker("a"), worker("b")], NOW)
    assert (fine.verdict, fine.text) == (Verdict.OK, "2 alive on 2 hosts")


def test_queues_that_nobody_serves_are_told():
    workers = [worker("a", "default")]
    used = {"default": ["tasks.add"], "mails": ["tasks.send", "tasks.post"]}
    lines = [(check.verdict, check.text) for check in of_queues(used, {"old": 3, "empty": 0, "default": 5}, workers)]
    end = "; add it to PYNENC__RUNNER__QUEUES of a runner"
    assert lines == [
        (Verdict.WARN, f'nobody serves "mails", where tasks.send, tasks.post would wait{end}'),
        (Verdict.WARN, f'nobody serves "old", where 3 invocations wait{end}'),
    ]


def test_queues_that_are_served_are_fine_and_nothing_is_said_without_knowing():
    served = list(of_queues({"default": ["t"]}, {"default": 1}, [worker("a", "default", "mails")]))
    assert [(check.verdict, check.text) for check in served] == [(Verdict.OK, "served: default, mails")]
    assert list(of_queues({"x": ["t"]}, {"x": 1}, [])) == []
    assert list(of_queues({"x": ["t"]}, {"x": 1}, [worker("a", "default"), worker("old")])) == []
