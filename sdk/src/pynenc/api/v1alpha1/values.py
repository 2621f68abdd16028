"""Values of calls as data: arguments, paths into what has happened, and comparisons of what is found there."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from pynenc.api.v1alpha1.common import ApiModel

ARGUMENTS_LIMIT_BYTES = 65536
"""Largest JSON of `arguments`. The operator checks it: a validation rule cannot measure a field of free form."""
PATH_LIMIT = 253

ArgumentName = Annotated[str, Field(min_length=1, max_length=253)]
ContextPath = Annotated[
    str,
    Field(
        max_length=PATH_LIMIT,
        pattern=r"^(tick|status|invocation|exception\.(type|message)|(arguments|result|event)(\.\w+)*)$",
    ),
]
"""Points into what has met a condition of a Trigger."""
StepPath = Annotated[
    str,
    Field(
        max_length=PATH_LIMIT,
        pattern=r"^(parameters(\.\w+)+|item(\.\w+)*|steps\.[a-z0-9]([-a-z0-9]*[a-z0-9])?\.(status|result(\.\w+)*))$",
    ),
]
"""Points into the parameters, the results so far and the current item of a Workflow."""

CONTEXT_PATHS = (
    "tick (the time that a cron condition met), status, invocation (its id), arguments.NAME, result.PATH,"
    " exception.type, exception.message or event.PATH, where PATH goes down by names and positions with dots"
)
STEP_PATHS = "parameters.NAME, steps.NAME.result.PATH, steps.NAME.status or, in a step with forEach, item.PATH"


class ContextComparison(ApiModel):
    """What must be found at a path for a condition to be met."""

    path: ContextPath = Field(description=f"Where to look: {CONTEXT_PATHS}.")
    equals: JsonValue = Field(
        default=None,
        description="What must be there, of the same type: a number is never equal to text. Absent: null (None).",
    )


class StepComparison(ApiModel):
    """What must be found at a path for a step to be run."""

    path: StepPath = Field(description=f"Where to look: {STEP_PATHS}.")
    equals: JsonValue = Field(
        default=None,
        description="What must be there, of the same type: a number is never equal to text. Absent: null (None).",
    )
