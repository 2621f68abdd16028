"""Invocation: one requested execution of a Task or a Workflow, and what became of it.

The invocation id in the store derives from the object's uid, so nothing enqueues an object twice. Children and
invocations made by the SDK never become objects.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from pynenc.api.v1alpha1.common import (
    MESSAGE_LIMIT,
    ApiModel,
    LocalReference,
    ObjectMeta,
    ReportedStatus,
    StatusModel,
    Time,
    rules,
)
from pynenc.core.status import Status

RESULT_LIMIT_BYTES = 4096
"""Largest JSON of a result that is copied into the status."""
PREVIEW_LIMIT = 512
"""Longest preview of a larger result, in characters."""

_STAYS = "spec is immutable; create a new Invocation"
_IMMUTABLE = rules({"rule": "self == oldSelf", "message": _STAYS})
_SPEC_RULES = rules(
    {
        "rule": "has(self.taskRef) != has(self.workflowRef)",
        "message": "exactly one of taskRef and workflowRef must be set",
    },
    *(
        {
            "rule": f"has(self.{field}) == has(oldSelf.{field})"
            f" && (!has(self.{field}) || self.{field} == oldSelf.{field})",
            "message": _STAYS,
        }
        for field in ("taskRef", "workflowRef", "priority", "runAt", "idempotencyKey")
    ),
)


class InvocationSpec(ApiModel):
    """What is wanted of an Invocation. Immutable, except for cancel and ttlSecondsAfterFinished."""

    model_config = ConfigDict(json_schema_extra=_SPEC_RULES)

    task_ref: LocalReference | None = Field(
        default=None, description="The Task to run. Set this or workflowRef. Immutable."
    )
    workflow_ref: LocalReference | None = Field(
        default=None, description="The Workflow to run. Set this or taskRef. Immutable."
    )
    arguments: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="Arguments by parameter name, at most 65536 bytes as JSON. Immutable.",
        json_schema_extra={"default": {}, **_IMMUTABLE},
    )
    priority: int | None = Field(
        default=None,
        description="Place in the queue; higher goes first. Absent: the task's. Immutable.",
        ge=0,
        le=9,
    )
    run_at: Time | None = Field(
        default=None,
        description="When it may start at the earliest, at most a year ahead. Absent: at once. Immutable.",
    )
    idempotency_key: str | None = Field(
        default=None,
        description="A name for what is to happen once: while an invocation of the same app, task and key is known,"
        " whoever made it, this object mirrors that one and nothing new is queued. Immutable.",
        min_length=1,
        max_length=253,
    )
    cancel: bool | None = Field(
        default=None,
        description="True ends the invocation as CANCELLED: at once, or when its worker has been told. It cannot be"
        " taken back.",
    )
    ttl_seconds_after_finished: int | None = Field(
        default=None,
        description="How long the object is kept after the end; then it is deleted. Absent: until somebody deletes it.",
        ge=0,
        le=31536000,
    )


class InvocationError(StatusModel):
    """Why an invocation failed."""

    type: str = Field(description="Name of the exception class, or WorkerLost.", max_length=253)
    message: str = Field(description="Message of the exception, cut to 1024 characters.", max_length=MESSAGE_LIMIT)


class InvocationStatus(ReportedStatus):
    """What became of an Invocation."""

    phase: Status | None = Field(
        default=None, description="Status of the invocation in the store. For people; programs read conditions."
    )
    invocation_id: str | None = Field(
        default=None, description="Id of the invocation in the store, derived from metadata.uid.", max_length=64
    )
    attempt: int | None = Field(default=None, description="How often the invocation was started.", ge=0)
    worker: str | None = Field(default=None, description="Pod that runs or ran the last attempt.", max_length=253)
    queued_at: Time | None = Field(default=None, description="When the invocation was put into its queue.")
    started_at: Time | None = Field(default=None, description="When the last attempt was started.")
    finished_at: Time | None = Field(default=None, description="When the invocation ended.")
    result: JsonValue = Field(
        default=None,
        description="What the function returned, if it is at most 4096 bytes as JSON. Absent: nothing (None), not yet,"
        " or too large.",
    )
    result_preview: str | None = Field(
        default=None, description="The first 512 characters of a larger result.", max_length=PREVIEW_LIMIT
    )
    result_bytes: int | None = Field(default=None, description="Size of a larger result as JSON.", ge=0)
    error: InvocationError | None = Field(default=None, description="Why the invocation failed, if it did.")


class Invocation(ApiModel):
    """One requested execution of a Task or a Workflow. Delete it when it is of no more use."""

    api_version: Literal["pynenc.io/v1alpha1"] = "pynenc.io/v1alpha1"
    kind: Literal["Invocation"] = "Invocation"
    metadata: ObjectMeta = Field(default_factory=ObjectMeta)
    spec: InvocationSpec = Field(description="What is wanted.")
    status: InvocationStatus = Field(
        default_factory=InvocationStatus, description="What became of it. Written by the operator alone."
    )
