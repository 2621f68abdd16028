"""The suites for components of one's own, passed by those of the product.

What every store promises is tested there; the other files here hold what goes beyond: news, exact times, large numbers.
"""

from __future__ import annotations

import pytest

from pynenc import Pynenc
from pynenc.arg_cache.base import BaseArgCache
from pynenc.broker.base import BaseBroker
from pynenc.serializers import BaseSerializer, JsonSerializer, PickleSerializer
from pynenc.testing import (
    ArgCachePromises,
    BrokerPromises,
    OrchestratorPromises,
    OrderPromises,
    SerializerPromises,
    StateBackendPromises,
    TimePromises,
)
from support.guide_extending import CustomBroker
from support.guide_serialization import BytesSerializer, CustomSerializer
from support.stores import Store


class TestStores(OrchestratorPromises, OrderPromises, TimePromises, StateBackendPromises):
    """Of both kinds, each with its own broker."""


class TestComposedStores(OrchestratorPromises, TimePromises, StateBackendPromises):
    """Of both kinds, behind a broker that is last in, first out."""

    @pytest.fixture
    def store(self, store: Store) -> Store:
        store.app.conf.broker_cls = "support.guide_extending.CustomBroker"
        return store


class TestArgCaches(ArgCachePromises):
    @pytest.fixture
    def arg_cache(self, store: Store) -> BaseArgCache:
        return store.app.arg_cache


class TestBrokers(BrokerPromises):
    @pytest.fixture
    def broker(self) -> BaseBroker:
        return CustomBroker(Pynenc())


class TestSerializers(SerializerPromises):
    @pytest.fixture(params=[JsonSerializer, PickleSerializer, CustomSerializer, BytesSerializer])
    def serializer(self, request: pytest.FixtureRequest) -> BaseSerializer:
        made: BaseSerializer = request.param()
        return made
