"""All that orchestrators promise whatever broker keeps the order of work, in one suite."""

from __future__ import annotations

from pynenc.testing.life import LifePromises
from pynenc.testing.limits import LimitPromises
from pynenc.testing.waiting import CancellingPromises, WaitingPromises


class OrchestratorPromises(LifePromises, WaitingPromises, CancellingPromises, LimitPromises):
    """Promises of `BaseOrchestrator`; wants the fixture `store`, a `Store` on an app whose components are empty.

    Example:
        class TestMyOrchestrator(OrchestratorPromises):
            @pytest.fixture
            def store(self):
                return Store(Pynenc(config_values={"orchestrator_cls": "my.module.MyOrchestrator"}))
    """
