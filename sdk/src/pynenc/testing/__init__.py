"""For your own tests: ways to run an app beside them, and suites that components of your own must pass.

`sync_mode` and `memory_mode` need no server, `running` brings one along. Derive a test class from a suite, and give it
the component to test. `docs/testing.md` shows both; fixtures for pytest are in `pynenc_pytest`.
"""

from pynenc.testing.builders import Store, make_end, make_new, make_request, use_clock
from pynenc.testing.clock import Clock
from pynenc.testing.conformance import ArgCachePromises, BrokerPromises, SerializerPromises
from pynenc.testing.limits import OrderPromises, TimePromises
from pynenc.testing.local import running
from pynenc.testing.modes import memory_mode, sync_mode
from pynenc.testing.orchestrators import OrchestratorPromises
from pynenc.testing.runners import RunnerPromises, add_tasks
from pynenc.testing.state_backends import StateBackendPromises

__all__ = [
    "ArgCachePromises",
    "BrokerPromises",
    "Clock",
    "OrchestratorPromises",
    "OrderPromises",
    "RunnerPromises",
    "SerializerPromises",
    "StateBackendPromises",
    "Store",
    "TimePromises",
    "add_tasks",
    "make_end",
    "make_new",
    "make_request",
    "memory_mode",
    "running",
    "sync_mode",
    "use_clock",
]
