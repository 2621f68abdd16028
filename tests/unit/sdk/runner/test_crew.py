"""How many workers there are and which may claim; leases that are kept, or not; and what is killed when."""

from __future__ import annotations

import time

import pytest

from pynenc import Pynenc
from pynenc.core.records import WorkerInfo
from pynenc.runner.base import ORDERLY
from pynenc.runner.child import Child
from pynenc.runner.crew import Crew
from pynenc.runner.host import CANCEL, DONE, GIVE_BACK, GO, HURRY, PARKED, PAUSED, REPORT, RESUMED
from pynenc.runner.leases import Leases
from pynenc.runner.limits import TimeLimits
from pynenc.runner.note import Note, Order
from support.away import AwayOrchestrator
from support.crashes import until


class PlayedChild(Child):
    """A worker that does nothing but remember what it was told."""

    def __init__(self, worker: str) -> None:
        super().__init__(worker, Note())
        self.told: list[bytes] = []
        self.interrupts = 0

    @property
    def is_over(self) -> bool:
        return False

    def send(self, word: bytes) -> None:
        self.told.append(word)

    def interrupt(self) -> None:
        self.interrupts += 1

    def read(self) -> None:
        """Nothing."""

    def kill(self) -> None:
        """Nothing."""

    def close(self) -> str:
        return ""


@pytest.fixture
def app() -> Pynenc:
    settings = {"orchestrator_cls": "support.away.AwayOrchestrator", "lease_seconds": 0.3, "beat_seconds": 0.01}
    app = Pynenc(config_values={**settings, "max_paused": 2, "kill_grace_seconds": 0.05, "sweep_seconds": 0.01})
    app.orchestrator.open()
    return app


@pytest.fixture
def crew(app: Pynenc) -> Crew:
    crew = Crew(app, 2, PlayedChild)
    crew.balance()
    return crew


def away(app: Pynenc, *, is_away: bool) -> None:
    assert isinstance(app.orchestrator, AwayOrchestrator)
    app.orchestrator.is_away = is_away


def orders(crew: Crew) -> list[int]:
    return [child.order for child in crew.children.values()]


def test_there_is_a_worker_for_each_slot(app: Pynenc, crew: Crew) -> None:
    assert orders(crew) == [Order.WORK] * 2
    assert len(app.orchestrator.workers()) == 2


def test_a_waiting_worker_is_replaced_and_one_is_spare_when_it_goes_on(crew: Crew) -> None:
    first, second = crew.children.values()
    first.hear(PAUSED)
    second.note.enter(b"busy")
    crew.balance()
    assert orders(crew) == [Order.WORK] * 3
    first.hear(RESUMED)
    first.note.enter(b"busy")
    crew.balance()
    assert orders(crew) == [Order.WORK, Order.WORK, Order.SPARE], "the idle one is spare"
    second.hear(PAUSED)
    crew.balance()
    assert orders(crew) == [Order.WORK] * 3, "a spare one is taken before a new one is started"


def test_a_spare_worker_ends_after_a_while(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = crew.children.values()
    first.hear(PAUSED)
    crew.balance()
    first.hear(RESUMED)
    crew.balance()
    assert crew.next_at < time.monotonic() + 60
    monkeypatch.setattr("pynenc.runner.crew.SPARE_SECONDS", 0.0)
    crew.balance()
    assert sorted(orders(crew)) == [Order.WORK, Order.WORK, Order.RETIRE]


def test_only_so_many_workers_wait(crew: Crew) -> None:
    for _ in range(6):
        for child in crew.children.values():
            child.hear(PAUSED)
        crew.balance()
    assert len(crew.children) == 4, "two slots and two that may wait beside them"


def test_a_parked_worker_is_told_once_to_go_on() -> None:
    child = PlayedChild("w")
    child.give_order(Order.SPARE)
    child.hear(PARKED)
    for order in (Order.STALL, Order.WORK, Order.WORK, Order.RETIRE):
        child.give_order(order)
    assert child.told == [GO]


def test_a_worker_that_parks_too_late_is_told_at_once() -> None:
    child = PlayedChild("w")
    child.hear(PARKED)
    assert child.told == [GO]


def test_words_of_a_worker_are_understood() -> None:
    child = PlayedChild("w")
    child.cancel("a", 7.0)
    child.hear(HURRY)
    child.hear(REPORT + b"{}")
    assert (child.asked, child.reports, child.told) == ({"a": 7.0}, [b"{}"], [CANCEL + b"a"])
    child.hear(DONE + b"a")
    child.give_back()
    assert (child.asked, child.told[-1], child.interrupts) == ({}, GIVE_BACK, 2)
    with pytest.raises(ValueError, match="a worker said"):
        child.hear(b"?")


def test_no_worker_is_started_while_the_store_is_away(app: Pynenc) -> None:
    away(app, is_away=True)
    crew = Crew(app, 2, PlayedChild)
    crew.balance()
    assert crew.children == {}
    assert crew.next_at < time.monotonic() + 5


def test_workers_that_die_at_once_are_replaced_more_and_more_slowly(crew: Crew) -> None:
    for child in [*crew.children.values()] * 2:
        crew.note_death(child)
    crew.children.clear()
    crew.balance()
    assert (len(crew.children), crew.losses) == (0, 4)
    assert crew.next_at < time.monotonic() + 5


class Clock:
    """A clock that stands until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def stalls(leases: Leases) -> bool:
    """Asked anew each time; a type checker takes an attribute for unchanged."""
    return leases.is_stalled


def test_nothing_is_started_after_two_thirds_of_a_lease_and_all_end_at_its_end(app: Pynenc, crew: Crew) -> None:
    clock, workers = Clock(), list(crew.children)
    leases, lease = Leases(app, clock), app.conf.lease_seconds
    away(app, is_away=True)
    clock.now += lease * 0.6
    assert list(leases.keep(workers).lost) == []
    assert stalls(leases) is False
    clock.now += lease * 0.1
    assert list(leases.keep(workers).lost) == []
    assert stalls(leases) is True
    crew.stall(is_stalled=True)
    crew.balance()
    assert orders(crew) == [Order.STALL] * 2
    clock.now += lease * 0.4
    assert list(leases.keep(workers).lost) == workers
    assert leases.recover(workers[0], ORDERLY) == []


def test_workers_go_on_when_the_store_answers_in_time(app: Pynenc, crew: Crew) -> None:
    clock, workers = Clock(), list(crew.children)
    leases, lease = Leases(app, clock), app.conf.lease_seconds
    away(app, is_away=True)
    clock.now += lease * 0.9
    leases.keep(workers)
    assert stalls(leases) is True
    crew.stall(is_stalled=True)
    away(app, is_away=False)
    clock.now = leases.next_at
    assert not leases.keep(workers).lost
    assert stalls(leases) is False
    crew.stall(is_stalled=False)
    assert orders(crew) == [Order.WORK] * 2


def test_a_worker_that_the_store_does_not_know_must_end(app: Pynenc, crew: Crew) -> None:
    leases, worker = Leases(app), next(iter(crew.children))
    app.orchestrator.recover(worker, ORDERLY)
    assert until(lambda: list(leases.keep(list(crew.children)).lost) == [worker], 10)


def test_a_missed_deadline_interrupts_first_and_kills_later(app: Pynenc) -> None:
    limits, child = TimeLimits(app), PlayedChild("w")
    now = time.monotonic()
    child.note.set_deadline(now + 0.02)
    assert limits.next_at([child], now + 60) == child.note.look == pytest.approx(now + 0.02)
    assert until(lambda: limits.enforce([child]) or child.interrupts, 10, pause_seconds=0.001)
    assert child.interrupts == 1
    assert limits.next_at([child], now + 60) == child.kill_at
    assert until(lambda: limits.enforce([child]) == [child], 10, pause_seconds=0.001)


def test_a_worker_that_heeds_is_left_alone(app: Pynenc) -> None:
    limits, child = TimeLimits(app), PlayedChild("w")
    child.hear(PAUSED)
    child.note.set_deadline(time.monotonic() - 1)
    assert limits.enforce([child]) == []
    child.note.set_deadline(0.0)
    assert limits.enforce([child]) == []
    assert limits.next_at([child], 7.0) == 7.0
    limits.settle(child)


def test_a_worker_has_the_grace_to_cancel(app: Pynenc) -> None:
    limits, child = TimeLimits(app), PlayedChild("w")
    limits.cancel({"w": child}, "w", ("a",))
    limits.cancel({"w": child}, "w", ("a",))
    limits.cancel({"w": child}, "gone", ("b",))
    assert child.told == [CANCEL + b"a"]
    assert until(lambda: limits.enforce([child]) == [child], 10, pause_seconds=0.001)


def test_a_store_that_is_not_open_is_opened_unless_an_operator_does(app: Pynenc) -> None:
    new = Pynenc(config_values={"await_definitions": True})
    crew = Crew(new, 1, PlayedChild)
    crew.balance()
    assert crew.children == {}
    new.conf.await_definitions = False
    other = Crew(new, 1, PlayedChild)
    other.balance()
    assert new.orchestrator.join(WorkerInfo("w"), 10).value == "OK"
