"""The promises of the guide's third use case, under real parallel submitters and several runners."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.status import Status
from pynenc.errors import InvocationConcurrencyWithDifferentArgumentsError, InvocationDropped
from support import guide_concurrency_control as guide
from support.crashes import until
from support.guide_runs import PATIENCE, in_memory, on_redis
from support.servers import running_server

SHORT = 0.05
_numbers = count(1)


@pytest.fixture(scope="module", params=["memory", "redis"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Four threads in this process, or two programs of two workers on a server."""
    guide.app.conf.app_id = "guide-003"
    if request.param == "memory":
        with in_memory(guide.app, "guide-003", slots=4):
            yield "memory"
    else:
        folder = tmp_path_factory.mktemp("runners")
        with on_redis(guide.app, "support.guide_concurrency_control", folder, programs=2, slots=2):
            yield "redis"


@pytest.fixture(scope="module")
def idle_server() -> Iterator[EmbeddedServer]:
    """A server that no runner works for."""
    with running_server() as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
def nothing_runs(request: pytest.FixtureRequest) -> Iterator[None]:
    """An app of its own that nobody works for, so that what is called waits."""
    conf = guide.app.conf
    before = conf.app_id, conf.redis_url
    url = request.getfixturevalue("idle_server").url if request.param == "redis" else ""
    conf.app_id, conf.redis_url = f"guide-003-{next(_numbers)}", url
    yield
    conf.app_id, conf.redis_url = before


def most_at_once(results: Sequence[guide.SleepResult]) -> int:
    """How many of these ran at the same moment, at most."""
    return max(sum(other.start <= one.start < other.end for other in results) for one in results)


# ------------------------------------------------------------------------------------------------------- registration


def test_a_task_can_read_its_own_invocation_id(running: str) -> None:
    invocations = [guide.get_own_invocation_id() for _ in range(10)]
    assert [invocation.get(timeout=PATIENCE) for invocation in invocations] == [
        invocation.invocation_id for invocation in invocations
    ]
    assert len(set(invocations)) == 10


def test_registration_disabled_makes_a_new_invocation_of_each_call(nothing_runs: None) -> None:
    assert guide.get_own_invocation_id() != guide.get_own_invocation_id()


def test_registration_task_lets_the_waiting_invocation_stand_for_further_calls(nothing_runs: None) -> None:
    calls = [guide.get_own_invocation_id_registration_concurrency() for _ in range(10)]
    assert len(set(calls)) == 1


def test_registration_arguments_compares_all_of_them(nothing_runs: None) -> None:
    first = guide.register_by_arguments("a", 1)
    assert guide.register_by_arguments(value=1, key="a") == first
    assert guide.register_by_arguments("a", 2) != first


def test_registration_keys_compares_the_key_arguments_alone(nothing_runs: None) -> None:
    first = guide.register_by_key("a", 1)
    assert guide.register_by_key("a", 2) == first
    assert guide.register_by_key("b", 1) != first


def test_registration_holds_in_batch_submission(nothing_runs: None) -> None:
    group = guide.register_by_key.parallelize([(key, number) for number in range(50) for key in "ab"])
    assert len(set(group)) == 2


def test_registration_holds_under_parallel_submitters(nothing_runs: None) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = list(
            pool.map(lambda _: guide.get_own_invocation_id_registration_concurrency().invocation_id, range(200))
        )
    assert len(set(calls)) == 1


def test_an_invocation_that_runs_does_not_stand_for_further_calls(running: str) -> None:
    first = guide.get_own_invocation_id_registration_concurrency()
    assert first.get(timeout=PATIENCE) == first.invocation_id
    second = guide.get_own_invocation_id_registration_concurrency()
    assert second != first
    assert second.get(timeout=PATIENCE) == second.invocation_id


def test_raise_on_different_arguments(nothing_runs: None) -> None:
    first = guide.strict("a", 1)
    assert guide.strict("a", 1) == first
    assert guide.strict("b", 2) != first
    with pytest.raises(InvocationConcurrencyWithDifferentArgumentsError, match=first.invocation_id):
        guide.strict("a", 2)


# ------------------------------------------------------------------------------------------------------------ running


def test_running_disabled_lets_them_run_side_by_side(running: str) -> None:
    results = list(guide.sleep_without_running_concurrency.parallelize([(0.5,)] * 4).results)
    assert most_at_once(results) > 1


def test_running_task_lets_one_run_at_a_time(running: str) -> None:
    results = [
        invocation.get(timeout=PATIENCE)
        for invocation in [guide.sleep_with_running_concurrency(SHORT) for _ in range(8)]
    ]
    assert most_at_once(results) == 1


def test_limits_hold_in_batch_submission(running: str) -> None:
    assert most_at_once(list(guide.sleep_with_running_concurrency.parallelize([(SHORT,)] * 8).results)) == 1
    by_key = list(guide.sleep_by_key.parallelize([("a", SHORT + number / 1000) for number in range(6)]).results)
    assert most_at_once(by_key) == 1


def test_keys_run_side_by_side_and_equal_ones_one_after_the_other(running: str) -> None:
    group = guide.sleep_by_key.parallelize([(key, 0.3) for key in "abab"])
    results = list(group.results)
    assert most_at_once(results) == 2
    assert most_at_once(results[::2]) == most_at_once(results[1::2]) == 1


def test_arguments_run_side_by_side_unless_they_are_equal(running: str) -> None:
    results = list(guide.sleep_by_arguments.parallelize([("a", 0.3), ("a", 0.3), ("a", 0.31)]).results)
    assert most_at_once(results) == 2
    assert most_at_once(results[:2]) == 1


def test_limits_hold_under_parallel_submitters(running: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = list(pool.map(guide.sleep_with_running_concurrency, [0.01] * 40))
    assert most_at_once([call.get(timeout=PATIENCE) for call in calls]) == 1


def test_limits_hold_with_retries(running: str) -> None:
    results = [call.get(timeout=PATIENCE) for call in [guide.sleep_and_fail_once(SHORT) for _ in range(4)]]
    assert most_at_once(results) == 1


def test_limits_hold_with_recovery(tmp_path: Path) -> None:
    guide.app.conf.app_id, module = "guide-003-killed", "support.guide_concurrency_control"
    with on_redis(guide.app, module, tmp_path, 2, 2, lease_seconds=2, beat_seconds=0.5, sweep_seconds=0.5) as runners:
        first = guide.sleep_with_running_concurrency(3.0)  # so that it runs when they are killed, however slow that is
        others = [guide.sleep_with_running_concurrency(SHORT) for _ in range(4)]
        assert until(lambda: first.status is Status.RUNNING, PATIENCE)
        runners.kill_all()
        for _ in range(2):
            runners.start()
        results = [call.get(timeout=PATIENCE) for call in [first, *others]]
        assert first.attempt == 2
    assert most_at_once(results) == 1


def test_what_is_over_a_limit_waits_or_is_dropped(running: str) -> None:
    calls = [guide.sleep_or_drop(0.5) for _ in range(4)]
    errors = [call.exception for call in calls]
    assert sum(error is None for error in errors) == 1
    assert sum(isinstance(error, InvocationDropped) for error in errors) == 3


def test_threads_that_call_do_not_change_what_a_limit_means(running: str) -> None:
    results: list[guide.SleepResult] = []

    def call() -> None:
        results.append(guide.sleep_with_running_concurrency(SHORT).get(timeout=PATIENCE))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(results) == 4
    assert most_at_once(results) == 1
