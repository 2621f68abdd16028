"""The page of settings is what the table of settings says."""

from __future__ import annotations

from pynenc.config.__main__ import reference
from support.repository import ROOT


def test_the_page_of_settings_is_fresh():
    assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == reference(), "run: make generate"
