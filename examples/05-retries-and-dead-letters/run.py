"""Let things fail, look at what has failed for good, mend it, and run it again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tasks import app, print_label, reserve, take_in

from pynenc.testing import running


def retry() -> None:
    lamp = reserve("lamp", 2)
    print(f"reserved {lamp.get(timeout=60)} at attempt {lamp.attempt}")
    label = print_label("order 7")
    print(f"printed the {label.get(timeout=60)} at attempt {label.attempt}")
    clock = reserve.with_options(max_retries=1)("clock", 1)
    print(f"gave up: {clock.exception!r} at attempt {clock.attempt}")


def bury_and_raise(folder: Path, url: str) -> None:
    good, bad = folder / "8.json", folder / "9.json"
    good.write_text(json.dumps({"id": "order 8", "article": "chair", "pieces": 4}))
    bad.write_text("{damaged")
    group = take_in.parallelize([(str(good),), (str(bad),)])
    print(f"taken in: {[invocation.exception or invocation.result for invocation in group]}")
    print("dead letters:", flush=True)
    pynenc("dead", url=url)
    bad.write_text(json.dumps({"id": "order 9", "article": "table", "pieces": 1}))
    pynenc("dead", "requeue", "--all", "--task", "tasks.take_in", url=url)
    again = [invocation for invocation in app.invocations(task=take_in) if invocation not in group]
    print(f"after the file was mended: {[invocation.get(timeout=60) for invocation in again]}")


def pynenc(*command: str, url: str) -> None:
    """What one types in a terminal: `pynenc --app tasks:app dead`."""
    program = [sys.executable, "-m", "pynenc.cli", "--app", "tasks:app", *command]
    subprocess.run(program, check=True, cwd=Path(__file__).parent, env={**os.environ, "PYNENC__REDIS_URL": url})


if __name__ == "__main__":
    with running(app, slots=2, logging_level="error") as url, TemporaryDirectory() as folder:
        retry()
        bury_and_raise(Path(folder), url)
