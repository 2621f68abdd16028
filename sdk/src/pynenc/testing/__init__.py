"""For your own tests: a server and a runner beside them (`running`), and suites that components of your own must pass.

Derive a test class from a suite, and give it the component to test.
"""

from pynenc.testing.conformance import ArgCachePromises, BrokerPromises, SerializerPromises
from pynenc.testing.local import running

__all__ = ["ArgCachePromises", "BrokerPromises", "SerializerPromises", "running"]
