"""What orchestrators promise of the way of an invocation from enqueue to its end, as tests for pytest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pynenc.core.records import (
    Answer,
    Declaration,
    DeclaredKind,
    Drained,
    Enqueued,
    Heartbeat,
    Recovered,
    Settlement,
    TaskDefinition,
    WorkerInfo,
)
from pynenc.core.status import Status
from pynenc.testing.builders import LEASE_SECONDS, POLICY, Store, make_end, make_new, make_request
from pynenc.testing.promises import expect, expect_equal

S = Status
ORDERLY = replace(POLICY, max_losses=0)


def owner_steps(store: Store, worker: str, invocation_id: str, fence: str) -> Iterator[tuple[str, Answer]]:
    """Takes all steps that only an owner may take; their names and answers."""
    own, owner = store.orchestrator, (worker, invocation_id, fence)
    yield "start", own.start(*owner)
    yield "finish", own.finish(worker, [make_end(invocation_id, fence)])[0]
    yield "retry", own.retry(*owner, 1.0)
    yield "release", own.release(*owner)
    yield "wait", own.wait(*owner, []).answer
    yield "resume", own.resume(*owner)


class LifePromises:
    """Promises of `BaseOrchestrator` on enqueueing, claiming, running, ending and losing; wants `store`."""

    def test_a_new_invocation_is_kept_as_it_was_given(self, store: Store) -> None:
        """Payloads are opaque bytes."""
        new = make_new("i1", arguments=b"\x00\xff", queue="mails", priority=3, parent_id="i0")
        expect_equal(store.orchestrator.enqueue([new]), [Enqueued(Answer.OK, "i1")], "enqueue must answer OK")
        record = store.record("i1")
        kept = (record.task_id, record.arguments, record.queue, record.priority, record.parent_id)
        expect_equal(kept, ("mail.send", b"\x00\xff", "mails", 3, "i0"), "a record must say what was enqueued")
        begun = (record.status, record.attempt, record.retries, record.losses, record.worker)
        expect_equal(begun, (S.REGISTERED, 0, 0, 0, ""), "a new record must be REGISTERED and owned by nobody")

    def test_a_known_id_is_left_alone(self, store: Store) -> None:
        """A repeated request, because a reply was lost, changes nothing."""
        store.enqueue("i1")
        again = store.orchestrator.enqueue([make_new("i1", task_id="other.task"), make_new("i2"), make_new("i2")])
        answers = [one.answer for one in again]
        expect_equal(answers, [Answer.DUPLICATE, Answer.OK, Answer.DUPLICATE], "enqueue must answer one by one")
        expect_equal(store.record("i1").task_id, "mail.send", "a known id must keep its record")
        expect_equal(store.orchestrator.enqueue([]), [], "to enqueue nothing must be no error")

    def test_only_a_worker_that_joined_may_claim(self, store: Store) -> None:
        """And it may join only once the store is open."""
        join, worker = store.orchestrator.join, WorkerInfo("w1")
        expect_equal(join(worker, LEASE_SECONDS), Answer.NOTREADY, "join must wait for open")
        expect_equal(store.orchestrator.open(), Answer.OK, "open must answer OK")
        answers = [join(worker, LEASE_SECONDS) for _ in range(2)]
        expect_equal(answers, [Answer.OK, Answer.DUPLICATE], "join must know a worker again")
        store.enqueue("i1")
        claim = store.orchestrator.claim("stranger", make_request())
        expect_equal(claim.answer, Answer.LOST, "a claim of an unknown worker must be refused")
        expect_equal(store.status("i1"), S.REGISTERED, "a refused claim must take nothing")

    def test_each_invocation_is_handed_out_once(self, store: Store) -> None:
        """However many ask."""
        store.join("w1", "w2")
        store.enqueue("i1", "i2", "i3")
        found = [item.invocation_id for worker in ("w1", "w2", "w1") for item in store.claim(worker, limit=2)]
        expect_equal(sorted(found), ["i1", "i2", "i3"], "claims must hand out each id once")

    def test_a_claim_starts_as_many_as_it_is_told_to(self, store: Store) -> None:
        """The others are PENDING, and their start is counted later and once."""
        store.join("w1")
        store.enqueue("i1", "i2", arguments=b"[1]", parent_id="i0")
        first, second = store.claim("w1", limit=2, start=1)
        expect_equal((first.started, first.attempt), (True, 1), "the first items must be started")
        expect_equal((second.started, second.attempt), (False, 0), "the other items must not be started")
        expect_equal((second.arguments, second.parent_id), (b"[1]", "i0"), "an item must carry its call")
        expect_equal(store.status(second.invocation_id), S.PENDING, "an item not started must be PENDING")
        owner = ("w1", second.invocation_id, second.fence)
        answers = [store.orchestrator.start(*owner) for _ in range(2)]
        expect_equal(answers, [Answer.OK, Answer.OK], "start must be safe to repeat")
        record = store.record(second.invocation_id)
        expect_equal((record.status, record.attempt), (S.RUNNING, 1), "start must count one attempt")

    def test_a_repeated_claim_gets_the_same(self, store: Store) -> None:
        """The reply was lost, so the worker does not know yet what it owns."""
        store.join("w1")
        store.enqueue("i1", "i2")
        request = make_request()
        first, again = (store.orchestrator.claim("w1", request).items for _ in range(2))
        expect_equal(again, first, "a claim under a known request must give the same items")
        expect_equal(store.record(first[0].invocation_id).attempt, 1, "a repeated claim must count no attempt")

    def test_the_end_is_kept_and_a_second_one_changes_nothing(self, store: Store) -> None:
        """An empty payload is one too."""
        store.join("w1")
        fences = store.run("w1", "i1", "i2")
        ends = [
            Settlement("i1", fences["i1"], S.FAILED, b"\x00", 60),
            Settlement("i2", fences["i2"], S.SUCCESS, b"", 9),
        ]
        expect_equal(store.orchestrator.finish("w1", ends), [Answer.OK] * 2, "finish must take an owner's ends")
        before = store.record("i1")
        expect_equal((before.status, before.payload), (S.FAILED, b"\x00"), "finish must keep status and payload")
        expect_equal((store.status("i2"), store.record("i2").payload), (S.SUCCESS, b""), "b'' must be a payload")
        again = store.orchestrator.finish("w1", [make_end("i1", fences["i1"])])
        expect_equal(again, [Answer.ALREADY], "a second end under the same fence must be ALREADY")
        expect_equal(store.record("i1"), before, "a second end must change nothing")

    def test_one_stale_end_does_not_hold_up_the_others(self, store: Store) -> None:
        """One answer each."""
        store.join("w1")
        fences = store.run("w1", "i1", "i2")
        ends = [make_end("i1", "1"), make_end("i2", fences["i2"]), make_end("nobody", "1")]
        wanted = [Answer.FENCED, Answer.OK, Answer.GONE]
        expect_equal(store.orchestrator.finish("w1", ends), wanted, "finish must answer each settlement by itself")

    def test_finish_and_claim_is_both_and_may_be_repeated(self, store: Store) -> None:
        """A lost reply costs nothing."""
        store.join("w1")
        fence = store.run("w1", "i1")["i1"]
        store.enqueue("i2")
        ends, request = [make_end("i1", fence)], make_request()
        answers, claim = store.orchestrator.finish_and_claim("w1", ends, request)
        names = [item.invocation_id for item in claim.items]
        expect_equal((answers, names), ([Answer.OK], ["i2"]), "finish_and_claim must do both")
        again, claim_again = store.orchestrator.finish_and_claim("w1", ends, request)
        expect_equal((again, claim_again.items), ([Answer.ALREADY], claim.items), "it must be safe to repeat")

    def test_a_former_owner_is_refused(self, store: Store) -> None:
        """Another worker, or another attempt of the same one: the fence decides."""
        store.join("w1", "w2")
        for name, next_owner in (("i1", "w1"), ("i2", "w2")):
            fence = store.run("w1", name)[name]
            store.orchestrator.release("w1", name, fence)
            (item,) = store.claim(next_owner)
            expect(item.fence != fence, "every claim must have a new fence")
            before = store.record(name)
            for step, answer in owner_steps(store, "w1", name, fence):
                expect_equal(answer, Answer.FENCED, f"{step} of a former owner must be refused")
            expect_equal(store.record(name), before, "a refused step must change nothing")

    def test_nobody_owns_what_was_never_claimed(self, store: Store) -> None:
        """And what is not there is GONE."""
        store.join("w1")
        store.enqueue("i1")
        for worker, fence in (("", ""), ("w1", "0")):
            for step, answer in owner_steps(store, worker, "i1", fence):
                expect_equal(answer, Answer.FENCED, f"{step} without an owner must be refused")
        for step, answer in owner_steps(store, "w1", "unknown", "1"):
            expect_equal(answer, Answer.GONE, f"{step} of an unknown id must be GONE")

    def test_a_retry_is_counted(self, store: Store) -> None:
        """Repeating the call is safe."""
        store.join("w1")
        fence = store.run("w1", "i1")["i1"]
        answers = [store.orchestrator.retry("w1", "i1", fence, 0.0) for _ in range(2)]
        expect_equal(answers, [Answer.OK, Answer.ALREADY], "retry must be safe to repeat")
        (item,) = store.claim("w1")
        counted = (item.attempt, item.retries, item.losses)
        expect_equal(counted, (2, 1, 0), "a retry must be counted as attempt and retry")

    def test_what_is_given_back_runs_again_and_is_held_against_nobody(self, store: Store) -> None:
        """No retry and no loss; no attempt either if it had not started."""
        store.join("w1", "w2")
        store.enqueue("i1")
        (item,) = store.claim("w1", start=0)
        expect_equal(store.orchestrator.release("w1", "i1", item.fence), Answer.OK, "an owner may give back")
        record = store.record("i1")
        expect_equal((record.status, record.attempt), (S.REROUTED, 0), "what did not start must have no attempt")
        (item,) = store.claim("w2")
        counted = (item.attempt, item.retries, item.losses)
        expect_equal(counted, (1, 0, 0), "what was given back must count no retry and no loss")

    def test_losses_are_used_up_and_end_in_failure(self, store: Store) -> None:
        """With the error that the policy gives."""
        store.enqueue("i1")
        for loss in range(1, POLICY.max_losses + 1):
            store.join("w1")
            (item,) = store.claim("w1")
            expect_equal(item.losses, loss - 1, "a loss must be counted")
            status = S.FAILED if loss == POLICY.max_losses else S.REROUTED
            found = store.orchestrator.recover("w1", POLICY)
            expect_equal(found, [Recovered("i1", status)], "recover must tell what became of it")
        expect_equal(store.record("i1").payload, POLICY.payload, "what is given up must keep the policy's error")

    def test_a_loss_is_counted_only_for_what_ran(self, store: Store) -> None:
        """Not for what was PENDING, not in an orderly stop, not beside the blamed."""
        cases = (("pending", 0, POLICY, None), ("stopped", 1, ORDERLY, None), ("beside", 1, POLICY, ["other"]))
        for name, start, policy, blamed in cases:
            store.join(name)
            store.enqueue(name, queue=name)
            store.claim(name, start=start, queues=(name,))
            found = store.orchestrator.recover(name, policy, blamed)
            expect_equal(found, [Recovered(name, S.REROUTED)], "recover must give back what was held")
            expect_equal(store.record(name).losses, 0, f"no loss must be counted ({name})")

    def test_recovery_may_be_repeated_and_the_lost_are_refused(self, store: Store) -> None:
        """Also for workers that nobody knows."""
        store.join("w1", "w2")
        fence = store.run("w1", "i1")["i1"]
        store.orchestrator.recover("w1", POLICY)
        before = store.record("i1")
        for worker in ("w1", "stranger"):
            expect_equal(store.orchestrator.recover(worker, POLICY), [], "recover must be safe to repeat")
        expect_equal(store.record("i1"), before, "a repeated recover must change nothing")
        ends = store.orchestrator.finish("w1", [make_end("i1", fence)])
        expect_equal(ends, [Answer.FENCED], "a lost worker's end must be refused")
        beats = store.orchestrator.beat(["w1", "w2"], LEASE_SECONDS)
        expect_equal(beats, [Heartbeat(Answer.LOST), Heartbeat(Answer.OK)], "beat must name the lost")

    def test_workers_are_listed_by_id_with_what_they_hold(self, store: Store) -> None:
        """And what they said when they joined."""
        store.orchestrator.open()
        store.orchestrator.join(WorkerInfo("w2", host="pod-2", pool="mails", queues=("mails", "bulk")), LEASE_SECONDS)
        store.orchestrator.join(WorkerInfo("w1", host="pod-1"), LEASE_SECONDS)
        store.run("w2", "i1", "i2")
        listed = [replace(worker, lease_until_us=0) for worker in store.orchestrator.workers()]
        wanted = [WorkerInfo("w1", "pod-1"), WorkerInfo("w2", "pod-2", "mails", 0, 2, ("mails", "bulk"))]
        expect_equal(listed, wanted, "workers must list who joined")

    def test_a_pod_that_is_drained_is_handed_nothing(self, store: Store) -> None:
        """And goes on with what it holds; other pods take the work; 0 seconds end it."""
        own = store.orchestrator
        own.open()
        for worker, pod in (("w1", "p1"), ("w2", "p2")):
            own.join(WorkerInfo(worker, pod_uid=pod), LEASE_SECONDS)
        fence = store.run("w1", "i1")["i1"]
        store.enqueue("i2", "i3")
        expect_equal(own.drain(["p2", "p1", "p0"], 60), Drained(Answer.OK, (0, 1, 0)), "drain must count what is held")
        own.join(WorkerInfo("w3", pod_uid="p2"), LEASE_SECONDS)
        claims = [own.claim(worker, make_request()).answer for worker in ("w1", "w2", "w3")]
        expect_equal(claims, [Answer.DRAINING] * 3, "who is drained, or joins a drained pod, must be handed nothing")
        ends = own.finish("w1", [make_end("i1", fence)])
        expect_equal(ends, [Answer.OK], "who is drained must be let go on with what it holds")
        own.drain(["p2"], 0)
        own.join(WorkerInfo("w4", pod_uid="p2"), LEASE_SECONDS)
        claims = [own.claim(worker, make_request()).answer for worker in ("w1", "w2", "w3", "w4")]
        expect_equal(claims, [Answer.DRAINING, *[Answer.OK] * 3], "drain for 0 seconds must end it")

    def test_an_older_leader_is_refused(self, store: Store) -> None:
        """Definitions and limits of the newest one stand."""
        own, definition = store.orchestrator, TaskDefinition("mail.send", queue="mails", retry_for=("OSError",))
        expect_equal([own.open(2), own.publish(definition, 2)], [Answer.OK] * 2, "a newer leader may write")
        late = [own.open(1), own.publish(replace(definition, queue="old"), 1), own.withdraw("mail.send", 1)]
        late += [own.set_limit("x", 3, 1), own.drain(["p1"], 60, 1).answer]
        late.append(own.declare(Declaration(DeclaredKind.TRIGGER, "nightly", "{}"), 1))
        expect_equal(late, [Answer.STALE] * 6, "an older leader must be refused")
        expect_equal(own.definitions(), {"mail.send": definition}, "what the newest leader published must stand")
        expect_equal(own.limits(), {}, "what was refused must set nothing")

    def test_a_definition_is_replaced_and_withdrawn(self, store: Store) -> None:
        """Whole, not field by field."""
        own = store.orchestrator
        own.publish(TaskDefinition("mail.send", max_retries=1))
        own.publish(TaskDefinition("mail.send", priority=2))
        expect_equal(own.definitions(), {"mail.send": TaskDefinition("mail.send", priority=2)}, "publish must replace")
        answers = [own.withdraw("mail.send") for _ in range(2)]
        expect_equal((answers, own.definitions()), ([Answer.OK] * 2, {}), "withdraw must be safe to repeat")

    def test_a_declaration_is_replaced_and_taken_out(self, store: Store) -> None:
        """Each kind has names of its own."""
        own, trigger = store.orchestrator, DeclaredKind.TRIGGER
        for declaration in (
            Declaration(trigger, "nightly", "{}"),
            Declaration(trigger, "nightly", '{"x":1}'),
            Declaration(DeclaredKind.WORKFLOW, "nightly", "{}"),
        ):
            expect_equal(own.declare(declaration), Answer.OK, "declare must take what is new")
        expect_equal(own.declared(trigger), {"nightly": '{"x":1}'}, "declare must replace")
        answers = [own.declare(Declaration(trigger, "nightly")) for _ in range(2)]
        expect_equal((answers, own.declared(trigger)), ([Answer.OK] * 2, {}), "taking out must be safe to repeat")
        expect_equal(own.declared(DeclaredKind.WORKFLOW), {"nightly": "{}"}, "other kinds must stay")

    def test_counts_tell_where_the_invocations_of_a_task_stand(self, store: Store) -> None:
        """Absent means none."""
        store.join("w1")
        fences = store.run("w1", "i1", "i2")
        store.enqueue("i3", task_id="other.task")
        store.orchestrator.finish("w1", [make_end("i1", fences["i1"])])
        wanted = {"mail.send": {S.SUCCESS: 1, S.RUNNING: 1}, "other.task": {S.REGISTERED: 1}}
        expect_equal(store.orchestrator.counts().by_task, wanted, "counts must add up")
