"""Statuses by name, as a caller writes them."""

from __future__ import annotations

import pytest

from pynenc.core.status import Status, read_statuses
from pynenc.errors import RequestError


def test_one_or_several_statuses_in_any_case() -> None:
    assert read_statuses(Status.RUNNING) == {Status.RUNNING}
    assert read_statuses("running") == {Status.RUNNING}
    assert read_statuses(["Paused", Status.RUNNING]) == {Status.PAUSED, Status.RUNNING}
    assert read_statuses(()) == read_statuses("") == frozenset()


def test_an_unknown_status_is_refused_with_the_nearest() -> None:
    with pytest.raises(RequestError, match=r'unknown status "runing"; did you mean "RUNNING"\?'):
        read_statuses(["runing"])
