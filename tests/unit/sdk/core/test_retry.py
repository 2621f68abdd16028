"""Whether and when a failed attempt is tried again."""

from __future__ import annotations

import pytest

from pynenc.core.options import TaskOptions
from pynenc.core.retry import is_retried, retry_delay
from pynenc.errors import RetryError


@pytest.mark.parametrize(
    ("error", "retry_for", "retries", "max_retries", "expected"),
    [
        pytest.param(ValueError(), (ValueError,), 0, 1, True, id="a named class"),
        pytest.param(ConnectionResetError(), (OSError,), 0, 1, True, id="a subclass of it"),
        pytest.param(ValueError(), (OSError,), 0, 1, False, id="another class"),
        pytest.param(RetryError(), (OSError,), 0, 1, True, id="RetryError always"),
        pytest.param(RetryError(), (), 0, 1, True, id="RetryError when nothing is named"),
        pytest.param(RetryError(), (), 1, 1, False, id="used up"),
        pytest.param(RetryError(), (), 0, 0, False, id="none allowed"),
    ],
)
def test_an_attempt_is_repeated_for_named_errors_within_the_budget(error, retry_for, retries, max_retries, expected):
    assert is_retried(error, retry_for, retries, max_retries) is expected


@pytest.mark.parametrize(
    ("backoff", "longest", "retries", "expected"),
    [
        pytest.param(0.0, 600.0, 3, 0.0, id="at once without a backoff"),
        pytest.param(2.0, 600.0, 0, 1.0, id="the first retry"),
        pytest.param(2.0, 600.0, 3, 8.0, id="doubled with each"),
        pytest.param(2.0, 10.0, 3, 5.0, id="up to the longest"),
        pytest.param(20.0, 10.0, 0, 5.0, id="longer than the longest"),
        pytest.param(2.0, 600.0, 100_000, 300.0, id="after very many"),
    ],
)
def test_the_wait_is_a_random_part_of_a_time_that_doubles(backoff, longest, retries, expected):
    options = TaskOptions(retry_backoff=backoff, retry_backoff_max=longest)
    assert retry_delay(options, retries, 0.5) == expected
