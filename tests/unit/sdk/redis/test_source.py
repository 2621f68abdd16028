"""The text of the function library, without a server."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from pynenc._redis.keys import Keys
from pynenc._redis.source import NAME, VERBS, library_source, library_version

FOLDER = resources.files("pynenc._redis") / "lua"


def text(verb: str) -> str:
    """The file of a verb."""
    return (FOLDER / f"{verb}.lua").read_text(encoding="utf-8")


def test_the_text_is_one_library_with_its_version_inside():
    assert library_source().startswith(f"#!lua name={NAME}\n")
    assert re.fullmatch("[0-9a-f]{16}", library_version())
    assert f"return '{library_version()}'" in library_source().splitlines()[-1]


def test_every_file_is_part_of_it():
    files = {item.name.removesuffix(".lua") for item in FOLDER.iterdir() if item.name.endswith(".lua")}
    assert files == {"prelude", *VERBS}
    assert all(text(name) in library_source() for name in files)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_the_fixed_header_and_registers_itself(verb):
    lines = text(verb).splitlines()
    header = lines[: next(number for number, line in enumerate(lines) if not line.startswith("--"))]
    assert "-- KEYS[1] H" in header
    assert any(line.startswith("-- Returns ") for line in header)
    assert lines[-1].startswith(f"register('{verb}', ")


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_runs_no_command_that_grows_with_history(verb):
    assert not re.search(r"'(KEYS|SCAN|HGETALL|SORT|FLUSH\w*)'", text(verb))


def test_keys_of_an_app_share_one_slot_and_no_other_has_them():
    keys = Keys.of_app("team-a/shop")
    names = [keys.invocation("i1"), keys.queue("q"), keys.wake("q"), keys.inbox("w"), keys.counts, keys.tasks]
    assert all(name.startswith("pn:{team-a/shop#0}:") for name in names)
    assert len(set(names)) == len(names)
