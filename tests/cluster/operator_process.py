"""An operator beside the test: a process of its own, with no more rights than its Role gives, in one namespace."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import yaml

from pynenc_operator.rbac import LEASE_RULES, NAMESPACE_RULES
from support.kubectl import KUBECONFIG, checked
from support.repository import ROOT

ACCOUNT = "operator"
LEASE = "pynenc-operator"


def eventually(look, seconds=20.0):
    """The first answer of `look` that is true; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < deadline, f"nothing came of it in {seconds}s; the last answer was {answer!r}"
        time.sleep(0.1)
    return answer


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def grant(namespace):
    """An account with the operator's rights in a namespace."""
    subject = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": ACCOUNT}
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": ACCOUNT}}
    rules = [{name: list(values) for name, values in rule.items()} for rule in [*NAMESPACE_RULES, *LEASE_RULES]]
    manifests = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}},
        {**rbac, "kind": "Role", "rules": rules},
        {**rbac, "kind": "RoleBinding", "roleRef": role, "subjects": [subject]},
    ]
    checked("-n", namespace, "apply", "-f", "-", given=manifests)


def kubeconfig_of(namespace, folder, account=ACCOUNT, server=""):
    """A kubeconfig for an account of a namespace, which may lead to another address than the server's own."""
    config = yaml.safe_load(KUBECONFIG.read_text())
    token = checked("-n", namespace, "create", "token", account).strip()
    current = next(c for c in config["contexts"] if c["name"] == config["current-context"])
    current["context"] = {"cluster": current["context"]["cluster"], "user": account}
    config["users"] = [{"name": account, "user": {"token": token}}]
    config["contexts"] = [current]
    for cluster in config["clusters"]:
        cluster["cluster"]["server"] = server or cluster["cluster"]["server"]
    path = Path(folder) / f"{namespace}.kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


class OperatorProcess:
    """`python -m pynenc_operator`; `name` is what it leads under, `server` another address of the API server.

    `changes` are settings that are not those of all tests.
    """

    def __init__(self, namespace, folder, name="first", server="", **changes):
        self.port = free_port()
        self.log = Path(folder) / f"{name}.log"
        settings = {
            "LEASE_NAMESPACE": namespace,
            "LEASE_NAME": LEASE,
            "LEASE_SECONDS": "4",
            "RENEW_SECONDS": "3",
            "RETRY_SECONDS": "1",
            "RESYNC_SECONDS": "5",
            "IDENTITY": name,
            "HEALTH_HOST": "127.0.0.1",
            "HEALTH_PORT": str(self.port),
            "LOG_FORMAT": "text",
            **changes,
        }
        environment = {
            **os.environ,
            **{f"PYNENC_OPERATOR__{key}": value for key, value in settings.items()},
            "KUBECONFIG": str(kubeconfig_of(namespace, folder, server=server)),
            "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT / "sdk/src"), str(ROOT / "operator/src")]),
        }
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "pynenc_operator"]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def ask(self, path):
        """Status and text of an answer, or 0 if there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def wait_for(self, text, seconds=30):
        """Until `/readyz` says so."""
        eventually(lambda: text in self.ask("/readyz")[1] or self.process.poll() is not None, seconds)
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        return self

    def writes(self, *, of=""):
        """How many requests it sent to change something, of one kind or of all."""
        lines = [line for line in self.ask("/metrics")[1].splitlines() if line.startswith("pynenc_operator_api_writes")]
        return sum(int(line.rsplit(" ", 1)[1]) for line in lines if f'kind="{of}' in line)

    def cpu_seconds(self):
        """The time that it has spent on processors."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self):
        """The memory that it holds, in MB of 10^6 bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024 / 1e6

    def kill(self):
        """End it without a chance to do anything."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """End it in order, if it has not ended yet; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)
