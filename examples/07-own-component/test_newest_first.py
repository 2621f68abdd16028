"""The broker keeps the promises that every broker must keep, and its own."""

from pathlib import Path

import pytest
from newest_first import NewestFirstBroker

from pynenc import Pynenc
from pynenc.broker.base import Ready
from pynenc.testing import BrokerPromises


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NewestFirstBroker:
    monkeypatch.setenv("NEWEST_FIRST_FILE", str(tmp_path / "order.sqlite"))
    return NewestFirstBroker(Pynenc())


class TestPromises(BrokerPromises):
    """The suite that comes with the SDK."""


def test_the_newest_goes_first_unless_another_one_has_priority(broker: NewestFirstBroker) -> None:
    broker.route([Ready("old", "default"), Ready("urgent", "default", priority=5), Ready("new", "default")])
    assert broker.retrieve(["default"], 3) == ["urgent", "new", "old"]
