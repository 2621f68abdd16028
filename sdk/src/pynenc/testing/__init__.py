"""Suites that a component of your own must pass: derive a test class from one, and give it the component to test."""

from pynenc.testing.conformance import ArgCachePromises, BrokerPromises, SerializerPromises

__all__ = ["ArgCachePromises", "BrokerPromises", "SerializerPromises"]
