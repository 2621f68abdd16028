"""Which source wins, for settings and for the options of a task."""

from __future__ import annotations

import json

import pytest

from pynenc.config import Config
from pynenc.core.concurrency import ConcurrencyControlType
from pynenc.core.records import History, TaskDefinition
from pynenc.errors import ConfigurationError

TASK = "shop.tasks.send_mail"


@pytest.fixture
def make_config(tmp_path):
    """A configuration that sees only what the test gives it; `file` is written as JSON."""

    def make(*, environ=None, values=None, file=None, **arguments):
        environ = dict(environ or {})
        if file is not None:
            (tmp_path / "settings.json").write_text(json.dumps(file))
            environ["PYNENC__FILEPATH"] = "settings.json"
        return Config(config_values=values, environ=environ, cwd=tmp_path, **arguments)

    return make


ORDER = {
    "file": {"file": {"runner": {"slots": 1}}},
    "constructor": {"values": {"slots": 2}},
    "environment PYNENC__RUNNER__SLOTS": {"environ": {"PYNENC__RUNNER__SLOTS": "3"}},
}


@pytest.mark.parametrize(
    ("sources", "slots", "place"),
    [
        pytest.param([], 0, "default", id="the default when nothing is said"),
        pytest.param(["file"], 1, "settings.json [runner]", id="a file beats the default"),
        pytest.param(["file", "constructor"], 2, "constructor", id="the constructor beats a file"),
        pytest.param(list(ORDER), 3, "environment PYNENC__RUNNER__SLOTS", id="the environment beats the constructor"),
    ],
)
def test_the_strongest_source_of_a_setting_wins(make_config, sources, slots, place):
    given = {}
    for source in sources:
        given |= ORDER[source]
    config = make_config(**given)
    assert (config.slots, config.source_of("slots")) == (slots, place)


def test_an_assignment_beats_the_environment_and_counts_as_a_new_version(make_config):
    config = make_config(environ={"PYNENC__SLOTS": "3"})
    config.slots = 4
    assert (config.slots, config.source_of("slots"), config.version) == (4, "assignment", 1)


def test_the_app_id_argument_is_a_setting_of_the_constructor(make_config):
    config = make_config(app_id="shop", values={"app_id": "other"})
    assert (config.app_id, config.source_of("app_id")) == ("shop", "constructor")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, "Mem", id="nothing configured"),
        pytest.param({"environ": {"PYNENC__REDIS_URL": "redis://r"}}, "Redis", id="a URL in the environment"),
        pytest.param({"file": {"redis": {"redis_host": "redis"}}}, "Redis", id="a host in a file"),
        pytest.param({"values": {"redis_host": "redis"}}, "Redis", id="a host in the constructor"),
    ],
)
def test_naming_a_server_selects_the_components(make_config, given, expected):
    config = make_config(**given)
    assert [config.orchestrator_cls, config.broker_cls, config.state_backend_cls, config.runner_cls] == [
        f"{expected}Orchestrator",
        f"{expected}Broker",
        f"{expected}StateBackend",
        "ProcessRunner" if expected == "Redis" else "ThreadRunner",
    ]


def test_a_component_that_was_chosen_stays_chosen(make_config):
    config = make_config(values={"redis_url": "redis://r", "runner_cls": "my.module.Runner"})
    assert (config.runner_cls, config.broker_cls) == ("my.module.Runner", "RedisBroker")
    assert config.source_of("broker_cls") == "default, as redis_url is set"


def test_assignments_can_be_taken_back(make_config):
    config = make_config(environ={"PYNENC__REDIS_URL": "redis://valkey:6379"})
    config.slots = 3
    before, version = config.assignments(), config.version
    config.reassign({**before, "orchestrator_cls": "MemOrchestrator", "slots": 7})
    assert (config.slots, config.orchestrator_cls) == (7, "MemOrchestrator")
    config.reassign(before)
    assert (config.slots, config.orchestrator_cls) == (3, "RedisOrchestrator")
    assert (config.source_of("slots"), config.source_of("redis_url")) == ("assignment", "environment PYNENC__REDIS_URL")
    assert config.version > version


def test_a_server_assigned_later_selects_the_components_then(make_config):
    config = make_config()
    config.redis_url = "redis://r"
    assert config.broker_cls == "RedisBroker"


OPTION_SOURCES = [
    pytest.param({"file": {"task": {"max_retries": 1}}}, 1, id="the table of all tasks in a file"),
    pytest.param({"values": {"task": {"max_retries": 2}}}, 2, id="the table of all tasks in the constructor"),
    pytest.param({"declared": {"max_retries": 3}}, 3, id="the decorator"),
    pytest.param({"file": {"task": {TASK: {"max_retries": 4}}}}, 4, id="the task's table in a file"),
    pytest.param({"values": {"task": {TASK: {"max_retries": 5}}}}, 5, id="the task's table in the constructor"),
    pytest.param({"environ": {"PYNENC__TASK__MAX_RETRIES": "6"}}, 6, id="the environment for all tasks"),
    pytest.param(
        {"environ": {f"PYNENC__TASK__{TASK.upper()}__MAX_RETRIES": "7"}}, 7, id="the environment for the task"
    ),
    pytest.param({"live": TaskDefinition(TASK, max_retries=8)}, 8, id="the live Task object"),
]


def merged(left, right):
    """Both tables, nested ones merged."""
    both = {**left, **right}
    for key in left.keys() & right.keys():
        if isinstance(left[key], dict):
            both[key] = merged(left[key], right[key])
    return both


@pytest.mark.parametrize("strongest", range(len(OPTION_SOURCES)))
def test_the_strongest_source_of_an_option_wins(make_config, strongest):
    given = {}
    for source in OPTION_SOURCES[: strongest + 1]:
        given = merged(given, source.values[0])
    declared, live = given.pop("declared", {}), given.pop("live", None)
    assert make_config(**given).task_options(TASK, declared, live).max_retries == OPTION_SOURCES[strongest].values[1]


@pytest.mark.parametrize(("given", "expected"), OPTION_SOURCES)
def test_each_source_of_an_option_is_heard_alone(make_config, given, expected):
    given = dict(given)
    declared, live = given.pop("declared", {}), given.pop("live", None)
    assert make_config(**given).task_options(TASK, declared, live).max_retries == expected


def test_a_shell_may_spell_a_task_with_underscores(make_config):
    config = make_config(environ={"PYNENC__TASK__SHOP_TASKS_SEND_MAIL__QUEUE": "mail"})
    assert config.task_options(TASK, {}).queue == "mail"
    assert config.task_options("shop.tasks.other", {}).queue == "default"


def test_what_the_live_object_does_not_set_falls_through(make_config):
    options = make_config().task_options(TASK, {"queue": "mail"}, TaskDefinition(TASK, priority=3))
    assert (options.queue, options.priority) == ("mail", 3)


def test_options_asked_for_again_are_the_same_until_the_live_object_changes(make_config):
    config, declared = make_config(), {"queue": "mail"}
    first = config.task_options(TASK, declared)
    assert config.task_options(TASK, declared) is first
    assert config.task_options(TASK, declared, TaskDefinition(TASK, priority=3)).priority == 3
    assert config.task_options(TASK, declared) == first


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"environ": {"PYNENC__LIMITS": "db=3,mail=1"}}, id="the environment"),
        pytest.param({"values": {"limits": {"db": 3, "mail": 1}}}, id="the constructor"),
        pytest.param({"file": {"limits": {"db": 3, "mail": 1}}}, id="a table of a file"),
    ],
)
def test_shared_limits_are_read_from_every_source(make_config, given):
    assert make_config(**given).limits == {"db": 3, "mail": 1}


def test_a_limit_with_the_name_of_a_task_is_refused(make_config):
    with pytest.raises(ConfigurationError, match=r'limits "jobs.send" must match .* \(constructor\)'):
        make_config(values={"limits": {"jobs.send": 1}})


@pytest.mark.parametrize(("text", "on"), [("False", False), ("0", False), ("True", True), ("1", True)])
def test_sync_mode_is_switched_by_the_environment_and_false_means_false(make_config, text, on):
    config = make_config(environ={"PYNENC__DEV_MODE_FORCE_SYNC_TASKS": text})
    assert config.dev_mode_force_sync_tasks is on


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        pytest.param("running_concurrency", "KEYS", ConcurrencyControlType.KEYS, id="a word in upper case"),
        pytest.param("key_arguments", "customer,item", ("customer", "item"), id="names by commas"),
        pytest.param("on_diff_non_key_args_raise", "False", False, id="False is false"),
        pytest.param("history", "full", History.FULL, id="a word in lower case"),
        pytest.param("total_timeout", "9", 9.0, id="a time"),
    ],
)
def test_options_of_concurrency_come_from_the_environment_too(make_config, field, text, expected):
    config = make_config(environ={f"PYNENC__TASK__{TASK.upper()}__{field.upper()}": text})
    assert getattr(config.task_options(TASK, {}), field) == expected


def test_a_bad_option_of_the_environment_names_its_variable(make_config):
    config = make_config(environ={"PYNENC__TASK__RUNNING_CONCURRENCY": "some"})
    with pytest.raises(ConfigurationError) as caught:
        config.task_options(TASK, {})
    assert str(caught.value) == (
        "running_concurrency must be one of disabled, task, arguments, keys, got 'some' "
        "(environment PYNENC__TASK__RUNNING_CONCURRENCY)"
    )


def test_the_live_object_keeps_results_for_its_own_time(make_config):
    assert make_config().task_options(TASK, {}, TaskDefinition(TASK, result_ttl_seconds=9)).result_ttl == 9


@pytest.mark.parametrize(
    ("given", "declared", "live", "retries"),
    [
        pytest.param({}, {}, None, 1, id="nothing else"),
        pytest.param({"file": {"task": {"max_retries": 2}}}, {}, None, 1, id="stronger than a table for all tasks"),
        pytest.param({}, {"max_retries": 3}, None, 3, id="weaker than the decorator"),
        pytest.param({"file": {"task": {TASK: {"max_retries": 4}}}}, {}, None, 4, id="weaker than the task's table"),
        pytest.param({"environ": {"PYNENC__TASK__MAX_RETRIES": "5"}}, {}, None, 5, id="weaker than the environment"),
        pytest.param({}, {"max_retries": 3}, TaskDefinition(TASK, max_retries=6), 6, id="weaker than the Task object"),
    ],
)
def test_the_defaults_of_the_app_hold_where_nobody_speaks_of_the_task(make_config, given, declared, live, retries):
    defaults = TaskDefinition("*", max_retries=1, result_ttl_seconds=7, failure_ttl_seconds=8)
    options = make_config(**given).task_options(TASK, declared, live, defaults)
    assert (options.max_retries, options.result_ttl, options.seconds_of_failure) == (retries, 7, 8)


def test_changed_defaults_of_the_app_are_heeded(make_config):
    config, declared = make_config(), {}
    found = [config.task_options(TASK, declared, None, TaskDefinition("*", priority=p)).priority for p in (1, 2)]
    assert found == [1, 2]


def test_a_bad_default_of_the_app_names_it(make_config):
    with pytest.raises(ConfigurationError, match=r"priority .* \(defaults of the App\)"):
        make_config().task_options(TASK, {}, None, TaskDefinition("*", priority=99))


def test_the_live_object_outranks_the_environment_in_every_option_it_sets(make_config):
    config = make_config(
        environ={"PYNENC__TASK__TIMEOUT": "1", "PYNENC__TASK__LIMITS": "db", "PYNENC__TASK__RUNNING_LIMIT": "2"}
    )
    live = TaskDefinition(TASK, timeout_seconds=5.0, limits=("gpu",), running_concurrency="task", history="off")
    options = config.task_options(TASK, {"history": "full"}, live)
    assert (options.timeout, options.limits, options.history) == (5.0, ("gpu",), History.OFF)
    assert options.control.running is ConcurrencyControlType.TASK
    assert options.running_limit == 2
