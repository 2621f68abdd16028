"""What the kinds share: the base model, metadata, conditions, references and bounds.

Field descriptions are written for the reader of `kubectl explain`. Every string, list and map has a bound,
because the API server refuses validation rules whose cost it cannot estimate.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from pynenc.core.ids import LIMIT, QUEUE

NAME_LIMIT = 50
"""Longest `metadata.name` of an App, WorkerPool or Task."""
MESSAGE_LIMIT = 1024
"""Longest message of a condition or an error, in characters."""
NAME_PATTERN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"

Rules = dict[str, Any]
"""Additions to a JSON schema, such as `x-kubernetes-validations`."""


def camel_case(field: str) -> str:
    """`retry_for` to `retryFor`; acronyms stay capital, as in Kubernetes' own types."""
    return to_camel(field).replace("Ttl", "TTL").removesuffix("Id") + ("ID" if field.endswith("_id") else "")


def rules(*checks: dict[str, str]) -> Rules:
    """CEL checks in the place where a schema keeps them."""
    return {"x-kubernetes-validations": list(checks)}


NAME_RULES = (
    {
        "rule": f"size(self.metadata.name) <= {NAME_LIMIT}",
        "message": f"metadata.name must be at most {NAME_LIMIT} characters so that derived names and labels fit",
    },
    {"rule": "!self.metadata.name.contains('.')", "message": "metadata.name must not contain dots"},
)


class ApiModel(BaseModel):
    """Part of a spec. A field that is not declared is an error, here and in `kubectl apply`."""

    model_config = ConfigDict(alias_generator=camel_case, populate_by_name=True, extra="forbid", frozen=True)

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Make one from the JSON form.

        Raises:
            pydantic.ValidationError: the data does not fit the model.
        """
        return cls.model_validate(data)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; what is None is absent."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class StatusModel(ApiModel):
    """Part of a status. Fields of a later version are ignored, so that versions can be mixed for a while."""

    model_config = ConfigDict(extra="ignore")


def _seconds(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Time = Annotated[AwareDatetime, PlainSerializer(_seconds, when_used="json")]
"""A moment, written in UTC to the second as Kubernetes does."""

Count = Annotated[int, Field(ge=0)]

QueueName = Annotated[str, Field(pattern=QUEUE.pattern, max_length=63)]

LimitName = Annotated[str, Field(pattern=LIMIT.pattern, max_length=63)]


class ObjectMeta(StatusModel):
    """The part of an object's metadata that the product reads."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None


class Condition(StatusModel):
    """One answer to one question about the object."""

    type: str = Field(
        description="The question, such as Ready. Each type occurs once.",
        min_length=1,
        max_length=64,
        pattern="^[A-Z][A-Za-z]*$",
    )
    status: Literal["True", "False", "Unknown"] = Field(description="The answer: True, False or Unknown.")
    reason: str = Field(
        description="Why, in one word for programs.", min_length=1, max_length=128, pattern="^[A-Z][A-Za-z0-9]*$"
    )
    message: str = Field(description="Why, in one sentence for people.", max_length=MESSAGE_LIMIT)
    last_transition_time: Time = Field(description="When the answer last changed.")
    observed_generation: int = Field(
        description="The metadata.generation that the answer is about; older than the object's means stale.", ge=0
    )


Conditions = Annotated[
    list[Condition],
    Field(
        max_length=16,
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
    ),
]


class ReportedStatus(StatusModel):
    """What every kind reports. Status mirrors Redis: deleting it loses nothing."""

    observed_generation: int | None = Field(
        default=None, description="The metadata.generation that the operator has acted on.", ge=0
    )
    conditions: Conditions = Field(
        default_factory=list, description="Answers to the questions about this object, one per type."
    )

    def condition(self, type_: str) -> Condition | None:
        """The condition of a type, or None if it was never reported."""
        return next((condition for condition in self.conditions if condition.type == type_), None)


class LocalReference(ApiModel):
    """An object in the same namespace."""

    name: str = Field(
        description="Name of an object in the same namespace.",
        min_length=1,
        max_length=NAME_LIMIT,
        pattern=NAME_PATTERN,
    )
