"""The text of the function library, put together from `lua/`: what all share first, then one file a verb.

Order matters where a verb uses a local of another file, so it is written down here. The text is deterministic; its
hash tells whether a server already has this version.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

NAME = "pn1"
PROTOCOL = "2"
SHARED = ("prelude", "limits", "moves", "admitting", "inserting", "handing", "popping", "graph")
VERBS = (
    "enqueue",
    "claim",
    "start",
    "finish",
    "finish_claim",
    "retry",
    "release",
    "wait",
    "resume",
    "finish_resume",
    "open",
    "join",
    "drain",
    "beat",
    "recover",
    "sweep",
    "watch",
    "cancel",
    "requeue",
    "forget",
    "set_limit",
    "publish",
    "declare",
    "workers",
    "counts",
)


@cache
def library_source() -> str:
    """The library as `FUNCTION LOAD` takes it. Its last line but one carries the hash of all before it."""
    folder = resources.files("pynenc._redis") / "lua"
    parts = [(folder / f"{name}.lua").read_text(encoding="utf-8") for name in (*SHARED, *VERBS)]
    body = f"#!lua name={NAME}\n" + "\n".join(parts)
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    return f"{body}\nregister('version', function() return '{digest}' end, {{'no-writes', 'allow-stale'}})\n"


@cache
def library_version() -> str:
    """The hash that `pn1_version` answers when this very text is loaded."""
    return library_source().rsplit("return '", 1)[1].split("'", 1)[0]
