"""How the size of a WorkerPool is decided; the words are those of the HorizontalPodAutoscaler where it has them."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from pynenc.api.v1alpha1.common import ApiModel, rules

Mode = Literal["Native", "External", "Manual"]


class ScalingPolicy(ApiModel):
    """How far the number of pods may move within a period."""

    type: Literal["Pods", "Percent"] = Field(
        description="What value counts: Pods, or Percent of the pods at the start of the period."
    )
    value: int = Field(description="How much the number of pods may change within the period.", ge=1, le=10000)
    period_seconds: int = Field(description="Length of the period.", ge=1, le=1800)


class ScalingRules(ApiModel):
    """How the number of pods moves in one direction."""

    stabilization_window_seconds: int | None = Field(
        default=None,
        description="How far back demand is looked at, so that short changes are not followed: down to the highest, up"
        " to the lowest answer of that time. Absent: 0 up, 300 down.",
        ge=0,
        le=3600,
    )
    policies: list[ScalingPolicy] = Field(
        default_factory=list, description="Limits of the speed. None: as far as wanted, at once.", max_length=8
    )
    select_policy: Literal["Max", "Min", "Disabled"] = Field(
        default="Max",
        description="Which policy counts: the one that allows most (Max) or least (Min); Disabled forbids this"
        " direction.",
    )


class ScalingBehavior(ApiModel):
    """How the number of pods moves up and down."""

    scale_up: ScalingRules = Field(default_factory=ScalingRules, description="How pods are added.")
    scale_down: ScalingRules = Field(
        default_factory=ScalingRules,
        description="How pods are removed. Whatever is said here, a pod that runs an invocation is not removed.",
    )


class Scaling(ApiModel):
    """Who decides how many pods there are, and how."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "rule": "self.minReplicas <= self.maxReplicas",
                "message": "minReplicas must not exceed maxReplicas",
            }
        )
    )

    mode: Mode = Field(
        default="Native",
        description="Native: the operator, by what could run now. External: an autoscaler that writes spec.replicas"
        " through the scale subresource. Manual: whoever writes spec.replicas.",
    )
    min_replicas: int = Field(default=0, description="Fewest pods, also when there is nothing to run.", ge=0, le=1000)
    max_replicas: int = Field(default=10, description="Most pods.", ge=1, le=1000)
    target_backlog_per_slot: int | None = Field(
        default=None,
        description="How many invocations that wait or run there may be for each slot. Absent: 1, unless there is a"
        " targetQueueLatencySeconds. With both, the one that asks for more pods counts.",
        ge=1,
        le=1_000_000,
    )
    target_queue_latency_seconds: float | None = Field(
        default=None,
        description="How long an invocation may wait in its queue, by how long invocations took lately.",
        ge=0.1,
        le=86400,
    )
    idle_timeout_seconds: int = Field(
        default=300,
        description="After so long with nothing to run the pool goes to minReplicas, whatever the window for scaling"
        " down.",
        ge=0,
        le=86400,
    )
    behavior: ScalingBehavior = Field(default_factory=ScalingBehavior, description="How fast the pool follows demand.")
