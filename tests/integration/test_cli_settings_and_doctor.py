"""What the program tells of settings, and how it finds what is wrong; no password is ever shown."""

from __future__ import annotations

import json

import pytest

from support.programs import Folder, folder_with_tasks
from support.servers import raw_client, running_server

PASSWORD = "wonderland-7"


@pytest.fixture
def folder(tmp_path) -> Folder:
    return folder_with_tasks(tmp_path)


def checks(folder: Folder, **environment: str) -> tuple[int, dict[str, tuple[str, str]]]:
    done = folder.run("doctor", "-o", "json", **environment)
    assert done.errors == ""
    assert PASSWORD not in done.output
    return done.code, {check["name"]: (check["verdict"], check["text"]) for check in json.loads(done.output)}


def test_settings_are_shown_with_their_source_and_without_passwords(folder: Folder):
    (folder.path / "pyproject.toml").write_text("[tool.pynenc.runner]\nslots = 3\n")
    secret = {
        "PYNENC__REDIS_URL": f"redis://ann:{PASSWORD}@127.0.0.1:1/0",
        "PYNENC__REDIS_PASSWORD": PASSWORD,
        "PYNENC__PAYLOAD__SIGNING_KEYS": f"k1:{PASSWORD}{PASSWORD}{PASSWORD}",
    }
    for form in ("table", "json", "yaml", "name"):
        done = folder.run("config", "show", "-o", form, **secret)
        assert (done.code, done.errors) == (0, "")
        assert PASSWORD not in done.output
    shown = {row["name"]: row for row in json.loads(folder.run("config", "show", "-o", "json", **secret).output)}
    assert shown["redis_url"]["value"] == "redis://ann:(hidden)@127.0.0.1:1/0"
    assert shown["redis_url"]["source"] == "environment PYNENC__REDIS_URL"
    assert (shown["redis_password"]["value"], shown["signing_keys"]["value"]) == ("(hidden)", "(hidden)")
    assert (shown["slots"]["value"], shown["slots"]["source"]) == (3, "pyproject.toml [tool.pynenc] [runner]")
    assert (shown["app_id"]["value"], shown["app_id"]["source"]) == ("shop", "constructor")
    assert shown["orchestrator_cls"]["source"] == "default, as redis_url is set"


def test_settings_are_shown_without_an_app_too(folder: Folder):
    done = folder.run("config", "show", app="", PYNENC__RUNNER__QUEUES="a,b")
    (line,) = [line for line in done.output.splitlines() if line.startswith("queues ")]
    assert line.split() == ["queues", "a,", "b", "environment", "PYNENC__RUNNER__QUEUES"]


def test_an_unknown_setting_is_one_sentence(folder: Folder):
    done = folder.run("config", "show", PYNENC__RUNNER__SLOT="1")
    assert (done.code, done.output) == (1, "")
    assert done.errors == ('error: unknown setting "slot" (environment PYNENC__RUNNER__SLOT); did you mean "slots"?\n')


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param("import nowhere_to_be_found", 'module "tasks" imports "nowhere_to_be_found"', id="no module"),
        pytest.param(
            "def broken(:", "tasks:app cannot be imported: SyntaxError: invalid syntax (tasks.py:1)", id="syntax"
        ),
        pytest.param(
            "\n1 / 0", "tasks:app cannot be imported: ZeroDivisionError: division by zero (tasks.py:2)", id="raises"
        ),
        pytest.param("app = 1", '"app" of module "tasks" is no app; apps there: none', id="no app"),
    ],
)
def test_an_app_that_cannot_be_imported_is_one_sentence_everywhere(folder: Folder, source, text):
    (folder.path / "tasks.py").write_text(source)
    done = folder.run("list")
    assert (done.code, done.output) == (1, "")
    assert done.errors.startswith(f"error: {text}")
    assert len(done.errors.splitlines()) == 1
    code, found = checks(folder)
    assert code == 1
    assert found.keys() == {"app"}
    assert found["app"][0] == "fail"
    assert found["app"][1].startswith(text)


def test_verbs_that_look_at_other_programs_refuse_a_store_in_memory(folder: Folder):
    done = folder.run("list")
    assert done.code == 1
    assert done.errors.startswith("error: this app keeps its invocations in memory, where no other program sees them")
    code, found = checks(folder)
    assert (code, found["store"][0]) == (0, "warn")


def test_a_call_in_sync_mode_needs_no_store(folder: Folder):
    done = folder.run("invoke", "add", "-d", "x=2", "-d", "y=3", "--wait", PYNENC__DEV_MODE_FORCE_SYNC_TASKS="true")
    assert (done.code, done.output) == (0, "5\n")


def test_an_unreachable_store_is_found_and_its_password_is_not_shown(folder: Folder):
    url = f"redis://ann:{PASSWORD}@127.0.0.1:1/0"
    code, found = checks(folder, PYNENC__REDIS_URL=url)
    assert code == 1
    assert found["tasks"][0] == "ok"
    assert found["store"][0] == "fail"
    assert found["store"][1].startswith("cannot reach redis at 127.0.0.1:1 (timeout 2s)")
    done = folder.run("list", PYNENC__REDIS_URL=url)
    assert done.errors.startswith("error: cannot reach redis at 127.0.0.1:1 ")
    assert len(done.errors.splitlines()) == 1
    assert PASSWORD not in done.errors


def test_a_wrong_password_is_found(folder: Folder):
    with running_server() as server, raw_client(server) as client:
        client.config_set("requirepass", "right")
        socket = server.url.partition("://")[2]
        code, found = checks(folder, PYNENC__REDIS_URL=f"unix://:{PASSWORD}@{socket}")
    assert code == 1
    assert 'rejected user "' in found["store"][1]


def test_a_store_that_would_lose_work_is_found(folder: Folder):
    with running_server() as server, raw_client(server) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.hset("pn:{shop#0}:meta", "protocol", "99")
        code, found = checks(folder, PYNENC__REDIS_URL=server.url)
    assert code == 1
    assert found["eviction"] == ("fail", "allkeys-lru drops work silently; run: CONFIG SET maxmemory-policy noeviction")
    assert found["protocol"][0] == "fail"
    assert found["persistence"][0] == "warn"


def test_a_store_without_runners_is_a_warning(folder: Folder):
    with running_server() as server:
        code, found = checks(folder, PYNENC__REDIS_URL=server.url)
        table = folder.run("doctor", PYNENC__REDIS_URL=server.url)
    assert code == 0
    assert found["workers"] == ("warn", "nobody works on this app; start a runner: pynenc --app ... runner start")
    assert any(line.split()[:2] == ["warn", "workers"] for line in table.output.splitlines())


def test_options_of_a_runner_are_checked_like_settings(folder: Folder):
    done = folder.run("runner", "start", "--slots", "many")
    assert (done.code, done.output) == (1, "")
    assert done.errors.startswith("error: slots must be a whole number from 0 to 256, got 'many'")
