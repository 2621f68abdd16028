"""The text of the function library and the names of keys, without a server."""

from __future__ import annotations

import re
from importlib import resources

from pynenc._redis.keys import Keys
from pynenc._redis.source import NAME, SHARED, VERBS, library_source, library_version

FOLDER = resources.files("pynenc._redis") / "lua"


def test_the_text_is_one_library_with_its_version_inside():
    assert library_source().startswith(f"#!lua name={NAME}\n")
    assert re.fullmatch("[0-9a-f]{16}", library_version())
    assert f"return '{library_version()}'" in library_source().splitlines()[-1]


def test_every_verb_is_part_of_it_after_what_they_share():
    places = [
        library_source().index((FOLDER / f"{name}.lua").read_text(encoding="utf-8")) for name in (*SHARED, *VERBS)
    ]
    assert places == sorted(places)


def test_keys_of_an_app_share_one_slot_and_no_other_has_them():
    keys = Keys.of_app("team-a/shop")
    names = [keys.invocation("i1"), keys.queue("q"), keys.wake("q"), keys.inbox("w"), keys.dead, keys.tasks]
    assert all(name.startswith("pn:{team-a/shop#0}:") for name in names)
    assert len(set(names)) == len(names)
