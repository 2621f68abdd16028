"""A program finds tasks whose source is in the store only if it is allowed to run them."""

from __future__ import annotations

import pytest

from pynenc import Pynenc
from pynenc.core.inline import seal, task_id_of
from pynenc.core.records import Declaration, DeclaredKind
from pynenc.core.seal import Keyring
from pynenc.errors import InlineSourceError, SerializationError
from pynenc.inline import inline_task

KEYS = "k:0123456789abcdef"
NAME = task_id_of("hello")


def app_with(**values):
    app = Pynenc(app_id="inline-unit", config_values={"signing_keys": KEYS, **values})
    text = seal(Keyring.read(KEYS), app.app_id, NAME, "def main(x):\n    return x + 1\n")
    app.orchestrator.declare(Declaration(DeclaredKind.SOURCE, NAME, text))
    return app


def test_a_task_is_found_once_and_kept():
    app = app_with(allow_inline_source=True)
    task = app.find_task(NAME)
    assert task is not None
    assert task.task_id == NAME
    assert task.func(x=1) == 2
    assert app.find_task(NAME) is task
    assert app.find_task(task_id_of("other")) is None


def test_a_runner_that_does_not_allow_it_says_what_to_set():
    with pytest.raises(InlineSourceError, match="set allowInlineSource of its WorkerPool"):
        app_with().find_task(NAME)


def test_other_tasks_are_none_of_its_business():
    app = app_with()
    assert app.find_task("tasks.add") is None
    assert inline_task(app, "tasks.add") is None


@pytest.mark.parametrize("payload", [b"[1]", b"{", b"\xff"])
def test_arguments_that_are_no_object_are_refused(payload):
    task = app_with(allow_inline_source=True).find_task(NAME)
    sealed = Keyring.read(KEYS).seal(("inline-unit", NAME, "arguments"), payload)
    with pytest.raises(SerializationError, match="the arguments are no JSON object"):
        task.payloads.load_arguments(sealed)
