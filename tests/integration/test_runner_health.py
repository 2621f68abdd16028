"""What a running runner tells by HTTP."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from socket import socket

from support import runner_tasks as tasks
from support.crashes import running, until
from support.servers import running_server

PATIENCE = 60


def test_a_runner_tells_its_health_and_what_its_workers_did(tmp_path: Path) -> None:
    with socket() as found:
        found.bind(("", 0))
        port = int(found.getsockname()[1])
    settings = {"SLOTS": "1", "HTTP_PORT": str(port)}
    with running_server() as server:
        tasks.app.conf.redis_url = server.url
        environment = {"PYNENC__REDIS_URL": server.url} | {f"PYNENC__RUNNER__{k}": v for k, v in settings.items()}
        ask_a_runner(environment, port, tmp_path)


def ask_a_runner(environment: dict[str, str], port: int, folder: Path) -> None:
    with running(1, 1, "support.runner_tasks:app", environment, folder):
        assert until(lambda: page(port, "/readyz") == "ok", PATIENCE)
        assert page(port, "/healthz") == "ok"
        tasks.chain(3).get(timeout=PATIENCE)
        series = 'pynenc_invocations_total{status="succeeded",task="support.runner_tasks.chain"} 4.0'
        assert until(lambda: series in page(port, "/metrics"), PATIENCE)


def page(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
            return str(reply.read().decode())
    except OSError as error:
        return str(error)
