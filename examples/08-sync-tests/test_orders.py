"""Tests of tasks without a server, without a runner and without waiting."""

from collections.abc import Callable
from decimal import Decimal

import pytest
import tasks
from tasks import Item, OutOfStockError

Bank = Callable[[str, Decimal], str]


@pytest.fixture(autouse=True)
def sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call of a task runs it at once. For a whole test run, set PYNENC__DEV_MODE_FORCE_SYNC_TASKS=true."""
    monkeypatch.setattr(tasks.app.conf, "dev_mode_force_sync_tasks", True)


@pytest.fixture
def statement(monkeypatch: pytest.MonkeyPatch) -> list[Decimal]:
    """What a bank that always answers has charged."""
    charged: list[Decimal] = []

    def answer(card: str, amount: Decimal) -> str:
        charged.append(amount)
        return f"{len(charged)} for {card}"

    monkeypatch.setattr(tasks, "call_bank", answer)
    return charged


def test_an_order_is_charged_once_for_all_items(statement: list[Decimal]) -> None:
    invocation = tasks.place_order("card 1", [Item("chair", 1), Item("chair", 3)])
    assert invocation.result == "receipt 1 for card 1"
    assert statement == [Decimal("199.60")]


def test_nothing_is_charged_for_what_is_out_of_stock(statement: list[Decimal]) -> None:
    invocation = tasks.place_order("card 1", [Item("chair", 1), Item("lamp", 1)])
    assert invocation.status == "FAILED"
    with pytest.raises(OutOfStockError, match="0 x lamp left, 1 wanted"):
        _ = invocation.result
    assert statement == []


def test_a_bad_line_is_tried_again_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(card: str, amount: Decimal) -> str:
        if tasks.charge.invocation.attempt < 3:
            raise ConnectionError("the bank does not answer")
        return "7"

    monkeypatch.setattr(tasks, "call_bank", answer)
    invocation = tasks.charge("card 1", Decimal(5))
    assert (invocation.result, invocation.attempt) == ("receipt 7", 3)


def test_the_function_itself_can_be_called_too() -> None:
    assert tasks.reserve.func(Item("chair", 2)) == Decimal("99.80")
