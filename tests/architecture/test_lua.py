"""Each Lua file is one documented step of the library."""

from __future__ import annotations

import re

import pytest

from pynenc._redis.source import SHARED, VERBS
from support import repository

FOLDER = repository.ROOT / "sdk/src/pynenc/_redis/lua"
FORBIDDEN = re.compile(r"""redis\.p?call\(\s*['"](?:KEYS|SCAN|FLUSH\w*|RANDOMKEY)""", re.IGNORECASE)
HEADER = re.compile(
    r"\A(?:-- (?!KEYS).*\n)+"  # the purpose, and the race that it closes
    r"-- KEYS\[1\] H\n"
    r"(?:-- ARGV \S.*\n(?:--   \S.*\n)*)?"
    r"-- Returns \S.*\n(?:--   \S.*\n|-- (?!KEYS|ARGV)\S.*\n)*"
    r"(?!--)"
)
LINES = 100


def test_the_folder_holds_the_steps_and_what_they_share():
    assert {path.stem for path in FOLDER.glob("*.lua")} == {*SHARED, *VERBS}


@pytest.mark.parametrize("verb", VERBS)
def test_a_step_says_what_it_does_takes_and_returns(verb):
    text = (FOLDER / f"{verb}.lua").read_text()
    assert HEADER.match(text), "want: purpose, KEYS[1] H, ARGV, Returns"
    assert ("-- ARGV" in text) == ("argv" in text)


@pytest.mark.parametrize("verb", VERBS)
def test_a_step_registers_itself_and_nothing_else(verb):
    assert re.findall(r"register\('(\w+)'", (FOLDER / f"{verb}.lua").read_text()) == [verb]


@pytest.mark.parametrize("name", [*SHARED, *VERBS])
def test_a_step_is_short_and_scans_nothing(name):
    text = (FOLDER / f"{name}.lua").read_text()
    assert not FORBIDDEN.search(text)
    assert text.count("\n") <= (200 if name == "prelude" else LINES)
