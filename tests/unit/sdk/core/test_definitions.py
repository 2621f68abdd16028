"""Published definitions survive the way into the store and back, also between versions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pynenc.core.definitions import code_of, definition_from_json, definition_to_json, options_of, tasks_in
from pynenc.core.options import NAMES, TaskOptions, apply_options
from pynenc.core.records import TaskDefinition, WorkerInfo

NUMBERS = st.none() | st.integers(0, 10**9)
SECONDS = st.none() | st.floats(0, 10**9)
TEXTS = st.none() | st.lists(st.text()).map(tuple)
DEFINITIONS = st.builds(
    TaskDefinition,
    task_id=st.text(),
    queue=st.none() | st.text(),
    priority=NUMBERS,
    max_retries=NUMBERS,
    retry_for=TEXTS,
    retry_backoff_seconds=SECONDS,
    timeout_seconds=SECONDS,
    result_ttl_seconds=NUMBERS,
    key_arguments=TEXTS,
    running_limit=NUMBERS,
    limits=TEXTS,
    on_limit=st.none() | st.text(),
    on_diff_non_key_args_raise=st.none() | st.booleans(),
)


@given(DEFINITIONS)
def test_what_is_written_is_read(definition):
    assert definition_from_json(definition_to_json(definition)) == definition


@pytest.mark.parametrize(
    ("worker", "tasks"),
    [
        pytest.param(WorkerInfo("w", pool="main", tasks=frozenset({"b.b", "a.a"})), {"a.a", "b.b"}, id="some tasks"),
        pytest.param(WorkerInfo("w", pool="main", tasks=frozenset()), set(), id="no tasks"),
        pytest.param(WorkerInfo("w", pool="main"), None, id="a worker that does not say"),
        pytest.param(WorkerInfo("w", tasks=frozenset({"a.a"})), None, id="a worker of no pool"),
    ],
)
def test_what_a_worker_says_of_its_code_is_read(worker, tasks):
    assert (tasks_in(code) if (code := code_of(worker)) else None) == tasks


def test_what_is_not_set_is_not_written_and_the_order_is_fixed():
    written = definition_to_json(TaskDefinition("mail.send", retry_for=(), priority=0))
    assert written == '{"priority": 0, "retry_for": [], "task_id": "mail.send"}'


def test_fields_of_a_newer_version_are_left_out():
    read = definition_from_json('{"task_id": "mail.send", "colour": "red", "queue": "mails"}')
    assert read == TaskDefinition("mail.send", queue="mails")


def test_what_is_set_are_options_of_a_task():
    definition = TaskDefinition("mail.send", timeout_seconds=1.5, limits=("gpu",), on_limit="drop", max_retries=0)
    options = options_of(definition)
    assert options == {"timeout": 1.5, "limits": ("gpu",), "on_limit": "drop", "max_retries": 0}
    assert apply_options(TaskOptions(), options).on_limit == "drop"


def test_a_definition_sets_nothing_but_options():
    every = TaskDefinition(**dict.fromkeys(TaskDefinition.__dataclass_fields__, "x"))
    assert options_of(every).keys() <= set(NAMES)
