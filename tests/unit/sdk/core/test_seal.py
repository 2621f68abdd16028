"""A signed payload is read only by who has its key, only whole, and only for what it was made for."""

from __future__ import annotations

import pytest

from pynenc.core.seal import Keyring
from pynenc.errors import BadSignature

SCOPE = ("shop", "mail.send", "arguments")
OLD, NEW = "old:" + "o" * 16, "new:" + "n" * 16
SIGNED = Keyring.read(OLD).seal(SCOPE, b'{"x":1}')


def test_a_signed_payload_is_opened_by_the_same_key():
    assert Keyring.read(OLD).open(SCOPE, SIGNED) == b'{"x":1}'


def test_the_first_key_signs_and_all_verify():
    both = Keyring.read(f"{NEW}, {OLD}")
    assert both.open(SCOPE, SIGNED) == b'{"x":1}'
    assert Keyring.read(NEW).open(SCOPE, both.seal(SCOPE, b"1")) == b"1"


def test_without_keys_payloads_stay_as_they_are():
    assert not Keyring.read(" ")
    assert Keyring().open(SCOPE, Keyring().seal(SCOPE, b"1")) == b"1"


@pytest.mark.parametrize("position", range(len(SIGNED)))
def test_no_byte_can_be_changed(position):
    changed = SIGNED[:position] + bytes([SIGNED[position] ^ 1]) + SIGNED[position + 1 :]
    with pytest.raises(BadSignature):
        Keyring.read(OLD).open(SCOPE, changed)


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param(("other", "mail.send", "arguments"), id="another app"),
        pytest.param(("shop", "mail.drop", "arguments"), id="another task"),
        pytest.param(("shop", "mail.send", "result"), id="another kind"),
        pytest.param(("shop", "mail.senda", "rguments"), id="the same letters, split elsewhere"),
    ],
)
def test_a_payload_cannot_be_used_elsewhere(scope):
    with pytest.raises(BadSignature, match="made for another task"):
        Keyring.read(OLD).open(scope, SIGNED)


@pytest.mark.parametrize(
    ("keys", "payload", "message"),
    [
        pytest.param(OLD, b'{"x":1}', "is not signed", id="unsigned"),
        pytest.param(OLD, b"", "is not signed", id="empty"),
        pytest.param(OLD, b"\x02", "not among", id="nothing but the mark"),
        pytest.param(OLD, SIGNED[:20], "was changed", id="truncated"),
        pytest.param(NEW, SIGNED, "not among", id="a key of somebody else"),
        pytest.param("", SIGNED, "not among", id="a reader without keys"),
    ],
)
def test_what_cannot_be_trusted_is_refused(keys, payload, message):
    with pytest.raises(BadSignature, match=message):
        Keyring.read(keys).open(SCOPE, payload)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("k" * 20, "must be id:key", id="no id"),
        pytest.param("a:short", "at least 16 characters", id="too short"),
        pytest.param(":" + "k" * 16, "must be id:key", id="an empty id"),
        pytest.param(f"{OLD},{OLD}", "must name each key once", id="an id twice"),
    ],
)
def test_keys_that_cannot_be_meant_are_refused_without_showing_them(text, message):
    with pytest.raises(ValueError, match=message) as caught:
        Keyring.read(text)
    assert "kkk" not in str(caught.value)
