"""Use case 3 of the usage guide, to the letter, with the imports and the class that it leaves out."""

import time
from typing import NamedTuple

from pynenc import ConcurrencyControlType, Pynenc

app = Pynenc()


class SleepResult(NamedTuple):
    start: float
    end: float


@app.task(registration_concurrency=ConcurrencyControlType.DISABLED)
def get_own_invocation_id() -> str:
    return get_own_invocation_id.invocation.invocation_id


@app.task(registration_concurrency=ConcurrencyControlType.TASK)
def get_own_invocation_id_registration_concurrency() -> str:
    return get_own_invocation_id_registration_concurrency.invocation.invocation_id


@app.task(running_concurrency=ConcurrencyControlType.DISABLED)
def sleep_without_running_concurrency(seconds: float) -> SleepResult:
    start = time.time()
    time.sleep(seconds)
    return SleepResult(start=start, end=time.time())


@app.task(running_concurrency=ConcurrencyControlType.TASK)
def sleep_with_running_concurrency(seconds: float) -> SleepResult:
    start = time.time()
    time.sleep(seconds)
    return SleepResult(start=start, end=time.time())


# What follows is for the promises behind the sample.


@app.task(running_concurrency=ConcurrencyControlType.KEYS, key_arguments=("key",))
def sleep_by_key(key: str, seconds: float) -> SleepResult:
    start = time.time()
    time.sleep(seconds)
    return SleepResult(start=start, end=time.time())


@app.task(running_concurrency=ConcurrencyControlType.ARGUMENTS)
def sleep_by_arguments(key: str, seconds: float) -> SleepResult:
    start = time.time()
    time.sleep(seconds)
    return SleepResult(start=start, end=time.time())


@app.task(registration_concurrency=ConcurrencyControlType.KEYS, key_arguments=("key",), on_diff_non_key_args_raise=True)
def strict(key: str, value: int) -> int:
    return value


@app.task(registration_concurrency=ConcurrencyControlType.ARGUMENTS)
def register_by_arguments(key: str, value: int) -> int:
    return value


@app.task(registration_concurrency=ConcurrencyControlType.KEYS, key_arguments=("key",))
def register_by_key(key: str, value: int) -> int:
    return value


@app.task(running_concurrency=ConcurrencyControlType.TASK, on_limit="drop")
def sleep_or_drop(seconds: float) -> SleepResult:
    start = time.time()
    time.sleep(seconds)
    return SleepResult(start=start, end=time.time())


@app.task(running_concurrency=ConcurrencyControlType.TASK, max_retries=3, retry_for=(ConnectionError,))
def sleep_and_fail_once(seconds: float) -> SleepResult:
    start = time.time()
    time.sleep(seconds)
    if sleep_and_fail_once.invocation.attempt == 1:
        raise ConnectionError("not yet")
    return SleepResult(start=start, end=time.time())
