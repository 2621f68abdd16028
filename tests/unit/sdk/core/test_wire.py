"""JSON from outside is refused before it can do harm, and what looks like harm inside of text is not."""

from __future__ import annotations

from typing import Any

import pytest

from pynenc.core.payloads import Codec
from pynenc.core.plain import DEEPEST
from pynenc.errors import SerializationError


def nested(depth: int) -> bytes:
    return b'{"x":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        pytest.param(nested(DEEPEST + 1), "arguments: nesting deeper than 64", id="one too deep"),
        pytest.param(nested(100_000), "arguments: nesting deeper than 64", id="far too deep"),
        pytest.param(b'{"x":' + b"[" * 100_000, "arguments: nesting deeper than 64", id="deep and never closed"),
        pytest.param(b'{"x":' + b"1" * 1001 + b"}", "arguments: an integer longer than 1000 digits", id="long integer"),
        pytest.param(b'{"x":1,"x":2}', "arguments: a name stands twice in one object", id="an argument twice"),
        pytest.param(b'{"x":{"a":1,"\\u0061":2}}', "arguments: a name stands twice in one object", id="in escapes"),
        pytest.param(b'{"x":"\\ud800"}', "arguments: Invalid JSON", id="a lone surrogate"),
        pytest.param(b'{"x":1,', "arguments: Invalid JSON", id="truncated"),
        pytest.param(b'{"x":{"a":1,"b":', "arguments: Invalid JSON", id="truncated after several names"),
    ],
)
def test_harmful_json_is_refused_by_name(payload, message):
    with pytest.raises(SerializationError) as caught:
        Codec({"x": Any}).load(payload)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        pytest.param(b'{"x":"' + b"[" * 1000 + b'"}', "[" * 1000, id="brackets in text"),
        pytest.param(b'{"x":"' + b"1" * 2000 + b'"}', "1" * 2000, id="digits in text"),
        pytest.param(b'{"x":"a: b: \\" c:"}', 'a: b: " c:', id="colons in text"),
        pytest.param(b'{"x":[' + b"[]," * 100 + b"[]]}", [[]] * 101, id="wide, not deep"),
        pytest.param(b'{"x":{"a":{"a":1},"b":{"a":2}}}', {"a": {"a": 1}, "b": {"a": 2}}, id="names of other objects"),
    ],
)
def test_harmless_json_is_read(payload, value):
    assert Codec({"x": Any}).load(payload) == {"x": value}


def test_the_deepest_value_that_may_be_sent_may_be_read():
    codec = Codec({"x": Any})
    value: list[Any] = []
    for _ in range(DEEPEST - 1):
        value = [value]
    assert codec.load(codec.dump({"x": value})) == {"x": value}
