"""An exception crosses from worker to caller as text, and never runs code of its class."""

from __future__ import annotations

import pytest

from pynenc.core.failures import LONGEST_MESSAGE, Failure
from pynenc.errors import RetryError, TaskFailed, WorkerLost


class Picky(Exception):
    """Its constructor must not be called, and its __new__ wants more than a message."""

    def __new__(cls, first, second):
        return super().__new__(cls)


class Loud(Exception):
    def __init__(self, message):
        raise AssertionError("the constructor ran")


def raised(error):
    """The error with a traceback."""
    try:
        raise error
    except type(error) as caught:
        return caught


def test_a_failure_survives_the_way():
    failure = Failure.of(raised(ValueError("bad address")))
    assert Failure.load(failure.dump()) == failure
    assert (failure.type, failure.module, failure.message) == ("ValueError", "builtins", "bad address")


def test_a_built_in_exception_is_raised_as_itself_with_the_remote_traceback_in_a_note():
    error = Failure.of(raised(ValueError("bad address"))).to_exception("shop.send")
    assert type(error) is ValueError
    assert str(error) == "bad address"
    assert error.__notes__[0].startswith("Raised in a worker by shop.send:\nTraceback")


def test_without_a_traceback_there_is_no_note():
    assert not hasattr(Failure("ValueError", "x", "builtins").to_exception("t.f"), "__notes__")


def test_frames_of_the_worker_itself_are_left_out():
    def outer():
        raise ValueError("x")

    with pytest.raises(ValueError, match="x") as caught:
        outer()
    assert "outer()\n" in Failure.of(caught.value).traceback
    assert "outer()\n" not in Failure.of(caught.value, skip_frames=1).traceback
    assert Failure.of(caught.value, skip_frames=99).traceback.count("File ") == 1


def test_an_exception_of_this_package_is_raised_as_itself():
    assert type(Failure.of(RetryError("again")).to_exception("t.f")) is RetryError


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(Failure("Nowhere", "x", "no.such.module"), id="a module that is not loaded"),
        pytest.param(Failure("path", "x", "sys"), id="something that is no class"),
        pytest.param(Failure("int", "x", "builtins"), id="a class that is no exception"),
        pytest.param(Failure("SystemExit", "x", "builtins"), id="an exit"),
        pytest.param(Failure("Picky", "x", __name__), id="a class that cannot be made from a message"),
        pytest.param(Failure("TaskFailed", "x", "pynenc.errors"), id="a failure of another task"),
    ],
)
def test_what_cannot_be_rebuilt_is_described(failure):
    error = failure.to_exception("t.f")
    assert type(error) is TaskFailed
    assert str(error) == f"t.f raised {failure.type}: x"
    assert (error.error_type, error.error_message) == (failure.type, "x")


def test_a_constructor_never_runs():
    assert Failure("Loud", "x", __name__).to_exception("t.f").args == ("x",)


def test_a_lost_worker_has_its_own_class():
    error = Failure("WorkerLost", "OOMKilled").to_exception("t.f")
    assert type(error) is WorkerLost


def test_a_long_message_is_cut():
    assert len(Failure.of(ValueError("x" * 10_000)).message) == LONGEST_MESSAGE


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"\xff"])
def test_an_unreadable_failure_says_so(payload):
    assert Failure.load(payload) == Failure("UnreadableError", "the stored error cannot be read")
