"""A worker process beside its supervisor's pipe."""

from __future__ import annotations

from multiprocessing import get_context
from multiprocessing.connection import Connection

import pytest

from pynenc.runner.host import PAUSED, RESUMED
from pynenc.runner.note import SIZE
from pynenc.runner.process.wire import Assignment
from pynenc.runner.process.worker import EXIT_LOST, WireHost


def say(word: bytes, wire: Connection, page: object) -> None:
    """Say a word to a supervisor as a worker process does."""
    WireHost(Assignment("tasks:app", {}, "w1", wire, page)).say(word)


@pytest.mark.parametrize("word", [PAUSED, RESUMED], ids=["paused", "resumed"])
def test_a_worker_whose_supervisor_is_gone_ends_and_does_not_fail_its_task(word: bytes) -> None:
    context = get_context("fork")
    ours, theirs = context.Pipe()
    ours.close()
    process = context.Process(target=say, args=(word, theirs, context.RawArray("B", SIZE)))
    process.start()
    theirs.close()
    process.join(20)
    assert process.exitcode == EXIT_LOST
