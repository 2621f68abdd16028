"""Typed values come out of text, files and Python alike, and anything else is refused."""

from __future__ import annotations

import json
import math
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pynenc.core import values
from pynenc.core.values import Bounds

FEW = Bounds(0, 10)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("False", False, id="the guide's False is false"),
        pytest.param(" no ", False, id="spaces do not matter"),
        pytest.param("0", False, id="zero"),
        pytest.param(False, False, id="a bool is itself"),
        pytest.param("TRUE", True, id="case does not matter"),
        pytest.param("on", True, id="on"),
    ],
)
def test_a_truth_value_is_read_from_the_words_of_a_shell(value, expected):
    assert values.read_bool(value) is expected


@pytest.mark.parametrize("value", ["", "maybe", None, 2])
def test_what_is_neither_true_nor_false_is_refused(value):
    with pytest.raises(ValueError, match="must be true or false"):
        values.read_bool(value)


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (10, 10), (" 7 ", 7)])
def test_a_whole_number_within_bounds_is_read(value, expected):
    assert values.read_int(value, FEW) == expected


@pytest.mark.parametrize("value", [-1, 11, 1.0, True, "a", "1.5", None])
def test_a_whole_number_that_is_none_or_out_of_bounds_is_refused(value):
    with pytest.raises(ValueError, match="must be a whole number from 0 to 10"):
        values.read_int(value, FEW)


@pytest.mark.parametrize(("value", "expected"), [(0, 0.0), (2.5, 2.5), ("1e1", 10.0)])
def test_a_number_within_bounds_is_read(value, expected):
    assert values.read_float(value, FEW) == expected


@pytest.mark.parametrize("value", [-0.1, 10.1, math.nan, math.inf, "nan", "a", True, None, 10**400])
def test_a_number_that_is_none_or_out_of_bounds_is_refused(value):
    with pytest.raises(ValueError, match="must be a number from 0 to 10"):
        values.read_float(value, FEW)


def test_text_is_read_as_it_is():
    assert values.read_str(" x ") == " x "


def test_what_is_no_text_is_refused():
    with pytest.raises(ValueError, match="must be text"):
        values.read_str(3)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("a, b", ("a", "b"), id="separated by commas"),
        pytest.param('["a", "b"]', ("a", "b"), id="JSON"),
        pytest.param(["a", "b"], ("a", "b"), id="a list"),
        pytest.param((), (), id="an empty tuple"),
    ],
)
def test_names_are_read_from_text_and_lists(value, expected):
    assert values.read_names(value) == expected


@pytest.mark.parametrize("value", ["", "a,,b", '["a", 1]', "[a", 3, [""]])
def test_names_that_are_none_are_refused(value):
    with pytest.raises(ValueError, match="must be a list of names"):
        values.read_names(value)


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


@pytest.mark.parametrize("value", [Size.LARGE, "large", "LARGE", " Large "])
def test_a_word_is_read_in_any_case(value):
    assert values.read_word(value, Size) is Size.LARGE


@pytest.mark.parametrize("value", ["", "medium", 3, None])
def test_a_word_that_is_none_is_refused(value):
    with pytest.raises(ValueError, match="must be one of small, large"):
        values.read_word(value, Size)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("db=3, mail=1", {"db": 3, "mail": 1}, id="separated by commas"),
        pytest.param('{"db": 3}', {"db": 3}, id="JSON"),
        pytest.param({"db": 3}, {"db": 3}, id="a table"),
        pytest.param("", {}, id="none"),
    ],
)
def test_numbers_by_name_are_read_from_text_and_tables(value, expected):
    assert values.read_numbers(value, Bounds(0, 9)) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("db", "must be a whole number from 0 to 9", id="no number"),
        pytest.param({"db": 10}, "must be a whole number from 0 to 9", id="too great a number"),
        pytest.param("{db", "must be numbers by name, in JSON or as name=3,other=1", id="no JSON"),
        pytest.param([3], "must be numbers by name", id="a list"),
        pytest.param({3: 3}, "must be numbers by name", id="a number as name"),
    ],
)
def test_numbers_by_name_that_are_none_are_refused(value, message):
    with pytest.raises(ValueError, match=message):
        values.read_numbers(value, Bounds(0, 9))


@given(st.lists(st.text("abcdefg-", min_size=1)).map(tuple))
def test_names_survive_the_way_through_json(names):
    assert values.read_names(json.dumps(names)) == names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("max_retry", 'did you mean "max_retries"?', id="a near name"),
        pytest.param("zzz", "known are max_retries, queue", id="no near name"),
    ],
)
def test_an_unknown_name_is_answered_by_the_nearest_or_by_all(name, expected):
    assert values.nearest(name, ["queue", "max_retries"]) == expected
