"""Published definitions survive the way into the store and back, also between versions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pynenc.core.definitions import definition_from_json, definition_to_json
from pynenc.core.records import TaskDefinition

NUMBERS = st.none() | st.integers(0, 10**9)
DEFINITIONS = st.builds(
    TaskDefinition,
    task_id=st.text(),
    queue=st.none() | st.text(),
    priority=NUMBERS,
    max_retries=NUMBERS,
    retry_for=st.none() | st.lists(st.text()).map(tuple),
    result_ttl_seconds=NUMBERS,
)


@given(DEFINITIONS)
def test_what_is_written_is_read(definition):
    assert definition_from_json(definition_to_json(definition)) == definition


def test_what_is_not_set_is_not_written_and_the_order_is_fixed():
    written = definition_to_json(TaskDefinition("mail.send", retry_for=(), priority=0))
    assert written == '{"priority": 0, "retry_for": [], "task_id": "mail.send"}'


def test_fields_of_a_newer_version_are_left_out():
    read = definition_from_json('{"task_id": "mail.send", "colour": "red", "queue": "mails"}')
    assert read == TaskDefinition("mail.send", queue="mails")
