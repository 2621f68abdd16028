"""Waiting for outcomes: by pausing, inside a task; by watching an inbox, anywhere else. Nothing here polls for results.

A hint can be lost, with a connection for example, so a watcher asks for the records again now and then.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from pynenc import context
from pynenc.core.records import Outcome
from pynenc.errors import ResultTimeout, UsageError
from pynenc.rim import new_nonce
from pynenc.watcher import BATCH, LOOK_AGAIN_SECONDS, watched, with_payload

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class _Client(threading.local):
    """The name of this thread's inbox."""

    def __init__(self) -> None:
        self.name = f"client-{new_nonce()}"


_client = _Client()


def outcomes(
    app: Pynenc, invocation_ids: Sequence[str], timeout_seconds: float | None = None
) -> Iterator[tuple[str, Outcome]]:
    """Yield `(id, outcome)` of each invocation as it ends, in that order. Payloads are always present.

    Raises:
        ResultTimeout: not all ended within `timeout_seconds`; None waits for ever.
        InvocationNotFound: one of them is unknown or has expired.
        CycleDetected, ConcurrencyDeadlock, TooManyChildren: called by a task that would wait for ever, or for too many.
        UsageError: called inside an event loop, which it would block.
    """
    if context.in_event_loop():
        raise UsageError(context.USE_AWAIT)
    wanted = list(dict.fromkeys(invocation_ids))
    run = _run_of(app)
    if run is None:
        yield from _watch(app, wanted, timeout_seconds)
    elif wanted:
        yield from run.waiter.wait_for(wanted, timeout_seconds).items()


async def outcomes_async(
    app: Pynenc, invocation_ids: Sequence[str], timeout_seconds: float | None = None
) -> AsyncIterator[tuple[str, Outcome]]:
    """As `outcomes`, in any event loop and without blocking it."""
    wanted = list(dict.fromkeys(invocation_ids))
    run = _run_of(app)
    if run is None:
        async for outcome in _watch_async(app, wanted, timeout_seconds):
            yield outcome.invocation_id, outcome
    elif wanted:
        for item in (await run.waiter.wait_for_async(wanted, timeout_seconds)).items():
            yield item


def _run_of(app: Pynenc) -> context.Run | None:
    """The attempt that can be paused for waiting."""
    run = context.current()
    return run if run is not None and run.app is app else None


def _watch(app: Pynenc, invocation_ids: Sequence[str], timeout_seconds: float | None) -> Iterator[tuple[str, Outcome]]:
    deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    missing = set(invocation_ids)
    while missing:
        for outcome in _ended(app, sorted(missing)):
            missing.discard(outcome.invocation_id)
            yield outcome.invocation_id, outcome
        for outcome in _news(app, missing, deadline):
            yield outcome.invocation_id, outcome
        if missing and deadline is not None and time.monotonic() >= deadline:
            raise ResultTimeout(_timeout_text(app, sorted(missing)[0], timeout_seconds or 0.0))


def _ended(app: Pynenc, invocation_ids: Sequence[str]) -> Iterator[Outcome]:
    """What has ended already; the ends of the others will come to the inbox."""
    for first in range(0, len(invocation_ids), BATCH):
        found = app.orchestrator.watch(_client.name, invocation_ids[first : first + BATCH])
        yield from (outcome for outcome in found if outcome is not None)


def _news(app: Pynenc, missing: set[str], deadline: float | None) -> Iterator[Outcome]:
    """Outcomes from the inbox until all came, time is up, or nothing came for so long that a hint may be lost."""
    while missing:
        left = LOOK_AGAIN_SECONDS if deadline is None else min(LOOK_AGAIN_SECONDS, deadline - time.monotonic())
        news = app.broker.listen(_client.name, (), left) if left > 0 else None
        if not news:
            return
        if news.outcome is not None and news.outcome.invocation_id in missing:
            missing.discard(news.outcome.invocation_id)
            yield with_payload(app, news.outcome)


async def _watch_async(
    app: Pynenc, invocation_ids: Sequence[str], timeout_seconds: float | None
) -> AsyncIterator[Outcome]:
    deadline = None if timeout_seconds is None else asyncio.get_running_loop().time() + timeout_seconds
    arriving = watched(app, invocation_ids)
    async with aclosing(arriving):
        for _ in invocation_ids:
            limit = asyncio.timeout_at(deadline)
            try:
                async with limit:
                    outcome = await anext(arriving)
            except TimeoutError:
                if not limit.expired():
                    raise
                raise ResultTimeout(f"not all had ended after {timeout_seconds:g}s; they go on") from None
            yield outcome


def _timeout_text(app: Pynenc, invocation_id: str, timeout_seconds: float) -> str:
    record = app.state_backend.records([invocation_id])[0]
    state = record.status.value if record else "unknown"
    return f"invocation {invocation_id} is {state} after {timeout_seconds:g}s; it goes on, and can be asked again"
