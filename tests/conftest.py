"""What holds for every test: the ring it belongs to comes from its folder, and no test is quietly left out.

Fixtures live beside the tests that use them, shared builders in `tests/support`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
TIMEOUT_SECONDS = {"unit": 30, "contract": 60, "integration": 120, "cluster": 300, "e2e": 900}
ON_REQUEST = ("cluster", "e2e")

# A busy machine must not fail a property; CI tries the same examples every time.
settings.register_profile(
    "pynenc", deadline=None, derandomize=bool(os.environ.get("CI")), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("pynenc")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Rings that change a cluster run only when they are asked for by name."""
    for ring in ON_REQUEST:
        parser.addoption(f"--{ring}", action="store_true", help=f"run tests/{ring}, which changes a cluster")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test by its folder, limit its time, and leave out the rings that were not asked for."""
    left_out = []
    for item in items:
        ring = item.path.relative_to(TESTS).parts[0]
        item.add_marker(ring)
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS.get(ring, 60)))
        if ring in ON_REQUEST and not config.getoption(f"--{ring}"):
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test proves nothing, so in CI it is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
