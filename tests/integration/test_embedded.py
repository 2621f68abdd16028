"""The server that comes with the SDK: private, short-lived unless given a folder, honest when it cannot start."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis.backoff import NoBackoff
from redis.retry import Retry

from pynenc._redis.embedded import EmbeddedServer
from pynenc.errors import BackendUnavailable
from support.crashes import SOURCES, until
from support.servers import raw_client

PARENT = """
import sys
from pynenc._redis.embedded import EmbeddedServer
server = EmbeddedServer().start()
print(server.process.pid, flush=True)
sys.stdin.read()
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def test_a_temporary_server_leaves_nothing() -> None:
    with EmbeddedServer() as server, raw_client(server) as client:
        assert client.ping()
        folder = server.folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert urlsplit(server.url).scheme == "unix"
    assert not folder.exists()
    server.stop()


def test_a_server_with_a_folder_keeps_its_data_through_a_crash(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path, free_port(), options=("--appendfsync", "always")).start()
    with raw_client(server) as client:
        client.set("kept", "yes")
    server.kill()
    with server, raw_client(server) as client:
        assert client.get("kept") == b"yes"
        assert server.url.startswith("redis://127.0.0.1:")


def test_a_server_that_cannot_start_says_why() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(BackendUnavailable, match=r"the embedded server did not start: .*[Ff]ailed listening"):
            EmbeddedServer(port=port).start()


def test_another_server_on_the_port_is_not_taken_for_ours() -> None:
    port = free_port()
    with EmbeddedServer(port=port), pytest.raises(BackendUnavailable, match="did not start"):
        EmbeddedServer(port=port).start()


def test_a_server_ends_with_the_program_that_started_it() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([SOURCES, os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.send_signal(signal.SIGKILL)
    assert until(lambda: not alive(pid), 10)


def test_a_server_outlives_the_thread_that_started_it() -> None:
    server = EmbeddedServer()
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    with raw_client(server) as client:
        assert client.ping()
    server.stop()


def test_a_server_that_has_started_has_read_its_data(tmp_path: Path) -> None:
    slowly = ("--key-load-delay", "100", "--loading-process-events-interval-bytes", "1024")
    with EmbeddedServer(tmp_path, options=slowly) as server, raw_client(server) as client:
        with client.pipeline(transaction=False) as pipe:
            for number in range(10_000):
                pipe.set(f"key-{number}", "x" * 100)
            pipe.execute()
        server.kill()
        server.start()
        client.set_retry(Retry(NoBackoff(), 0))
        client.connection_pool.disconnect()
        assert client.dbsize() == 10_000
