"""`InvocationGroup`: invocations that were submitted together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from pynenc.core.records import Outcome
from pynenc.invocation import Invocation
from pynenc.waiting import outcomes, outcomes_async

if TYPE_CHECKING:
    from pynenc.app import Pynenc

R = TypeVar("R")


class InvocationGroup(Sequence[Invocation[R]]):
    """A sequence of invocations, in the order of submission; waiting for all of them is one wait.

    Example:
        >>> group = add.parallelize([(1, 2), (3, 4)])
        >>> list(group.results)
        [3, 7]
        >>> await group  # inside async code
        [3, 7]
    """

    __slots__ = ("app", "invocations")

    def __init__(self, app: Pynenc, invocations: Sequence[Invocation[R]]) -> None:
        self.app = app
        self.invocations = tuple(invocations)

    @property
    def results(self) -> Iterator[R]:
        """Results in the order of submission, each as soon as it and those before it are there.

        A failed member raises its error in its turn, which ends the iteration; see `exception` of each member for all.
        """
        return self._results(None)

    def get(self, timeout: float | None = None) -> list[R]:
        """All results in the order of submission; the first failed member raises its error.

        Raises:
            ResultTimeout: not all ended within `timeout` seconds; they go on.
        """
        return list(self._results(timeout))

    def _results(self, timeout: float | None) -> Iterator[R]:
        arrived = iter(self.as_completed(timeout))
        for invocation in self.invocations:
            while not invocation.is_settled:
                next(arrived)
            yield invocation.get()

    def __await__(self) -> Generator[Any, None, list[R]]:
        """As `get`, without blocking the event loop; cancelling the wait leaves the invocations alone."""
        return self._arrival().__await__()

    async def _arrival(self) -> list[R]:
        async for _ in self.as_completed():
            pass
        return [invocation.get() for invocation in self.invocations]

    def as_completed(self, timeout: float | None = None) -> Arrivals[R]:
        """Invocations as they end, successful or not: for a `for` loop, or `async for` inside async code.

        Inside a task, which is paused for the wait, all come when the last one has ended.

        Raises:
            ResultTimeout: not all ended within `timeout` seconds.
        """
        return Arrivals(self.app, self.invocations, timeout)

    def cancel(self) -> int:
        """Cancel all that have not ended; how many of them were ended or are being ended.

        Raises:
            InvocationNotFound: one of them has expired.
        """
        return sum(invocation.cancel() for invocation in dict.fromkeys(self.invocations))

    def __iter__(self) -> Iterator[Invocation[R]]:
        return iter(self.invocations)

    def __len__(self) -> int:
        return len(self.invocations)

    @overload
    def __getitem__(self, index: int) -> Invocation[R]: ...

    @overload
    def __getitem__(self, index: slice) -> InvocationGroup[R]: ...

    def __getitem__(self, index: int | slice) -> Invocation[R] | InvocationGroup[R]:
        if isinstance(index, slice):
            return InvocationGroup(self.app, self.invocations[index])
        return self.invocations[index]

    def __repr__(self) -> str:
        return f"InvocationGroup({len(self.invocations)} invocations)"


class Arrivals(Generic[R]):
    """Invocations as they end; iterate it once or more often, what has ended comes first. Raises ResultTimeout."""

    def __init__(self, app: Pynenc, invocations: Sequence[Invocation[R]], timeout: float | None) -> None:
        self._app = app
        self._invocations = invocations
        self._timeout = timeout

    def __iter__(self) -> Iterator[Invocation[R]]:
        settled, open_ = self._parted()
        yield from settled
        for _, outcome in outcomes(self._app, list(open_), self._timeout) if open_ else ():
            yield from _settle(open_, outcome)

    async def __aiter__(self) -> AsyncIterator[Invocation[R]]:
        settled, open_ = self._parted()
        for invocation in settled:
            yield invocation
        if open_:
            async for _, outcome in outcomes_async(self._app, list(open_), self._timeout):
                for invocation in _settle(open_, outcome):
                    yield invocation

    def _parted(self) -> tuple[list[Invocation[R]], dict[str, list[Invocation[R]]]]:
        """Those that have ended, and the others by id: several calls can share one invocation."""
        settled: list[Invocation[R]] = []
        open_: dict[str, list[Invocation[R]]] = {}
        for invocation in self._invocations:
            if invocation.is_settled:
                settled.append(invocation)
            else:
                open_.setdefault(invocation.invocation_id, []).append(invocation)
        return settled, open_


def _settle(by_id: dict[str, list[Invocation[R]]], outcome: Outcome) -> list[Invocation[R]]:
    members = by_id[outcome.invocation_id]
    for invocation in members:
        invocation.settle(outcome)
    return members
