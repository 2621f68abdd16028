"""The command line on a real server with a real runner: call, list, describe, cancel, retry, requeue, purge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import yaml

from support.crashes import until
from support.programs import Folder, folder_with_tasks, started
from support.servers import running_server

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOBODY = "0199c0de-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """A folder whose app has a runner."""
    path = tmp_path_factory.mktemp("worked")
    with running_server() as server:
        folder = folder_with_tasks(path, PYNENC__REDIS_URL=server.url, PYNENC__RUNNER__DRAIN_SECONDS="1")
        with started(folder, "runner", "start", "--slots", "2", "--queues", "mails,default", "--log-format", "json"):
            yield folder


@pytest.fixture
def idle(tmp_path) -> Iterator[Folder]:
    """A folder whose app has a store and no runner."""
    with running_server() as server:
        yield folder_with_tasks(tmp_path, PYNENC__REDIS_URL=server.url, PYNENC__RUNNER__DRAIN_SECONDS="1")


def submit(folder: Folder, *arguments: str) -> str:
    done = folder.run("invoke", *arguments)
    assert (done.code, done.errors) == (0, "")
    assert ID.fullmatch(done.output.strip())
    return done.output.strip()


def test_a_task_is_called_and_its_result_printed_as_json(worked: Folder):
    done = worked.run("invoke", "tasks.add", "--arg", "x=2", "--arg", "y=3", "--wait")
    assert (done.code, done.output) == (0, "5\n")
    assert ID.fullmatch(done.errors.strip())


def test_text_needs_no_quotes(worked: Folder):
    done = worked.run("invoke", "greet", "-d", "name=0815", "-d", "at=2026-01-31", "--wait")
    assert (done.code, done.output) == (0, '"hello 0815 2026-01-31"\n')


def test_arguments_come_as_an_object_too(worked: Folder):
    done = worked.run("invoke", "add", "--args-json", '{"x": 2, "y": 1}', "--arg", "y=40", "--wait")
    assert (done.code, done.output) == (0, "42\n")


def test_a_failed_task_is_code_3_and_one_line_and_is_described_with_its_traceback(worked: Folder):
    done = worked.run("invoke", "send", "--arg", "to=ann", "--wait")
    invocation_id, error = done.errors.splitlines()
    assert (done.code, done.output) == (3, "")
    assert error == "error: ConnectionError: cannot reach ann"
    told = worked.run("describe", invocation_id)
    assert told.code == 0
    assert 'raise ConnectionError(f"cannot reach {to}")' in told.output
    assert re.search(r"^status +FAILED$", told.output, re.MULTILINE)
    assert "arguments" not in told.output


def test_payloads_are_shown_only_when_asked_for(worked: Folder):
    invocation_id = worked.run("invoke", "add", "-d", "x=20", "-d", "y=22", "--wait").errors.strip()
    plain = json.loads(worked.run("describe", invocation_id, "-o", "json").output)
    whole = yaml.safe_load(worked.run("describe", invocation_id, "-o", "yaml", "--show-payloads").output)
    assert plain.keys() & {"arguments", "result"} == set()
    assert (whole["arguments"], whole["result"]) == ({"x": 20, "y": 22}, 42)
    assert [change["status"] for change in plain["history"]] == ["REGISTERED", "RUNNING", "SUCCESS"]
    assert plain["worker"]
    shown = worked.run("describe", invocation_id, "--show-payloads").output
    assert '"x": 20' in shown


def test_waiting_ends_with_code_4_and_the_invocation_goes_on(worked: Folder):
    done = worked.run("invoke", "sleep", "-d", "seconds=60", "--wait", "--timeout", "0.2")
    invocation_id, error = done.errors.splitlines()
    assert done.code == 4
    assert error.startswith(f"error: invocation {invocation_id} is ")
    cancelled = worked.run("cancel", invocation_id)
    assert cancelled.code == 0
    assert cancelled.output.startswith(invocation_id)

    def ended() -> bool:
        return '"status": "CANCELLED"' in worked.run("describe", invocation_id, "-o", "json").output

    assert until(ended, 30)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param(["invoke", "tasks.ad"], 'the app has no task "tasks.ad"; did you mean "tasks.add"?', id="unknown"),
        pytest.param(["invoke", "add", "-d", "x=1"], "tasks.add: arguments.y: Field required", id="missing"),
        pytest.param(
            ["invoke", "version", "--option", "retrys=1"], 'unknown option "retrys"; did', id="no such option"
        ),
        pytest.param(["describe", NOBODY], f"invocation {NOBODY} is unknown, or its result has expired", id="nobody"),
        pytest.param(["cancel", NOBODY], f"invocation {NOBODY} is unknown", id="cancel nobody"),
        pytest.param(["retry", NOBODY], f"invocation {NOBODY} is unknown", id="retry nobody"),
    ],
)
def test_an_error_is_one_sentence_and_code_1(worked: Folder, arguments, text):
    done = worked.run(*arguments)
    assert (done.code, done.output) == (1, "")
    assert done.errors.startswith(f"error: {text}")
    assert len(done.errors.splitlines()) == 1


def test_a_log_line_of_a_worker_is_an_object_that_names_the_invocation(worked: Folder):
    invocation_id = worked.run("invoke", "version", "--wait").errors.strip()
    lines = [json.loads(line) for line in worked.log().splitlines()]
    (found,) = [line for line in lines if line.get("invocation") == invocation_id]
    assert found["message"] == "telling the version"
    assert (found["task"], found["attempt"], found["level"], found["logger"]) == (
        "tasks.version",
        1,
        "info",
        "pynenc.shop",
    )
    assert any(line["message"].startswith("runner ") for line in lines), "the supervisor's lines are objects too"


def test_queues_show_who_serves_them_and_doctor_finds_nothing_to_mend_but_persistence(worked: Folder):
    submit(worked, "add", "-d", "x=1", "-d", "y=1", "--delay", "600")
    told = json.loads(worked.run("queues", "-o", "json").output)
    queues = {queue["name"]: queue for queue in told["queues"]}
    assert (queues["default"]["workers"], queues["default"]["delayed"], queues["mails"]["workers"]) == (2, 1, 2)
    assert [worker["queues"] for worker in told["workers"]] == [["mails", "default"]] * 2
    assert "QUEUE" in worked.run("queues").output
    doctor = worked.run("doctor", "-o", "json")
    verdicts = {check["name"]: check["verdict"] for check in json.loads(doctor.output)}
    assert doctor.code == 0
    assert verdicts.pop("persistence") == "warn"
    verdicts.pop("dead", None)
    verdicts.pop("latency")
    assert set(verdicts.values()) == {"ok"}
    assert verdicts.keys() >= {"app", "tasks", "store", "version", "eviction", "protocol", "clock", "workers", "queues"}


def test_lists_are_filtered_and_come_in_four_forms(idle: Folder):
    first = submit(idle, "add", "-d", "x=1", "-d", "y=2")
    second = submit(idle, "send", "-d", "to=ann")
    assert idle.run("list", "-o", "name").output.split() == [second, first]
    assert idle.run("list", "--task", "tasks.add", "-o", "name").output.split() == [first]
    assert idle.run("list", "--queue", "mails", "-o", "name").output.split() == [second]
    assert idle.run("list", "--limit", "1", "-o", "name").output.split() == [second]
    assert idle.run("list", "--status", "failed", "-o", "name").output == "\n"
    assert idle.run("list", "--status", "failed").output == "no such invocations\n"
    assert [row["id"] for row in json.loads(idle.run("list", "-o", "json").output)] == [second, first]
    assert [row["queue"] for row in yaml.safe_load(idle.run("list", "-o", "yaml").output)] == ["mails", "default"]
    title, *rows = idle.run("list").output.splitlines()
    assert title.split() == ["ID", "TASK", "STATUS", "QUEUE", "AGE", "CHANGED", "ATTEMPTS", "WORKER"]
    assert [row.split()[:4] for row in rows] == [
        [second, "tasks.send", "REGISTERED", "mails"],
        [first, "tasks.add", "REGISTERED", "default"],
    ]


def test_an_unknown_status_is_a_wrong_command_line(idle: Folder):
    done = idle.run("list", "--status", "DONE")
    assert done.code == 2
    assert '"DONE" is none of REGISTERED' in " ".join(done.errors.split())


def test_options_of_a_call_reach_the_store(idle: Folder):
    given = ["--queue", "other", "--priority", "7", "--delay", "600", "--idempotency-key", "k"]
    name = submit(idle, "add", "-d", "x=1", "-d", "y=2", *given)
    told = json.loads(idle.run("describe", name, "-o", "json").output)
    assert (told["queue"], told["priority"], bool(told["due"])) == ("other", 7, True)
    assert submit(idle, "add", "-d", "x=1", "-d", "y=2", *given) == name


def test_cancel_and_retry_say_what_became_of_each(idle: Folder):
    one, two = (submit(idle, "add", "-d", "x=1", "-d", "y=2") for _ in range(2))
    assert idle.run("cancel", one).output == f"{one} cancelled\n"
    assert idle.run("cancel", one).output == f"{one} had ended already\n"
    mixed = idle.run("retry", one, two, NOBODY)
    assert mixed.code == 1
    again = re.fullmatch(rf"{one} runs again as ({ID.pattern})\n", mixed.output)
    assert again
    assert mixed.errors.splitlines() == [
        f"error: invocation {two} of tasks.add has not ended; cancel it, or wait for its end, to run it again",
        f"error: invocation {NOBODY} is unknown, or its result has expired",
    ]
    assert set(idle.run("list", "-o", "name").output.split()) == {one, two, again[1]}


def test_dead_letters_are_listed_and_requeued(worked: Folder):
    failed = worked.run("invoke", "send", "-d", "to=bob", "--wait").errors.splitlines()[0]
    listed = worked.run("dead")
    assert listed.code == 0
    (row,) = [line for line in listed.output.splitlines() if line.startswith(failed)]
    assert "ConnectionError: cannot reach bob" in row
    again = worked.run("dead", "requeue", failed)
    assert (again.code, again.output.startswith(f"{failed} runs again as ")) == (0, True)
    assert failed not in worked.run("dead", "-o", "name").output.split()
    before = worked.run("dead", "-o", "name").output.split()
    everything = worked.run("dead", "requeue", "--all", "--task", "tasks.send")
    assert everything.code == 0
    assert {line.split()[0] for line in everything.output.splitlines()} >= set(before)
    assert worked.run("dead", "requeue").code == 2


def test_purge_asks_and_keeps_definitions(idle: Folder):
    for _ in range(3):
        submit(idle, "add", "-d", "x=1", "-d", "y=2")
    refused = idle.run("purge")
    assert refused.code == 2
    assert "add --yes" in " ".join(refused.errors.split())
    assert len(idle.run("list", "-o", "name").output.split()) == 3
    done = idle.run("purge", "--yes")
    assert (done.code, done.output, done.errors) == (0, "3 invocations forgotten\n", "")
    assert idle.run("list", "-o", "name").output.split() == []


def test_on_a_terminal_purge_asks_and_shows_its_progress(idle: Folder):
    submit(idle, "add", "-d", "x=1", "-d", "y=2")
    kept = idle.run_on_terminal("purge", answer="n\n")
    assert kept.code == 1
    assert 'Forget all invocations of the app "shop", running ones too? [y/N]' in kept.output
    assert len(idle.run("list", "-o", "name").output.split()) == 1
    gone = idle.run_on_terminal("purge", answer="y\n")
    assert gone.code == 0
    assert "forgotten" in gone.output
    assert "\x1b[" in gone.output, "a bar"
    assert gone.output.rstrip().endswith("1 invocations forgotten")


def test_nothing_but_text_goes_into_a_pipe(idle: Folder):
    submit(idle, "add", "-d", "x=1", "-d", "y=2")
    for verb in (["list"], ["queues"], ["doctor"], ["config", "show"], ["dead"]):
        done = idle.run(*verb)
        assert "\x1b" not in done.output + done.errors
        assert done.errors == ""
