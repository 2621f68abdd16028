"""Task: a Python function that can be invoked, with options that win over those in the code."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from pynenc.api.v1alpha1.common import (
    NAME_RULES,
    ApiModel,
    LocalReference,
    ObjectMeta,
    QueueName,
    ReportedStatus,
    rules,
)

ClassName = Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]


class TaskSpec(ApiModel):
    """What is wanted of a Task. An option that is absent is the one of the code."""

    app_ref: LocalReference = Field(
        description="The App that the task belongs to. Immutable.",
        json_schema_extra=rules({"rule": "self == oldSelf", "message": "appRef is immutable; create a new Task"}),
    )
    function: str = Field(
        description="The function, as module.function, such as shop.mail.send.",
        max_length=253,
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$",
    )
    queue: QueueName | None = Field(default=None, description="Queue of new invocations. Absent: the code's.")
    priority: int | None = Field(
        default=None,
        description="Place in the queue of new invocations; higher goes first. Absent: the code's.",
        ge=0,
        le=9,
    )
    max_retries: int | None = Field(
        default=None,
        description="How often an invocation that failed in a way listed in retryFor is tried again. Absent: the"
        " code's.",
        ge=0,
        le=1000,
    )
    retry_for: list[ClassName] | None = Field(
        default=None,
        description="Exception classes that are worth another try: names of built-in ones, or module.Class. Absent:"
        " the code's.",
        max_length=32,
    )
    result_ttl_seconds: int | None = Field(
        default=None,
        description="How long result and error of a finished invocation are kept. Absent: the code's.",
        ge=1,
        le=31536000,
    )
    parameters: dict[str, JsonValue] | None = Field(
        default=None,
        description="JSON Schema of the function's parameters. Arguments of Invocation objects are checked against it."
        " Absent: they are checked by the worker alone.",
    )


class TaskStatus(ReportedStatus):
    """What the operator sees of a Task. A number that is absent has not been read yet."""

    queued: int | None = Field(default=None, description="Invocations that wait for a worker.", ge=0)
    running: int | None = Field(default=None, description="Invocations that a worker runs or holds now.", ge=0)
    failed: int | None = Field(default=None, description="Failed invocations whose result is still kept.", ge=0)


class Task(ApiModel):
    """A Python function that can be invoked."""

    model_config = ConfigDict(json_schema_extra=rules(*NAME_RULES))

    api_version: Literal["pynenc.io/v1alpha1"] = "pynenc.io/v1alpha1"
    kind: Literal["Task"] = "Task"
    metadata: ObjectMeta = Field(default_factory=ObjectMeta)
    spec: TaskSpec = Field(description="What is wanted.")
    status: TaskStatus = Field(default_factory=TaskStatus, description="What the operator sees. Written by it alone.")
