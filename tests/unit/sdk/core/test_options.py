"""Options of a task are checked where they are written, with a message that says what to write instead."""

from __future__ import annotations

import pytest

from pynenc.core.concurrency import ConcurrencyControlType, OnLimit
from pynenc.core.options import TaskOptions, apply_options, check_names, check_options
from pynenc.core.records import History
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
            {"result_ttl": 0},
            "result_ttl must be a whole number from 1 to 31536000, got 0",
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
            {"running_concurrency": "some"},
            "running_concurrency must be one of disabled, task, arguments, keys, got 'some'",
            id="another mode",
        ),
        pytest.param({"on_limit": "skip"}, "on_limit must be one of wait, drop, got 'skip'", id="another policy"),
        pytest.param({"history": True}, "history must be one of full, summary, off, got True", id="a bool for a word"),
        pytest.param(
            {"running_limit": 0}, "running_limit must be a whole number from 1 to 1000000, got 0", id="a limit of none"
        ),
        pytest.param(
            {"parallel_batch_size": 501},
            "parallel_batch_size must be a whole number from 1 to 500, got 501",
            id="a batch that no store takes",
        ),
        pytest.param({"key_arguments": "name"}, 'key_arguments takes no text, got "name"', id="one name as text"),
        pytest.param(
            {"key_arguments": ("",)},
            "key_arguments must be a list of names, in JSON or separated by commas, got ('',)",
            id="an empty name",
        ),
        pytest.param(
            {"limits": ("jobs.db",)},
            "limits \"jobs.db\" must match ^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$, got ('jobs.db',)",
            id="a limit with a dot, as tasks have it",
        ),
        pytest.param({"cache": 1}, "cache must be true or false, got 1", id="a number for a bool"),
        pytest.param({"retrys": 1}, 'unknown option "retrys"; did you mean "retry_for"?', id="half a name"),
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
        pytest.param({"queue": "mail", "priority": 9, "result_ttl": 60}, id="everything else"),
    ],
)
def test_good_options_pass(declared):
    check_options(declared)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        pytest.param(
            {"key_arguments": ("nmae",)},
            'key_arguments names "nmae", which is no argument; did you mean "name"?',
            id="a misspelt key argument",
        ),
        pytest.param(
            {"registration_concurrency": ConcurrencyControlType.KEYS},
            "concurrency by KEYS needs key_arguments, the names of the arguments to compare",
            id="KEYS without keys",
        ),
        pytest.param(
            {"disable_cache_args": ("nmae",)},
            'disable_cache_args names "nmae", which is no argument; did you mean "name"?',
            id="a misspelt argument that is not cached",
        ),
    ],
)
def test_an_option_that_names_no_argument_is_refused(declared, message):
    with pytest.raises(TaskDefinitionError) as caught:
        check_names(declared, ("name", "text"))
    assert str(caught.value) == message


def test_options_that_name_arguments_pass():
    check_names({"key_arguments": ("name",), "disable_cache_args": ("*", "text")}, ("name", "text"))


@pytest.mark.parametrize(
    ("declared", "cached"),
    [
        pytest.param({}, ["name", "text"], id="by default all"),
        pytest.param({"cache": False}, [], id="none without cache"),
        pytest.param({"disable_cache_args": ("text",)}, ["name"], id="not those that are named"),
        pytest.param({"disable_cache_args": ("*",)}, [], id="none with a star"),
    ],
)
def test_which_arguments_are_cached(declared, cached):
    options = apply_options(TaskOptions(), declared)
    assert [name for name in ("name", "text") if options.caches(name)] == cached


def test_a_time_limit_can_be_lifted_again():
    assert apply_options(TaskOptions(timeout=3.0), {"timeout": None}).timeout is None


def test_the_options_of_concurrency_may_be_text_where_the_source_is_text():
    changes = {
        "running_concurrency": "KEYS",
        "registration_concurrency": "Task",
        "key_arguments": "name,text",
        "running_limit": "3",
        "limits": '["db"]',
        "on_limit": "DROP",
        "on_diff_non_key_args_raise": "False",
        "history": "Full",
        "total_timeout": "9.5",
        "disable_cache_args": "*",
    }
    options = apply_options(TaskOptions(), changes)
    assert (options.control.running, options.control.registration) == (
        ConcurrencyControlType.KEYS,
        ConcurrencyControlType.TASK,
    )
    assert (options.key_arguments, options.running_limit, options.limits) == (("name", "text"), 3, ("db",))
    assert (options.on_limit, options.on_diff_non_key_args_raise) == (OnLimit.DROP, False)
    assert (options.history, options.total_timeout, options.disable_cache_args) == (History.FULL, 9.5, ("*",))


def test_options_may_be_text_where_the_source_is_text():
    changes = {"max_retries": "3", "priority": "1", "queue": "mail", "result_ttl": "60", "retry_for": "A,B"}
    classes = {"A": ConnectionError, "B": OSError}
    assert apply_options(TaskOptions(), changes, classes.__getitem__) == TaskOptions(
        "mail", 1, 3, (ConnectionError, OSError), 60
    )


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        pytest.param({}, 86_400, id="a day"),
        pytest.param({"result_ttl": 60}, 60, id="as long as a result"),
        pytest.param({"result_ttl": 60, "failure_ttl": "90"}, 90, id="its own time"),
        pytest.param({"result_ttl": 60, "failure_ttl": None}, 60, id="none of its own"),
    ],
)
def test_how_long_an_error_is_kept(changes, seconds):
    assert apply_options(TaskOptions(), changes).seconds_of_failure == seconds
