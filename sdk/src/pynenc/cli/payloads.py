"""Arguments and results in a form that can be printed: JSON by the annotations of the task."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pynenc.core.status import Status
from pynenc.errors import SerializationError

if TYPE_CHECKING:
    from pynenc.app import Pynenc
    from pynenc.core.records import InvocationRecord
    from pynenc.task import Task


def payloads_of(app: Pynenc, record: InvocationRecord) -> dict[str, object]:
    """The arguments, and the result if there is one, for printing; what cannot be read is replaced by the reason."""
    task = app.tasks.get(record.task_id)
    if task is None:
        return {"arguments": f"the app has no task {record.task_id} to read them with"}
    told: dict[str, object] = {"arguments": _told(lambda: arguments_of(task, record.arguments))}
    if record.status is Status.SUCCESS:
        told["result"] = _told(lambda: json.loads(json_of_result(task, task.payloads.load_result(record.payload))))
    return told


def _told(read: Callable[[], object]) -> object:
    try:
        return read()
    except SerializationError as error:
        return f"cannot be shown: {error}"


def arguments_of(task: Task[..., Any], payload: bytes) -> object:
    """Arguments by name, as JSON has them."""
    args, kwargs = task.payloads.load_arguments(payload)
    signature = task.payloads.signature
    return json.loads(signature.arguments.dump(signature.bind(tuple(args), kwargs)))


def json_of_result(task: Task[..., Any], value: object) -> str:
    """What a task returned, as JSON on one line.

    Raises:
        SerializationError: it has no JSON form.
    """
    from pynenc.encoding import ByAnnotation

    return ByAnnotation(task.payloads.signature).dump_result(value).decode()
