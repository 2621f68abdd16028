"""Every error of the SDK, and what each asks of the caller.

    PynencError
    ├── DefinitionError                 mend the program
    │   ├── TaskDefinitionError         a decorator is used on something that cannot be a task, or with a bad option
    │   ├── DuplicateTaskError          two functions claim one task id
    │   ├── ConfigurationError          a setting is unknown or has a bad value
    │   └── ManifestError               an app cannot be turned into Kubernetes objects
    ├── RequestError                    mend the request
    │   ├── InvalidArguments            the arguments do not fit the function
    │   ├── SerializationError          a value cannot be turned into, or made from, its wire form
    │   ├── PayloadTooLarge             a payload exceeds its limit
    │   ├── InvocationNotFound          no such invocation, or its result has expired
    │   ├── CycleDetected               an invocation would wait for itself
    │   ├── TooManyChildren             an invocation waits for more than can be checked
    │   ├── NotInInvocation             a property that exists only inside a running task
    │   └── ResultTimeout               no result within the time given; the invocation goes on
    ├── TaskFailed                      the task raised; the cause is described in the message and in a note
    │   └── WorkerLost                  its workers died too often
    ├── RetryError                      raised by a task: try me again
    └── BackendError                    mend the surroundings, or try later
        ├── BackendUnavailable          the store cannot be reached
        ├── BackendAuthError            the store refuses the credentials
        ├── BackendFull                 the store has no memory left for new work
        ├── RedisMisconfigured          the store could lose work silently
        └── ProtocolMismatch            store and SDK are of different generations

Messages are one sentence that says what to do. Payloads and secrets never appear in them.
"""

from __future__ import annotations


class PynencError(Exception):
    """Base of all errors of the SDK. `code` is stable and meant for programs."""

    code = "pynenc"


class DefinitionError(PynencError):
    """The program is wrong."""

    code = "definition"


class TaskDefinitionError(DefinitionError):
    """A decorator is used on something that cannot be a task, or with a bad option."""

    code = "task-definition"


class DuplicateTaskError(DefinitionError):
    """Two functions claim one task id."""

    code = "duplicate-task"


class ConfigurationError(DefinitionError):
    """A setting is unknown or has a bad value."""

    code = "configuration"


class ManifestError(DefinitionError):
    """An app cannot be turned into Kubernetes objects."""

    code = "manifest"


class RequestError(PynencError):
    """This request cannot be served; another one can."""

    code = "request"


class InvalidArguments(RequestError, TypeError):
    """The arguments do not fit the function."""

    code = "invalid-arguments"


class SerializationError(RequestError):
    """A value cannot be turned into, or made from, its wire form."""

    code = "serialization"


class PayloadTooLarge(RequestError):
    """A payload exceeds its limit."""

    code = "payload-too-large"


class InvocationNotFound(RequestError):
    """No such invocation, or its result has expired."""

    code = "invocation-not-found"


class CycleDetected(RequestError):
    """An invocation would wait for itself."""

    code = "cycle-detected"


class TooManyChildren(RequestError):
    """An invocation waits for more invocations than can be checked for a cycle."""

    code = "too-many-children"


class NotInInvocation(RequestError):
    """A property that exists only inside a running task was read outside one."""

    code = "not-in-invocation"


class ResultTimeout(RequestError, TimeoutError):
    """No result within the time given. The invocation goes on."""

    code = "result-timeout"


class TaskFailed(PynencError):
    """The task raised an exception of a class that the caller's program does not have.

    `error_type` is the class name, `error_message` its text. Exceptions of built-in classes, of this package and
    of modules that the caller has imported are raised as themselves.
    """

    code = "task-failed"

    def __init__(self, message: str, error_type: str = "", error_message: str = "") -> None:
        super().__init__(message)
        self.error_type = error_type
        self.error_message = error_message


class WorkerLost(TaskFailed):
    """The invocation was lost with its worker more often than `max_losses` allows."""

    code = "worker-lost"


class RetryError(PynencError):
    """Raise this in a task to be tried again, as far as `max_retries` allows."""

    code = "retry"


class BackendError(PynencError):
    """The store does not serve; the program may be right."""

    code = "backend"


class BackendUnavailable(BackendError):
    """The store cannot be reached."""

    code = "backend-unavailable"


class BackendAuthError(BackendError):
    """The store refuses the credentials."""

    code = "backend-auth"


class BackendFull(BackendError):
    """The store has no memory left for new work; running work still finishes."""

    code = "backend-full"


class RedisMisconfigured(BackendError):
    """The store could lose work silently."""

    code = "redis-misconfigured"


class ProtocolMismatch(BackendError):
    """The function library in the store and this SDK are of different generations."""

    code = "protocol-mismatch"
