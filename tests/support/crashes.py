"""Runner programs that are killed without warning and started again, and the history that their tasks write."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pynenc._redis.embedded import EmbeddedServer
from pynenc._redis.keys import Keys
from support.history import Absence, read_history
from support.servers import raw_client

SOURCES = os.pathsep.join(str(Path(__file__).parents[2] / folder) for folder in ("sdk/src", "tests"))

PERMANENT = {"meta", "seq", "cnt", "fin", "queues"}
"""Keys of an app that stay when all its work has ended; `fin` is trimmed by sweeps."""
WITH_TIME_TO_LIVE = {"inv", "inbox", "wake"}
"""Kinds of keys that may be left then, for a time: records, and hints."""
LATE_SECONDS = 3.0
"""By so much a frozen supervisor may go on later than planned, and tell its workers that their leases are over."""


class Runners:
    """Some runner programs on one app. Kills are drawn from a seed and counted; `absences` are what they cause."""

    def __init__(self, seed: int, number: int, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._random = random.Random(seed)
        self._command, self._environment, self._log = command, dict(environment), log
        self._history = Path(environment["PYNENC_TEST_HISTORY"])
        self._programs: list[subprocess.Popen[bytes]] = []
        self._frozen: dict[int, float] = {}
        self.absences: list[Absence] = []
        self.worker_kills = self.runner_kills = self.freezes = 0
        for _ in range(number):
            self.start()

    def start(self) -> None:
        """Start one more program."""
        with self._log.open("ab") as log:
            command, environment = self._command, self._environment
            program = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        self._programs.append(program)

    def workers(self) -> list[int]:
        """Workers that have run something lately and are alive."""
        pids = sorted({line.pid for line in read_history(self._history)[-60:]})
        return [pid for pid in pids if self._is_ours(pid)]

    def kill_worker(self) -> None:
        """Kill a worker that has run something, if one is alive."""
        if alive := self.workers():
            pid = self._random.choice(alive)
            self.absences.append(Absence(pid, time.monotonic()))
            os.kill(pid, signal.SIGKILL)
            self.worker_kills += 1

    def freeze(self, most_seconds: float) -> None:
        """Stop a worker or a supervisor for up to so long, as a machine does that is short of memory or moved."""
        pid = self._random.choice([program.pid for program in self._programs] + self.workers())
        until_when = time.monotonic() + self._random.random() * most_seconds
        if pid in {program.pid for program in self._programs}:
            self._note_absence(pid, until_when + LATE_SECONDS)
        os.kill(pid, signal.SIGSTOP)
        self._frozen[pid] = until_when
        self.freezes += 1

    def _note_absence(self, program: int, until_when: float = math.inf) -> None:
        """Nobody speaks for the workers of a supervisor that is gone or frozen; a frozen worker has its lease."""
        now = time.monotonic()
        self.absences += [Absence(pid, now, until_when) for pid in _family(program)]

    def thaw(self, *, all_of_them: bool = False) -> None:
        """Let those go on whose time has come."""
        for pid, until_when in list(self._frozen.items()):
            if all_of_them or time.monotonic() >= until_when:
                del self._frozen[pid]
                if self._is_ours(pid):
                    os.kill(pid, signal.SIGCONT)

    def kill_runner(self) -> None:
        """Kill a supervisor and start another program in its place; its workers are left to themselves."""
        program = self._programs.pop(self._random.randrange(len(self._programs)))
        self._note_absence(program.pid)
        program.kill()
        program.wait()
        self.runner_kills += 1
        self.start()

    def crash(self) -> None:
        """Kill something."""
        if self._random.random() < 0.2:
            self.kill_runner()
        else:
            self.kill_worker()

    def check_alive(self) -> None:
        """Raise if a program has ended by itself."""
        for program in self._programs:
            if program.poll() is not None:
                raise AssertionError(f"a runner ended by itself: {self._log.read_text()[-2000:]}")

    def stop(self, seconds: float) -> list[int]:
        """Stop all in order; their exit codes. A program that has just been started is given time to listen."""
        assert until(lambda: all(_catches_sigterm(program.pid) for program in self._programs), seconds)
        self.terminate()
        return self.wait(seconds)

    def terminate(self) -> None:
        """Ask all to end in order."""
        for program in self._programs:
            program.terminate()

    def wait(self, seconds: float) -> list[int]:
        """The exit codes of all, once they have ended."""
        return [program.wait(seconds) for program in self._programs]

    def log_text(self) -> str:
        """What all have logged so far."""
        return self._log.read_text()

    def kill_all(self) -> None:
        """Kill all supervisors and leave their workers to themselves."""
        for program in self._programs:
            program.kill()
            program.wait()

    def _is_ours(self, pid: int) -> bool:
        """Whether a process is alive and has the environment of these programs, which names their own history."""
        try:
            return str(self._history).encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False

    def left(self) -> list[int]:
        """Processes of these programs that are still there."""
        return [pid for pid in _pids() if self._is_ours(pid)]

    def end(self) -> None:
        """Kill what is left."""
        for program in self._programs:
            program.kill()
            program.wait()
        for pid in self.left():
            os.kill(pid, signal.SIGKILL)


@contextmanager
def running(seed: int, number: int, entrypoint: str, environment: Mapping[str, str], folder: Path) -> Iterator[Runners]:
    """`number` runner programs of an app; `environment` is added to that of the test."""
    paths = os.pathsep.join([SOURCES, *filter(None, [os.environ.get("PYTHONPATH")])])
    whole = {**os.environ, "PYTHONPATH": paths, "PYNENC_TEST_HISTORY": str(folder / "history"), **environment}
    command = [sys.executable, "-m", "pynenc.cli", "--app", entrypoint, "runner", "start"]
    runners = Runners(seed, number, command, whole, folder / "runners.log")
    try:
        yield runners
    finally:
        runners.end()


def check_keys(server: EmbeddedServer, app_id: str) -> None:
    """With all work and all runners gone, only what is permanent has no time to live, and nothing holds a limit."""
    prefix = f"{Keys.of_app(app_id).prefix}:"
    with raw_client(server) as client:
        left = {key.decode().removeprefix(prefix): client.ttl(key) for key in client.scan_iter()}
    assert {name for name, seconds in left.items() if seconds == -1} == PERMANENT
    strange = [name for name in left if name.partition(":")[0] not in PERMANENT | WITH_TIME_TO_LIVE]
    assert not strange, f"left over: {strange}"


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _family(pid: int) -> list[int]:
    """A process and its descendants: its fork server, and the workers that came from there."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in children for each in _family(int(child)))]


def _catches_sigterm(pid: int) -> bool:
    """Whether a process has a handler for SIGTERM; one that has ended needs none."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return True
    caught = next((line.split()[1] for line in lines if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def until(condition: Callable[[], object], seconds: float, pause_seconds: float = 0.05) -> bool:
    """Whether `condition()` becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_seconds)
    return True
