"""Calls are bound to the signature of a function before anything travels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pynenc.core.signature import Signature
from pynenc.errors import InvalidArguments, TaskDefinitionError


def send(to: str, body: str = "hello", *rest: int, urgent: bool = False, **extra: str) -> None: ...


def add(x: int, /, y: int = 2) -> int:
    return x + y


def lost(x: int) -> None: ...


lost.__annotations__["x"] = "NoSuchType"


def odd(x: print) -> None: ...  # type: ignore[valid-type]  # an annotation that is no type is what is tested


CALLS = [
    pytest.param(send, ("a",), {}, id="defaults"),
    pytest.param(send, ("a", "b", 1, 2), {"urgent": True, "cc": "c"}, id="every kind of parameter"),
    pytest.param(add, (1,), {"y": 3}, id="positional only"),
]


@pytest.mark.parametrize(("func", "args", "kwargs"), CALLS)
def test_a_bound_call_survives_the_way_and_binds_to_the_same(func, args, kwargs):
    signature = Signature(func)
    bound = signature.bind(args, kwargs)
    back_args, back_kwargs = signature.split(signature.arguments.load(signature.arguments.dump(bound)))
    assert signature.bind(tuple(back_args), back_kwargs) == bound


def test_absent_arguments_take_the_defaults_of_the_function():
    args, kwargs = Signature(send).split({"to": "a"})
    assert (args, kwargs) == (["a", "hello"], {})


def nothing() -> None:
    """Take nothing."""


def keyed(first: int, *rest: int, second: int, **more: int) -> None:
    """Take some by keyword only, and any others."""


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        pytest.param((), {}, 'add() missing 1 required argument: "x"', id="missing"),
        pytest.param((1, 2, 3), {}, "add() takes 2 positional arguments, got 3", id="too many"),
        pytest.param((1,), {"z": 1}, 'add() got an unexpected argument "z"; known are x, y', id="unexpected"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(args, kwargs, message):
    with pytest.raises(InvalidArguments) as caught:
        Signature(add).bind(args, kwargs)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("func", "args", "kwargs", "message"),
    [
        pytest.param(add, (1,), {"x": 1}, 'add() got two values for the argument "x"', id="twice"),
        pytest.param(nothing, (1,), {}, "nothing() takes 0 positional arguments, got 1", id="one for nothing"),
        pytest.param(nothing, (), {"z": 1}, 'nothing() got an unexpected argument "z"; it takes none', id="none known"),
        pytest.param(keyed, (), {}, 'keyed() missing 2 required arguments: "first" and "second"', id="two missing"),
        pytest.param(keyed, (1,), {"z": 1}, 'keyed() missing 1 required argument: "second"', id="any may be added"),
    ],
)
def test_every_misfit_of_arguments_is_named(func, args, kwargs, message):
    with pytest.raises(InvalidArguments) as caught:
        Signature(func).bind(args, kwargs)
    assert str(caught.value) == message


def test_a_result_goes_through_the_return_annotation():
    result = Signature(add).result
    assert result.load(result.dump({"value": 5})) == {"value": 5}


@pytest.mark.parametrize(
    ("func", "message"),
    [
        pytest.param(lost, "lost: an annotation cannot be resolved", id="an unknown name"),
        pytest.param(odd, "odd: an annotation has no JSON form", id="no type"),
    ],
)
def test_a_function_with_a_bad_annotation_is_no_task(func: Any, message):
    with pytest.raises(TaskDefinitionError, match=message):
        Signature(func)


BLANK = np.zeros(1)


def test_the_schema_has_the_defaults_that_have_a_json_form():
    def order(item: str, count: int = 2, marker: Any = Signature, picture: np.ndarray = BLANK) -> None:
        """One default is a class, and one an array."""

    properties = Signature(order).json_schema()["properties"]
    known = {name: property_["default"] for name, property_ in properties.items() if "default" in property_}
    assert known == {"count": 2}
