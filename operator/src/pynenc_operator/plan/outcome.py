"""How a final invocation looks in the status of its object; pure.

Payloads are JSON here only as far as they are shown: a result that is not JSON, or too large, is given by its size.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from pynenc.api import names
from pynenc.api.v1alpha1 import MESSAGE_LIMIT, PREVIEW_LIMIT, RESULT_LIMIT_BYTES, InvocationError
from pynenc.core.records import InvocationRecord
from pynenc.core.status import Status
from pynenc_operator import reasons
from pynenc_operator.conditions import Verdict, truncated

_REASONS = {
    Status.CANCELLED: reasons.CANCELLED,
    Status.EXPIRED: reasons.EXPIRED,
    Status.CONCURRENCY_CONTROLLED_FINAL: reasons.DROPPED,
}
_LOST = "WorkerLost"


def outcome_verdict(record: InvocationRecord) -> Verdict:
    """The condition Succeeded of a final invocation."""
    kind = names.ConditionType.SUCCEEDED
    if record.status is Status.SUCCESS:
        return Verdict(kind, "True", reasons.SUCCEEDED, f"succeeded at attempt {record.attempt}")
    if record.status is not Status.FAILED:
        return Verdict(kind, "False", _REASONS[record.status], f"ended as {record.status}")
    error = _error(record.payload)
    reason = reasons.WORKER_LOST if error.type == _LOST else reasons.TASK_FAILED
    return Verdict(kind, "False", reason, f"{error.type}: {error.message}")


def outcome_fields(record: InvocationRecord) -> dict[str, Any]:
    """The fields of the status that tell the outcome."""
    if record.status is Status.FAILED:
        return {"error": _error(record.payload)}
    if record.status is not Status.SUCCESS:
        return {}
    if len(record.payload) <= RESULT_LIMIT_BYTES:
        try:
            return {"result": json.loads(record.payload, parse_constant=_refuse)}
        except ValueError:
            return {"result_bytes": len(record.payload)}
    preview = record.payload[: PREVIEW_LIMIT * 4].decode(errors="replace")[:PREVIEW_LIMIT]
    return {"result_preview": preview, "result_bytes": len(record.payload)}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _error(payload: bytes) -> InvocationError:
    try:
        told = json.loads(payload)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return InvocationError(type="Unknown", message="the error cannot be read")
    name = truncated(str(told.get("type", "")), 253) or "Unknown"
    return InvocationError(type=name, message=truncated(str(told.get("message", "")), MESSAGE_LIMIT))
