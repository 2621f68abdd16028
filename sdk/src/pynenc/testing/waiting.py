"""What orchestrators promise of invocations that wait, are watched, cancelled, run again or forgotten, as tests."""

from __future__ import annotations

from functools import partial

from pynenc.core.records import Answer, Heartbeat, Limit, Outcome, Query, Recovered, WaitAnswer
from pynenc.core.status import Status
from pynenc.errors import InvocationNotFound
from pynenc.testing.builders import LEASE_SECONDS, POLICY, Store, make_end
from pynenc.testing.promises import expect_equal, expect_error, expect_there

S = Status
ONE = (Limit("mail.send", "a" * 24),)


class WaitingPromises:
    """Promises of `BaseOrchestrator` on waiting and watching; wants the fixture `store`."""

    def test_a_parent_pauses_until_its_last_child_ends(self, store: Store) -> None:
        """However its children end."""
        store.join("w1")
        fences = store.run("w1", "parent", "c1", "c2")
        parent = ("w1", "parent", fences["parent"])
        answers = [store.orchestrator.wait(*parent, ["c1", "c2"]).answer for _ in range(2)]
        expect_equal(answers, [Answer.PAUSED] * 2, "wait must be safe to repeat")
        expect_equal(store.status("parent"), S.PAUSED, "who waits must be PAUSED")
        store.orchestrator.finish("w1", [make_end("c1", fences["c1"])])
        expect_equal(store.orchestrator.resume(*parent), Answer.WAITING, "resume must wait for the last child")
        store.orchestrator.finish("w1", [make_end("c2", fences["c2"], S.FAILED)])
        answers = [store.orchestrator.resume(*parent) for _ in range(2)]
        expect_equal(answers, [Answer.OK] * 2, "resume must go on after the last child, and be safe to repeat")
        expect_equal(store.status("parent"), S.RUNNING, "who goes on must be RUNNING")

    def test_what_has_ended_or_is_unknown_is_not_waited_for(self, store: Store) -> None:
        """The caller stays RUNNING."""
        store.join("w1")
        fences = store.run("w1", "parent", "child")
        store.orchestrator.finish("w1", [make_end("child", fences["child"])])
        answer = store.orchestrator.wait("w1", "parent", fences["parent"], ["child", "unknown"]).answer
        expect_equal((answer, store.status("parent")), (Answer.READY, S.RUNNING), "there must be nothing to wait for")

    def test_a_wait_in_a_circle_is_refused_with_its_path(self, store: Store) -> None:
        """At any depth, and for oneself too."""
        store.join("w1")
        fences = store.run("w1", "a", "b", "c")
        for name, awaited in (("a", "b"), ("b", "c")):
            store.orchestrator.wait("w1", name, fences[name], [awaited])
        for awaited, path in (("a", ("c", "a", "b", "c")), ("c", ("c", "c"))):
            answer = store.orchestrator.wait("w1", "c", fences["c"], [awaited])
            expect_equal(answer, WaitAnswer(Answer.CYCLE, path), "a cycle must be refused with its path")
        expect_equal(store.status("c"), S.RUNNING, "who is refused must stay RUNNING")

    def test_a_wait_inside_ones_own_limit_is_refused(self, store: Store) -> None:
        """The child could never start."""
        store.join("w1")
        store.enqueue("parent", limits=ONE)
        (item,) = store.claim("w1")
        store.enqueue("child", limits=ONE)
        answer = store.orchestrator.wait("w1", "parent", item.fence, ["child"])
        wanted = WaitAnswer(Answer.DEADLOCK, ("child", "mail.send"))
        expect_equal(answer, wanted, "a wait inside one's own limit must be refused")

    def test_force_stops_the_waiting(self, store: Store) -> None:
        """A caller's time is up, for example."""
        store.join("w1")
        fences = store.run("w1", "parent", "child")
        store.orchestrator.wait("w1", "parent", fences["parent"], ["child"])
        answer = store.orchestrator.resume("w1", "parent", fences["parent"], force=True)
        expect_equal((answer, store.status("parent")), (Answer.OK, S.RUNNING), "force must stop the waiting")

    def test_a_single_ready_child_is_handed_to_its_parent(self, store: Store) -> None:
        """And again when the call is repeated; the end of the one resumes the other."""
        store.join("w1")
        fence = store.run("w1", "parent")["parent"]
        store.enqueue("child", limits=ONE)
        first, again = (store.orchestrator.wait("w1", "parent", fence, ["child"], ("default",)) for _ in range(2))
        expect_equal((first.answer, again), (Answer.INLINE, first), "a single ready child must be handed over")
        item = expect_there(first.item, "what is handed over must be in the answer")
        expect_equal((item.started, store.status("child")), (True, S.RUNNING), "what is handed over must run")
        end = make_end("child", item.fence)
        answers = [store.orchestrator.finish_and_resume("w1", end, "parent", fence) for _ in range(2)]
        wanted = [(Answer.OK, Answer.OK), (Answer.ALREADY, Answer.OK)]
        expect_equal(answers, wanted, "finish_and_resume must do both and be safe to repeat")

    def test_a_lost_parent_waits_no_more(self, store: Store) -> None:
        """It runs again, and its child may end before."""
        store.join("w1", "w2")
        parent, child = store.run("w1", "parent")["parent"], store.run("w2", "child")["child"]
        store.orchestrator.wait("w1", "parent", parent, ["child"])
        expect_equal(store.orchestrator.recover("w1", POLICY), [Recovered("parent", S.REROUTED)], "it must run again")
        ends = store.orchestrator.finish("w2", [make_end("child", child)])
        expect_equal(ends, [Answer.OK], "a child must end without its parent")
        (item,) = store.claim("w2")
        answer = store.orchestrator.wait("w2", "parent", item.fence, ["child"]).answer
        expect_equal((item.invocation_id, answer), ("parent", Answer.READY), "it must find its child's end")

    def test_a_watcher_gets_what_has_ended(self, store: Store) -> None:
        """None for what has not; an unknown id is an error."""
        store.join("w1")
        fences = store.run("w1", "i1", "i2")
        store.orchestrator.finish("w1", [make_end("i1", fences["i1"])])
        outcome = Outcome("i1", S.SUCCESS, b"SUCCESS")
        for _ in range(2):
            found = store.orchestrator.watch("client", ["i1", "i2"])
            expect_equal(found, [outcome, None], "watch must tell what has ended, and be safe to repeat")
        unknown = partial(store.orchestrator.watch, "client", ["i1", "nobody"])
        expect_error(InvocationNotFound, unknown, "watch must refuse an unknown id")


class CancellingPromises:
    """Promises of `BaseOrchestrator` on cancelling, requeueing and forgetting; wants the fixture `store`."""

    def test_what_nobody_owns_ends_at_once(self, store: Store) -> None:
        """Whether it is ready or delayed."""
        store.join("w1")
        store.enqueue("ready")
        store.enqueue("later", delay_us=60_000_000)
        for name in ("ready", "later"):
            answers = [store.orchestrator.cancel(name, b"why", 60) for _ in range(2)]
            expect_equal(answers, [Answer.OK, Answer.ALREADY], "cancel must be safe to repeat")
            record = store.record(name)
            expect_equal((record.status, record.payload), (S.CANCELLED, b"why"), "cancel must keep its error")
        expect_equal(store.orchestrator.cancel("nobody", b"", 60), Answer.GONE, "an unknown id must be GONE")
        expect_equal(store.claim("w1"), [], "what is cancelled must not run")

    def test_an_owner_is_asked_by_its_beat_and_confirms(self, store: Store) -> None:
        """It may end CANCELLED only because somebody asked."""
        store.join("w1")
        fence = store.run("w1", "i1")["i1"]
        end = [make_end("i1", fence, S.CANCELLED)]
        expect_equal(store.orchestrator.finish("w1", end), [Answer.BADSTATE], "nobody asked for CANCELLED")
        expect_equal(store.orchestrator.cancel("i1", b"why", 60), Answer.CANCELLING, "cancel must ask the owner")
        expect_equal(store.record("i1").cancelling, True, "the record must say that its owner was asked")
        beats = store.orchestrator.beat(["w1"], LEASE_SECONDS)
        expect_equal(beats, [Heartbeat(Answer.OK, ("i1",))], "beat must tell what is to be cancelled")
        expect_equal(store.orchestrator.finish("w1", end), [Answer.OK], "an owner who was asked may confirm")
        expect_equal(store.status("i1"), S.CANCELLED, "what was confirmed must be CANCELLED")

    def test_what_is_to_be_cancelled_does_not_run_again(self, store: Store) -> None:
        """Neither after a retry or a release, nor after its worker was lost; an end that comes first counts."""
        store.join("w1")
        fences = store.run("w1", "retried", "released", "ended", "lost")
        for name in fences:
            store.orchestrator.cancel(name, b"why", 60)
        store.orchestrator.retry("w1", "retried", fences["retried"], 1.0)
        store.orchestrator.release("w1", "released", fences["released"])
        store.orchestrator.finish("w1", [make_end("ended", fences["ended"])])
        store.orchestrator.recover("w1", POLICY)
        found = [store.status(name) for name in ("retried", "released", "lost", "ended")]
        expect_equal(found, [S.CANCELLED] * 3 + [S.SUCCESS], "what is to be cancelled must not run again")

    def test_a_final_one_is_enqueued_again(self, store: Store) -> None:
        """With new budgets."""
        store.join("w1")
        fence = store.run("w1", "i1")["i1"]
        expect_equal(store.orchestrator.requeue("i1", "i2"), Answer.BADSTATE, "what runs must not be requeued")
        store.orchestrator.finish("w1", [make_end("i1", fence, S.FAILED)])
        answers = [store.orchestrator.requeue("i1", "i2") for _ in range(2)]
        expect_equal(answers, [Answer.OK, Answer.DUPLICATE], "requeue must be safe to repeat")
        expect_equal(store.orchestrator.requeue("nobody", "i3"), Answer.GONE, "an unknown id must be GONE")
        (item,) = store.claim("w1")
        found = (item.invocation_id, item.task_id, item.attempt, item.retries)
        expect_equal(found, ("i2", "mail.send", 1, 0), "requeue must make the same call anew")

    def test_forgetting_leaves_nothing_behind(self, store: Store) -> None:
        """Wherever it stood; final ones stay in the counts."""
        store.join("w1")
        fences = store.run("w1", "owned", "parent", "ended")
        store.orchestrator.finish("w1", [make_end("ended", fences["ended"])])
        store.enqueue("waiting")
        store.enqueue("later", delay_us=60_000_000)
        store.orchestrator.wait("w1", "parent", fences["parent"], ["waiting"])
        forgotten = store.orchestrator.forget(["waiting", "later", "owned", "ended", "nobody"])
        expect_equal(forgotten, 4, "forget must count what there was")
        ends = store.orchestrator.finish("w1", [make_end("owned", fences["owned"])])
        expect_equal(ends, [Answer.GONE], "an owner must be told GONE")
        answer = store.orchestrator.resume("w1", "parent", fences["parent"])
        expect_equal(answer, Answer.OK, "what is forgotten must not be waited for")
        counts = store.orchestrator.counts().by_task
        expect_equal(counts, {"mail.send": {S.RUNNING: 1, S.SUCCESS: 1}}, "counts must add up")

    def test_a_purge_forgets_all_invocations_and_keeps_the_limits(self, store: Store) -> None:
        """In batches."""
        store.join("w1")
        store.run("w1", "i1", "i2")
        store.enqueue(*(f"n{number}" for number in range(498)))
        store.enqueue("last")
        store.orchestrator.set_limit("shared", 2)
        *_, last = store.orchestrator.purge()
        expect_equal(last, 501, "purge must say how many there were")
        expect_equal(store.state_backend.query(Query()), [], "purge must leave nothing")
        expect_equal(store.orchestrator.counts().by_task, {}, "purge must begin the counts anew")
        expect_equal(store.orchestrator.limits(), {"shared": 2}, "purge must keep the limits")
