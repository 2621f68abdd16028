"""How a worker process has ended, as far as the kernel tells."""

from __future__ import annotations

import signal
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def event_files(groups: str, root: Path = CGROUPS) -> list[Path]:
    """Where the kernel counts processes killed for memory; `groups` is what /proc/self/cgroup says, the best first."""
    found: list[Path] = []
    for line in groups.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:  # version 2; a container often sees its own group as the root
            found += [root / path.strip("/") / "memory.events", root / "memory.events"]
        elif "memory" in controllers.split(","):
            found += [root / "memory" / path.strip("/") / "memory.oom_control", root / "memory" / "memory.oom_control"]
    return found


class OutOfMemory:
    """The counter of processes that the kernel has killed because this runner's control group was full."""

    def __init__(self, files: list[Path] | None = None) -> None:
        if files is None:
            files = event_files(OWN_CGROUP.read_text()) if OWN_CGROUP.exists() else []
        self._file = next((file for file in files if file.exists()), None)
        self._seen = self._read()

    def _read(self) -> int:
        try:
            words = self._file.read_text().split() if self._file else []
            return int(words[words.index("oom_kill") + 1]) if "oom_kill" in words else 0
        except (OSError, ValueError, IndexError):
            return 0

    def has_risen(self) -> bool:
        """Whether it has risen since the last call."""
        before, self._seen = self._seen, self._read()
        return self._seen > before


def describe(exit_code: int | None, *, out_of_memory: bool) -> str:
    """How a process ended, as a clause: `killed by SIGKILL`, `ended with exit code 3`."""
    if exit_code is None or exit_code >= 0:
        return f"ended with exit code {exit_code}"
    name = signal.Signals(-exit_code).name
    return f"killed by {name} because it was out of memory" if out_of_memory else f"killed by {name}"
