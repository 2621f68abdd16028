"""Trigger: conditions, and the task or workflow that is to start when they hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from pynenc.api.v1alpha1.common import NAME_RULES, ApiModel, LocalReference, ObjectMeta, ReportedStatus, rules
from pynenc.api.v1alpha1.options import ClassName
from pynenc.api.v1alpha1.values import CONTEXT_PATHS, ContextComparison, ContextPath

CONDITIONS = ("cron", "status", "result", "exception", "event")
"""The kinds of conditions, as fields of one."""

Reached = Literal[
    "REGISTERED",
    "PENDING",
    "RUNNING",
    "PAUSED",
    "RETRY",
    "REROUTED",
    "CONCURRENCY_CONTROLLED",
    "SUCCESS",
    "FAILED",
    "CANCELLED",
    "EXPIRED",
    "CONCURRENCY_CONTROLLED_FINAL",
]
"""Statuses that an invocation can be seen in."""

_FIELD = "[0-9A-Za-z*/,-]+"
_CRON_ONLY = ("timeZone", "startingDeadlineSeconds", "catchUp")
_HAS_CRON_ONLY = " || ".join(f"has(self.{name})" for name in _CRON_ONLY)


class CronCondition(ApiModel):
    """Holds at the times of a schedule."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "rule": r"!self.schedule.matches(r'^\S+( +\S+){5,6}$')",
                "message": "schedules with seconds are not supported; write the five fields minute, hour, day of month,"
                " month and day of week",
                "fieldPath": ".schedule",
            }
        )
    )

    schedule: str = Field(
        description="Minute, hour, day of month, month and day of week, such as 30 2 * * 1-5; or @hourly, @daily,"
        " @weekly, @monthly or @yearly. If both days are restricted, either is enough.",
        max_length=253,
        pattern=rf"^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|{_FIELD}( +{_FIELD}){{4}})$",
    )


class StatusCondition(ApiModel):
    """Holds when an invocation of a task reaches a status."""

    task_ref: LocalReference = Field(description="The Task whose invocations are meant.")
    statuses: list[Reached] = Field(
        default=["SUCCESS"], description="The statuses that are meant; one is enough.", min_length=1, max_length=12
    )


class ResultCondition(ApiModel):
    """Holds when an invocation of a task succeeds."""

    task_ref: LocalReference = Field(description="The Task whose invocations are meant.")


class ExceptionCondition(ApiModel):
    """Holds when an invocation of a task fails for good."""

    task_ref: LocalReference = Field(description="The Task whose invocations are meant.")
    types: list[ClassName] | None = Field(
        default=None,
        description="Names of the exception classes that are meant, built-in ones or module.Class. Absent: all.",
        min_length=1,
        max_length=32,
    )


class EventCondition(ApiModel):
    """Holds when an event is emitted."""

    code: str = Field(
        description="The code of the event, such as order.paid.", max_length=253, pattern=r"^[A-Za-z0-9][\w.:/-]*$"
    )


class TriggerCondition(ApiModel):
    """One condition: exactly one of cron, status, result, exception and event."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "rule": f"[{', '.join(f'has(self.{kind})' for kind in CONDITIONS)}].filter(set, set).size() == 1",
                "message": f"exactly one of {', '.join(CONDITIONS)} must be set",
            },
            {
                "rule": "!has(self.cron) || !has(self.where)",
                "message": "where is not allowed with cron: there is nothing to compare",
            },
        )
    )

    cron: CronCondition | None = Field(default=None, description="Holds at the times of a schedule.")
    status: StatusCondition | None = Field(
        default=None, description="Holds when an invocation of a task reaches a status."
    )
    result: ResultCondition | None = Field(default=None, description="Holds when an invocation of a task succeeds.")
    exception: ExceptionCondition | None = Field(
        default=None, description="Holds when an invocation of a task fails for good."
    )
    event: EventCondition | None = Field(default=None, description="Holds when an event is emitted.")
    where: list[ContextComparison] | None = Field(
        default=None,
        description="What must be so beside, such as a certain result; all of it must. Absent: nothing.",
        min_length=1,
        max_length=16,
    )


class TriggerSpec(ApiModel):
    """What is wanted of a Trigger."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "rule": "has(self.taskRef) != has(self.workflowRef)",
                "message": "exactly one of taskRef and workflowRef must be set",
            },
            {
                "rule": "self.match != 'All' || self.when.size() > 1",
                "message": "match All needs at least 2 conditions in when",
            },
            {
                "rule": "self.match == 'All' || (!has(self.windowSeconds) && !has(self.correlateBy))",
                "message": "windowSeconds and correlateBy are only allowed when match is All",
            },
            {
                "rule": f"self.when.exists(one, has(one.cron)) || !({_HAS_CRON_ONLY})",
                "message": f"{', '.join(_CRON_ONLY)} are only allowed with a cron condition",
            },
            {
                "rule": "!has(self.catchUpLimit) || (has(self.catchUp) && self.catchUp == 'All')",
                "message": "catchUpLimit is only allowed when catchUp is All",
            },
        )
    )

    task_ref: LocalReference | None = Field(
        default=None, description="The Task to start. Set this or workflowRef. It says which App the trigger is of."
    )
    workflow_ref: LocalReference | None = Field(
        default=None, description="The Workflow to start. Set this or taskRef. It says which App the trigger is of."
    )
    when: list[TriggerCondition] = Field(
        description="The conditions. Tasks that they name are of the same App as the one to start.",
        min_length=1,
        max_length=16,
    )
    match: Literal["Any", "All"] = Field(
        default="Any",
        description="Any: each time that a condition holds starts one invocation. All: once each of them has held, one"
        " is started.",
    )
    window_seconds: int | None = Field(
        default=None,
        description="With match All: how far apart the conditions may hold. Absent: any time.",
        ge=1,
        le=31536000,
    )
    correlate_by: ContextPath | None = Field(
        default=None,
        description="With match All: only what agrees in this value is put together, such as event.date:"
        f" {CONTEXT_PATHS}. Absent: the oldest of each.",
    )
    arguments: Annotated[dict[str, JsonValue], Field(max_length=64)] | None = Field(
        default=None, description="Arguments by parameter name, at most 65536 bytes as JSON. Absent: none."
    )
    arguments_from: dict[str, ContextPath] | None = Field(
        default=None,
        description="Arguments that come from what has met the condition: parameter name to path, which is"
        f" {CONTEXT_PATHS}. With several conditions, the first in the list that has such a value gives it.",
        max_length=64,
    )
    concurrency_policy: Literal["Allow", "Forbid", "Replace", "Queue"] = Field(
        default="Allow",
        description="What happens while an invocation that this trigger started has not ended: Allow starts another,"
        " Forbid skips, Replace cancels the old one first, Queue starts the next when it has ended.",
    )
    starting_deadline_seconds: int | None = Field(
        default=None,
        description="With cron: a time that was missed by more than this is skipped. Absent: no time is too late.",
        ge=1,
        le=31536000,
    )
    catch_up: Literal["None", "Latest", "All"] | None = Field(
        default=None,
        description="With cron: which of several times that were missed still start an invocation: None, the Latest or"
        " All. Absent: Latest.",
    )
    catch_up_limit: int | None = Field(
        default=None,
        description="With catchUp All: how many missed times are made up for at most, the latest ones. Absent: 100.",
        ge=1,
        le=10000,
    )
    time_zone: str | None = Field(
        default=None,
        description="With cron: the IANA name of the time zone of its schedules, such as Europe/Berlin. Absent: UTC.",
        max_length=64,
        pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$",
    )
    suspend: bool = Field(default=False, description="True starts nothing until it is false again.")


class TriggerStatus(ReportedStatus):
    """What the operator sees of a Trigger."""

    type: str | None = Field(
        default=None, description="The kinds of its conditions, such as cron or status,event.", max_length=64
    )


class Trigger(ApiModel):
    """Starts a task or a workflow when conditions hold."""

    model_config = ConfigDict(json_schema_extra=rules(*NAME_RULES))

    api_version: Literal["pynenc.io/v1alpha1"] = "pynenc.io/v1alpha1"
    kind: Literal["Trigger"] = "Trigger"
    metadata: ObjectMeta = Field(default_factory=ObjectMeta)
    spec: TriggerSpec = Field(description="What is wanted.")
    status: TriggerStatus = Field(
        default_factory=TriggerStatus, description="What the operator sees. Written by it alone."
    )
