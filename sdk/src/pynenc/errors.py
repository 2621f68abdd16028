"""Every error of the SDK, and what each asks of the caller.

    PynencError
    ├── DefinitionError                 mend the program
    │   ├── TaskDefinitionError         a decorator is used on something that cannot be a task, or with a bad option
    │   ├── DuplicateTaskError          two functions claim one task id
    │   ├── ConfigurationError          a setting is unknown or has a bad value
    │   ├── InlineSourceError           source in a Task object cannot, or must not, be run
    │   └── ManifestError               an app cannot be turned into Kubernetes objects
    ├── RequestError                    mend the request
    │   ├── InvalidArguments            the arguments do not fit the function
    │   ├── SerializationError          a value cannot be turned into, or made from, its wire form
    │   │   ├── BadSignature            a payload is not signed, or not by a key of this program
    │   │   ├── PayloadLost             a cached argument is gone
    │   │   └── PayloadCorrupt          a cached argument was changed in the store
    │   ├── PayloadTooLarge             a payload exceeds its limit
    │   ├── InvocationNotFound          no such invocation, or its result has expired
    │   ├── CycleDetected               an invocation would wait for itself
    │   ├── TooManyChildren             an invocation waits for more than can be checked
    │   ├── ConcurrencyDeadlock         an invocation would wait for one that needs a limit it holds
    │   ├── InvocationConcurrencyWithDifferentArgumentsError   one with other arguments still waits to start
    │   ├── InvalidSchedule             a time to run at that cannot be meant
    │   ├── UsageError                  a blocking call inside an event loop
    │   ├── NotInInvocation             a property that exists only inside a running task
    │   └── ResultTimeout               no result within the time given; the invocation goes on
    ├── InvocationEnded                 it ended without running to its end
    │   ├── InvocationCancelled         somebody cancelled it
    │   ├── InvocationExpired           it did not start within its queue timeout
    │   └── InvocationDropped           a limit was reached and it was not to wait
    ├── TaskTimeout                     an attempt, or all together, took too long
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


class InlineSourceError(DefinitionError):
    """Source in a Task object cannot be run, or must not be run here."""

    code = "inline-source"


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


class BadSignature(SerializationError):
    """A payload is unsigned, changed, or signed by a key that this program does not have; it was not decoded."""

    code = "bad-signature"


class PayloadLost(SerializationError):
    """A cached argument is not in the store any more."""

    code = "payload-lost"


class PayloadCorrupt(SerializationError):
    """A cached argument is not what was stored."""

    code = "payload-corrupt"


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


class ConcurrencyDeadlock(RequestError):
    """An invocation would wait for another one that needs a limit which it, or one that waits for it, holds."""

    code = "concurrency-deadlock"


class InvocationConcurrencyWithDifferentArgumentsError(RequestError):
    """An invocation with the same key but other arguments still waits to start, and the task forbids to reuse it."""

    code = "different-arguments"


class InvalidSchedule(RequestError, ValueError):
    """A time to run at is naive, negative or too far away."""

    code = "invalid-schedule"


class UsageError(RequestError):
    """A call that would block was made where nothing may block, such as inside an event loop."""

    code = "usage"


class NotInInvocation(RequestError):
    """A property that exists only inside a running task was read outside one."""

    code = "not-in-invocation"


class ResultTimeout(RequestError, TimeoutError):
    """No result within the time given. The invocation goes on."""

    code = "result-timeout"


class InvocationEnded(PynencError):
    """The invocation is final and has neither a result nor an error of its task."""

    code = "invocation-ended"


class InvocationCancelled(InvocationEnded):
    """Somebody cancelled it."""

    code = "invocation-cancelled"


class InvocationExpired(InvocationEnded):
    """It did not start within its queue timeout."""

    code = "invocation-expired"


class InvocationDropped(InvocationEnded):
    """A limit was reached, and its task drops what is over a limit."""

    code = "invocation-dropped"


class TaskTimeout(PynencError, TimeoutError):
    """An attempt took longer than `timeout`, or all of them together longer than `total_timeout`."""

    code = "task-timeout"


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
