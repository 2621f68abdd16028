"""What `pynenc.testing` offers is described, and the examples in its docstrings run."""

from __future__ import annotations

import doctest
import inspect

import pytest

import pynenc.testing
from pynenc.testing import builders, clock, modes


@pytest.mark.parametrize("name", pynenc.testing.__all__)
def test_a_public_name_is_described(name):
    assert inspect.getdoc(getattr(pynenc.testing, name))


@pytest.mark.parametrize("module", [builders, clock, modes], ids=lambda module: module.__name__)
def test_the_examples_run(module):
    result = doctest.testmod(module)
    assert (result.failed, result.attempted > 0) == (0, True)


def test_a_mode_is_over_with_its_block_whatever_happens():
    app = pynenc.Pynenc()
    app.conf.slots = 3
    before = app.conf.assignments(), app.orchestrator.counts()
    for mode in (modes.sync_mode, modes.memory_mode):
        with pytest.raises(ZeroDivisionError), mode(app):
            raise ZeroDivisionError
        assert (app.conf.assignments(), app.orchestrator.counts()) == before


def test_memory_mode_begins_with_an_empty_store_and_gives_the_old_one_back():
    store = pynenc.testing.Store(pynenc.Pynenc())
    store.enqueue("i1")
    with modes.memory_mode(store.app):
        assert store.state_backend.records(["i1"]) == [None]
    assert store.status("i1") == "REGISTERED"
