"""Workflow: a task in code that is a workflow's root, or a graph of steps that are tasks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from pynenc.api.v1alpha1.common import NAME_RULES, ApiModel, LocalReference, ObjectMeta, ReportedStatus, rules
from pynenc.api.v1alpha1.values import STEP_PATHS, StepComparison, StepPath

STEPS_LIMIT = 1000
"""Most steps of a graph."""
FINALLY_LIMIT = 32

StepName = Annotated[str, Field(min_length=1, max_length=50, pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]


class FinalStep(ApiModel):
    """A task of the graph, with what it is called with."""

    name: StepName = Field(description="Name of the step; each occurs once in a Workflow.")
    task_ref: LocalReference = Field(description="The Task to run.")
    arguments: Annotated[dict[str, JsonValue], Field(max_length=64)] | None = Field(
        default=None, description="Arguments by parameter name. Absent: none."
    )
    arguments_from: dict[str, StepPath] | None = Field(
        default=None,
        description=f"Arguments that come from elsewhere: parameter name to path, which is {STEP_PATHS}.",
        max_length=64,
    )
    when: list[StepComparison] | None = Field(
        default=None,
        description="What must be so for the step to be run; all of it must. If it is not, the step is skipped, and"
        " with it what needs it. Absent: nothing.",
        min_length=1,
        max_length=16,
    )
    retries: int | None = Field(
        default=None,
        description="How often the step is tried again after it has failed for good. Absent: 0.",
        ge=0,
        le=1000,
    )
    timeout_seconds: int | None = Field(
        default=None,
        description="How long the step may take with all its retries. Absent: as long as its Task says.",
        ge=1,
        le=31536000,
    )


class Step(FinalStep):
    """A step that waits for others, and may be run once for each item of a list."""

    needs: list[StepName] | None = Field(
        default=None,
        description="Steps that must have ended well before. Absent: those that its paths name.",
        max_length=64,
    )
    for_each: StepPath | None = Field(
        default=None,
        description="A list: the step is run once for each item, which its paths call item, and its result is the list"
        f" of results. The path is {STEP_PATHS}.",
    )


class WorkflowSpec(ApiModel):
    """What is wanted of a Workflow."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "rule": "has(self.taskRef) != has(self.steps)",
                "message": "exactly one of taskRef and steps must be set",
            },
            {"rule": "!has(self.finally) || has(self.steps)", "message": "finally is only allowed with steps"},
        )
    )

    task_ref: LocalReference | None = Field(
        default=None, description="The Task that is the workflow's root, for a workflow in code. Set this or steps."
    )
    steps: list[Step] | None = Field(
        default=None,
        description="The steps, in any order: needs and paths say which comes after which. All Tasks are of one App."
        " Set this or taskRef.",
        min_length=1,
        max_length=STEPS_LIMIT,
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
    )
    finally_: list[FinalStep] | None = Field(
        default=None,
        alias="finally",
        description="Steps that are run at the end, whatever has become of the others.",
        min_length=1,
        max_length=FINALLY_LIMIT,
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
    )
    parameters: dict[str, JsonValue] | None = Field(
        default=None,
        description="JSON Schema of the workflow's parameters. Absent: those of the Task, or none for steps.",
    )


class WorkflowStatus(ReportedStatus):
    """What the operator sees of a Workflow."""

    steps: int | None = Field(default=None, description="How many steps the graph has, those of finally too.", ge=0)


class Workflow(ApiModel):
    """A task whose recorded values and children survive retries, or a graph of tasks that is run like one."""

    model_config = ConfigDict(json_schema_extra=rules(*NAME_RULES))

    api_version: Literal["pynenc.io/v1alpha1"] = "pynenc.io/v1alpha1"
    kind: Literal["Workflow"] = "Workflow"
    metadata: ObjectMeta = Field(default_factory=ObjectMeta)
    spec: WorkflowSpec = Field(description="What is wanted.")
    status: WorkflowStatus = Field(
        default_factory=WorkflowStatus, description="What the operator sees. Written by it alone."
    )
