"""What argument caches, brokers and serializers promise, as tests for pytest. Stores are not tested here.

Each class wants a fixture of the name that its methods take, with an empty component of an app of its own.
"""

from __future__ import annotations

from pynenc.arg_cache.base import BaseArgCache
from pynenc.broker.base import BaseBroker, Ready
from pynenc.serializers.base import BaseSerializer
from pynenc.testing.promises import expect

DIGEST = "0" * 64


class ArgCachePromises:
    """Promises of `BaseArgCache`; wants the fixture `arg_cache`."""

    def test_a_blob_comes_back(self, arg_cache: BaseArgCache) -> None:
        """What was put is got, byte by byte."""
        arg_cache.put(DIGEST, b"\x00blob", 60)
        expect(arg_cache.get(DIGEST, 60) == b"\x00blob", "get must answer what was put")

    def test_an_unknown_blob_is_told(self, arg_cache: BaseArgCache) -> None:
        """Nothing is made up."""
        expect(arg_cache.get("f" * 64, 60) is None, "get must answer None for an unknown digest")
        expect(not arg_cache.touch("f" * 64, 60), "touch must answer False for an unknown digest")

    def test_putting_is_safe_to_repeat(self, arg_cache: BaseArgCache) -> None:
        """A lost reply does no harm."""
        for _ in range(2):
            arg_cache.put(DIGEST, b"blob", 60)
        expect(arg_cache.touch(DIGEST, 60), "touch must find what was put")


class BrokerPromises:
    """Promises of a broker that keeps the order of work; wants the fixture `broker`."""

    def test_what_is_routed_is_retrieved_once(self, broker: BaseBroker) -> None:
        """Nothing gets lost while nothing breaks."""
        broker.route([Ready(name, "default") for name in "abc"])
        expect(broker.sizes(["default"]) == {"default": 3}, "sizes must count what was routed")
        found = broker.retrieve(["default"], 2) + broker.retrieve(["default"], 2)
        expect(sorted(found) == ["a", "b", "c"], "retrieve must hand out each id once")
        expect(broker.retrieve(["default"], 1) == [], "retrieve must not block, and answer nothing when empty")

    def test_only_the_queues_asked_for_are_looked_at(self, broker: BaseBroker) -> None:
        """Queues are apart."""
        broker.route([Ready("a", "one"), Ready("b", "two")])
        expect(broker.retrieve(["two"], 9) == ["b"], "retrieve must look at its queues alone")
        expect(broker.sizes(["one", "two"]) == {"one": 1, "two": 0}, "sizes must tell queues apart")


class SerializerPromises:
    """Promises of `BaseSerializer`; wants the fixture `serializer`."""

    def test_values_come_back_equal_and_never_the_same(self, serializer: BaseSerializer) -> None:
        """Arguments by name, a single one, and a result."""
        for value in ({"x": [1, "é", None, True, 1.5]}, ["a"], 1, "text", None):
            back = serializer.deserialize(serializer.serialize(value))
            expect(back == value, f"deserialize must give back {value!r}, gave {back!r}")
            expect(not isinstance(value, list | dict) or back is not value, "deserialize must make a value of its own")
