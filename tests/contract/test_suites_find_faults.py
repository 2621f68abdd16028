"""A suite that nothing can fail proves nothing: each component with a fault fails the suite of its kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pynenc import Pynenc
from pynenc.testing import BrokerPromises, OrchestratorPromises, RunnerPromises, StateBackendPromises, runners
from support import faulty_components as faulty
from support.stores import Store, memory_store


def broken_by(suite: type, make: Callable[[], object]) -> list[str]:
    """The tests of a suite that a component fails, made anew for each."""
    failed = []
    for name in (name for name in dir(suite) if name.startswith("test_")):
        try:
            getattr(suite(), name)(make())
        except (AssertionError, LookupError, ValueError):  # a promise is broken, or what it is about is missing
            failed.append(name)
    return failed


def store_with(setting: str, kind: type) -> Store:
    """A store in memory, one component of which has a fault."""
    store = memory_store()
    setattr(store.app.conf, setting, f"{kind.__module__}.{kind.__name__}")
    return store


def test_components_without_a_fault_pass() -> None:
    assert broken_by(OrchestratorPromises, memory_store) == []
    assert broken_by(StateBackendPromises, memory_store) == []


@pytest.mark.parametrize("kind", faulty.ORCHESTRATORS)
def test_a_fault_of_an_orchestrator_is_found(kind: type) -> None:
    assert broken_by(OrchestratorPromises, lambda: store_with("orchestrator_cls", kind)) != []


@pytest.mark.parametrize("kind", faulty.STATE_BACKENDS)
def test_a_fault_of_a_state_backend_is_found(kind: type) -> None:
    assert broken_by(StateBackendPromises, lambda: store_with("state_backend_cls", kind)) != []


@pytest.mark.parametrize("kind", faulty.BROKERS)
def test_a_fault_of_a_broker_is_found(kind: Callable[[Pynenc], object]) -> None:
    assert broken_by(BrokerPromises, lambda: kind(Pynenc())) != []


@pytest.mark.parametrize("kind", faulty.RUNNERS)
def test_a_fault_of_a_runner_is_found(kind: Callable[[Pynenc], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "PATIENCE_SECONDS", 2.0)
    assert broken_by(RunnerPromises, lambda: kind(Pynenc())) != []
