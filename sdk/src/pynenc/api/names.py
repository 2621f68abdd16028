"""Every name that reaches a cluster: group, kinds, labels, condition types, field manager, environment.

Nothing else in the code base spells these strings. Reasons of conditions are not here; they belong to the
operator (`pynenc_operator.reasons`). The names are a promise to users: a change of one breaks their manifests.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

GROUP = "pynenc.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
CATEGORY = "pynenc"


@dataclass(frozen=True, slots=True)
class Resource:
    """How one kind is called in URLs, on the command line and in RBAC rules."""

    kind: str
    plural: str
    singular: str
    short_name: str

    @property
    def crd_name(self) -> str:
        """`metadata.name` of the CustomResourceDefinition."""
        return f"{self.plural}.{GROUP}"


APP = Resource("App", "apps", "app", "papp")
WORKER_POOL = Resource("WorkerPool", "workerpools", "workerpool", "ppool")
TASK = Resource("Task", "tasks", "task", "ptask")
TRIGGER = Resource("Trigger", "triggers", "trigger", "ptrig")
WORKFLOW = Resource("Workflow", "workflows", "workflow", "pwf")
INVOCATION = Resource("Invocation", "invocations", "invocation", "pinv")
RESOURCES = (APP, WORKER_POOL, TASK, TRIGGER, WORKFLOW, INVOCATION)


class ConditionType(StrEnum):
    """Types of the conditions in `status.conditions`; True is the good news where nothing else is said."""

    READY = "Ready"
    """The object does what it is for. The summary of all other conditions."""
    REDIS_REACHABLE = "RedisReachable"
    """App: the operator can talk to the app's Redis."""
    DATA_LOSS = "DataLoss"
    """App: the store came back empty or older, and nobody has said to have seen that. True is bad news."""
    AVAILABLE = "Available"
    """WorkerPool: at least one runner serves its queues."""
    PROGRESSING = "Progressing"
    """WorkerPool: the pods are moving towards the spec, or have arrived."""
    SCALING_ACTIVE = "ScalingActive"
    """WorkerPool: the operator reads the demand and follows it; only in mode Native."""
    SCALING_LIMITED = "ScalingLimited"
    """WorkerPool: a bound or a policy keeps the size from what demand asks for. True is no good news, as in an HPA."""
    TEMPLATE_VALID = "TemplateValid"
    """WorkerPool: the API server takes what the spec makes of the pods."""
    ACCEPTED = "Accepted"
    """Task, Trigger, Workflow, Invocation: references and values make sense together."""
    CODE_AVAILABLE = "CodeAvailable"
    """Task: workers that serve its queue have its code. What a pool ran last counts while it has no pods."""
    SUCCEEDED = "Succeeded"
    """Invocation: Unknown while it is under way; True or False, with a reason, when it has ended."""


CHARTS_STORE = "pynenc-redis"
"""The Secret that the chart makes for its own server."""
FIELD_MANAGER = "pynenc-operator"
"""The one owner of fields that the operator applies."""

DATA_LOSS_SEEN = f"{GROUP}/data-loss-seen"
"""Annotation of an App: the `status.dataLossAt` that somebody has seen, which ends the condition DataLoss."""

LABEL_APP = f"{GROUP}/app"
"""Name of the App that a pod works for."""
LABEL_POOL = f"{GROUP}/pool"
"""Name of the WorkerPool that a pod belongs to."""
LABEL_COMPONENT = f"{GROUP}/component"
"""Part that a pod plays; the chart's NetworkPolicy lets only the values of `Component` reach its Redis."""


class Component(StrEnum):
    """Values of the component label."""

    OPERATOR = "operator"
    WORKER = "worker"
    CLIENT = "client"
    """A pod of the user's own that submits invocations."""


ENV_APP_ID = "PYNENC__APP_ID"
ENV_REDIS_URL = "PYNENC__REDIS_URL"
ENV_SIGNING_KEYS = "PYNENC__PAYLOAD__SIGNING_KEYS"
ENV_SLOTS = "PYNENC__RUNNER__SLOTS"
ENV_QUEUES = "PYNENC__RUNNER__QUEUES"
ENV_DRAIN_SECONDS = "PYNENC__RUNNER__DRAIN_SECONDS"
ENV_POOL = "PYNENC__RUNNER__POOL"
ENV_MAX_LOSSES = "PYNENC__RUNNER__MAX_LOSSES"
"""Not reserved: a WorkerPool may set it, and the operator reads it there."""
ENV_POD_UID = "PYNENC__RUNNER__POD_UID"
ENV_HTTP_PORT = "PYNENC__RUNNER__HTTP_PORT"
ENV_AWAIT_DEFINITIONS = "PYNENC__RUNNER__AWAIT_DEFINITIONS"
ENV_ALLOW_INLINE_SOURCE = "PYNENC__ALLOW_INLINE_SOURCE"
RESERVED_ENV = (
    ENV_APP_ID,
    ENV_REDIS_URL,
    ENV_SIGNING_KEYS,
    ENV_SLOTS,
    ENV_QUEUES,
    ENV_DRAIN_SECONDS,
    ENV_POOL,
    ENV_POD_UID,
    ENV_HTTP_PORT,
    ENV_AWAIT_DEFINITIONS,
    ENV_ALLOW_INLINE_SOURCE,
)
"""Variables that the operator sets on worker pods; a WorkerPool may not set them."""


def app_id_of(namespace: str, app_name: str) -> str:
    """The app id under which an App object's work is stored."""
    return f"{namespace}/{app_name}"
