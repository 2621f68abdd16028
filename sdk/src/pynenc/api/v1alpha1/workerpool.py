"""WorkerPool: runners of one image that serve some queues of an App."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from pynenc.api.names import RESERVED_ENV
from pynenc.api.v1alpha1.common import (
    NAME_RULES,
    ApiModel,
    LocalReference,
    ObjectMeta,
    QueueName,
    ReportedStatus,
    rules,
)
from pynenc.api.v1alpha1.scaling import Scaling
from pynenc.core.records import DEFAULT_QUEUE

Quantity = int | Annotated[str, Field(max_length=64)]


class EnvVar(ApiModel):
    """An environment variable with a plain value."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "rule": f"!(self.name in {list(RESERVED_ENV)})",
                "messageExpression": "'env ' + self.name + ' is reserved'",
                "message": "this variable is set by the operator",
            }
        )
    )

    name: str = Field(
        description="Name of the variable.", min_length=1, max_length=253, pattern=r"^[-._a-zA-Z][-._a-zA-Z0-9]*$"
    )
    value: str = Field(default="", description="Value of the variable.", max_length=32768)


class ResourceRequirements(ApiModel):
    """Compute resources of one worker pod."""

    requests: dict[str, Quantity] | None = Field(
        default=None,
        description="What the scheduler keeps free for the pod, such as cpu 500m: whole numbers or quantity strings.",
        max_length=16,
    )
    limits: dict[str, Quantity] | None = Field(
        default=None,
        description="What the pod may use at most, such as memory 512Mi: whole numbers or quantity strings.",
        max_length=16,
    )


_SCALING_RULES = rules(
    {
        "rule": "!has(self.replicas) || !has(self.scaling) || self.scaling.mode != 'Native'",
        "message": "replicas is decided by the operator while scaling.mode is Native; remove it, or set scaling.mode to"
        " Manual or External",
        "fieldPath": ".replicas",
    },
    {
        "rule": "has(self.replicas) || !has(self.scaling) || self.scaling.mode != 'External'",
        "message": "scaling.mode External needs replicas to start from; the autoscaler changes it",
    },
)


class WorkerPoolSpec(ApiModel):
    """What is wanted of a WorkerPool."""

    model_config = ConfigDict(json_schema_extra=_SCALING_RULES)

    app_ref: LocalReference = Field(
        description="The App whose invocations the pool runs. Immutable.",
        json_schema_extra=rules(
            {"rule": "self == oldSelf", "message": "appRef is immutable; create a new WorkerPool"},
        ),
    )
    image: str = Field(
        description="Container image with Python, this package and the application's code.",
        min_length=1,
        max_length=512,
    )
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = Field(
        default=None, description="When to pull the image. Absent: the cluster decides by the tag."
    )
    entrypoint: str = Field(
        description="Where the app is in the image, as module:variable, such as tasks:app.",
        max_length=253,
        pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$",
    )
    queues: list[QueueName] = Field(
        default=[DEFAULT_QUEUE],
        description="Queues that the pool serves. Within a priority, earlier queues come first.",
        min_length=1,
        max_length=32,
    )
    slots: int = Field(default=2, description="Invocations that one pod runs at the same time.", ge=1, le=256)
    replicas: int | None = Field(
        default=None,
        description="Number of pods, where the operator does not decide it; 0 stops the pool. Absent without scaling:"
        " scaling is Native, with its defaults.",
        ge=0,
        le=1000,
    )
    scaling: Scaling | None = Field(
        default=None, description="Who decides the number of pods, and how. Absent: Manual if there are replicas."
    )
    paused: bool = Field(
        default=False, description="Whether the operator leaves the pods as they are: no scaling and no changes."
    )
    drain_seconds: int | None = Field(
        default=None,
        description="How long a pod that is being stopped lets running invocations finish before it hands them to"
        " others. Absent: as long as the longest timeout of the tasks on its queues, in coarse steps from 30 up to"
        " 3600.",
        ge=0,
        le=86400,
    )
    env: list[EnvVar] = Field(
        default_factory=list,
        description="Environment variables for the application's code. Those that the operator sets are reserved.",
        max_length=128,
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
    )
    resources: ResourceRequirements | None = Field(
        default=None, description="Compute resources of one pod. Absent: none are requested and none are limited."
    )
    allow_inline_source: bool = Field(
        default=False, description="Whether the pods run Python source that stands in Task objects."
    )
    pod_template: dict[str, Any] | None = Field(
        default=None,
        description="Laid over the pod template that the operator makes, and stronger: metadata and spec of a pod."
        " Containers, volumes and variables are matched by name; the worker's container is called worker.",
        json_schema_extra={"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    )


class WorkerPoolStatus(ReportedStatus):
    """What the operator sees of a WorkerPool. A number that is absent has not been read yet."""

    replicas: int | None = Field(default=None, description="Pods that exist.", ge=0)
    desired: int | None = Field(default=None, description="Pods that are wanted.", ge=0)
    ready: int | None = Field(default=None, description="Pods that are ready.", ge=0)
    busy: int | None = Field(default=None, description="Workers of the pool that run an invocation now.", ge=0)
    backlog: int | None = Field(default=None, description="Invocations in its queues that could run now.", ge=0)
    selector: str | None = Field(
        default=None, description="Label selector of the pool's pods, for the scale subresource.", max_length=1024
    )


class WorkerPool(ApiModel):
    """Pods that run the invocations of an App: one image, some queues, scaled together."""

    model_config = ConfigDict(json_schema_extra=rules(*NAME_RULES))

    api_version: Literal["pynenc.io/v1alpha1"] = "pynenc.io/v1alpha1"
    kind: Literal["WorkerPool"] = "WorkerPool"
    metadata: ObjectMeta = Field(default_factory=ObjectMeta)
    spec: WorkerPoolSpec = Field(description="What is wanted.")
    status: WorkerPoolStatus = Field(
        default_factory=WorkerPoolStatus, description="What the operator sees. Written by it alone."
    )
