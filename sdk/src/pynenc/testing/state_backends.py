"""What state backends promise, as tests for pytest."""

from __future__ import annotations

from collections.abc import Sequence

from pynenc.core.records import Change, History, InvocationRecord, Query
from pynenc.core.status import Status
from pynenc.testing.builders import POLICY, Store, make_end
from pynenc.testing.promises import expect_equal

S = Status


def ids(records: Sequence[InvocationRecord]) -> list[str]:
    """The ids of records, in their order."""
    return [record.invocation_id for record in records]


class StateBackendPromises:
    """Promises of `BaseStateBackend`, behind the orchestrator of its app; wants the fixture `store`."""

    def test_records_come_in_the_order_asked_for(self, store: Store) -> None:
        """None for what is unknown."""
        store.enqueue("i1", "i2")
        found = store.state_backend.records(["i2", "unknown", "i1"])
        names = [record and record.invocation_id for record in found]
        expect_equal(names, ["i2", None, "i1"], "records must come in the order asked for")
        expect_equal(store.state_backend.records([]), [], "to ask for nothing must be no error")

    def test_a_record_is_a_copy(self, store: Store) -> None:
        """What happens later is not seen in it."""
        store.join("w1")
        store.enqueue("i1")
        before = store.record("i1")
        store.claim("w1")
        expect_equal((before.status, store.status("i1")), (S.REGISTERED, S.RUNNING), "a record must stay as it was")

    def test_a_query_lists_what_waits_runs_and_has_ended(self, store: Store) -> None:
        """Last changed first, and only what fits."""
        store.join("w1")
        fences = store.run("w1", "ended")
        store.clock.advance(1)
        store.orchestrator.finish("w1", [make_end("ended", fences["ended"])])
        store.clock.advance(1)
        store.enqueue("ready", task_id="other.task", queue="other")
        store.clock.advance(1)
        store.enqueue("later", delay_us=9_000_000)
        query = store.state_backend.query
        expect_equal(ids(query(Query())), ["later", "ready", "ended"], "a query must list the last changed first")
        expect_equal(ids(query(Query(limit=2))), ["later", "ready"], "a query must list no more than its limit")
        expect_equal(ids(query(Query(task_id="other.task"))), ["ready"], "a query must look at the task")
        waiting = Query(queue="default", statuses=frozenset({S.REGISTERED, S.RUNNING}))
        expect_equal(ids(query(waiting)), ["later"], "a query must look at queue and statuses")

    def test_what_is_not_to_be_listed_after_its_end_is_not(self, store: Store) -> None:
        """Its record is there."""
        store.join("w1")
        store.enqueue("i1", history=History.OFF)
        (item,) = store.claim("w1")
        expect_equal(ids(store.state_backend.query(Query())), ["i1"], "what runs must be listed always")
        store.orchestrator.finish("w1", [make_end("i1", item.fence)])
        expect_equal(store.state_backend.query(Query()), [], "history off must not be listed after its end")
        expect_equal(store.status("i1"), S.SUCCESS, "history off must keep the record")

    def test_a_full_history_has_every_status(self, store: Store) -> None:
        """Oldest first, with workers and attempts."""
        store.join("w1", "w2")
        store.enqueue("i1", history=History.FULL)
        store.claim("w1")
        store.orchestrator.recover("w1", POLICY)
        (item,) = store.claim("w2")
        store.orchestrator.finish("w2", [make_end("i1", item.fence)])
        wanted = [
            (S.REGISTERED, "", 0),
            (S.PENDING, "w1", 0),
            (S.RUNNING, "w1", 1),
            (S.RUNNING_RECOVERY, "w1", 1),
            (S.REROUTED, "", 1),
            (S.PENDING, "w2", 1),
            (S.RUNNING, "w2", 2),
            (S.SUCCESS, "w2", 2),
        ]
        changes = store.state_backend.history("i1")
        expect_equal([_without_time(change) for change in changes], wanted, "a full history must have every status")
        times = [change.at_us for change in changes]
        expect_equal(times, sorted(times), "a history must begin with the oldest")

    def test_another_history_has_what_the_record_tells(self, store: Store) -> None:
        """Nothing for what is unknown."""
        store.join("w1")
        fence = store.run("w1", "i1")["i1"]
        store.orchestrator.finish("w1", [make_end("i1", fence)])
        found = [change.status for change in store.state_backend.history("i1")]
        expect_equal(found, [S.REGISTERED, S.RUNNING, S.SUCCESS], "a history must tell what the record knows")
        expect_equal(store.state_backend.history("nobody"), [], "an unknown id must have no history")

    def test_what_failed_is_dead_until_it_is_requeued(self, store: Store) -> None:
        """Newest first."""
        store.join("w1")
        for name in ("i1", "i2", "i3"):
            fence = store.run("w1", name)[name]
            store.clock.advance(1)
            store.orchestrator.finish("w1", [make_end(name, fence, S.SUCCESS if name == "i3" else S.FAILED)])
        expect_equal(ids(store.state_backend.dead()), ["i2", "i1"], "what failed must be dead, newest first")
        expect_equal(ids(store.state_backend.dead(1)), ["i2"], "no more than the limit must be listed")
        store.orchestrator.requeue("i2", "again")
        expect_equal(ids(store.state_backend.dead()), ["i1"], "what was requeued must not be dead")


def _without_time(change: Change) -> tuple[Status, str, int]:
    return change.status, change.worker, change.attempt
