"""Waiting for outcomes: by pausing, inside a task; by watching an inbox, anywhere else. Nothing here polls for results.

A hint can be lost, with a connection for example, so a watcher asks for the records again now and then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pynenc import context
from pynenc.core.records import Outcome
from pynenc.errors import InvocationNotFound, ResultTimeout
from pynenc.rim import new_nonce

if TYPE_CHECKING:
    from pynenc.app import Pynenc

LOOK_AGAIN_SECONDS = 10.0


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
        CycleDetected: called by a task that one of them waits for.
    """
    run = context.current()
    if run is not None and run.app is app:
        yield from run.waiter.wait_for(list(dict.fromkeys(invocation_ids)), timeout_seconds).items()
    else:
        yield from _watch(app, list(dict.fromkeys(invocation_ids)), timeout_seconds)


def _watch(app: Pynenc, invocation_ids: Sequence[str], timeout_seconds: float | None) -> Iterator[tuple[str, Outcome]]:
    deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    missing = set(invocation_ids)
    while missing:
        for outcome in app.orchestrator.watch(_client.name, sorted(missing)):
            if outcome is not None:
                missing.discard(outcome.invocation_id)
                yield outcome.invocation_id, outcome
        for outcome in _news(app, missing, deadline):
            yield outcome.invocation_id, outcome
        if missing and deadline is not None and time.monotonic() >= deadline:
            raise ResultTimeout(_timeout_text(app, sorted(missing)[0], timeout_seconds or 0.0))


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


def with_payload(app: Pynenc, outcome: Outcome) -> Outcome:
    """`outcome` with its payload, read from the store if it did not travel with the news."""
    if outcome.payload is not None:
        return outcome
    record = app.state_backend.records([outcome.invocation_id])[0]
    if record is None:
        raise InvocationNotFound(f"invocation {outcome.invocation_id} ended, and its result has expired")
    return Outcome(record.invocation_id, record.status, record.payload)


def _timeout_text(app: Pynenc, invocation_id: str, timeout_seconds: float) -> str:
    record = app.state_backend.records([invocation_id])[0]
    state = record.status.value if record else "unknown"
    return f"invocation {invocation_id} is {state} after {timeout_seconds:g}s; it goes on, and can be asked again"
