"""Whether and when a failed attempt is tried again."""

from __future__ import annotations

from collections.abc import Collection

from pynenc.core.options import TaskOptions
from pynenc.errors import RetryError


def is_retried(
    error: BaseException, retry_for: Collection[type[BaseException]], retries: int, max_retries: int
) -> bool:
    """Whether `error` starts another attempt.

    `retries` is how many were made already. `RetryError` always counts as one of `retry_for`; losses of workers are
    another budget and never counted here.
    """
    return retries < max_retries and isinstance(error, (RetryError, *retry_for))


def retry_delay(options: TaskOptions, retries: int, fraction: float) -> float:
    """Seconds before the next attempt: `fraction` (random, in [0, 1)) of a time that doubles with each retry so far."""
    longest = options.retry_backoff_max
    if options.retry_backoff >= longest:
        return fraction * longest
    return fraction * min(longest, options.retry_backoff * 2.0 ** min(retries, 64))
