"""Options of a task are checked where they are written, with a message that says what to write instead."""

from __future__ import annotations

import pytest

from pynenc.core.options import TaskOptions, apply_options, check_options
from pynenc.errors import RetryError, TaskDefinitionError


def test_a_task_without_options_is_not_retried_and_waits_in_the_default_queue():
    assert TaskOptions() == TaskOptions("default", 0, 0, (RetryError,), 86_400)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        pytest.param({"max_retry": 1}, 'unknown option "max_retry"; did you mean "max_retries"?', id="a misspelt name"),
        pytest.param({"max_retries": "a"}, 'max_retries takes no text, got "a"', id="text for a number"),
        pytest.param({"max_retries": "3"}, 'max_retries takes no text, got "3"', id="digits as text"),
        pytest.param(
            {"max_retries": -1}, "max_retries must be a whole number from 0 to 1000, got -1", id="a negative number"
        ),
        pytest.param({"max_retries": True}, "max_retries must be a whole number from 0 to 1000, got True", id="a bool"),
        pytest.param({"timeout": "x"}, 'timeout takes no text, got "x"', id="text for a time"),
        pytest.param(
            {"timeout": -1}, "timeout must be a number from 0.001 to 3.1536e+07, got -1", id="a negative time"
        ),
        pytest.param({"priority": 10}, "priority must be a whole number from 0 to 9, got 10", id="priority 10"),
        pytest.param(
            {"result_ttl_seconds": 0},
            "result_ttl_seconds must be a whole number from 1 to 31536000, got 0",
            id="a result that is not kept",
        ),
        pytest.param(
            {"retry_for": (ValueError("x"),)},
            "retry_for takes exception classes, got instance ValueError('x')",
            id="an exception instance",
        ),
        pytest.param({"retry_for": (int,)}, "retry_for takes exception classes, got <class 'int'>", id="another class"),
        pytest.param({"retry_for": ["ValueError"]}, "retry_for takes exception classes, got 'ValueError'", id="a name"),
        pytest.param(
            {"queue": "a:b{c}*"},
            'queue "a:b{c}*" must match ^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
            id="a queue with characters of a key pattern",
        ),
        pytest.param(
            {"queue": 3}, 'queue "3" must match ^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$', id="a queue that is no text"
        ),
    ],
)
def test_a_bad_option_of_a_decorator_is_an_error_that_says_what_is_right(declared, message):
    with pytest.raises(TaskDefinitionError) as caught:
        check_options(declared)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param({}, id="none"),
        pytest.param({"retry_for": ConnectionError}, id="one class"),
        pytest.param({"retry_for": (ConnectionError, OSError), "max_retries": 1000}, id="several classes"),
        pytest.param({"queue": "mail", "priority": 9, "result_ttl_seconds": 60}, id="everything else"),
    ],
)
def test_good_options_pass(declared):
    check_options(declared)


def test_options_may_be_text_where_the_source_is_text():
    changes = {"max_retries": "3", "priority": "1", "queue": "mail", "result_ttl_seconds": "60", "retry_for": "A,B"}
    classes = {"A": ConnectionError, "B": OSError}
    assert apply_options(TaskOptions(), changes, classes.__getitem__) == TaskOptions(
        "mail", 1, 3, (ConnectionError, OSError), 60
    )
