"""The whole way in one program: a server, a runner with two workers, thirty calls, their results, and an orderly end.

In real life these are three programs: a server that is there already, `pynenc --app tasks:app runner start`, and
whatever calls the tasks. `make run` starts this one.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pynenc._redis.embedded import EmbeddedServer

HERE = Path(__file__).parent
WORKERS = 2
CALLS = [(n, n) for n in range(30)]
BAR = 30
END = "\r" if sys.stdout.isatty() else "\n"


@contextmanager
def runner(url: str) -> Iterator[None]:
    """A runner with two workers, in processes of its own; it ends in order."""
    settings = {"PYNENC__REDIS_URL": url, "PYNENC__RUNNER__SLOTS": str(WORKERS), "PYNENC__LOGGING_LEVEL": "warning"}
    command = [sys.executable, "-m", "pynenc.cli", "--app", "tasks:app", "runner", "start"]
    process = subprocess.Popen(command, cwd=HERE, env={**os.environ, **settings}, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def call_tasks() -> None:
    """Call a task once, then thirty times side by side, with progress."""
    from tasks import add

    print(f"add(2, 3).result                 = {add(2, 3).result}")
    start = time.monotonic()
    group = add.parallelize(CALLS)
    for done, _ in enumerate(group.as_completed(timeout=60), 1):
        if sys.stdout.isatty() or done % 10 == 0:
            print(
                f"[{'#' * (BAR * done // len(CALLS)):<{BAR}}] {done}/{len(CALLS)}",
                end=END if done < len(CALLS) else "\n",
                flush=True,
            )
    print(f"{len(CALLS)} invocations ended within {time.monotonic() - start:.2f} s")
    print(f"sum(add.parallelize(30 pairs))   = {sum(group.results)}")


def main() -> None:
    """Start everything, call, end everything."""
    os.chdir(HERE)
    sys.path.insert(0, str(HERE))
    print("starting an embedded server ...")
    with EmbeddedServer() as server:
        os.environ["PYNENC__REDIS_URL"] = server.url
        print(f"starting a runner with {WORKERS} workers ...")
        with runner(server.url):
            call_tasks()
        print("the runner has ended")
    print("the server has ended; nothing is left behind")


if __name__ == "__main__":
    main()
