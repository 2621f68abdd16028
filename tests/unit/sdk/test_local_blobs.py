"""A process keeps the encoded arguments it met last, within its bounds."""

from __future__ import annotations

import pytest

from pynenc.arg_cache.local import LocalBlobs


def kept(cache: LocalBlobs, names: str) -> str:
    return "".join(name for name in names if cache.get(name) is not None)


@pytest.mark.parametrize(
    ("entries", "size_bytes", "left"),
    [
        pytest.param(10, 100, "abcd", id="all fit"),
        pytest.param(2, 100, "cd", id="bounded by entries"),
        pytest.param(10, 30, "bcd", id="bounded by bytes"),
        pytest.param(0, 100, "", id="no entries"),
        pytest.param(10, 9, "", id="each too large"),
    ],
)
def test_the_oldest_are_forgotten_beyond_a_bound(entries, size_bytes, left):
    cache = LocalBlobs(entries, size_bytes)
    for name in "abcd":
        cache.put(name, b"x" * 10)
    assert kept(cache, "abcd") == left
    assert len(cache) == len(left)


def test_what_was_used_is_forgotten_last():
    cache = LocalBlobs(2, 100)
    cache.put("a", b"1")
    cache.put("b", b"2")
    assert cache.get("a") == b"1"
    cache.put("c", b"3")
    assert kept(cache, "abc") == "ac"


def test_the_same_blob_again_takes_no_more_room():
    cache = LocalBlobs(2, 10)
    for _ in range(3):
        cache.put("a", b"12345678")
    assert len(cache) == 1
