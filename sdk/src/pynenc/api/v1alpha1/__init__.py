"""Version v1alpha1 of the API: one module per kind, spec and status as separate models.

Objects are read with `App.from_dict(body)` and written with `.to_dict()`; Python names are snake_case, JSON
names camelCase. No schema translation here (`pynenc.api.schema`) and no cluster.
"""

from pynenc.api.v1alpha1.app import (
    App,
    AppSpec,
    AppStatus,
    Redis,
    Retention,
    SecretKeyReference,
    SigningKeysReference,
    TaskDefaults,
)
from pynenc.api.v1alpha1.common import (
    MESSAGE_LIMIT,
    NAME_LIMIT,
    ApiModel,
    Condition,
    LocalReference,
    ObjectMeta,
    ReportedStatus,
)
from pynenc.api.v1alpha1.invocation import (
    PREVIEW_LIMIT,
    RESULT_LIMIT_BYTES,
    Invocation,
    InvocationError,
    InvocationSpec,
    InvocationStatus,
)
from pynenc.api.v1alpha1.options import Options
from pynenc.api.v1alpha1.scaling import Scaling, ScalingBehavior, ScalingPolicy, ScalingRules
from pynenc.api.v1alpha1.task import Concurrency, Registration, Running, Source, Task, TaskSpec, TaskStatus
from pynenc.api.v1alpha1.trigger import Trigger, TriggerCondition, TriggerSpec, TriggerStatus
from pynenc.api.v1alpha1.values import ARGUMENTS_LIMIT_BYTES, ContextComparison, StepComparison
from pynenc.api.v1alpha1.workerpool import EnvVar, ResourceRequirements, WorkerPool, WorkerPoolSpec, WorkerPoolStatus
from pynenc.api.v1alpha1.workflow import FinalStep, Step, Workflow, WorkflowSpec, WorkflowStatus

__all__ = [
    "ARGUMENTS_LIMIT_BYTES",
    "MESSAGE_LIMIT",
    "NAME_LIMIT",
    "PREVIEW_LIMIT",
    "RESULT_LIMIT_BYTES",
    "ApiModel",
    "App",
    "AppSpec",
    "AppStatus",
    "Concurrency",
    "Condition",
    "ContextComparison",
    "EnvVar",
    "FinalStep",
    "Invocation",
    "InvocationError",
    "InvocationSpec",
    "InvocationStatus",
    "LocalReference",
    "ObjectMeta",
    "Options",
    "Redis",
    "Registration",
    "ReportedStatus",
    "ResourceRequirements",
    "Retention",
    "Running",
    "Scaling",
    "ScalingBehavior",
    "ScalingPolicy",
    "ScalingRules",
    "SecretKeyReference",
    "SigningKeysReference",
    "Source",
    "Step",
    "StepComparison",
    "Task",
    "TaskDefaults",
    "TaskSpec",
    "TaskStatus",
    "Trigger",
    "TriggerCondition",
    "TriggerSpec",
    "TriggerStatus",
    "WorkerPool",
    "WorkerPoolSpec",
    "WorkerPoolStatus",
    "Workflow",
    "WorkflowSpec",
    "WorkflowStatus",
]
