"""`pynenc dev` as a person uses it: start, submit, edit, break, mend, and Ctrl-C, after which nothing is left."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Iterator

import pytest

from support.crashes import until
from support.programs import Folder, folder_with_tasks, started

PATIENCE = 40


@pytest.fixture
def folder(tmp_path) -> Folder:
    folder = folder_with_tasks(tmp_path)
    (tmp_path / "prices.py").write_text("PRICE = 1\n")
    (tmp_path / "tasks.py").write_text(
        "import time\nfrom pynenc import Pynenc\nimport prices\n\napp = Pynenc('shop')\n\n\n"
        "@app.task\ndef price() -> int:\n    return prices.PRICE\n\n\n"
        "@app.task\ndef hang() -> int:\n    time.sleep(0 if prices.PRICE > 1 else 600)\n    return prices.PRICE\n"
    )
    return folder


@pytest.fixture
def session(folder: Folder) -> Iterator[Folder]:
    """A folder with `dev` running, whose URL programs there use."""
    with started(folder, "dev") as program:
        assert until(lambda: "2 workers" in folder.log() or "1 workers" in folder.log(), PATIENCE), folder.log()
        url = re.search(r"export PYNENC__REDIS_URL='(.+)'", folder.log())
        assert url
        folder.environment["PYNENC__REDIS_URL"] = url[1]
        yield folder
        if program.poll() is None:
            program.send_signal(signal.SIGINT)
            assert program.wait(PATIENCE) == 0
    assert until(lambda: folder.processes() == [], PATIENCE), folder.processes()
    assert not os.path.exists(url[1].partition("://")[2].partition("?")[0])  # noqa: PTH110 - the socket


@pytest.fixture(autouse=True)
def short_settings(folder: Folder) -> None:
    folder.environment["PYNENC__RUNNER__SLOTS"] = "1"
    folder.environment["PYTHONDONTWRITEBYTECODE"] = "1"  # edits here may be of one second and one size


def price(folder: Folder) -> str:
    done = folder.run("invoke", "price", "--wait", "--timeout", str(PATIENCE))
    assert done.code == 0, done.errors + folder.log()
    return done.output


def test_an_edit_is_seen_by_the_next_invocation(session: Folder):
    assert price(session) == "1\n"
    (session.path / "prices.py").write_text("PRICE = 22\n")
    assert until(lambda: "prices.py changed, starting anew" in session.log(), PATIENCE)
    assert price(session) == "22\n"


def test_what_hangs_at_an_edit_runs_again_with_the_new_code(session: Folder):
    invocation_id = session.run("invoke", "hang").output.strip()

    def is_running() -> bool:
        return "RUNNING" in session.run("describe", invocation_id).output

    assert until(is_running, PATIENCE)
    (session.path / "prices.py").write_text("PRICE = 5\n")
    assert until(lambda: '"SUCCESS"' in session.run("describe", invocation_id, "-o", "json").output, PATIENCE)
    assert session.run("describe", invocation_id, "--show-payloads", "-o", "json").output.count('"result": 5') == 1


def test_a_broken_edit_shows_its_error_and_waits_for_the_next_change(session: Folder):
    (session.path / "prices.py").write_text("PRICE = = 3\n")
    assert until(lambda: "waiting for a change" in session.log(), PATIENCE)
    assert "SyntaxError: invalid syntax" in session.log()
    assert "importlib" not in session.log()
    (session.path / "tasks.py").write_text(session.path.joinpath("tasks.py").read_text() + "\nimport missing\n")
    (session.path / "prices.py").write_text("PRICE = 3\n")
    assert until(lambda: 'error: module "tasks" imports "missing", which is not installed' in session.log(), PATIENCE)
    (session.path / "missing.py").write_text("")
    assert price(session) == "3\n"


def test_the_store_ends_with_a_killed_program(folder: Folder):
    with started(folder, "dev") as program:
        assert until(lambda: "1 workers" in folder.log(), PATIENCE), folder.log()
        program.kill()
        program.wait()
        assert until(lambda: folder.processes() == [], PATIENCE), folder.processes()


def test_a_port_that_is_taken_is_one_sentence(folder: Folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = folder.run("dev", "--port", str(taken.getsockname()[1]))
    assert (done.code, done.output) == (1, "")
    assert done.errors.startswith("error: the embedded server did not start: ")
    assert len(done.errors.splitlines()) == 1
