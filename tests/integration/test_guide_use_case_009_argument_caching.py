"""The promises of the guide's ninth use case: large arguments are cached by size, shared, and never shared mutably."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pynenc import Invocation, Pynenc
from pynenc._redis.client import connect
from pynenc._redis.keys import Keys
from pynenc.core.references import MARK, split
from pynenc.errors import PayloadLost
from support import guide_argument_caching as guide
from support.guide_runs import PATIENCE, in_memory, on_redis
from support.stores import make_new

PYPROJECT = """
[tool.pynenc.arg_cache]
min_size_to_cache = 1024  # Cache arguments larger than 1KB
local_cache_size = 1000   # Keep 1000 most recent entries
"""
LARGE = "x" * 20_000


@pytest.fixture(scope="module", params=["memory", "redis"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two threads in this process, or two worker processes on a server."""
    guide.app.conf.app_id = "guide-009"
    if request.param == "memory":
        with in_memory(guide.app, "guide-009", slots=2):
            yield "memory"
    else:
        folder = tmp_path_factory.mktemp("runner")
        with on_redis(guide.app, "support.guide_argument_caching", folder, programs=1, slots=2):
            yield "redis"


@pytest.fixture
def settings() -> Iterator[Pynenc]:
    """The app, whose settings are put back afterwards."""
    before = guide.app.conf.assignments()
    yield guide.app
    guide.app.conf.reassign(before)


def digests_of(invocation: Invocation[Any]) -> dict[str, str]:
    """By argument, what an invocation has in the cache."""
    (record,) = guide.app.state_backend.records([invocation.invocation_id])
    assert record is not None
    return split(record.arguments)[0]


def test_the_sample_of_the_guide_works(running: str) -> None:
    large_array = np.random.rand(1000000)
    result = guide.process_array(large_array)
    assert result.get(timeout=PATIENCE) == pytest.approx(float(large_array.mean()))


def test_the_configuration_of_the_guide_is_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    conf = Pynenc(config_filepath=tmp_path / "pyproject.toml").conf
    assert (conf.min_size_to_cache, conf.local_cache_size) == (1024, 1000)


def test_arguments_are_cached_by_their_size(running: str, settings: Pynenc) -> None:
    settings.conf.min_size_to_cache = 1024
    small, large = guide.length("x" * 1000), guide.length("x" * 1030)
    assert digests_of(small) == {}
    assert list(digests_of(large)) == ["text"]
    assert [call.get(timeout=PATIENCE) for call in (small, large)] == [1000, 1030]


def test_a_task_a_call_and_an_argument_can_do_without(running: str) -> None:
    task, call, argument = (
        guide.length_uncached(LARGE),
        guide.length.with_options(cache=False)(LARGE),
        guide.lengths(LARGE, LARGE),
    )
    assert [list(digests_of(each)) for each in (task, call, argument)] == [[], [], ["text"]]
    assert [each.get(timeout=PATIENCE) for each in (task, call, argument)] == [20_000, 20_000, 40_000]


def test_the_same_content_is_kept_once(running: str) -> None:
    text = "same" * 10_000
    calls = [guide.length(text), guide.length(text), guide.lengths(text, "")]
    assert len({digests_of(call)["text"] for call in calls}) == 1
    assert [call.get(timeout=PATIENCE) for call in calls] == [40_000] * 3


def test_processes_share_what_is_cached(running: str) -> None:
    length, process = guide.length_and_process(LARGE).get(timeout=PATIENCE)
    assert (length, process == os.getpid()) == (20_000, running == "memory")


def test_a_task_that_changes_its_argument_changes_it_for_nobody_else(running: str) -> None:
    items = list(range(10_000))
    calls = [guide.append(items) for _ in range(6)]
    assert [call.get(timeout=PATIENCE) for call in calls] == [10_001] * 6
    assert len(items) == 10_000


def test_what_a_process_keeps_is_bounded_by_bytes(running: str, settings: Pynenc) -> None:
    settings.conf.local_cache_bytes = 50_000
    calls = [guide.length(str(number) * 20_000) for number in range(5)]
    assert len(settings.arg_cache._local) == 2
    assert [call.get(timeout=PATIENCE) for call in calls] == [20_000] * 5


def test_what_nobody_uses_expires(running: str) -> None:
    digest = digests_of(guide.length("expires" * 10_000))["text"]
    if running == "redis":
        client = connect(guide.app.conf.redis_url, 5.0)
        assert 0 < client.ttl(Keys.of_app(guide.app.app_id).blob(digest)) <= guide.app.conf.ttl_seconds
        client.close()
    else:
        assert guide.app.arg_cache.get(digest, 0) is not None
        guide.app.arg_cache.put("e" * 64, b"short-lived", 0)
        assert guide.app.arg_cache.get("e" * 64, 0) is None


def test_an_argument_that_is_gone_fails_the_invocation_with_its_reason(running: str) -> None:
    payload = guide.length.payloads.dump_arguments(("x" * 20_001,), {})
    digest = split(payload)[0]["text"]
    lost = payload.replace(digest.encode(), b"0" * 64)
    assert lost.startswith(MARK)
    guide.app.orchestrator.enqueue([make_new("lost-1", task_id=guide.length.task_id, arguments=lost)])
    with pytest.raises(PayloadLost, match="is gone"):
        guide.app.invocation("lost-1").get(timeout=PATIENCE)
