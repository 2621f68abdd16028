"""The whole way in one program: a server, a runner with two workers, thirty calls, their results, and an orderly end.

In real life these are three programs: a server that is there already, `pynenc --app tasks:app runner start`, and
whatever calls the tasks. `make run` starts this one.
"""

import time

from rich.progress import track
from tasks import add, app

from pynenc.testing import running

CALLS = [(n, n) for n in range(30)]


def call_tasks() -> None:
    """Call a task once, then thirty times side by side, with progress."""
    print(f"add(2, 3).result                 = {add(2, 3).result}")
    start = time.monotonic()
    group = add.parallelize(CALLS)
    for _ in track(group.as_completed(timeout=60), "invocations ended", total=len(group)):
        pass
    print(f"{len(CALLS)} invocations ended within {time.monotonic() - start:.2f} s")
    print(f"sum(add.parallelize(30 pairs))   = {sum(group.results)}")


if __name__ == "__main__":
    print("starting an embedded server and a runner with two workers ...")
    with running(app, slots=2):
        call_tasks()
    print("the runner and the server have ended; nothing is left behind")
