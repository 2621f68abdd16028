"""An orchestrator that gets its order of work from a broker of the user's own.

The order of steps is what makes it safe: an invocation is recorded in the store first and routed then, and what the
broker hands out is claimed in the store by its id. A crash between two steps loses nothing: what is ready in the
store for some seconds is routed again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

from pynenc.broker.base import Ready
from pynenc.core.records import Answer, Claim, Enqueued, InvocationRecord, NewInvocation, Query, Recovered, Settlement
from pynenc.core.status import QUEUED
from pynenc.errors import BackendError
from pynenc.orchestrator.base import BaseOrchestrator, ClaimRequest, LossPolicy
from pynenc.rim import now_us

LOST_SECONDS = 5.0
"""What is ready for longer than this, by the record, is routed again by a sweep."""
AGAIN_SECONDS = 30.0
"""How long one process leaves an invocation alone that it has routed again."""
LOOKED_AT = 1000
STALE_BATCHES = 20
NOBODY = ("-",)
"""No invocation has this id: a claim of it takes nothing, and tells how the worker stands."""


def composed(store: type[BaseOrchestrator]) -> type[BaseOrchestrator]:
    """A class like `store` whose order of work is that of the app's broker."""
    return cast("type[BaseOrchestrator]", type(f"Composed{store.__name__}", (Composition, store), {}))


class Composition(BaseOrchestrator):
    """Overrides the steps that put work in order or take it out; everything else is the store's."""

    _routed_again: dict[tuple[str, int], float]
    """When an invocation was routed again, by its id and the time of the change that made it ready."""

    @property
    def _beneath(self) -> BaseOrchestrator:
        """The orchestrator of the store, whose steps these here extend."""
        return cast("BaseOrchestrator", super())

    def enqueue(self, invocations: Sequence[NewInvocation]) -> list[Enqueued]:
        """See `BaseOrchestrator.enqueue`."""
        answers = self._beneath.enqueue(invocations)
        self._route(
            Ready(new.invocation_id, new.queue, new.priority)
            for new, enqueued in zip(invocations, answers, strict=True)
            if enqueued.answer in (Answer.OK, Answer.DUPLICATE) and not new.due_us and not new.delay_us
        )
        return answers

    def claim(self, worker: str, request: ClaimRequest) -> Claim:
        """See `BaseOrchestrator.claim`. Ids that are not ready any more are passed over."""
        if request.ids or request.limit == 0:
            return self._beneath.claim(worker, request)
        for number in range(STALE_BATCHES):
            ids = tuple(self.app.broker.retrieve(request.queues, request.limit))
            one = replace(request, request=f"{request.request}.{number}", ids=ids or NOBODY, woken=False)
            claim = self._beneath.claim(worker, one)
            if claim.answer is Answer.DRAINING:
                self._route_known(ids)
            if claim.items or claim.answer is not Answer.OK or not ids:
                break
        self._pass_on(request)
        return claim

    def finish_and_claim(
        self, worker: str, settlements: Sequence[Settlement], request: ClaimRequest
    ) -> tuple[list[Answer], Claim]:
        """See `BaseOrchestrator.finish_and_claim`; here in two steps."""
        return self.finish(worker, settlements), self.claim(worker, request)

    def retry(self, worker: str, invocation_id: str, fence: str, delay_seconds: float) -> Answer:
        """See `BaseOrchestrator.retry`."""
        answer = self._beneath.retry(worker, invocation_id, fence, delay_seconds)
        self._route_known([invocation_id])
        return answer

    def release(self, worker: str, invocation_id: str, fence: str, *, unstarted: bool = False) -> Answer:
        """See `BaseOrchestrator.release`."""
        answer = self._beneath.release(worker, invocation_id, fence, unstarted=unstarted)
        self._route_known([invocation_id])
        return answer

    def recover(self, worker: str, policy: LossPolicy, blamed: Sequence[str] | None = None) -> list[Recovered]:
        """See `BaseOrchestrator.recover`."""
        recovered = self._beneath.recover(worker, policy, blamed)
        self._route_known([each.invocation_id for each in recovered])
        return recovered

    def requeue(self, invocation_id: str, new_id: str) -> Answer:
        """See `BaseOrchestrator.requeue`."""
        answer = self._beneath.requeue(invocation_id, new_id)
        self._route_known([new_id])
        return answer

    def sweep(self, policy: LossPolicy, limit: int = 50) -> list[Recovered]:
        """See `BaseOrchestrator.sweep`. Also routes again what the broker should have handed out by now."""
        recovered = self._beneath.sweep(policy, limit)
        self._route_known([each.invocation_id for each in recovered])
        self._route_lost()
        return recovered

    def _pass_on(self, request: ClaimRequest) -> None:
        """Put back the marker that the worker took, if there is more to do than it has taken."""
        if not request.woken:
            return
        sizes = self.app.broker.sizes(request.queues)
        for queue in request.queues:
            if sizes.get(queue):
                self.app.broker.wake(queue)

    def _route_lost(self) -> None:
        routed, now = self.__dict__.setdefault("_routed_again", {}), time.monotonic()
        for known in [known for known, at in routed.items() if now - at > AGAIN_SECONDS]:
            del routed[known]
        before = now_us() - round(LOST_SECONDS * 1e6)
        ready = self.app.state_backend.query(Query(statuses=QUEUED, limit=LOOKED_AT))
        lost = [one for one in ready if _is_due(one) and one.changed_us <= before and _version(one) not in routed]
        self._route(map(_ready, lost))
        routed.update((_version(one), now) for one in lost)

    def _route_known(self, invocation_ids: Sequence[str]) -> None:
        records = self.app.state_backend.records(invocation_ids)
        self._route(_ready(one) for one in records if one is not None and one.status in QUEUED and _is_due(one))

    def _route(self, ready: Iterable[Ready]) -> None:
        known = list(ready)
        if not known:
            return
        try:
            self.app.broker.route(known)
        except BackendError:
            self.app.logger.warning("the broker did not take %d invocations; they are routed again", len(known))
            return
        for queue in {one.queue for one in known}:
            self.app.broker.wake(queue)


def _is_due(record: InvocationRecord) -> bool:
    return not record.due_us


def _version(record: InvocationRecord) -> tuple[str, int]:
    return record.invocation_id, record.changed_us


def _ready(record: InvocationRecord) -> Ready:
    return Ready(record.invocation_id, record.queue, record.priority)
