"""Which calls count as the same, what limits they have, and which control makes no sense for a function."""

from __future__ import annotations

import re

import pytest

from pynenc.core.concurrency import Concurrency, ConcurrencyControlType, Control
from pynenc.core.records import Limit
from pynenc.errors import ConfigurationError

DISABLED, TASK, ARGUMENTS, KEYS = ConcurrencyControlType
TASK_ID = "shop.charge"
ADA = {"customer": b'"ada"', "amount": b"3"}
ADA_AGAIN = {"customer": b'"ada"', "amount": b"4"}
BOB = {"customer": b'"bob"', "amount": b"3"}


def concurrency(numbers=None, task_id=TASK_ID, **control):
    return Concurrency.of(task_id, ("customer", "amount"), Control(**control), numbers or {})


def test_a_task_without_control_compares_nothing_and_has_no_limits():
    free = concurrency()
    assert (free.compared, free.limits({}), free.registration_key({})) == (frozenset(), (), "")


@pytest.mark.parametrize(
    ("mode", "compared", "same", "different"),
    [
        pytest.param(TASK, set(), [ADA, ADA_AGAIN, BOB], [], id="TASK makes all calls the same"),
        pytest.param(ARGUMENTS, {"customer", "amount"}, [ADA], [ADA_AGAIN, BOB], id="ARGUMENTS compares all"),
        pytest.param(KEYS, {"customer"}, [ADA, ADA_AGAIN], [BOB], id="KEYS compares those named"),
    ],
)
def test_calls_that_a_mode_makes_the_same_have_one_key(mode, compared, same, different):
    control = concurrency(registration=mode, running=mode, key_arguments=("customer",))
    assert control.compared == compared
    for key_of in (control.registration_key, lambda texts: control.limits(texts)[0].key):
        assert {key_of(texts) for texts in same} == {key_of(ADA)}
        assert key_of(ADA) not in {key_of(texts) for texts in different}
        assert re.fullmatch("[0-9a-f]{24}", key_of(ADA))


def test_the_limit_of_a_task_is_named_after_it_and_has_its_number():
    (limit,) = concurrency(running=TASK, running_limit=3).limits({})
    assert (limit.name, limit.number) == (TASK_ID, 3)


def test_two_tasks_have_different_keys_for_the_same_arguments():
    keys = {concurrency(task_id=name, running=ARGUMENTS).limits(ADA)[0].key for name in ("shop.charge", "shop.refund")}
    assert len(keys) == 2


def test_the_order_of_key_arguments_and_their_repetition_do_not_matter():
    orders = (("customer", "amount"), ("amount", "customer"), ("amount", "customer", "amount"))
    assert len({concurrency(registration=KEYS, key_arguments=order).registration_key(ADA) for order in orders}) == 1


def test_a_value_that_moves_to_another_argument_makes_another_key():
    control = concurrency(registration=ARGUMENTS)
    swapped = {"customer": b"3", "amount": b'"ada"'}
    assert control.registration_key(swapped) != control.registration_key(ADA)


def test_shared_limits_are_the_same_for_every_task_and_come_after_its_own():
    numbers = {"db": 5, "mail": 1}
    one = concurrency(numbers, running=TASK, limits=("db", "mail", "db")).limits({})
    other = concurrency(numbers, "shop.refund", limits=("db",)).limits({})
    assert [(limit.name, limit.number) for limit in one] == [(TASK_ID, 1), ("db", 5), ("mail", 1)]
    assert other == (one[1],)
    assert isinstance(other[0], Limit)


@pytest.mark.parametrize(
    ("control", "numbers", "message"),
    [
        pytest.param(
            {"limits": ("databse",)},
            {"database": 3},
            'shop.charge: unknown limit "databse"; did you mean "database"?',
            id="a misspelt limit",
        ),
        pytest.param(
            {"limits": ("database",)},
            {},
            'shop.charge: unknown limit "database"; no limits are set, see the setting limits',
            id="a limit where none is set",
        ),
        pytest.param(
            {"key_arguments": ("custmer",)},
            {},
            'shop.charge: key_arguments names "custmer", which is no argument; did you mean "customer"?',
            id="a misspelt key argument",
        ),
        pytest.param(
            {"running": KEYS},
            {},
            "shop.charge: concurrency by KEYS needs key_arguments, the names of the arguments to compare",
            id="KEYS without keys",
        ),
    ],
)
def test_control_that_makes_no_sense_is_an_error_that_says_what_does(control, numbers, message):
    with pytest.raises(ConfigurationError) as caught:
        concurrency(numbers, **control)
    assert str(caught.value) == message


def test_a_function_without_arguments_has_no_key_arguments():
    with pytest.raises(ConfigurationError, match=r'key_arguments names "x", which is no argument; it takes none'):
        Concurrency.of(TASK_ID, (), Control(key_arguments=("x",)), {})
