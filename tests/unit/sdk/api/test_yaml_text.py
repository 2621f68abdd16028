"""YAML text means the same to PyYAML, kubectl and helm."""

from __future__ import annotations

import pytest
import yaml

from pynenc.api.yaml_text import yaml_of


@pytest.mark.parametrize("text", ["y", "Y", "n", "N", "yes", "off", "null", "1e3", "0o17", "12", "1:30"])
def test_text_that_some_reader_takes_for_something_else_is_quoted(text):
    assert yaml_of({text: text}) == f"'{text}': '{text}'\n"


@pytest.mark.parametrize("value", [1, 1.5, 1e30, True, None, "x", "name", "e3"])
def test_other_values_stay_plain_and_come_back(value):
    written = yaml_of({"value": value})
    assert "'" not in written
    assert yaml.safe_load(written) == {"value": value}
