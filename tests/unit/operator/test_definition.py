"""What the registry says of a Task object: each option under the name that the SDK has for it, and nothing else."""

from __future__ import annotations

import pytest

from pynenc.api.crds import DEFINITIONS, custom_resource_definition
from pynenc.api.v1alpha1 import Task
from pynenc.core import options
from pynenc.core.concurrency import ConcurrencyControlType as Mode
from pynenc.core.concurrency import OnLimit
from pynenc.core.definitions import options_of
from pynenc.core.options import NAMES, TaskOptions, apply_options
from pynenc.core.records import EVERY_TASK, History, TaskDefinition
from pynenc.manifests.render import DeclaredTask, render
from pynenc_operator.plan.definition import definition_of, definitions_of
from unit.operator.builders import make_app, make_task

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}
EVERY_OPTION = {
    "queue": "mail",
    "priority": 1,
    "max_retries": 2,
    "retry_for": (ValueError,),
    "retry_backoff": 1.5,
    "retry_backoff_max": 9.0,
    "timeout": 2.0,
    "total_timeout": 3.0,
    "queue_timeout": 4.5,
    "result_ttl": 60,
    "failure_ttl": 90,
    "history": History.OFF,
    "registration_concurrency": Mode.KEYS,
    "running_concurrency": Mode.ARGUMENTS,
    "key_arguments": ("x",),
    "running_limit": 7,
    "limits": ("gpu",),
    "on_limit": OnLimit.DROP,
    "on_diff_non_key_args_raise": True,
    "cache": False,
    "disable_cache_args": ("x",),
    "parallel_batch_size": 50,
}


def test_every_option_comes_back_from_the_object_as_it_went_in():
    [document] = render([DeclaredTask("tasks.add", TaskOptions(**EVERY_OPTION), SCHEMA)], "hello", None)
    read = options_of(definition_of(Task.from_dict(document)))
    assert read.keys() == set(NAMES)
    read["retry_for"] = (ValueError,)
    assert apply_options(TaskOptions(), read) == TaskOptions(**EVERY_OPTION)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"concurrency": {}}, {}, id="an empty control"),
        pytest.param({"concurrency": {"running": {}, "registration": {}}}, {}, id="empty parts"),
        pytest.param({"concurrency": {"running": {"limit": 3}}}, {"running_limit": 3}, id="a limit alone"),
        pytest.param({"concurrency": {"limits": []}}, {"limits": ()}, id="no shared limits"),
        pytest.param(
            {"concurrency": {"registration": {"mode": "Arguments", "onDifferentArguments": "Reuse"}}},
            {"registration_concurrency": "arguments", "on_diff_non_key_args_raise": False},
            id="one that gives what waits",
        ),
    ],
)
def test_what_the_object_leaves_out_stays_that_of_the_code(spec, expected):
    assert definition_of(make_task(**spec)) == TaskDefinition("mail.send", **expected)


def test_what_an_app_says_of_all_its_tasks_is_published_beside_them():
    spec = {
        "defaults": {"maxRetries": 2, "retryFor": ["OSError"], "history": "Full"},
        "retention": {"succeededSeconds": 60, "failedSeconds": 3600},
    }
    of_all = TaskDefinition(
        EVERY_TASK,
        max_retries=2,
        retry_for=("OSError",),
        history="full",
        result_ttl_seconds=60,
        failure_ttl_seconds=3600,
    )
    found = definitions_of(make_app(spec=spec), [make_task()])
    assert found == {"mail.send": TaskDefinition("mail.send"), EVERY_TASK: of_all}


@pytest.mark.parametrize("spec", [{}, {"defaults": {}, "retention": {}}], ids=["nothing", "nothing in it"])
def test_an_app_that_says_nothing_of_its_tasks_publishes_nothing_of_them(spec):
    assert definitions_of(make_app(spec=spec), []) == {}


BOUNDS = {
    "priority": options.PRIORITY,
    "maxRetries": options.RETRIES,
    "retryBackoffSeconds": options.BACKOFF,
    "retryBackoffMaxSeconds": options.BACKOFF,
    "timeoutSeconds": options.TIMEOUT,
    "totalTimeoutSeconds": options.TIMEOUT,
    "queueTimeoutSeconds": options.TIMEOUT,
    "resultTTLSeconds": options.RESULT_TTL,
    "failureTTLSeconds": options.RESULT_TTL,
    "parallelBatchSize": options.BATCH,
}


def test_the_schema_has_the_bounds_of_the_options():
    task = next(definition for definition in DEFINITIONS if definition.resource.kind == "Task")
    version = custom_resource_definition(task)["spec"]["versions"][0]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    found = {name: (spec[name]["minimum"], spec[name]["maximum"]) for name in BOUNDS}
    assert found == {name: (bounds.least, bounds.greatest) for name, bounds in BOUNDS.items()}
    limit = spec["concurrency"]["properties"]["running"]["properties"]["limit"]
    assert (limit["minimum"], limit["maximum"]) == (options.RUNNING_LIMIT.least, options.RUNNING_LIMIT.greatest)
