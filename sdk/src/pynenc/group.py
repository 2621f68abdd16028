"""`InvocationGroup`: invocations that were submitted together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from pynenc.invocation import Invocation
from pynenc.waiting import outcomes

if TYPE_CHECKING:
    from pynenc.app import Pynenc

R = TypeVar("R")


class InvocationGroup(Generic[R]):
    """A sequence of invocations, in the order of submission."""

    __slots__ = ("app", "invocations")

    def __init__(self, app: Pynenc, invocations: Sequence[Invocation[R]]) -> None:
        self.app = app
        self.invocations = tuple(invocations)

    @property
    def results(self) -> Iterator[R]:
        """Results in the order of submission, each as soon as it and those before it are there.

        A failed member raises its error in its turn; iterate `invocations` to see every one.
        """
        arrived = self.as_completed()
        for invocation in self.invocations:
            while not invocation.is_settled:
                next(arrived)
            yield invocation.get()

    def as_completed(self, timeout: float | None = None) -> Iterator[Invocation[R]]:
        """Invocations as they end, successful or not.

        Raises:
            ResultTimeout: not all ended within `timeout` seconds.
        """
        by_id = {invocation.invocation_id: invocation for invocation in self.invocations}
        for invocation_id, outcome in outcomes(self.app, list(by_id), timeout):
            by_id[invocation_id].settle(outcome)
            yield by_id[invocation_id]

    def __iter__(self) -> Iterator[Invocation[R]]:
        return iter(self.invocations)

    def __len__(self) -> int:
        return len(self.invocations)

    def __repr__(self) -> str:
        return f"InvocationGroup({len(self.invocations)} invocations)"
