"""For your own tests: a server and a runner beside them (`running`), and suites that components of your own must pass.

Derive a test class from a suite, and give it the component to test. `docs/testing.md` shows how.
"""

from pynenc.testing.builders import Store, make_end, make_new, make_request, use_clock
from pynenc.testing.clock import Clock
from pynenc.testing.conformance import ArgCachePromises, BrokerPromises, SerializerPromises
from pynenc.testing.limits import OrderPromises, TimePromises
from pynenc.testing.local import running
from pynenc.testing.orchestrators import OrchestratorPromises
from pynenc.testing.state_backends import StateBackendPromises

__all__ = [
    "ArgCachePromises",
    "BrokerPromises",
    "Clock",
    "OrchestratorPromises",
    "OrderPromises",
    "SerializerPromises",
    "StateBackendPromises",
    "Store",
    "TimePromises",
    "make_end",
    "make_new",
    "make_request",
    "running",
    "use_clock",
]
