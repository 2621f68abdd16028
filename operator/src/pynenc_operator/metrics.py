"""Numbers of this process in the text format of Prometheus: names, labels and help texts in one place."""

from __future__ import annotations

from collections.abc import Mapping

WRITES = "pynenc_operator_api_writes_total"
LEADING = "pynenc_operator_leading"


def exposition(writes: Mapping[tuple[str, str], int], *, leading: bool) -> str:
    """What `/metrics` answers; `writes` counts by method and kind, such as `("PATCH", "App/status")`."""
    lines = [
        f"# HELP {LEADING} Whether this process leads.",
        f"# TYPE {LEADING} gauge",
        f"{LEADING} {int(leading)}",
        f"# HELP {WRITES} Requests to the API server that change something.",
        f"# TYPE {WRITES} counter",
    ]
    counted = sorted(writes.items())
    lines += [f'{WRITES}{{method="{method}",kind="{kind}"}} {number}' for (method, kind), number in counted]
    return "\n".join(lines) + "\n"
