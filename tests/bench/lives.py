"""Lives of invocations in which each function of the library is called; who times them is `history`."""

from __future__ import annotations

from pynenc import Pynenc
from pynenc.core.records import Claimed, Limit, NewInvocation, Settlement, TaskDefinition, WorkerInfo
from pynenc.core.status import Status
from pynenc.orchestrator.base import ClaimRequest, LossPolicy

OWNER = "owner"
TTL = 3600
FIRST = 9
"""Priority that is handed out before all that a deep queue holds."""
POLICY = LossPolicy(max_losses=3, payload=b"lost", ttl_seconds=TTL)
LEASE = 86_400.0


class Lives:
    """What one worker asks the store for; every life ends what it began."""

    def __init__(self, app: Pynenc, queue: str, limit: Limit) -> None:
        self._verbs = app.orchestrator
        self._queue, self._limit = queue, limit
        self._count = 0

    def live(self, number: int) -> None:
        """One of each."""
        self._wait_and_retry()
        self._run_inline()
        self._pass_a_place_on()
        self._end_early()
        self._lose_a_worker(number)
        self._look_after(number)

    def _enqueue(self, *limits: Limit, inline: bool = True) -> str:
        self._count += 1
        name = f"0192f0c1-5a5e-7000-9000-{self._count:012x}"
        call = NewInvocation(
            name, "shop.orders.ship", b"{}", self._queue, FIRST, limits=limits, inline=inline, total_timeout_us=10**9
        )
        self._verbs.enqueue([call])
        return name

    def _request(self, start: int = 1) -> ClaimRequest:
        self._count += 1
        return ClaimRequest(f"l{self._count}", (self._queue,), 1, start)

    def _claim(self, start: int = 1, worker: str = OWNER) -> Claimed:
        return self._verbs.claim(worker, self._request(start)).items[0]

    def _end(self, item: Claimed, status: Status = Status.SUCCESS) -> Settlement:
        return Settlement(item.invocation_id, item.fence, status, b"7", TTL)

    def _wait_and_retry(self) -> None:
        """A parent waits for a child that another claim runs, then fails once and is given back once."""
        verbs = self._verbs
        self._enqueue()
        parent = self._claim(start=0)
        verbs.start(OWNER, parent.invocation_id, parent.fence)
        child = self._enqueue(inline=False)
        verbs.watch("client", [child])
        verbs.wait(OWNER, parent.invocation_id, parent.fence, [child])
        verbs.finish(OWNER, [self._end(self._claim())])
        verbs.resume(OWNER, parent.invocation_id, parent.fence)
        verbs.retry(OWNER, parent.invocation_id, parent.fence, 0.0)
        again = self._claim()
        verbs.release(OWNER, again.invocation_id, again.fence)
        _, claimed = verbs.finish_and_claim(OWNER, [self._end(self._claim())], self._request())
        verbs.finish(OWNER, [self._end(item) for item in claimed.items])

    def _run_inline(self) -> None:
        self._enqueue()
        parent = self._claim()
        child = self._enqueue()
        item = self._verbs.wait(OWNER, parent.invocation_id, parent.fence, [child], [self._queue]).item
        assert item is not None  # it is the first of its queue, and nothing holds it back
        self._verbs.finish_and_resume(OWNER, self._end(item), parent.invocation_id, parent.fence)
        self._verbs.finish(OWNER, [self._end(parent)])

    def _pass_a_place_on(self) -> None:
        """One is parked beside all the others; one more place promotes the best of them."""
        self._enqueue(self._limit)
        claimed = self._verbs.claim(OWNER, self._request()).items
        self._verbs.finish(OWNER, [self._end(item) for item in claimed])
        self._verbs.set_limit(self._limit.name, 2)
        self._verbs.set_limit(self._limit.name, None)

    def _end_early(self) -> None:
        waiting, over = self._enqueue(), self._enqueue()
        self._verbs.cancel(waiting, b"not wanted", TTL)
        self._verbs.finish(OWNER, [self._end(self._claim(), Status.FAILED)])
        self._count += 1
        self._verbs.requeue(over, f"again-{self._count}")
        self._verbs.cancel(f"again-{self._count}", b"not wanted", TTL)
        self._verbs.forget([waiting, over, self._enqueue()])

    def _lose_a_worker(self, number: int) -> None:
        worker = f"lost-{number}"
        self._verbs.join(WorkerInfo(worker), LEASE)
        for _ in range(5):
            self._enqueue()
            self._claim(worker=worker)
        recovered = [each.invocation_id for each in self._verbs.recover(worker, POLICY)]
        self._verbs.forget(recovered)

    def _look_after(self, number: int) -> None:
        self._verbs.open()
        self._verbs.beat([OWNER], LEASE)
        self._verbs.sweep(POLICY)
        self._verbs.publish(TaskDefinition("shop.orders.ship", max_retries=number % 5))
        self._verbs.withdraw("shop.orders.ship")
        self._verbs.workers()
