"""kubectl against the cluster of the end-to-end tests, and never against one that the user's own settings point to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

CACHE = Path(
    os.environ.get("PYNENC_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pynenc-kind"
)
CLUSTER = os.environ.get("PYNENC_CLUSTER", "pynenc")
KUBECONFIG = Path(os.environ.get("PYNENC_KUBECONFIG") or CACHE / f"{CLUSTER}.kubeconfig")
BINARY = next(
    (str(path) for path in [CACHE / "bin" / "kubectl"] if path.exists()), shutil.which("kubectl") or "kubectl"
)


def kubectl(*arguments: str, given: Any = None) -> subprocess.CompletedProcess[str]:
    """Run kubectl; `given` is an object, or a list of them, for `-f -`."""
    documents = given if isinstance(given, list) else [given]
    # JSON, because kubectl reads some plain words of YAML, such as y, in a way of its own.
    text = None if given is None else "\n".join(map(json.dumps, documents))
    command = [BINARY, "--kubeconfig", str(KUBECONFIG), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def checked(*arguments: str, given: Any = None) -> str:
    """The same, for what must work; answers with the output."""
    answer = kubectl(*arguments, given=given)
    assert answer.returncode == 0, f"kubectl {' '.join(arguments)}: {answer.stderr}"
    return answer.stdout
