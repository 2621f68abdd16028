"""`Invocation`: the handle of one requested execution. It holds no state but the final outcome once seen."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from pynenc.core.failures import Failure
from pynenc.core.options import TaskOptions
from pynenc.core.records import Answer, Change, InvocationRecord, Outcome, Query
from pynenc.core.seal import Keyring
from pynenc.core.status import FINAL, Status
from pynenc.errors import (
    InvocationCancelled,
    InvocationDropped,
    InvocationExpired,
    InvocationNotFound,
    RequestError,
)
from pynenc.rim import new_invocation_id
from pynenc.waiting import outcomes, outcomes_async

if TYPE_CHECKING:
    from pynenc.app import Pynenc

R = TypeVar("R")


class Invocation(Generic[R]):
    """One requested execution of a call. Equal to any other handle of the same invocation.

    Example:
        >>> invocation = add(1, 2)  # submits and returns at once
        >>> invocation.result  # waits, in plain code
        3
        >>> await invocation  # the same inside async code, in any event loop
        3
    """

    __slots__ = ("_outcome", "app", "invocation_id", "task_id")

    def __init__(self, app: Pynenc, invocation_id: str, task_id: str, outcome: Outcome | None = None) -> None:
        self.app = app
        self.invocation_id = invocation_id
        self.task_id = task_id
        self._outcome = outcome

    @classmethod
    def find(cls, app: Pynenc, invocation_id: str) -> Invocation[Any]:
        """The handle of an invocation that somebody else may have made.

        Raises:
            InvocationNotFound: there is none, or its result has expired.
        """
        return Invocation(app, invocation_id, _record_of(app, invocation_id).task_id)

    @classmethod
    def find_all(cls, app: Pynenc, query: Query) -> list[Invocation[Any]]:
        """The handles of all invocations that fit `query`, last changed first."""
        return [_handle_of(app, record) for record in app.state_backend.query(query)]

    def _record(self) -> InvocationRecord:
        return _record_of(self.app, self.invocation_id)

    @property
    def status(self) -> Status:
        """Where it stands now; one round trip until it has ended."""
        return self._outcome.status if self._outcome is not None else self._record().status

    @property
    def attempt(self) -> int:
        """How often it was started so far."""
        return self._record().attempt

    @property
    def history(self) -> tuple[Change, ...]:
        """Its changes of status so far, oldest first, each with its time, worker and attempt.

        A task with history `full` keeps the last 200 of them, any other one what the record tells: when it was
        registered, last started and last changed.

        Raises:
            InvocationNotFound: it has expired.
        """
        changes = self.app.state_backend.history(self.invocation_id)
        if not changes:
            raise _not_found(self.invocation_id)
        return tuple(changes)

    @property
    def result(self) -> R:
        """Wait until it has ended, then return what the function returned or raise what it raised.

        Inside a task, the waiting invocation is paused meanwhile and holds no slot. Raises as `get`.
        """
        return self.get()

    def get(self, timeout: float | None = None) -> R:
        """As `result`, but wait for at most `timeout` seconds.

        Raises:
            ResultTimeout: it has not ended by then; it goes on.
            InvocationNotFound: its result has expired.
            InvocationCancelled, InvocationExpired, InvocationDropped: it ended without having run to its end.
            CycleDetected: the invocation that asks is one that this one waits for.
            UsageError: called inside an event loop; `await` the invocation there.
        """
        if self._outcome is None:
            for _, outcome in outcomes(self.app, [self.invocation_id], timeout):
                self._outcome = outcome
        return self._value()

    def __await__(self) -> Generator[Any, None, R]:
        """As `result`, without blocking the event loop; cancelling the wait leaves the invocation alone."""
        return self._arrival().__await__()

    async def _arrival(self) -> R:
        if self._outcome is None:
            async for _, outcome in outcomes_async(self.app, [self.invocation_id]):
                self._outcome = outcome
        return self._value()

    def _value(self) -> R:
        return cast("R", value_of(self.app, self.task_id, cast("Outcome", self._outcome)))

    @property
    def exception(self) -> Exception | None:
        """What `result` would raise, or None; waits until the invocation has ended."""
        try:
            self.get()
        except Exception as error:
            if self._outcome is None:
                raise
            return error
        return None

    def cancel(self) -> bool:
        """Ask for it to end as CANCELLED; False if it had ended already.

        It ends at once unless a worker has it. Then the worker is told within seconds, and interrupts it, but an end
        of its own that comes first counts.

        Raises:
            InvocationNotFound: it has expired.
        """
        if self._outcome is not None:
            return False
        reason = Failure("InvocationCancelled", self._ended_text("was cancelled"), InvocationCancelled.__module__)
        ttl_seconds = options_of(self.app, self.task_id).seconds_of_failure
        answer = self.app.orchestrator.cancel(self.invocation_id, reason.dump(), ttl_seconds)
        if answer is Answer.GONE:
            raise _not_found(self.invocation_id)
        return answer is not Answer.ALREADY

    def _ended_text(self, how: str) -> str:
        return f"invocation {self.invocation_id} of {self.task_id} {how}"

    def retry(self) -> Invocation[R]:
        """Submit the call of one that has ended once more; the new invocation.

        It has all its retries again, and the limits and time limits of the first one.

        Raises:
            RequestError: it has not ended.
            InvocationNotFound: it has expired.
        """
        new_id = new_invocation_id()
        answer = self.app.orchestrator.requeue(self.invocation_id, new_id)
        if answer is Answer.GONE:
            raise _not_found(self.invocation_id)
        if answer is Answer.BADSTATE:
            raise RequestError(self._ended_text("has not ended; cancel it, or wait for its end, to run it again"))
        return Invocation(self.app, new_id, self.task_id)

    @property
    def is_settled(self) -> bool:
        """Whether this handle has seen the final outcome; no round trip."""
        return self._outcome is not None

    def settle(self, outcome: Outcome) -> None:
        """Remember the final outcome, which never changes."""
        self._outcome = outcome

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Invocation) and other.invocation_id == self.invocation_id

    def __hash__(self) -> int:
        return hash(self.invocation_id)

    def __repr__(self) -> str:
        return f"Invocation({self.invocation_id}, {self.task_id})"


def _record_of(app: Pynenc, invocation_id: str) -> InvocationRecord:
    record = app.state_backend.records([invocation_id])[0]
    if record is None:
        raise _not_found(invocation_id)
    return record


def _handle_of(app: Pynenc, record: InvocationRecord) -> Invocation[Any]:
    ended = record.status in FINAL
    outcome = Outcome(record.invocation_id, record.status, record.payload) if ended else None
    return Invocation(app, record.invocation_id, record.task_id, outcome)


def _not_found(invocation_id: str) -> InvocationNotFound:
    return InvocationNotFound(f"invocation {invocation_id} is unknown, or its result has expired")


def options_of(app: Pynenc, task_id: str) -> TaskOptions:
    """The options of a task, also of one that is not part of this program."""
    task = app.tasks.get(task_id)
    return task.options if task is not None else app.conf.task_options(task_id, {})


def value_of(app: Pynenc, task_id: str, outcome: Outcome) -> Any:
    """The value of a successful outcome; raises the error of any other."""
    payload = outcome.payload or b""
    if outcome.status is not Status.SUCCESS:
        raise error_of(task_id, outcome)
    task = app.tasks.get(task_id)
    if task is not None:
        return task.payloads.load_result(payload)
    # Of another program, or with source in the store: no annotations, but the same keys.
    keys = Keyring.read(app.conf.signing_keys)
    return app.serializer.deserialize(keys.open((app.conf.app_id, task_id, "result"), payload))


def error_of(task_id: str, outcome: Outcome) -> Exception:
    """What stands for the missing value of an invocation that has ended without success."""
    name = f"invocation {outcome.invocation_id} of {task_id}"
    match outcome.status:
        case Status.CANCELLED:
            return InvocationCancelled(f"{name} was cancelled")
        case Status.EXPIRED:
            return InvocationExpired(f"{name} did not start in the time that it had for that")
        case Status.CONCURRENCY_CONTROLLED_FINAL:
            return InvocationDropped(f"{name} was over a limit, and its task drops what is")
        case _:
            return Failure.load(outcome.payload or b"").to_exception(task_id)
