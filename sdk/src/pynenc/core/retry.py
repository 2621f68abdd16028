"""Whether a failed attempt is tried again."""

from __future__ import annotations

from collections.abc import Collection

from pynenc.errors import RetryError


def is_retried(
    error: BaseException, retry_for: Collection[type[BaseException]], retries: int, max_retries: int
) -> bool:
    """Whether `error` starts another attempt.

    `retries` is how many were made already. `RetryError` always counts as one of `retry_for`; losses of workers are
    another budget and never counted here.
    """
    return retries < max_retries and isinstance(error, (RetryError, *retry_for))
