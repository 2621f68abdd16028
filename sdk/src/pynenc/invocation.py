"""`Invocation`: the handle of one requested execution. It holds no state but the final outcome once seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from pynenc.core.failures import Failure
from pynenc.core.records import InvocationRecord, Outcome
from pynenc.core.status import Status
from pynenc.errors import InvocationNotFound, TaskFailed
from pynenc.waiting import outcomes

if TYPE_CHECKING:
    from pynenc.app import Pynenc

R = TypeVar("R")


class Invocation(Generic[R]):
    """One requested execution of a call. Equal to any other handle of the same invocation."""

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
    def result(self) -> R:
        """Wait until it has ended, then return what the function returned or raise what it raised.

        Inside a task, the waiting invocation is paused meanwhile and holds no slot.
        """
        return self.get()

    def get(self, timeout: float | None = None) -> R:
        """As `result`, but wait for at most `timeout` seconds.

        Raises:
            ResultTimeout: it has not ended by then; it goes on.
            InvocationNotFound: its result has expired.
            CycleDetected: the invocation that asks is one that this one waits for.
        """
        if self._outcome is None:
            for _, outcome in outcomes(self.app, [self.invocation_id], timeout):
                self._outcome = outcome
        return cast("R", value_of(self.app, self.task_id, cast("Outcome", self._outcome)))

    @property
    def exception(self) -> Exception | None:
        """What `result` would raise, or None; waits until the invocation has ended."""
        try:
            self.get()
        except TaskFailed as error:
            return error
        except Exception as error:
            if self._outcome is None:
                raise
            return error
        return None

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
        raise InvocationNotFound(f"invocation {invocation_id} is unknown, or its result has expired")
    return record


def value_of(app: Pynenc, task_id: str, outcome: Outcome) -> Any:
    """The value of a successful outcome; raises the error of any other."""
    payload = outcome.payload or b""
    if outcome.status is not Status.SUCCESS:
        raise Failure.load(payload).to_exception(task_id)
    task = app.tasks.get(task_id)
    return task.payloads.load_result(payload) if task is not None else app.serializer.deserialize(payload)
