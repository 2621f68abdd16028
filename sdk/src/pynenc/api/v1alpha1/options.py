"""Options that a Task can have for itself, and an App for all of its tasks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pynenc.api.v1alpha1.common import ApiModel

ClassName = Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]
_TIMEOUTS = ("timeoutSeconds", "totalTimeoutSeconds", "queueTimeoutSeconds")
OPTION_RULES = (
    {
        "rule": "!has(self.retryBackoffSeconds) || !has(self.retryBackoffMaxSeconds)"
        " || self.retryBackoffSeconds <= self.retryBackoffMaxSeconds",
        "message": "retryBackoffSeconds must not exceed retryBackoffMaxSeconds",
    },
    {  # the server compares a whole number with the whole part of a minimum, so that 0 passes 0.001
        "rule": " && ".join(f"(!has(self.{name}) || self.{name} > 0.0)" for name in _TIMEOUTS),
        "message": "timeouts must be greater than 0",
    },
)


class Options(ApiModel):
    """Options that any task can have."""

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
    retry_backoff_seconds: float | None = Field(
        default=None,
        description="The first retry comes after a random part of so many seconds; they double with each retry. Absent:"
        " the code's.",
        ge=0,
        le=86400,
    )
    retry_backoff_max_seconds: float | None = Field(
        default=None,
        description="The doubling of retryBackoffSeconds ends here. Absent: the code's.",
        ge=0,
        le=86400,
    )
    timeout_seconds: float | None = Field(
        default=None,
        description="How long one attempt may take; then it is ended, and retried if retryFor says so. Absent: the"
        " code's.",
        ge=0.001,
        le=31536000,
    )
    total_timeout_seconds: float | None = Field(
        default=None,
        description="How long all attempts may take together, with the waits between them, from the request on. Absent:"
        " the code's.",
        ge=0.001,
        le=31536000,
    )
    queue_timeout_seconds: float | None = Field(
        default=None,
        description="How long an invocation may wait for its first start before it expires. Absent: the code's.",
        ge=0.001,
        le=31536000,
    )
    history: Literal["Full", "Summary", "Off"] | None = Field(
        default=None,
        description="What is kept of an invocation's way: Full (every change of its status), Summary (the last one) or"
        " Off (not even a place in lists after its end). Absent: the code's.",
    )
