"""Identifiers: sortable, repeatable, and safe to be part of a key."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pynenc.core.ids import QUEUE, check_app_id, invocation_id_of_key, invocation_id_of_object, short_hash, uuid7
from pynenc.errors import ConfigurationError

MILLIS = st.integers(0, 2**48 - 1)
BITS = st.binary(min_size=10, max_size=10)


@given(MILLIS, BITS)
def test_an_id_is_a_version_7_uuid_of_its_time(now_ms, bits):
    made = uuid.UUID(uuid7(now_ms, bits))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == now_ms


@given(MILLIS, MILLIS, BITS, BITS)
def test_ids_sort_by_the_time_they_were_made(first, second, bits, other_bits):
    if first < second:
        assert uuid7(first, bits) < uuid7(second, other_bits)


@given(MILLIS, BITS, BITS)
def test_other_random_bits_make_another_id(now_ms, bits, other_bits):
    used = [(some[:9], some[9] & 3) for some in (bits, other_bits)]
    assert (uuid7(now_ms, bits) == uuid7(now_ms, other_bits)) is (used[0] == used[1])


def test_an_object_always_has_the_same_invocation_and_another_one_another():
    uid = "6f3c1f0e-0000-4000-8000-000000000001"
    assert invocation_id_of_object(uid) == invocation_id_of_object(uid) == "c5b4e70e-4eef-559c-94b1-b69097dce0fe"
    assert invocation_id_of_object(uid) != invocation_id_of_object(uid[:-1] + "2")


def test_a_short_hash_shows_nothing_of_the_text():
    assert short_hash("user text {}*") == short_hash("user text {}*")
    assert len(short_hash("")) == 24
    assert set(short_hash("ä")) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "app_id",
    [
        pytest.param("pynenc", id="a word"),
        pytest.param("a", id="a letter"),
        pytest.param("team-a/shop", id="namespace and name"),
        pytest.param("my_app.v2", id="underscore and dot"),
        pytest.param("a" * 63 + "/" + "b" * 63, id="as long as can be"),
    ],
)
def test_a_good_app_id_is_returned(app_id):
    assert check_app_id(app_id) == app_id


@pytest.mark.parametrize(
    "app_id",
    [
        pytest.param("", id="empty"),
        pytest.param("Shop", id="upper case"),
        pytest.param("a b", id="a space"),
        pytest.param("a{b}", id="a hash tag"),
        pytest.param("a*", id="a pattern"),
        pytest.param("a#1", id="a shard"),
        pytest.param("a:b", id="a separator"),
        pytest.param("a/b/c", id="two slashes"),
        pytest.param("/a", id="no namespace"),
        pytest.param("a/", id="no name"),
        pytest.param("-a", id="a leading dash"),
        pytest.param("a" * 64, id="too long"),
        pytest.param("shop\n", id="a line end"),
    ],
)
def test_a_bad_app_id_is_refused_with_the_rule(app_id):
    with pytest.raises(ConfigurationError, match="must match"):
        check_app_id(app_id)


@pytest.mark.parametrize(
    ("queue", "good"),
    [
        pytest.param("default", True, id="a word"),
        pytest.param("a-1", True, id="dash and digit"),
        pytest.param("Default", False, id="upper case"),
        pytest.param("a_b", False, id="underscore"),
        pytest.param("", False, id="empty"),
        pytest.param("a" * 64, False, id="too long"),
        pytest.param("default\n", False, id="a line end"),
    ],
)
def test_names_of_queues_are_those_of_kubernetes(queue, good):
    assert bool(QUEUE.fullmatch(queue)) is good


def test_an_idempotency_key_names_one_invocation_of_one_task_of_one_app():
    named = invocation_id_of_key("shop", "jobs.charge", "order-1")
    assert str(uuid.UUID(named)) == named == invocation_id_of_key("shop", "jobs.charge", "order-1")
    others = [
        ("shop", "jobs.charge", "order-2"),
        ("shop", "jobs.refund", "order-1"),
        ("other", "jobs.charge", "order-1"),
    ]
    shifted = ("shop/jobs.charge", "", "order-1")
    assert len({named, *(invocation_id_of_key(*parts) for parts in (*others, shifted))}) == 5
