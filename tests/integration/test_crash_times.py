"""How long an invocation lies idle after its runner or worker has died, with the settings that users have."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from support import crashing_tasks
from support.crashes import running, until
from support.history import Line, read_history

MOST_SECONDS = 17.0
"""A lease of 15 s, and a sweep each 2 s."""
MOST_SECONDS_OF_A_WORKER = 1.0
"""Its runner sees the end at once; the rest is the start of another process."""


def starts(folder: Path) -> list[Line]:
    """What runners of this folder have started."""
    return [line for line in read_history(folder / "history") if line.kind == "start"]


def test_the_invocation_of_a_dead_runner_runs_again_within_17_seconds(tmp_path: Path) -> None:
    for name in ("server", "victim", "heir"):
        (tmp_path / name).mkdir()
    with EmbeddedServer(tmp_path / "server") as server:
        crashing_tasks.app.conf.redis_url = server.url
        Pynenc(app_id="crashing", config_values={"redis_url": server.url}).orchestrator.open()
        settings = {"PYNENC__REDIS_URL": server.url, "PYNENC__RUNNER__SLOTS": "1"}
        entrypoint, victim, heir = "support.crashing_tasks:app", tmp_path / "victim", tmp_path / "heir"
        with running(1, 1, entrypoint, settings, victim) as victims, running(1, 0, entrypoint, settings, heir) as heirs:
            staying = crashing_tasks.stay_once(300.0)
            assert until(lambda: starts(victim), 20)
            heirs.start()
            assert crashing_tasks.instant(7).get(timeout=20) == 7, "the heir is up, since the victim has no free slot"
            victims.kill_all()
            killed_at = time.monotonic()
            assert staying.get(timeout=60) == 2
            (again,) = [line for line in starts(heir) if line.invocation_id == staying.invocation_id]
            seconds = again.at - killed_at
            sys.stdout.write(f"ran again {seconds:.1f} s after its runner died\n")
            assert seconds < MOST_SECONDS


def test_the_invocation_of_a_dead_worker_runs_again_within_a_second(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with EmbeddedServer(tmp_path / "server") as server:
        crashing_tasks.app.conf.redis_url = server.url
        crashing_tasks.app.orchestrator.open()
        settings = {"PYNENC__REDIS_URL": server.url, "PYNENC__RUNNER__SLOTS": "1"}
        with running(1, 1, "support.crashing_tasks:app", settings, tmp_path):
            times = [seconds_after_the_worker_died(tmp_path) for _ in range(2)]  # later ones are held back on purpose
    sys.stdout.write(f"ran again {', '.join(f'{seconds:.3f}' for seconds in times)} s after its worker died\n")
    assert max(times) < MOST_SECONDS_OF_A_WORKER


def seconds_after_the_worker_died(folder: Path) -> float:
    """Kill the only worker while it runs something; how long that lay idle."""
    staying = crashing_tasks.stay_once(300.0)

    def own() -> list[Line]:
        return [line for line in starts(folder) if line.invocation_id == staying.invocation_id]

    assert until(own, 20, pause_seconds=0.01)
    killed_at = time.monotonic()
    os.kill(own()[0].pid, signal.SIGKILL)
    assert staying.get(timeout=20) == 2
    return own()[1].at - killed_at
