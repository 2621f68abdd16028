"""The promises of the guide's seventh use case: components of one's own, chosen by environment variables."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc.errors import ConfigurationError
from pynenc.orchestrator import composed
from pynenc.runner.base import BaseRunner
from pynenc.testing import OrchestratorPromises, RunnerPromises, StateBackendPromises
from support import guide_basic_local_threaded as guide
from support import guide_extending as own
from support.servers import running_server
from support.stores import POLICY, Store, make_end

KINDS = ("orchestrator", "state_backend", "broker", "runner")
NAMES = ("CustomOrchestrator", "CustomStateBackend", "CustomBroker", "CustomRunner")


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def app(server: EmbeddedServer, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pynenc:
    """An app of four components of one's own, by the environment."""
    for kind, name in zip(KINDS, NAMES, strict=True):
        monkeypatch.setenv(f"PYNENC__{kind.upper()}_CLS", f"support.guide_extending.{name}")
    monkeypatch.setenv("PYNENC__REDIS_URL", server.url)
    return Pynenc(app_id=f"own-{abs(hash(request.node.nodeid))}")


@pytest.fixture
def store(app: Pynenc) -> Store:
    """Its store, with the worker w."""
    store = Store(app, None)  # type: ignore[arg-type]  # no clock is moved here
    store.join("w")
    return store


def test_the_environment_chooses_all_four(app: Pynenc) -> None:
    assert isinstance(app.orchestrator, own.CustomOrchestrator)
    assert [type(part) for part in (app.state_backend, app.broker, app.runner)] == [
        own.CustomStateBackend,
        own.CustomBroker,
        own.CustomRunner,
    ]


def test_tasks_run_by_components_of_ones_own(app: Pynenc) -> None:
    add = app.task(guide.add.func)
    thread = threading.Thread(target=app.runner.run, daemon=True)
    thread.start()
    try:
        assert sorted(add.parallelize([(number, 1) for number in range(20)]).results) == list(range(1, 21))
    finally:
        app.runner.stop_runner_loop()
        thread.join(30)


def test_work_goes_in_the_order_of_the_broker(store: Store) -> None:
    store.enqueue("a", "b", "c")
    assert [item.invocation_id for item in store.claim("w", limit=3)] == ["c", "b", "a"]


def test_what_a_broker_hands_out_twice_is_claimed_once(store: Store) -> None:
    store.enqueue("a")
    store.enqueue("a")
    assert [item.invocation_id for item in store.claim("w", limit=2)] == ["a"]
    assert store.claim("w") == []


def test_an_id_that_is_not_ready_any_more_is_passed_over(store: Store) -> None:
    store.enqueue("a")
    store.enqueue("b")
    store.orchestrator.cancel("b", b"{}", 60)
    assert [item.invocation_id for item in store.claim("w")] == ["a"]


def test_what_was_given_back_is_routed_again(store: Store) -> None:
    fence = store.run("w", "a")["a"]
    store.orchestrator.release("w", "a", fence)
    (again,) = store.claim("w")
    store.orchestrator.retry("w", "a", again.fence, 0)
    (last,) = store.claim("w")
    store.orchestrator.recover("w", POLICY)
    store.join("w")
    (item,) = store.claim("w")
    assert item.losses == last.losses + 1 - (0 if last.started else 1)
    assert store.orchestrator.finish("w", [make_end("a", item.fence)])


def test_what_the_broker_lost_is_routed_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own.CustomBroker, "lose", True)
    store.enqueue("a")
    monkeypatch.setattr(own.CustomBroker, "lose", False)
    assert store.claim("w") == []
    monkeypatch.setattr(composed, "LOST_SECONDS", 0.0)
    store.orchestrator.sweep(POLICY)
    assert [item.invocation_id for item in store.claim("w")] == ["a"]


class TestTheSuitesForAuthors(OrchestratorPromises, StateBackendPromises, RunnerPromises):
    """All four pass what is asked of components, together."""

    @pytest.fixture
    def store(self, app: Pynenc) -> Store:
        return Store(app)

    @pytest.fixture
    def runner(self, app: Pynenc) -> BaseRunner:
        return app.runner


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_of_another_kind_is_refused(kind: str) -> None:
    app = Pynenc(config_values={f"{kind}_cls": "decimal.Decimal"})
    with pytest.raises(ConfigurationError, match=r'"decimal\.Decimal" does not derive from'):
        getattr(app, kind)
