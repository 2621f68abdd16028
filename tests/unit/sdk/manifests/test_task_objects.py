"""Decorated functions become Task objects that say only what their authors said."""

from __future__ import annotations

import pytest

from pynenc.api.v1alpha1 import NAME_LIMIT
from pynenc.core.concurrency import ConcurrencyControlType as Mode
from pynenc.core.concurrency import OnLimit
from pynenc.core.ids import short_hash
from pynenc.core.options import TaskOptions
from pynenc.core.records import History
from pynenc.errors import ManifestError, RetryError
from pynenc.manifests.render import DeclaredTask, object_names, render

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}


def spec_of(task_id="tasks.add", **options):
    [task] = render([DeclaredTask(task_id, TaskOptions(**options), SCHEMA)], "hello", None)
    return task["spec"]


def test_a_task_with_default_options_names_its_app_function_and_parameters():
    [task] = render([DeclaredTask("tasks.add", TaskOptions(), SCHEMA)], "hello", "team-a")
    assert task == {
        "apiVersion": "pynenc.io/v1alpha1",
        "kind": "Task",
        "metadata": {"name": "add", "namespace": "team-a"},
        "spec": {"appRef": {"name": "hello"}, "function": "tasks.add", "parameters": SCHEMA},
    }


def test_without_a_namespace_none_is_written():
    [task] = render([DeclaredTask("tasks.add", TaskOptions(), SCHEMA)], "hello", None)
    assert task["metadata"] == {"name": "add"}


def test_a_parameter_that_may_be_left_out_has_no_default_of_null():
    properties = {"x": {"type": "integer", "default": None}, "y": {"type": "integer", "default": 0}}
    [task] = render([DeclaredTask("tasks.add", TaskOptions(), {**SCHEMA, "properties": properties})], "hello", None)
    assert task["spec"]["parameters"]["properties"] == {
        "x": {"type": "integer"},
        "y": {"type": "integer", "default": 0},
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"queue": "mail"}, {"queue": "mail"}, id="queue"),
        pytest.param({"priority": 9}, {"priority": 9}, id="priority"),
        pytest.param({"max_retries": 3}, {"maxRetries": 3}, id="retries"),
        pytest.param({"result_ttl": 60}, {"resultTTLSeconds": 60}, id="time to live"),
        pytest.param({"retry_for": (ValueError,)}, {"retryFor": ["ValueError"]}, id="a built-in exception"),
        pytest.param(
            {"retry_for": (RetryError, OSError)}, {"retryFor": ["pynenc.errors.RetryError", "OSError"]}, id="a class"
        ),
        pytest.param({"retry_for": ()}, {"retryFor": []}, id="nothing is worth a retry"),
        pytest.param({"retry_backoff": 0.5}, {"retryBackoffSeconds": 0.5}, id="a pause between retries"),
        pytest.param({"retry_backoff_max": 60.0}, {"retryBackoffMaxSeconds": 60}, id="the longest pause"),
        pytest.param(
            {"timeout": 30.0, "total_timeout": 90.0, "queue_timeout": 0.25},
            {"timeoutSeconds": 30, "totalTimeoutSeconds": 90, "queueTimeoutSeconds": 0.25},
            id="time limits",
        ),
        pytest.param({"history": History.FULL}, {"history": "Full"}, id="history"),
        pytest.param(
            {"running_concurrency": Mode.TASK, "running_limit": 3},
            {"concurrency": {"running": {"mode": "Task", "limit": 3}}},
            id="a limit of its own",
        ),
        pytest.param(
            {"registration_concurrency": Mode.KEYS, "key_arguments": ("x",), "on_diff_non_key_args_raise": True},
            {
                "concurrency": {
                    "registration": {"mode": "Keys", "onDifferentArguments": "Refuse"},
                    "keyArguments": ["x"],
                }
            },
            id="registration by keys",
        ),
        pytest.param(
            {"limits": ("gpu", "licence"), "on_limit": OnLimit.DROP},
            {"concurrency": {"limits": ["gpu", "licence"], "onLimit": "Drop"}},
            id="shared limits",
        ),
        pytest.param(
            {"cache": False, "disable_cache_args": ("*",), "parallel_batch_size": 20},
            {"cache": False, "disableCacheArgs": ["*"], "parallelBatchSize": 20},
            id="how calls are made",
        ),
        pytest.param({"key_arguments": ("x",)}, {}, id="keys that nothing compares"),
        pytest.param({"retry_for": (RetryError,), "priority": 0}, {}, id="defaults are not written"),
    ],
)
def test_an_option_is_written_if_it_differs_from_the_default(options, expected):
    spec = spec_of(**options)
    assert {name: spec[name] for name in spec.keys() - {"appRef", "function", "parameters"}} == expected


def test_a_class_that_nobody_else_can_name_is_refused():
    class Local(Exception):
        pass

    with pytest.raises(ManifestError, match=r"tasks\.add cannot be a Task object: spec\.retryFor\.0"):
        spec_of(retry_for=(Local,))


def test_an_app_name_that_cannot_exist_is_refused():
    with pytest.raises(ManifestError, match=r"spec\.appRef\.name"):
        render([DeclaredTask("tasks.add", TaskOptions(), SCHEMA)], "Hello World", None)


LONG = "t." + "send_" * 12 + "mail"


def hashed(name, task_id):
    return f"{name}-{short_hash(task_id)[:8]}"


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param({"tasks.add": "add"}, id="the function's name"),
        pytest.param({"shop.mail.send_now": "send-now"}, id="underscores are dashes"),
        pytest.param({"tasks._Private__x": "private-x"}, id="lower case, no dash at the ends"),
        pytest.param({"a.send": "a-send", "b.send": "b-send", "b.get": "get"}, id="a shared name takes its module"),
        pytest.param(
            {"a.b_c": hashed("a-b-c", "a.b_c"), "a.b__c": hashed("a-b-c", "a.b__c")},
            id="names that look the same take a hash",
        ),
        pytest.param(
            {"x.c": hashed("x-c", "x.c"), "y.c": "y-c", "z.x_c": "x-c"}, id="a name that is taken is not given again"
        ),
        pytest.param({LONG: hashed("send-send-send-send-send-send-send-send-s", LONG)}, id="a long name is cut"),
        pytest.param({"t.größe": hashed("gr-e", "t.größe")}, id="a letter that names cannot have"),
        pytest.param({"t.__": hashed("task", "t.__")}, id="nothing is left"),
    ],
)
def test_objects_are_named_after(expected):
    assert object_names(expected) == expected
    assert all(len(name) <= NAME_LIMIT for name in expected.values())


def test_names_do_not_depend_on_the_order_of_the_tasks():
    ids = ["a.send", "b.send", "c.get", "c.x_y", "c.x__y"]
    assert object_names(ids) == object_names(reversed(ids))
