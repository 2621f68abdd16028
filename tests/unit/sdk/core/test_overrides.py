"""Options of a single call travel in front of its arguments, and damaged ones are refused."""

from __future__ import annotations

import pytest

from pynenc.core.overrides import join, split
from pynenc.errors import SerializationError


def test_what_the_worker_must_know_travels():
    changes = {"timeout": 1.5, "max_retries": 2, "queue": "mail"}
    payload = join(changes, b'{"x":1}')
    assert split(payload) == ({"timeout": 1.5, "max_retries": 2}, b'{"x":1}')


def test_that_there_is_no_timeout_travels_too():
    assert split(join({"timeout": None}, b"{}")) == ({"timeout": None}, b"{}")


def test_arguments_without_options_stay_as_they_are():
    assert join({"queue": "mail"}, b"{}") == b"{}"
    assert split(b"{}") == ({}, b"{}")


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        pytest.param(b"\x05{\n{}", "arguments: the options of the call are damaged", id="no JSON"),
        pytest.param(b"\x05[]\n{}", "arguments: the options of the call are damaged", id="no object"),
        pytest.param(
            b'\x05{"queue":"mail"}\n{}', "arguments: the options of the call are damaged", id="another option"
        ),
        pytest.param(
            b'\x05{"timeout":-1}\n{}',
            "arguments: the options of the call are damaged: timeout must be a number from 0.001 to 3.1536e+07, got -1",
            id="a bad value",
        ),
    ],
)
def test_damaged_options_are_refused(payload, message):
    with pytest.raises(SerializationError) as caught:
        split(payload)
    assert str(caught.value) == message
