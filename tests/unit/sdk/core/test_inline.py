"""Inline source travels signed, for its task alone."""

from __future__ import annotations

import pytest

from pynenc.core.inline import digest_of, is_inline, seal, task_id_of, unseal
from pynenc.core.seal import Keyring
from pynenc.errors import BadSignature

KEYS = Keyring.read("new:0123456789abcdef,old:fedcba9876543210")
OLD = Keyring.read("old:fedcba9876543210")
NONE = Keyring()


def test_the_id_comes_from_the_name_of_the_object():
    assert task_id_of("send-mail") == "inline.send_mail.main"
    assert is_inline(task_id_of("x"))
    assert not is_inline("tasks.inline")


def test_what_was_sealed_comes_back():
    text = seal(OLD, "team/shop", "inline.x.main", "pass # é")
    assert text.isascii()
    assert unseal(KEYS, "team/shop", "inline.x.main", text) == "pass # é"
    assert digest_of("a") != digest_of("b")


@pytest.mark.parametrize(
    ("keys", "app_id", "task_id", "text"),
    [
        pytest.param(
            KEYS, "team/shop", "inline.x.main", seal(NONE, "team/shop", "inline.x.main", "pass"), id="unsigned"
        ),
        pytest.param(
            NONE, "team/shop", "inline.x.main", seal(KEYS, "team/shop", "inline.x.main", "pass"), id="no keys"
        ),
        pytest.param(
            NONE, "team/shop", "inline.x.main", seal(NONE, "team/shop", "inline.x.main", "pass"), id="neither"
        ),
        pytest.param(
            OLD, "team/shop", "inline.x.main", seal(KEYS, "team/shop", "inline.x.main", "pass"), id="another key"
        ),
        pytest.param(
            KEYS, "team/shop", "inline.y.main", seal(KEYS, "team/shop", "inline.x.main", "pass"), id="another task"
        ),
        pytest.param(
            KEYS, "team/mail", "inline.x.main", seal(KEYS, "team/shop", "inline.x.main", "pass"), id="another app"
        ),
        pytest.param(KEYS, "team/shop", "inline.x.main", "%%%", id="damaged"),
        pytest.param(KEYS, "team/shop", "inline.x.main", "", id="nothing"),
    ],
)
def test_anything_else_is_refused(keys, app_id, task_id, text):
    with pytest.raises(BadSignature):
        unseal(keys, app_id, task_id, text)
