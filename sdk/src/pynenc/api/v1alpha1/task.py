"""Task: a Python function that can be invoked, with options that win over those in the code."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from pynenc.api.v1alpha1.common import (
    NAME_RULES,
    ApiModel,
    LimitName,
    LocalReference,
    ObjectMeta,
    QueueName,
    ReportedStatus,
    Time,
    rules,
)
from pynenc.api.v1alpha1.options import OPTION_RULES, Options
from pynenc.api.v1alpha1.values import ArgumentName
from pynenc.core.inline import task_id_of, text_of_bundle

SOURCE_LIMIT = 65536
BUNDLE_LIMIT = 524288
Mode = Literal["Disabled", "Task", "Arguments", "Keys"]

_COMPARES_KEYS = " || ".join(
    f"(has(self.{part}) && has(self.{part}.mode) && self.{part}.mode == 'Keys')" for part in ("running", "registration")
)
_HAS_KEYS = "(has(self.keyArguments) && size(self.keyArguments) > 0)"


class Running(ApiModel):
    """Which invocations of a task exclude each other while they run."""

    mode: Mode | None = Field(
        default=None,
        description="Which invocations count together: Disabled (none do), Task (all), Arguments (those whose arguments"
        " are all equal) or Keys (those whose keyArguments are equal). Absent: the code's.",
    )
    limit: int | None = Field(
        default=None,
        description="How many that count together may run at once. A change holds for queued ones too, within seconds."
        " Absent: the code's.",
        ge=1,
        le=1000000,
    )


class Registration(ApiModel):
    """Which invocations of a task exclude each other while they wait for their first start."""

    mode: Mode | None = Field(
        default=None,
        description="Which of them only one may wait: Disabled (any number of all), Task (of all), Arguments (of those"
        " whose arguments are all equal) or Keys (of those whose keyArguments are equal). A second request gets the"
        " invocation that waits. Absent: the code's.",
    )
    on_different_arguments: Literal["Reuse", "Refuse"] | None = Field(
        default=None,
        description="What becomes of a second request whose other arguments differ: Reuse gives it the invocation that"
        " waits, Refuse fails it. Absent: the code's.",
    )


class Concurrency(ApiModel):
    """How many invocations of a task may wait and run at once, and which of them count as the same."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "rule": f"!({_COMPARES_KEYS}) || {_HAS_KEYS}",
                "message": "concurrency.keyArguments is required when a mode is Keys",
            },
            {
                "rule": f"!{_HAS_KEYS} || {_COMPARES_KEYS}",
                "message": "concurrency.keyArguments is only allowed when a mode is Keys",
            },
        )
    )

    running: Running | None = Field(
        default=None, description="Which invocations exclude each other while they run. Absent: the code's."
    )
    registration: Registration | None = Field(
        default=None,
        description="Which invocations exclude each other while they wait for their first start. Absent: the code's.",
    )
    key_arguments: list[ArgumentName] | None = Field(
        default=None, description="The arguments that mode Keys compares. Absent: the code's.", max_length=32
    )
    limits: list[LimitName] | None = Field(
        default=None,
        description="Limits that the task shares with others: names in spec.limits of the App. Absent: the code's.",
        max_length=16,
    )
    on_limit: Literal["Wait", "Drop"] | None = Field(
        default=None,
        description="What becomes of an invocation that is over a limit when it could start: Wait parks it until there"
        " is room, Drop ends it. Absent: the code's.",
    )


class Source(ApiModel):
    """Code that stands in the object."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "rule": "has(self.python) != has(self.bundle)",
                "message": "exactly one of source.python and source.bundle must be set",
            }
        )
    )

    python: str | None = Field(
        default=None,
        description="Python with a function main, whose keyword arguments are those of the invocation as JSON gives"
        " them, and whose result is turned into JSON. The packages of the pool's image can be imported. The operator"
        " signs it. Set this or bundle.",
        min_length=1,
        max_length=SOURCE_LIMIT,
    )
    bundle: str | None = Field(
        default=None,
        description="A pickled function, as `pynenc manifests emit --bundle` writes it: signed by its author with a key"
        " of the App, for this Task alone. Set this or python.",
        min_length=1,
        max_length=BUNDLE_LIMIT,
        pattern="^[A-Za-z0-9+/]+=*$",
    )

    @property
    def text(self) -> str:
        """What the store keeps, see `pynenc.core.inline`."""
        return self.python or text_of_bundle(self.bundle or "")


class TaskSpec(Options):
    """What is wanted of a Task. An option that is absent is the one of the code."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "rule": "has(self.function) != has(self.source)",
                "message": "exactly one of function and source must be set",
            },
            *OPTION_RULES,
        )
    )

    app_ref: LocalReference = Field(
        description="The App that the task belongs to. Immutable.",
        json_schema_extra=rules({"rule": "self == oldSelf", "message": "appRef is immutable; create a new Task"}),
    )
    function: str | None = Field(
        default=None,
        description="The function, as module.function, such as shop.mail.send. Set this or source.",
        max_length=253,
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$",
    )
    source: Source | None = Field(
        default=None,
        description="The code itself, for small tasks without an image of their own. It is run by pools with"
        " allowInlineSource alone, and only if payloads are signed (signingKeysSecretRef of the App). Set this or"
        " function.",
    )
    queue: QueueName | None = Field(default=None, description="Queue of new invocations. Absent: the code's.")
    result_ttl_seconds: int | None = Field(
        default=None,
        description="How long results are kept, and errors unless failureTTLSeconds is set. Absent: the code's, or as"
        " spec.retention of the App says.",
        ge=1,
        le=31536000,
    )
    failure_ttl_seconds: int | None = Field(
        default=None,
        description="How long the error of an invocation that failed or was cancelled is kept. Absent: the code's, or"
        " as spec.retention of the App says, or as long as a result.",
        ge=1,
        le=31536000,
    )
    concurrency: Concurrency | None = Field(
        default=None,
        description="How many invocations may wait and run at once, and which of them count as the same. Absent: the"
        " code's.",
    )
    cache: bool | None = Field(
        default=None,
        description="Whether large arguments of calls may be kept in the argument cache, apart from the others. Absent:"
        " the code's.",
    )
    disable_cache_args: list[ArgumentName] | None = Field(
        default=None,
        description="Arguments that are never cached; * for all. Absent: the code's.",
        max_length=32,
    )
    parallel_batch_size: int | None = Field(
        default=None,
        description="How many calls the code's parallelize submits in one step. Absent: the code's.",
        ge=1,
        le=500,
    )
    parameters: dict[str, JsonValue] | None = Field(
        default=None,
        description="JSON Schema of the function's parameters. Arguments of Invocation objects are checked against it."
        " Absent: they are checked by the worker alone.",
    )
    suspend: bool = Field(
        default=False,
        description="True keeps invocations waiting: none of the task starts until it is false again, when they go on"
        " at once. What a worker runs already goes on. Takes effect within seconds.",
    )
    digest: str | None = Field(
        default=None,
        description="Digest of the function's code and options, as `pynenc manifests emit` writes it, so that"
        " `pynenc manifests check` and a review see that code has changed. Nothing runs by it. Absent: unknown.",
        max_length=71,
        pattern="^sha256:[0-9a-f]{64}$",
    )


class TaskStatus(ReportedStatus):
    """What the operator sees of a Task. A number that is absent has not been read yet."""

    queued: int | None = Field(default=None, description="Invocations that wait for a worker.", ge=0)
    parked: int | None = Field(
        default=None, description="Invocations that are over a limit, or of a task that is suspended.", ge=0
    )
    running: int | None = Field(default=None, description="Invocations that a worker runs or holds now.", ge=0)
    failed_last_hour: int | None = Field(
        default=None, description="Invocations that failed in the last hour, counted by five minutes.", ge=0
    )
    oldest_queued_at: Time | None = Field(
        default=None,
        description="When the invocation that has waited longest in the queue was asked for. Absent: none waits, or"
        " none is among the first of its priority.",
    )


class Task(ApiModel):
    """A Python function that can be invoked."""

    model_config = ConfigDict(json_schema_extra=rules(*NAME_RULES))

    api_version: Literal["pynenc.io/v1alpha1"] = "pynenc.io/v1alpha1"
    kind: Literal["Task"] = "Task"
    metadata: ObjectMeta = Field(default_factory=ObjectMeta)
    spec: TaskSpec = Field(description="What is wanted.")
    status: TaskStatus = Field(default_factory=TaskStatus, description="What the operator sees. Written by it alone.")

    @property
    def task_id(self) -> str:
        """Under which id the store knows the task."""
        return self.spec.function or task_id_of(self.metadata.name)
