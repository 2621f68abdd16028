"""App: where an application's work is stored, and how much of it there is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from pynenc.api.v1alpha1.common import NAME_RULES, ApiModel, ObjectMeta, QueueName, ReportedStatus, Time, rules
from pynenc.api.v1alpha1.options import OPTION_RULES, Options
from pynenc.core.ids import LIMIT


class SecretKeyReference(ApiModel):
    """One key of a Secret in the same namespace."""

    name: str = Field(description="Name of the Secret.", min_length=1, max_length=253)
    key: str = Field(default="url", description="Key within the Secret.", min_length=1, max_length=253)


class SigningKeysReference(ApiModel):
    """The key of a Secret in the same namespace that holds signing keys."""

    name: str = Field(description="Name of the Secret.", min_length=1, max_length=253)
    key: str = Field(default="keys", description="Key within the Secret.", min_length=1, max_length=253)


class Redis(ApiModel):
    """How to reach Redis or Valkey."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "rule": "has(self.url) != has(self.urlSecretRef)",
                "message": "exactly one of url and urlSecretRef must be set",
            },
            {
                "rule": "!has(self.url) || !self.url.matches('^[a-z]+://[^/]*:[^/]*@')",
                "message": "url must not contain a password; put the URL into a Secret and name it in urlSecretRef",
                "fieldPath": ".url",
            },
        )
    )

    url: str | None = Field(
        default=None,
        description="URL without a password, such as redis://redis.team-a.svc:6379/0. Set this or urlSecretRef.",
        max_length=2048,
        pattern="^rediss?://.+$",
    )
    url_secret_ref: SecretKeyReference | None = Field(
        default=None,
        description="Secret that holds the URL, with its password, such as redis://:secret@redis:6379/0.",
    )


class TaskDefaults(Options):
    """Options of all tasks of an App."""

    model_config = ConfigDict(json_schema_extra=rules(*OPTION_RULES))


class Retention(ApiModel):
    """How long what comes of invocations is kept."""

    succeeded_seconds: int | None = Field(
        default=None, description="For results of invocations that succeeded. Absent: a day.", ge=1, le=31536000
    )
    failed_seconds: int | None = Field(
        default=None,
        description="For errors of invocations that failed or were cancelled. Absent: as long as a result of that task."
        " What was lost with its workers, has expired, or was dropped over a limit is kept for a day.",
        ge=1,
        le=31536000,
    )


class AppSpec(ApiModel):
    """What is wanted of an App."""

    redis: Redis = Field(
        description="The Redis or Valkey server that holds the app's queues, invocations and results. Its"
        " maxmemory-policy must be noeviction."
    )
    signing_keys_secret_ref: SigningKeysReference | None = Field(
        default=None,
        description="Secret that holds the keys that sign payloads, as id:key,id2:key2. The first signs, all verify;"
        " the pods get them too, at their next start. Absent: payloads are not signed.",
    )
    defaults: TaskDefaults | None = Field(
        default=None,
        description="Options of all tasks of the App, for what neither the code nor a Task object says. A change holds"
        " for new invocations within seconds.",
    )
    retention: Retention | None = Field(
        default=None,
        description="How long results and errors of ended invocations are kept, where neither the code nor a Task"
        " object says so. A change holds for what ends from then on, within seconds.",
    )
    queues: list[QueueName] | None = Field(
        default=None,
        description="The queues that there are, beside default: a Task or a WorkerPool that names another one is not"
        " Ready. Absent: any.",
        max_length=64,
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    limits: dict[str, Annotated[int, Field(ge=1, le=1000000)]] | None = Field(
        default=None,
        description="Limits that tasks share, by name: how many invocations of all tasks that name it may run at once."
        " A change holds for queued ones too, within seconds, and outranks the numbers of the code.",
        max_length=64,
        json_schema_extra=rules(
            {
                "rule": f"self.all(name, name.matches('{LIMIT.pattern}'))",
                "message": "the name of a limit is at most 63 letters, digits, - and _, neither of these two at an end",
            }
        ),
    )


class AppStatus(ReportedStatus):
    """What the operator sees of an App. A number that is absent has not been read yet."""

    queued: int | None = Field(default=None, description="Invocations that wait for a worker.", ge=0)
    parked: int | None = Field(
        default=None, description="Invocations that are over a limit, or of a task that is suspended.", ge=0
    )
    running: int | None = Field(default=None, description="Invocations that a worker runs now.", ge=0)
    paused: int | None = Field(default=None, description="Invocations that wait for other invocations.", ge=0)
    failed: int | None = Field(
        default=None, description="Failed invocations whose error is still kept and that were not requeued.", ge=0
    )
    store_id: str | None = Field(
        default=None,
        description="Which store the operator knows. Another one means that it has come back empty.",
        max_length=64,
    )
    data_loss_at: Time | None = Field(
        default=None,
        description="When the operator saw last that the store had come back empty or older. The annotation"
        " pynenc.io/data-loss-seen with this time ends the condition DataLoss.",
    )
    workers: int | None = Field(default=None, description="Workers with a valid lease, in all pools.", ge=0)


class App(ApiModel):
    """An application: the tasks, pools and invocations of a namespace that share one store.

    Its work is stored under the app id "namespace/name".
    """

    model_config = ConfigDict(json_schema_extra=rules(*NAME_RULES))

    api_version: Literal["pynenc.io/v1alpha1"] = "pynenc.io/v1alpha1"
    kind: Literal["App"] = "App"
    metadata: ObjectMeta = Field(default_factory=ObjectMeta)
    spec: AppSpec = Field(description="What is wanted.")
    status: AppStatus = Field(default_factory=AppStatus, description="What the operator sees. Written by it alone.")
