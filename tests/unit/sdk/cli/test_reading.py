"""How the command line reads arguments, hides secrets and sees changes of files."""

from __future__ import annotations

import datetime
import os
import sys

import pytest

from pynenc import Pynenc, PynencError
from pynenc.cli.changes import changed, look, own_folders
from pynenc.cli.config import shown, without_password
from pynenc.cli.invoke import read_arguments, read_options, task_named
from pynenc.errors import InvalidArguments, RequestError

app = Pynenc("reading")


@app.task
def mixed(
    text: str, number: int = 0, maybe: str | None = None, day: datetime.date | None = None, *, flag: bool = False
):
    return text


@app.task
def anything(value, *rest: int, **others: float):
    return value


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param(["text=plain"], {"text": "plain"}, id="text"),
        pytest.param(["text=0815"], {"text": "0815"}, id="digits stay text"),
        pytest.param(["text=12"], {"text": "12"}, id="a number stays text"),
        pytest.param(['text="quoted"'], {"text": "quoted"}, id="JSON text"),
        pytest.param(["text=a=b"], {"text": "a=b"}, id="an equals sign"),
        pytest.param(["text="], {"text": ""}, id="empty"),
        pytest.param(["text=x", "number=3"], {"text": "x", "number": 3}, id="a number"),
        pytest.param(["text=x", "maybe=null"], {"text": "x", "maybe": None}, id="nothing"),
        pytest.param(["text=x", "maybe=yes"], {"text": "x", "maybe": "yes"}, id="optional text"),
        pytest.param(["text=x", "flag=true"], {"text": "x", "flag": True}, id="keyword only"),
        pytest.param(["text=x", "day=2026-01-31"], {"text": "x", "day": datetime.date(2026, 1, 31)}, id="a date"),
        pytest.param(["text=x", "text=y"], {"text": "y"}, id="the last one wins"),
    ],
)
def test_a_value_is_json_where_that_fits_and_else_text(pairs, expected):
    args, kwargs = read_arguments(mixed, pairs, "")
    bound = mixed.payloads.signature.bind(tuple(args), kwargs)
    assert {name: value for name, value in bound.items() if name in expected} == expected


def test_without_annotations_json_is_json_and_the_rest_is_text():
    assert read_arguments(anything, ["value=[1, 2]"], "")[0][0] == [1, 2]
    assert read_arguments(anything, ["value=plain"], "")[0][0] == "plain"
    args, kwargs = read_arguments(anything, ["rest=[1, 2]"], '{"value": 0, "others": {"x": 1.5}}')
    assert (args, kwargs) == ([0, 1, 2], {"x": 1.5})


@pytest.mark.parametrize(
    ("pairs", "whole", "text"),
    [
        ([], "", "test_reading.mixed: arguments.text: Field required"),
        (["text=x", "number=many"], "", "arguments.number: Input should be a valid integer"),
        (["text=x", "nothing=1"], "", "arguments.nothing: Extra inputs are not permitted"),
        (["text"], "", '"text" has no value; write NAME=VALUE'),
        ([], "{", "--args-json is no JSON"),
        ([], "3", "--args-json must be an object"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(pairs, whole, text):
    with pytest.raises(InvalidArguments) as caught:
        read_arguments(mixed, pairs, whole)
    assert text in str(caught.value)


def test_options_of_a_call_are_json_or_text():
    assert read_options(["max_retries=3", "queue=mails", 'on_limit="drop"', "timeout=null"]) == {
        "max_retries": 3,
        "queue": "mails",
        "on_limit": "drop",
        "timeout": None,
    }


def test_a_task_is_named_by_its_function_if_that_is_clear():
    shop = Pynenc("shop")
    shop.tasks = {"a.send": mixed, "b.send": anything, "b.add": mixed}
    assert task_named(shop, "add") is mixed
    assert task_named(shop, "b.send") is anything
    with pytest.raises(RequestError, match=r'"send" may be .* or .*; name one of them'):
        task_named(shop, "send")
    with pytest.raises(PynencError, match=r'the app has no task "a\.sent"; did you mean "a\.send"'):
        task_named(shop, "a.sent")
    with pytest.raises(PynencError, match="it has none"):
        task_named(Pynenc("empty"), "x")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://:pw@host", "redis://:(hidden)@host"),
        ("rediss://ann:p:w@host:1/2", "rediss://ann:(hidden)@host:1/2"),
        ("redis://ann:p@w@host", "redis://ann:(hidden)@host"),
        ("redis://ann@host", "redis://ann@host"),
        ("unix://ann:pw@/tmp/s.sock?db=0", "unix://ann:(hidden)@/tmp/s.sock?db=0"),
        ("redis://host?password=pw&db=1", "redis://host?password=(hidden)&db=1"),
        ("redis://ann:p/w@host/0", "redis://ann:(hidden)@host/0"),
        ("redis://ann:p?w#@host/0", "redis://ann:(hidden)@host/0"),
    ],
)
def test_the_password_of_a_url_is_hidden_whatever_is_in_it(url, expected):
    assert without_password(url) == expected


def test_secrets_are_hidden_and_lists_are_lists():
    assert shown("k1:abc", is_secret=True) == "(hidden)"
    assert shown("", is_secret=True) == ""
    assert shown(("a", "b"), is_secret=False) == ["a", "b"]
    assert shown({"db": 3}, is_secret=False) == {"db": 3}
    assert shown(4, is_secret=False) == 4


def test_changes_of_files_are_seen(tmp_path):
    kept, gone = tmp_path / "kept.py", tmp_path / "gone.py"
    kept.write_text("1")
    gone.write_text("1")
    (tmp_path / "notes.txt").write_text("1")
    before = look([tmp_path])
    assert changed(before, look([tmp_path])) == []
    kept.write_text("12")
    gone.unlink()
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "notes.txt").write_text("12")
    assert changed(before, look([tmp_path])) == ["gone.py", "kept.py", "pyproject.toml"]
    same_size = look([tmp_path])
    os.utime(kept, ns=(1, 1))
    assert changed(same_size, look([tmp_path])) == ["kept.py"]


def test_own_folders_are_those_of_the_program_and_of_what_cannot_be_imported(tmp_path, monkeypatch):
    (tmp_path / "broken_cli_module.py").write_text("x = = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SyntaxError) as caught:
        __import__("broken_cli_module")
    assert tmp_path not in own_folders()
    found = own_folders(caught.value)
    assert tmp_path in found
    assert not any(str(folder).startswith(sys.base_prefix) or "site-packages" in folder.parts for folder in found)
