"""The promises of the guide's ninth use case: large arguments are cached by size, shared, and never shared mutably."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pynenc import Pynenc
from pynenc.core.references import MARK
from pynenc.errors import PayloadLost
from support import guide_argument_caching as guide

PYPROJECT = """
[tool.pynenc.arg_cache]
min_size_to_cache = 1024  # Cache arguments larger than 1KB
local_cache_size = 1000   # Keep 1000 most recent entries
"""


@pytest.fixture(scope="module")
def runner() -> Iterator[None]:
    """A runner of the guide's app in a thread."""
    thread = threading.Thread(target=guide.app.runner.run, daemon=True)
    thread.start()
    yield
    guide.app.runner.stop_runner_loop()
    thread.join(30)


def test_the_sample_of_the_guide_works(runner: None) -> None:
    large_array = np.random.rand(1000000)
    result = guide.process_array(large_array)
    assert result.get(timeout=30) == pytest.approx(float(large_array.mean()))


def test_the_configuration_of_the_guide_is_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    conf = Pynenc(config_filepath=tmp_path / "pyproject.toml").conf
    assert (conf.min_size_to_cache, conf.local_cache_size) == (1024, 1000)


def test_a_task_that_changes_its_argument_changes_it_for_nobody_else(runner: None) -> None:
    items = list(range(10_000))
    calls = [guide.append(items) for _ in range(3)]
    assert [call.get(timeout=30) for call in calls] == [10_001] * 3
    assert len(items) == 10_000


def test_an_argument_that_is_gone_fails_the_invocation_with_its_reason(runner: None) -> None:
    payload = guide.length.payloads.dump_arguments(("x" * 20_000,), {})
    lost = payload.replace(payload[10:74], b"0" * 64)
    assert lost.startswith(MARK)
    from support.stores import make_new

    guide.app.orchestrator.enqueue([make_new("lost-1", task_id=guide.length.task_id, arguments=lost)])
    with pytest.raises(PayloadLost, match="is gone"):
        guide.app.invocation("lost-1").get(timeout=30)
