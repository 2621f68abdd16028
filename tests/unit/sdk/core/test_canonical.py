"""Equal arguments have equal texts, whatever the order of their dictionaries and sets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pynenc.core.canonical import canonical
from pynenc.core.payloads import Codec


def text_of(kind, value):
    return canonical(value, Codec({"it": kind}).dump_apart("it", value))


@given(st.lists(st.text(max_size=3), unique=True), st.randoms())
def test_the_order_of_a_dictionary_does_not_matter(names, random):
    shuffled = random.sample(names, len(names))
    assert text_of(Any, dict.fromkeys(names, 1)) == text_of(Any, dict.fromkeys(shuffled, 1))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        pytest.param(int, 3, b"3", id="a number"),
        pytest.param(set[int], {10, 9, 1}, b"[1,10,9]", id="a set, by the texts of its members"),
        pytest.param(frozenset[str], frozenset({"b", "a"}), b'["a","b"]', id="a frozen set"),
        pytest.param(list[set[str]], [{"b", "a"}], b'[["a","b"]]', id="a set in a list"),
        pytest.param(tuple[set[str], int], ({"b", "a"}, 1), b'[["a","b"],1]', id="a set in a tuple"),
        pytest.param(dict[str, set[int]], {"z": {2, 1}, "a": {1}}, b'{"a":[1],"z":[1,2]}', id="a set in a dictionary"),
        pytest.param(set[tuple[int, ...]], {(2, 1), (1, 2)}, b"[[1,2],[2,1]]", id="tuples in a set"),
        pytest.param(list[int], [2, 1], b"[2,1]", id="a list keeps its order"),
    ],
)
def test_the_canonical_text_of_a_value(kind, value, text):
    assert text_of(kind, value) == text


def test_an_object_that_is_no_container_of_ours_keeps_its_own_order():
    from dataclasses import dataclass

    @dataclass
    class Point:
        y: int
        x: int

    assert text_of(Point, Point(1, 2)) == b'{"x":2,"y":1}'


def test_what_is_no_json_stays_as_it_is():
    assert canonical(object(), b"\x04pickled") == b"\x04pickled"
