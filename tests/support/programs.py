"""The program `pynenc`, run as a user runs it, on an app in a folder of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = (sys.executable, "-m", "pynenc.cli")
SECONDS = 60
TASKS = """
import datetime
import os
import time

from pynenc import Pynenc

app = Pynenc("shop")


@app.task
def add(x: int, y: int) -> int:
    return x + y


@app.task
def greet(name: str, at: datetime.date | None = None) -> str:
    return f"hello {name} {at}"


@app.task(queue="mails")
def send(to: str) -> None:
    raise ConnectionError(f"cannot reach {to}")


@app.task
def version() -> int:
    app.logger.info("telling the version")
    return 1


@app.task
def sleep(seconds: float) -> None:
    time.sleep(seconds)
"""


@dataclass(frozen=True)
class Done:
    """What a program has left behind."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Folder:
    """A folder with tasks.py, and the environment in which programs run there."""

    path: Path
    environment: dict[str, str]

    def run(self, *arguments: str, app: str = "tasks:app", **environment: str) -> Done:
        """Run the program to its end."""
        command = [*PROGRAM, *(("--app", app) if app else ()), *arguments]
        whole = self.environment | environment
        done = subprocess.run(
            command, cwd=self.path, env=whole, capture_output=True, text=True, timeout=SECONDS, check=False, input=""
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def run_on_terminal(self, *arguments: str, answer: str) -> Done:
        """Run the program to its end on a terminal, on which `answer` is typed; `output` is all that it shows."""
        ours, theirs = pty.openpty()
        command = [*PROGRAM, "--app", "tasks:app", *arguments]
        with subprocess.Popen(
            command, cwd=self.path, env=self.environment, stdin=theirs, stdout=theirs, stderr=theirs
        ) as program:
            os.close(theirs)
            os.write(ours, answer.encode())
            shown = b"".join(iter(lambda: _read(ours), b""))
            os.close(ours)
            return Done(program.wait(SECONDS), shown.decode(), "")

    def start(self, *arguments: str, log: str = "program.log", **environment: str) -> subprocess.Popen[bytes]:
        """Start the program and return at once; what it prints goes to the file `log`."""
        with (self.path / log).open("ab") as output:
            return subprocess.Popen(
                [*PROGRAM, "--app", "tasks:app", *arguments],
                cwd=self.path,
                env=self.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def log(self, name: str = "program.log") -> str:
        """What a started program has printed so far."""
        return (self.path / name).read_text()

    def processes(self) -> list[int]:
        """Processes with the environment of this folder that are there now."""
        mark = f"PYNENC_TEST_FOLDER={self.path}".encode()
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _has(entry, mark)]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # nobody has it open any more
        return b""


def _has(process: Path, mark: bytes) -> bool:
    try:
        return mark in (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def folder_with_tasks(path: Path, **environment: str) -> Folder:
    """Write tasks.py into `path`; programs there see no settings but `environment`."""
    (path / "tasks.py").write_text(TASKS)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYNENC__")}
    own = {"PYNENC_TEST_FOLDER": str(path), "COLUMNS": "200"}
    return Folder(path, inherited | own | environment)


@contextmanager
def started(folder: Folder, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs during the block, and is killed with all that is left of it if it does not end in order."""
    program = folder.start(*arguments, **environment)
    try:
        yield program
    finally:
        program.terminate()
        try:
            program.wait(20)
        finally:
            program.kill()
            program.wait()
