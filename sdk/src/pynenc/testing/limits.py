"""What orchestrators promise of limits and registration keys, of the order of work, and of time, as tests."""

from __future__ import annotations

from pynenc.core.records import Answer, Heartbeat, Limit, Recovered
from pynenc.core.status import Status
from pynenc.testing.builders import LEASE_SECONDS, POLICY, Store, make_end, make_new, make_request
from pynenc.testing.promises import expect_equal

S = Status
KEY = "a" * 24
ONE = (Limit("mail.send", KEY),)


class LimitPromises:
    """Promises of `BaseOrchestrator` on limits and registration keys; wants the fixture `store`."""

    def test_what_is_over_a_limit_is_parked_and_promoted_by_the_end(self, store: Store) -> None:
        """One at a time, and the other work goes on."""
        store.join("w1")
        store.enqueue("i1", "i2", "i3", limits=ONE)
        store.enqueue("free")
        items = store.claim("w1", limit=9, start=9)
        (holder,) = [item for item in items if item.invocation_id != "free"]
        expect_equal(len(items), 2, "a limit must not hold up other work")
        names = ("i1", "i2", "i3")
        found = sorted(store.status(name) for name in names)
        wanted = [S.CONCURRENCY_CONTROLLED, S.CONCURRENCY_CONTROLLED, S.RUNNING]
        expect_equal(found, wanted, "what is over a limit must be parked")
        store.orchestrator.finish("w1", [make_end(holder.invocation_id, holder.fence)])
        found = sorted(store.status(name) for name in names)
        wanted = [S.CONCURRENCY_CONTROLLED, S.REROUTED, S.SUCCESS]
        expect_equal(found, wanted, "a freed place must promote one parked invocation")

    def test_a_paused_one_keeps_its_place(self, store: Store) -> None:
        """It owns its key still."""
        store.join("w1")
        store.enqueue("i1", limits=ONE)
        (item,) = store.claim("w1")
        store.enqueue("child", queue="children")
        store.orchestrator.wait("w1", "i1", item.fence, ["child"])
        store.enqueue("i2", limits=ONE)
        expect_equal(store.claim("w1"), [], "a paused invocation must keep its place")

    def test_what_is_to_be_dropped_ends(self, store: Store) -> None:
        """As CONCURRENCY_CONTROLLED_FINAL."""
        store.join("w1")
        store.enqueue("i1", "i2", limits=ONE, drop=True)
        expect_equal(len(store.claim("w1", limit=2, start=2)), 1, "a limit must hold")
        found = sorted(store.status(name) for name in ("i1", "i2"))
        expect_equal(found, [S.CONCURRENCY_CONTROLLED_FINAL, S.RUNNING], "what is to be dropped must end")

    def test_a_number_that_was_set_outranks_that_of_the_invocation(self, store: Store) -> None:
        """A higher one lets parked work go on at once."""
        store.join("w1")
        store.enqueue("i1", "i2", "i3", "i4", limits=ONE)
        store.claim("w1", limit=9, start=9)
        expect_equal(store.orchestrator.set_limit("mail.send", 3), Answer.OK, "set_limit must answer OK")
        expect_equal(store.orchestrator.limits(), {"mail.send": 3}, "limits must tell what was set")
        found = sorted(store.status(f"i{number}") for number in (1, 2, 3, 4))
        wanted = [S.CONCURRENCY_CONTROLLED, S.REROUTED, S.REROUTED, S.RUNNING]
        expect_equal(found, wanted, "a raised limit must promote as many as fit")
        store.orchestrator.set_limit("mail.send", None)
        expect_equal(store.orchestrator.limits(), {}, "None must return to the invocations' own numbers")

    def test_a_lost_workers_place_is_freed(self, store: Store) -> None:
        """A limit cannot leak."""
        store.join("w1", "w2")
        store.enqueue("i1", limits=ONE)
        store.claim("w1")
        store.enqueue("i2", limits=ONE)
        expect_equal(store.claim("w2"), [], "a limit must hold")
        store.orchestrator.recover("w1", POLICY)
        found = sorted(store.status(name) for name in ("i1", "i2"))
        expect_equal(found, [S.REROUTED, S.REROUTED], "a lost worker must free its places")

    def test_under_a_registration_key_the_first_stands_for_others_until_it_starts(self, store: Store) -> None:
        """With other arguments too, unless that is refused."""
        store.join("w1")
        first, second = (make_new(name, registration_key=KEY) for name in ("i1", "i2"))
        other = make_new("i3", registration_key=KEY, refuse_different=True, arguments=b"other")
        answers = [(one.answer, one.invocation_id) for one in store.orchestrator.enqueue([first, second, other, first])]
        wanted = [(Answer.OK, "i1"), (Answer.REUSED, "i1"), (Answer.DIFFERENT, "i1"), (Answer.DUPLICATE, "i1")]
        expect_equal(answers, wanted, "the first one must stand for the others")
        expect_equal(store.state_backend.records(["i2", "i3"]), [None, None], "they must leave no records")
        (item,) = store.claim("w1", start=0)
        expect_equal(store.orchestrator.enqueue([second])[0].answer, Answer.REUSED, "it must stand until it starts")
        store.orchestrator.start("w1", "i1", item.fence)
        expect_equal(store.orchestrator.enqueue([second])[0].answer, Answer.OK, "what runs must stand for nobody")


class OrderPromises:
    """Promises of an orchestrator and a `FusedBroker` that keep the order of work; wants the fixture `store`."""

    def test_higher_priority_comes_first_and_then_the_older_one(self, store: Store) -> None:
        """In one queue."""
        store.join("w1")
        for name, priority in (("low", 0), ("high", 9), ("middle", 5), ("high-too", 9), ("low-too", 0)):
            store.enqueue(name, priority=priority)
        names = [item.invocation_id for item in store.claim("w1", limit=9)]
        expect_equal(names, ["high", "high-too", "middle", "low", "low-too"], "priority must come first, then age")

    def test_queues_are_looked_at_in_the_order_given(self, store: Store) -> None:
        """And no others."""
        store.join("w1")
        store.enqueue("slow", queue="slow", priority=9)
        store.enqueue("fast", queue="fast")
        store.enqueue("elsewhere", queue="elsewhere")
        names = [item.invocation_id for item in store.claim("w1", 5, queues=("fast", "slow"))]
        expect_equal(names, ["fast", "slow"], "queues must be looked at in order")
        sizes = store.broker.sizes(["fast", "elsewhere"])
        expect_equal(sizes, {"fast": 0, "elsewhere": 1}, "sizes must count what is ready")

    def test_what_is_awaited_moves_to_the_front(self, store: Store) -> None:
        """And keeps that place when it is given back."""
        store.join("w1")
        fence = store.run("w1", "parent")["parent"]
        store.enqueue("urgent", priority=9)
        store.enqueue("c1", "c2")
        store.orchestrator.wait("w1", "parent", fence, ["c2"])
        (item,) = store.claim("w1")
        store.orchestrator.release("w1", item.invocation_id, item.fence)
        names = [found.invocation_id for found in store.claim("w1", limit=3)]
        expect_equal(names, ["c2", "urgent", "c1"], "what is awaited must come first")

    def test_what_is_given_back_returns_to_its_old_place(self, store: Store) -> None:
        """It has waited longest."""
        store.join("w1")
        fence = store.run("w1", "i1")["i1"]
        store.enqueue("i2")
        store.orchestrator.release("w1", "i1", fence)
        names = [item.invocation_id for item in store.claim("w1")]
        expect_equal(names, ["i1"], "what is given back must return to its old place")


class TimePromises:
    """Promises of `BaseOrchestrator` on time; wants the fixture `store`, whose clock must be that of the store."""

    def test_what_is_delayed_is_ready_exactly_when_due(self, store: Store) -> None:
        """A retry too; an empty claim tells when."""
        store.join("w1")
        store.enqueue("i1", delay_us=1_000_000)
        due_us = store.clock.now_us + 1_000_000
        store.clock.advance_us(999_999)
        claim = store.orchestrator.claim("w1", make_request())
        expect_equal((claim.items, claim.next_due_us), ((), due_us), "nothing must start before it is due")
        store.clock.advance_us(1)
        store.orchestrator.sweep(POLICY)
        (item,) = store.claim("w1")
        store.orchestrator.retry("w1", "i1", item.fence, 3.0)
        expect_equal(store.claim("w1"), [], "a retry must wait for its delay")
        store.clock.advance(3)
        store.orchestrator.sweep(POLICY)
        expect_equal(len(store.claim("w1")), 1, "a retry must come back after its delay")

    def test_a_lease_ends_exactly_when_its_time_is_up_unless_it_is_renewed(self, store: Store) -> None:
        """Then what its worker held runs again."""
        store.join("w1", "w2")
        store.run("w1", "i1")
        store.clock.advance(LEASE_SECONDS - 1)
        beats = store.orchestrator.beat(["w1"], LEASE_SECONDS)
        expect_equal(beats, [Heartbeat(Answer.OK)], "beat must know its worker")
        store.clock.advance_us(round(LEASE_SECONDS * 1e6) - 1)
        expect_equal(store.orchestrator.sweep(POLICY), [], "a renewed lease must hold")
        names = [worker.worker for worker in store.orchestrator.workers()]
        expect_equal(names, ["w1"], "a worker whose lease has expired must be forgotten")
        store.clock.advance_us(1)
        found = [store.orchestrator.sweep(POLICY) for _ in range(2)]
        expect_equal(found, [[Recovered("i1", S.REROUTED)], []], "sweep must recover what the lost held, once")

    def test_a_final_record_lives_for_its_time_and_its_id_is_free_after_that(self, store: Store) -> None:
        """The counts stand."""
        store.join("w1")
        fence = store.run("w1", "i1")["i1"]
        store.orchestrator.finish("w1", [make_end("i1", fence, ttl_seconds=10)])
        store.clock.advance(9.999)
        expect_equal(store.status("i1"), S.SUCCESS, "a record must live for its time")
        store.clock.advance(0.001)
        expect_equal(store.state_backend.records(["i1"]), [None], "a record must be gone after its time")
        gone = store.orchestrator.finish("w1", [make_end("i1", fence)])
        expect_equal(gone, [Answer.GONE], "what has expired must be GONE")
        counts = store.orchestrator.counts().total(S.SUCCESS)
        expect_equal(counts, 1, "counts must stand beyond the time to live")
        expect_equal(store.orchestrator.enqueue([make_new("i1")])[0].answer, Answer.OK, "its id must be free")

    def test_what_did_not_start_in_time_ends_expired(self, store: Store) -> None:
        """Seen by a claim or by a sweep; what has started once does not expire."""
        store.join("w1")
        store.enqueue("i1", "i2", "i3", start_within_us=1_000_000)
        (item,) = store.claim("w1")
        store.orchestrator.retry("w1", item.invocation_id, item.fence, 0.0)
        store.clock.advance(1)
        names = [found.invocation_id for found in store.claim("w1", limit=9, start=9)]
        expect_equal(names, [item.invocation_id], "only what has started once may start late")
        store.enqueue("i4", start_within_us=1)
        store.clock.advance(1)
        expect_equal(store.orchestrator.sweep(POLICY), [Recovered("i4", S.EXPIRED)], "sweep must end what is late")
        found = sorted(store.status(f"i{number}") for number in (1, 2, 3, 4))
        expect_equal(found, [S.EXPIRED] * 3 + [S.RUNNING], "what is late must be EXPIRED")

    def test_the_rest_of_the_total_time_is_told_at_every_claim(self, store: Store) -> None:
        """At least a microsecond."""
        store.join("w1")
        store.enqueue("i1", total_timeout_us=3_000_000)
        store.clock.advance(1)
        (item,) = store.claim("w1")
        store.orchestrator.retry("w1", "i1", item.fence, 0.0)
        store.clock.advance(5)
        (again,) = store.claim("w1")
        expect_equal((item.remaining_us, again.remaining_us), (2_000_000, 1), "a claim must tell what is left")
