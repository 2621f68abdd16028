"""Many workers at once, on every store and on the clock of the server: each invocation runs once and ends once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pynenc import Pynenc
from pynenc._redis.shared import library_of
from pynenc.core.records import Answer, WorkerInfo
from pynenc.core.status import Status
from support.servers import raw_client
from support.stores import make_end, make_new, make_request, redis_app

WORKERS, INVOCATIONS = 6, 300


@pytest.fixture(params=["memory", "redis"])
def app(request: pytest.FixtureRequest) -> Iterator[Pynenc]:
    """An app on each kind of store, with nothing in it."""
    if request.param == "memory":
        yield Pynenc()
        return
    server = request.getfixturevalue("server")
    with raw_client(server) as client:
        client.flushall()
    found = redis_app(server)
    yield found
    library_of(found).close()


def work(app: Pynenc, worker: str) -> list[str]:
    """Run what there is until all has ended; the ids that this worker ended, and a few given back on the way."""
    ended: list[str] = []
    while app.orchestrator.counts().total(Status.SUCCESS) < INVOCATIONS:
        items = app.orchestrator.claim(worker, make_request(limit=3, start=3)).items
        if not items:
            app.broker.listen(worker, ["default"], 0.05)
        for item in items:
            if item.attempt == 1 and int(item.invocation_id) % 7 == 0:
                app.orchestrator.release(worker, item.invocation_id, item.fence)
            elif app.orchestrator.finish(worker, [make_end(item.invocation_id, item.fence)]) == [Answer.OK]:
                ended.append(item.invocation_id)
    return ended


def test_each_invocation_ends_exactly_once(app: Pynenc) -> None:
    app.orchestrator.open()
    for number in range(WORKERS):
        app.orchestrator.join(WorkerInfo(f"w{number}"), 60.0)
    app.orchestrator.enqueue([make_new(str(number)) for number in range(INVOCATIONS)])
    with ThreadPoolExecutor(WORKERS) as pool:
        ended = [name for names in pool.map(lambda number: work(app, f"w{number}"), range(WORKERS)) for name in names]
    assert Counter(ended) == Counter(str(number) for number in range(INVOCATIONS))
    assert app.orchestrator.counts().by_task == {"mail.send": {Status.SUCCESS: INVOCATIONS}}
    assert all(info.held == 0 for info in app.orchestrator.workers())
