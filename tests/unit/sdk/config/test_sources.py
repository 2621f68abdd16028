"""Files and variables are read as their users write them, and a mistake is one sentence that names the place."""

from __future__ import annotations

import pytest

from pynenc.config import Config
from pynenc.core.records import TaskDefinition
from pynenc.errors import ConfigurationError, PynencError, TaskDefinitionError

GUIDE = """
[tool.pynenc]
app_id = "app_basic_redis_example"
orchestrator_cls = "RedisOrchestrator"
broker_cls = "RedisBroker"
state_backend_cls = "RedisStateBackend"
serializer_cls = "JsonSerializer"
runner_cls = "ProcessRunner"

[tool.pynenc.redis]
redis_host = "redis"
"""


def config_of(directory, **arguments):
    return Config(**{"environ": {}, "cwd": directory, **arguments})


def test_the_guides_pyproject_works_unchanged(tmp_path):
    (tmp_path / "pyproject.toml").write_text(GUIDE)
    config = config_of(tmp_path)
    assert (config.app_id, config.runner_cls) == ("app_basic_redis_example", "ProcessRunner")
    assert config.redis_connection_url() == "redis://redis:6379/0"
    assert config.source_of("redis_host") == "pyproject.toml [tool.pynenc] [redis]"


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.ruff]\nline-length = 3\n"])
def test_a_pyproject_of_somebody_else_says_nothing(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    assert config_of(tmp_path).app_id == "pynenc"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("pynenc.toml", 'app_id = "shop"\nqueues = ["a", "b"]', id="TOML"),
        pytest.param("other.toml", '[tool.pynenc]\napp_id = "shop"\nqueues = ["a", "b"]', id="TOML as in pyproject"),
        pytest.param("pynenc.yaml", "app_id: shop\nrunner: {queues: [a, b]}", id="YAML"),
        pytest.param("pynenc.json", '{"app_id": "shop", "runner": {"queues": "a,b"}}', id="JSON"),
    ],
)
def test_a_named_file_is_read_by_its_ending(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    config = config_of(tmp_path, config_filepath=name)
    assert (config.app_id, config.queues) == ("shop", ("a", "b"))


def test_the_variable_for_the_file_beats_the_argument(tmp_path):
    (tmp_path / "a.yaml").write_text("app_id: a")
    (tmp_path / "b.yaml").write_text("app_id: b")
    config = config_of(tmp_path, config_filepath=tmp_path / "a.yaml", environ={"PYNENC__FILEPATH": "b.yaml"})
    assert config.app_id == "b"


def test_an_empty_yaml_file_says_nothing(tmp_path):
    (tmp_path / "a.yaml").write_text("")
    assert config_of(tmp_path, config_filepath="a.yaml").app_id == "pynenc"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param("a.toml", None, "does not exist", id="missing"),
        pytest.param("a.toml", "app_id =", "cannot be parsed: ", id="broken TOML"),
        pytest.param("a.yaml", "a: [", "cannot be parsed: ", id="broken YAML"),
        pytest.param("a.json", "{", "cannot be parsed: ", id="broken JSON"),
        pytest.param("a.json", "[]", "must hold a table", id="no table"),
        pytest.param("a.ini", "", "its name must end in .toml, .yaml, .yml or .json", id="another format"),
        pytest.param(
            "a.json", '{"slots": "x"}', "slots must be a whole number from 0 to 256, got 'x' (a.json)", id="bad"
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path, name, text, message):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        config_of(tmp_path, config_filepath=name)
    assert message in str(caught.value)


def test_a_file_that_may_not_be_read_says_why(tmp_path):
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(ConfigurationError, match=r"a\.toml cannot be read: Is a directory"):
        config_of(tmp_path, config_filepath="a.toml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            {"environ": {"PYNENC__SLOT": "1"}},
            'unknown setting "slot" (environment PYNENC__SLOT); did you mean "slots"?',
            id="a misspelt variable",
        ),
        pytest.param(
            {"environ": {"PYNENC__RUNER__SLOTS": "1"}},
            'unknown section "runer", did you mean "runner"? (environment PYNENC__RUNER__SLOTS)',
            id="a misspelt section in a variable",
        ),
        pytest.param(
            {"environ": {"PYNENC__TASK__T.ADD__RETRIES": "1"}},
            'unknown option "retries" (environment PYNENC__TASK__T.ADD__RETRIES); did you mean "max_retries"?',
            id="a misspelt option in a variable",
        ),
        pytest.param(
            {"config_values": {"monitoring": {"port": 1}}},
            'unknown section "monitoring", known are arg_cache, payload, redis, runner, task (constructor)',
            id="a section of no feature",
        ),
        pytest.param(
            {"config_values": {"redis": {"slots": 1}}},
            'unknown setting "slots" (constructor [redis]); known are redis_db, redis_host, redis_password, '
            "redis_port, redis_url, redis_username, socket_timeout_seconds",
            id="a setting in the wrong section",
        ),
        pytest.param(
            {"config_values": {"task": {"t.add": {"retries": 1}}}},
            'unknown option "retries" (constructor [task."t.add"]); did you mean "max_retries"?',
            id="a misspelt option in a table",
        ),
        pytest.param(
            {"config_values": {"redis_url": "http://user:secret@host"}},
            "redis_url must start with redis://, rediss:// or unix:// (constructor)",
            id="a bad URL, which is not shown",
        ),
        pytest.param(
            {"config_values": {"redis_url": "redis://user:p/w@host"}},
            "redis_url must be a URL such as redis://user:password@host:6379/0, with the password quoted (constructor)",
            id="a password that must be quoted, which is not shown",
        ),
        pytest.param(
            {"config_values": {"logging_level": "loud"}},
            "logging_level must be one of debug, info, warning, error, critical, got 'loud' (constructor)",
            id="no logging level",
        ),
        pytest.param(
            {"config_values": {"broker_cls": "my broker"}},
            "broker_cls must be the name of a class, bare or with its module, got 'my broker' (constructor)",
            id="no class name",
        ),
        pytest.param(
            {"config_values": {"queues": []}},
            "queues must name at least one queue, got [] (constructor)",
            id="no queue",
        ),
        pytest.param(
            {"config_values": {"queues": ["A"]}},
            "queues \"A\" must match ^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$, got ['A'] (constructor)",
            id="a bad queue",
        ),
        pytest.param(
            {"config_values": {"lease_seconds": 0}},
            "lease_seconds must be a number from 0.01 to 86400, got 0 (constructor)",
            id="no lease",
        ),
        pytest.param(
            {"environ": {"PYNENC__AWAIT_DEFINITIONS": "perhaps"}},
            "await_definitions must be true or false, got 'perhaps' (environment PYNENC__AWAIT_DEFINITIONS)",
            id="no truth value",
        ),
    ],
)
def test_a_mistake_in_a_setting_names_the_place_and_the_way_out(tmp_path, arguments, message):
    with pytest.raises(ConfigurationError) as caught:
        config_of(tmp_path, **arguments)
    assert str(caught.value) == message


def test_an_app_id_that_would_break_a_key_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"app_id must match .* got 'a:\{b\}' \(constructor\)"):
        config_of(tmp_path, app_id="a:{b}")


@pytest.mark.parametrize("use", [lambda c: setattr(c, "slotz", 1), lambda c: c.source_of("slotz")])
def test_an_attribute_that_is_no_setting_is_refused(tmp_path, use):
    with pytest.raises(ConfigurationError) as caught:
        use(config_of(tmp_path))
    assert str(caught.value) == 'unknown setting "slotz"; did you mean "slots"?'


def test_a_refused_assignment_changes_nothing(tmp_path):
    config = config_of(tmp_path)
    with pytest.raises(ConfigurationError):
        config.slots = -1
    assert (config.slots, config.version) == (0, 0)


def test_a_level_may_be_written_in_any_case(tmp_path):
    assert config_of(tmp_path, environ={"PYNENC__LOGGING_LEVEL": "DEBUG"}).logging_level == "debug"


@pytest.mark.parametrize(
    ("values", "url"),
    [
        pytest.param({}, "redis://localhost:6379/0", id="nothing"),
        pytest.param({"redis_url": "rediss://h:1/2", "redis_host": "x"}, "rediss://h:1/2", id="a URL beats the parts"),
        pytest.param({"redis_host": "h", "redis_port": 1, "redis_db": 2}, "redis://h:1/2", id="parts"),
        pytest.param({"redis_host": "::1"}, "redis://[::1]:6379/0", id="an IPv6 address"),
        pytest.param({"redis_password": "p@:/"}, "redis://:p%40%3A%2F@localhost:6379/0", id="a password is quoted"),
        pytest.param(
            {"redis_username": "u", "redis_password": "p"}, "redis://u:p@localhost:6379/0", id="user and password"
        ),
        pytest.param({"redis_username": "u"}, "redis://u@localhost:6379/0", id="a user alone"),
    ],
)
def test_the_connection_url_is_made_from_what_is_set(tmp_path, values, url):
    assert config_of(tmp_path, config_values=values).redis_connection_url() == url


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("ValueError", ValueError, id="built-in"),
        pytest.param("BackendError", PynencError, id="of this package"),
        pytest.param("json.JSONDecodeError", ValueError, id="by dotted path"),
        pytest.param("ConfigurationError", ConfigurationError, id="of the module of the task"),
    ],
)
def test_an_exception_class_is_found_by_its_name(tmp_path, name, expected):
    live = TaskDefinition("pynenc.config.config.f", retry_for=(name,))
    (found,) = config_of(tmp_path).task_options(live.task_id, {}, live).retry_for
    assert issubclass(found, expected)
    assert found.__name__ == name.rpartition(".")[2]


@pytest.mark.parametrize("name", ["Nope", "no.such.Error", "int", "json.loads"])
def test_a_name_of_no_exception_class_is_a_configuration_error(tmp_path, name):
    config = config_of(tmp_path, environ={"PYNENC__TASK__RETRY_FOR": name})
    with pytest.raises(ConfigurationError) as caught:
        config.task_options("json.f", {})
    assert str(caught.value) == (
        f'retry_for names "{name}", which is no exception class that json can see (environment PYNENC__TASK__RETRY_FOR)'
    )


def test_a_bad_option_of_the_decorator_stays_an_error_of_the_definition(tmp_path):
    with pytest.raises(TaskDefinitionError, match="priority must be a whole number"):
        config_of(tmp_path).task_options("t.f", {"priority": 99})


def test_signing_keys_are_read_as_they_stand(tmp_path):
    keys = "2026:0123456789abcdef0123456789abcdef"
    assert config_of(tmp_path, environ={"PYNENC__PAYLOAD__SIGNING_KEYS": keys}).signing_keys == keys
