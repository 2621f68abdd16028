"""Whether a failed attempt is tried again."""

from __future__ import annotations

import pytest

from pynenc.core.retry import is_retried
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
