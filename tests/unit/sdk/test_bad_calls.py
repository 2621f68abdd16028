"""Bad definitions and bad calls, each refused where it is written, before a store is reached, with what to do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from pynenc import Arguments, ConcurrencyControlType, Pynenc
from pynenc.errors import (
    ConfigurationError,
    DuplicateTaskError,
    InvalidArguments,
    InvalidSchedule,
    PayloadTooLarge,
    SerializationError,
    TaskDefinitionError,
)
from support import call_tasks


def generator():
    """Yield instead of returning."""
    yield 1


class Jobs:
    """Not a module."""

    def send(self):
        """Be a method."""


def of_another_place():
    """Stand in for a function of the same name elsewhere."""


DEFINITIONS = [
    pytest.param(lambda: 1, "tasks must be importable module-level functions; got <lambda> at {file}:", id="a lambda"),
    pytest.param(Jobs.send, "tasks must be importable module-level functions; got Jobs.send at ", id="a method"),
    pytest.param(generator, "tasks must be importable module-level functions; got generator at ", id="a generator"),
    pytest.param(Jobs, "tasks must be importable module-level functions; got Jobs at ", id="a class"),
]


@pytest.mark.parametrize(("func", "message"), DEFINITIONS)
def test_what_no_worker_can_import_is_no_task(func, message):
    with pytest.raises(TaskDefinitionError, match=re.escape(message.format(file=__file__))):
        Pynenc().task(func)


def test_a_nested_function_is_no_task():
    def inner():
        """Be out of reach."""

    with pytest.raises(TaskDefinitionError, match=r"got test_a_nested_function_is_no_task\.<locals>\.inner at "):
        Pynenc().task(inner)


def test_two_functions_of_one_name_are_refused_with_both_places():
    app, impostor = Pynenc(), of_another_place
    app.task(call_tasks.charge)
    impostor.__module__, impostor.__name__, impostor.__qualname__ = call_tasks.__name__, "charge", "charge"
    expected = (
        rf"support\.call_tasks\.charge is already registered \(.*call_tasks\.py:\d+ and {re.escape(__file__)}:\d+\)"
    )
    with pytest.raises(DuplicateTaskError, match=expected):
        app.task(impostor)


OPTIONS = [
    pytest.param({"max_retries": "a"}, 'max_retries takes no text, got "a"', id="text for a number"),
    pytest.param({"retrys": 1}, 'unknown option "retrys"; did you mean "retry_for"?', id="a misspelt option"),
    pytest.param(
        {"retry_for": (ValueError(),)}, "retry_for takes exception classes, got instance ValueError()", id="an instance"
    ),
    pytest.param({"queue": "a:b{c}*"}, 'queue "a:b{c}*" must match ^[a-z0-9]', id="a queue of a key pattern"),
    pytest.param(
        {"key_arguments": ("custmer",)},
        'key_arguments names "custmer", which is no argument; did you mean "customer"?',
        id="a misspelt key argument",
    ),
    pytest.param(
        {"running_concurrency": ConcurrencyControlType.KEYS},
        "concurrency by KEYS needs key_arguments",
        id="KEYS without keys",
    ),
    pytest.param({"running_limit": 0}, "running_limit must be a whole number from 1 to", id="a limit of none"),
]


@pytest.mark.parametrize(("options", "message"), OPTIONS)
@pytest.mark.parametrize("decorator", ["task", "direct_task"])
def test_a_bad_option_is_refused_at_the_decorator(decorator, options, message):
    with pytest.raises(TaskDefinitionError, match=re.escape(message)):
        getattr(Pynenc(), decorator)(**options)(call_tasks.charge)


CALLS = [
    pytest.param((), {}, InvalidArguments, 'charge() missing 1 required argument: "customer"', id="missing"),
    pytest.param(("a", 1, 2), {}, InvalidArguments, "charge() takes 2 positional arguments, got 3", id="too many"),
    pytest.param(
        ("a",),
        {"amuont": 1},
        InvalidArguments,
        'charge() got an unexpected argument "amuont"; did you mean "amount"?',
        id="misspelt",
    ),
    pytest.param(
        (object(),),
        {},
        SerializationError,
        'support.call_tasks.charge: argument "customer" is not JSON-serialisable (object)',
        id="no JSON form",
    ),
    pytest.param(
        ("x" * 2**20,),
        {},
        PayloadTooLarge,
        "charge: arguments are 1.0 MiB, limit 0.5 MiB; store the data elsewhere and pass a reference",
        id="too large",
    ),
]


@pytest.mark.parametrize(("args", "kwargs", "error", "message"), CALLS)
@pytest.mark.parametrize("way", ["call", "with_options", "parallelize", "sync mode"])
def test_bad_arguments_are_refused_at_the_call(way, args, kwargs, error, message):
    app = Pynenc(app_id="bad-calls", config_values={"max_payload_bytes": 2**19})
    app.conf.dev_mode_force_sync_tasks = way == "sync mode"
    charge = app.task(call_tasks.charge)
    ways = {
        "with_options": charge.with_options(priority=3),
        "parallelize": lambda *args, **kwargs: charge.parallelize([("ada",), Arguments(*args, **kwargs)]),
    }
    with pytest.raises(error, match=re.escape(message)):
        ways.get(way, charge)(*args, **kwargs)


def test_items_of_another_kind_are_refused():
    with pytest.raises(TypeError, match="items of parallelize are tuples, dicts or Arguments, not int"):
        Pynenc(app_id="bad-calls").task(call_tasks.charge).parallelize([1])


TIMES = [
    pytest.param({"delay": -1}, "delay must be 0 or more seconds", id="a negative delay"),
    pytest.param({"run_at": datetime(2030, 1, 1)}, "run_at must be timezone-aware", id="a naive time"),  # noqa: DTZ001  # the point
    pytest.param(
        {"run_at": datetime.now(UTC) + timedelta(days=3650)},
        "run_at is more than 1y ahead",
        id="in ten years",
    ),
]


@pytest.mark.parametrize(("options", "message"), TIMES)
def test_a_time_that_cannot_be_meant_is_refused(options, message):
    with pytest.raises(InvalidSchedule, match=message):
        Pynenc().task(call_tasks.charge).with_options(**options)


def test_an_option_that_a_file_sets_badly_is_an_error_of_the_configuration():
    app = Pynenc(config_values={"task": {"running_concurrency": "keys"}})
    charge = app.task(call_tasks.charge)
    with pytest.raises(ConfigurationError, match=r"call_tasks\.charge: concurrency by KEYS needs key_arguments"):
        charge("ada")
