"""An envelope names cached arguments by their content, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from pynenc.core.references import digest_of, join, split
from pynenc.errors import SerializationError


def test_an_envelope_gives_back_what_it_was_made_of():
    digests = {"data": digest_of(b"blob")}
    assert split(join(digests, b'{"x":"\\n"}')) == (digests, b'{"x":"\\n"}')


def test_a_payload_that_is_no_envelope_has_no_references():
    assert split(b'{"x":1}') == ({}, b'{"x":1}')


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"\x01", id="empty"),
        pytest.param(b"\x01[]\n{}", id="no object"),
        pytest.param(b'\x01{"x":1}\n{}', id="no text"),
        pytest.param(b'\x01{"x":"../../etc"}\n{}', id="no digest"),
    ],
)
def test_a_damaged_envelope_is_refused(payload):
    with pytest.raises(SerializationError, match="references to cached arguments are damaged"):
        split(payload)
