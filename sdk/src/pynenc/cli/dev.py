"""`pynenc dev`: a store, a runner, and a new runner whenever the source changes."""

from __future__ import annotations

import json
import os
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from pynenc.cli.changes import Seen, changed, look
from pynenc.cli.target import Target

POLL_SECONDS = 0.5
GRACE_SECONDS = 1.0
"""What running tasks get to finish before they are given back, to run again with the new code."""
END_SECONDS = 10.0


def dev(
    context: typer.Context,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="TCP port of the store on 127.0.0.1; 0: a private socket.")
    ] = 0,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="FOLDER", help="Keep the store's data there; default: forget it.")
    ] = None,
) -> None:
    """Start a store of its own and a runner for the app, and start the runner anew whenever its source changes.

    Watched are the Python files beside every module that the app imports. What runs at a change gets a second to
    finish, and else runs again with the new code. A source that cannot be imported shows its error and waits for the
    next change. Ctrl-C ends all. The store is for development: it has no password, and nobody but this machine reaches
    it.

    Example: pynenc --app tasks:app dev
    """
    from pynenc._redis.embedded import EmbeddedServer

    target: Target = context.obj
    spec = target.named()
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    try:
        with _signals_as_interrupts(), EmbeddedServer(keep.resolve() if keep else None, port) as server:
            session = Session(spec, server.url)
            try:
                session.run()
            finally:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)  # the end is on its way, and will not be long
                session.end()
    except KeyboardInterrupt:
        print("dev has ended", flush=True)


class Session:
    """The lives of a runner on one store, one after the other."""

    def __init__(self, spec: str, url: str) -> None:
        self.spec = spec
        self.url = url
        self.folders = {Path.cwd()}
        self._runner: subprocess.Popen[bytes] | None = None
        self._pipe = -1
        self._tasks: list[str] = []

    def run(self) -> None:
        """Start the runner again and again; ends by KeyboardInterrupt."""
        say(f"the store is up; in another terminal:\n\n    export PYNENC__REDIS_URL={shlex.quote(self.url)}\n")
        while True:
            seen = look(self.folders)
            self._start()
            names = self._wait_for_change(seen)
            say(f"{', '.join(names)} changed, starting anew")
            self.end()

    def _start(self) -> None:
        environment = {**os.environ, "PYNENC__REDIS_URL": self.url, "PYTHONDONTWRITEBYTECODE": "1"}
        self._pipe, theirs = os.pipe()
        try:
            self._runner = subprocess.Popen(
                [sys.executable, "-m", "pynenc.cli.dev_runner", self.spec, str(theirs)],
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs,),
                process_group=0,  # Ctrl-C is for this program, which ends the runner in order
            )
        finally:
            os.close(theirs)

    def _wait_for_change(self, seen: Seen) -> list[str]:
        """Names of the files that have changed, once they change no more."""
        is_running = True
        while True:
            self._pause(seen)
            now = look(self.folders)
            if now != seen:
                return changed(seen, self._settled(now))
            if is_running and self._runner is not None and self._runner.poll() is not None:
                is_running = False
                say(f"the runner has ended with code {self._runner.returncode}; waiting for a change")

    def _settled(self, now: Seen) -> Seen:
        """What is there once nothing has changed for one look: an editor may write a file in several steps."""
        while True:
            time.sleep(POLL_SECONDS)
            before, now = now, look(self.folders)
            if now == before:
                return now

    def _pause(self, seen: Seen) -> None:
        """Wait for one look, or for the runner's report, after which its folders are watched too."""
        if self._pipe < 0:
            time.sleep(POLL_SECONDS)
            return
        if not select.select([self._pipe], [], [], POLL_SECONDS)[0]:
            return
        with os.fdopen(self._pipe, "rb") as stream:
            text = stream.read()
        self._pipe = -1
        if not text:  # it ended before it could report
            return
        report: dict[str, list[str]] = json.loads(text)
        new = {Path(folder) for folder in report["folders"]} - self.folders
        self.folders |= new
        seen.update(look(new))
        self._show_tasks(report["tasks"])

    def _show_tasks(self, tasks: list[str]) -> None:
        """Say what can be invoked, when that is news."""
        if tasks and tasks != self._tasks:
            say(f"tasks: {', '.join(tasks)}; for example:\n")
            say(f"    pynenc --app {self.spec} invoke {tasks[0]} --wait --arg NAME=VALUE\n")
            self._tasks = tasks

    def end(self) -> None:
        """End the runner and all its workers; what they run is given back to the store."""
        runner, self._runner = self._runner, None
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        if runner is None:
            return
        for seconds in (GRACE_SECONDS, END_SECONDS):
            if runner.poll() is not None:
                return
            runner.terminate()
            try:
                runner.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        runner.kill()
        runner.wait()


def say(text: str) -> None:
    """Tell the person at the terminal at once."""
    print(text, flush=True)


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """Make a closed terminal and SIGTERM end the block as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
