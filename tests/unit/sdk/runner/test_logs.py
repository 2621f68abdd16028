"""Log lines as objects, and the setting that asks for them."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from pynenc import Pynenc, context
from pynenc.config import Config
from pynenc.errors import ConfigurationError
from pynenc.runner.logs import InvocationNamed, JsonLines


class Nobody:
    def wait_for(self, invocation_ids, timeout_seconds):
        raise AssertionError

    async def wait_for_async(self, invocation_ids, timeout_seconds):
        raise AssertionError


def line(message: str, *arguments: object, error: bool = False) -> dict[str, object]:
    record = logging.LogRecord("pynenc.shop", logging.WARNING, "x.py", 1, message, arguments, None)
    if error:
        try:
            raise ValueError("bad\naddress")
        except ValueError:
            record.exc_info = sys.exc_info()
    InvocationNamed().filter(record)
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_a_line_is_one_object():
    found = line("worker %s\nhas failed", "w1")
    assert str(found.pop("time")).endswith("Z")
    assert found == {"level": "warning", "logger": "pynenc.shop", "message": "worker w1\nhas failed"}


def test_a_line_of_a_task_names_its_invocation():
    previous = context.swap(context.Run(Pynenc("shop"), "id-1", "tasks.add", 2, Nobody()))
    try:
        found = line("hello")
    finally:
        context.swap(previous)
    assert (found["invocation"], found["task"], found["attempt"]) == ("id-1", "tasks.add", 2)


def test_a_traceback_is_text_in_the_object():
    assert str(line("oh", error=True)["exception"]).endswith("ValueError: bad\naddress")


def test_the_format_is_a_setting(tmp_path):
    assert Config(environ={}, cwd=tmp_path).logging_format == "text"
    assert Config(environ={"PYNENC__LOGGING_FORMAT": "JSON"}, cwd=tmp_path).logging_format == "json"
    with pytest.raises(ConfigurationError, match="logging_format must be one of text, json, got 'xml'"):
        Config(environ={"PYNENC__LOGGING_FORMAT": "xml"}, cwd=tmp_path)
