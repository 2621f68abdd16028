"""A worker's cycle where chance must be helped: orders that change between two looks, and word that goes out late."""

from __future__ import annotations

import pytest

from pynenc import Pynenc
from pynenc.core.records import Answer, NewInvocation, WorkerInfo
from pynenc.runner.loop import WorkerLoop
from pynenc.runner.note import Note, Order
from pynenc.runner.seat import Seat


class FickleNote(Note):
    """An order that has changed when it is looked at for the second time."""

    looks = 0

    @property
    def order(self) -> int:
        self.looks += 1
        return Order.WORK if self.looks == 1 else Order.SPARE

    @order.setter
    def order(self, order: int) -> None:
        """Nobody gives one."""


class Host:
    """A runner that takes no notice."""

    def __init__(self, note: Note) -> None:
        self.note = note

    def say(self, word: bytes) -> None:
        """Nothing."""

    def park(self) -> None:
        """Nothing."""


@pytest.fixture
def app() -> Pynenc:
    app = Pynenc(app_id="loop")
    app.orchestrator.open()
    assert app.orchestrator.join(WorkerInfo("w"), 15.0) is Answer.OK
    return app


def test_a_worker_that_is_stood_down_after_it_was_woken_wakes_another(app: Pynenc) -> None:
    app.orchestrator.enqueue([NewInvocation("i", "mail.send", b"{}")])
    loop = WorkerLoop(Seat(app, "w", Host(FickleNote())))
    assert not loop._idle(0).items
    assert app.broker.listen("nobody", ["default"], 0.0).work
