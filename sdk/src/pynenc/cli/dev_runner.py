"""The runner below `pynenc dev`: `python -m pynenc.cli.dev_runner APP FD`, one life between two changes of the source.

It tells its parent through the pipe FD which folders its code comes from, also when that cannot be imported, and which
tasks there are. The store is the one in PYNENC__REDIS_URL, whatever else the app is configured for.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from types import TracebackType

from pynenc.app import Pynenc
from pynenc.cli.changes import own_folders
from pynenc.discovery import load_app
from pynenc.errors import ConfigurationError, PynencError
from pynenc.runner import logs

_PR_SET_PDEATHSIG = 1
OWN = ("pynenc/cli/dev_runner.py", "pynenc/discovery.py", "importlib/__init__.py", "<frozen ")


def main(spec: str, pipe: int) -> int:
    """Import the app, report, and run its runner; the exit code."""
    _end_with_parent()
    try:
        app = _load(spec)
    except Exception as error:
        _report(pipe, error)
        _show(error)
        return 1
    _report(pipe, None, app)
    logs.configure(app.conf.logging_level, app.conf.logging_format)
    try:
        app.runner.run()
    except PynencError as error:
        _show(error)
        return 1
    return 0


def _load(spec: str) -> Pynenc:
    app = load_app(spec)
    app.conf.redis_url = os.environ["PYNENC__REDIS_URL"]
    app.conf.await_definitions = False
    if app.conf.orchestrator_cls == "MemOrchestrator":
        raise ConfigurationError("orchestrator_cls says MemOrchestrator, which no other program sees; remove it")
    return app


def _end_with_parent() -> None:
    """Be killed when the parent is; the store has ended with it then, so there is nothing to put in order."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:  # it ended before the line above
        sys.exit(1)


def _report(pipe: int, error: Exception | None, app: Pynenc | None = None) -> None:
    folders = sorted(map(str, own_folders(error)))
    with os.fdopen(pipe, "w", encoding="utf-8") as stream:
        json.dump({"folders": folders, "tasks": sorted(app.tasks) if app else []}, stream)


def _show(error: Exception) -> None:
    """One line for an error of the SDK, else the traceback from the first line of the user's code on."""
    if isinstance(error, PynencError):
        print(f"error: {error}", file=sys.stderr, flush=True)
    else:
        traceback.print_exception(type(error), error, _users(error.__traceback__))


def _users(frames: TracebackType | None) -> TracebackType | None:
    while frames is not None and any(part in frames.tb_frame.f_code.co_filename for part in OWN):
        frames = frames.tb_next
    return frames


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
