"""A seeded walk: every answer and every key on Redis is checked after every step.

With a model, the same steps are taken on it, and every answer of both and all that they hold is compared.
"""

from __future__ import annotations

from typing import Any

import redis

from pynenc._memory.shared import store_of
from pynenc._redis.keys import Keys
from pynenc.core.records import Answer, Claim, DeclaredKind, Enqueued, WaitAnswer
from pynenc.core.status import FINAL
from pynenc.errors import InvocationNotFound, PynencError
from pynenc.orchestrator.base import ClaimRequest, LossPolicy
from support.stores import Store
from support.walk.answers import check_answer
from support.walk.calls import LIMITS, QUEUES
from support.walk.invariants import Invariants
from support.walk.likeness import differences
from support.walk.picture import Picture, take_picture
from support.walk.steps import CLIENTS, WORKERS, Step, Steps

REPLAYED = {
    Answer.OK: {Answer.OK, Answer.DUPLICATE, Answer.ALREADY},
    Answer.ALREADY: {
        Answer.ALREADY,
        Answer.FENCED,
    },  # given up before, and claimed again by the claim of this very step
}
"""What a repeated step may answer after a first answer; anything else must come again as it was."""
SAFE_TO_REPEAT = {
    "enqueue", "claim", "start", "finish", "finish_and_claim", "retry", "release", "release_unstarted", "wait",
    "resume", "force_resume", "watch", "join", "beat", "recover", "open", "publish", "withdraw", "finish_and_resume",
    "cancel", "declare", "requeue", "forget", "purge", "set_limit", "drain",
}  # fmt: skip
LONG_US = 90_000_000_000
"""Longer than everything lives that has ended, hints too."""


class Walk:
    """One seed. The Redis store must be new and on the clocked library, and the `model`, if there is one, new too."""

    def __init__(self, seed: int, remote: Store, client: redis.Redis, model: Store | None = None) -> None:
        self.seed = seed
        self._remote, self._model = remote, model
        self._client = client
        self._prefix = Keys.of_app(remote.app.app_id).prefix
        self._steps = Steps(seed)
        self._invariants = Invariants()
        self._now = Picture()
        self._requests: set[str] = set()
        self.taken: list[str] = []

    def run(self, steps: int) -> None:
        """Take `steps` steps, then let all work end and check what is left."""
        try:
            self._walk(steps)
            self._drain()
        except (AssertionError, LookupError, ValueError) as error:  # keys that miss their records too
            told = "\n".join(self.taken[-40:])
            raise AssertionError(
                f"seed {self.seed}, step {len(self.taken)}: {error!r}\nthe last steps:\n{told}"
            ) from error

    def _walk(self, steps: int) -> None:
        self.ask(self._steps.join_as(WORKERS[0]))
        self.ask(Step("orchestrator", "open", (0,)))
        for worker in WORKERS:
            self.ask(self._steps.join_as(worker))
        while len(self.taken) < steps:
            self._steps.now, self._steps.now_us = self._now, self._remote.clock.now_us
            step = self._steps.next()
            answer = self.ask(step)
            if step.verb in SAFE_TO_REPEAT and self._steps.replay():
                self._ask_again(step, answer)

    def _ask_again(self, step: Step, first: Any) -> None:
        before = self._now
        again = self.ask(step)
        claim = first[1] if isinstance(first, tuple) else first
        if isinstance(claim, Claim) and not claim.items:
            return  # a claim that got nothing asks anew
        changed = {name: value for name, value in vars(self._now).items() if value != getattr(before, name)}
        assert not changed, f"a repeated step changed {changed}"
        assert _may_repeat(first, again), f"repeated: first {first}, then {again}"

    def ask(self, step: Step) -> Any:
        """Take one step."""
        self.taken.append(str(step))
        before = self._now
        answer = _answer(self._remote, step)
        if self._model:
            local = _answer(self._model, step)
            assert local == answer, f"memory answers {local}, redis {answer}"
        self._now = take_picture(self._client, self._prefix)
        if self._model:
            different = store_of(self._model.app).run(differences, self._now)
            assert not different, f"memory and redis hold {different}"
        self._take_note(step, answer, before)
        if step.verb == "enqueue":  # whose caller puts the marker later
            self._invariants.excused |= {new.queue for new in step.arguments[0] if new.quiet}
        self._invariants.check(self._now, self._remote.clock.now_us, swept=step.verb == "sweep")
        check_answer(step, answer, before, self._now, self._remote.clock.now_us)
        return answer

    def _take_note(self, step: Step, answer: Any, before: Picture) -> None:
        """Tell the invariants which hints were taken by somebody, and which of those were put to use."""
        if step.verb == "listen":
            self._invariants.excused |= set(before.marked) - set(self._now.marked)
            self._invariants.told |= {answer.resumed} - {""}
        if step.verb in ("forget", "purge"):
            self._invariants.forgotten = set(step.arguments[0] if step.arguments else before.records)
        if step.verb == "requeue":
            self._invariants.requeued = {step.arguments[0]}
        if step.verb == "recover" and len(step.arguments) == 3:
            self._invariants.blamed = set(step.arguments[2])
        claimed = answer[1] if isinstance(answer, tuple) else answer
        if isinstance(claimed, Claim):
            request: ClaimRequest = step.arguments[-1]
            if request.woken and request.request not in self._requests:
                self._invariants.excused -= set(request.queues)
            if claimed.answer is Answer.OK:
                self._requests.add(request.request)

    def _drain(self) -> None:
        """No more faults: everything ends, and nothing is left that has neither an owner nor a time to live."""
        for name in LIMITS if self._now.numbers else ():
            self.ask(Step("orchestrator", "set_limit", (name, None, 9)))
        for task in sorted(self._now.suspended):
            self.ask(Step("orchestrator", "withdraw", (task, 9)))
        for round_ in range(200):
            if all(record["st"] in FINAL for record in self._now.records.values()):
                break
            self._drain_once(round_)
        else:
            raise AssertionError(f"stuck: {[(name, self._now.status(name)) for name in self._now.records]}")
        self._compare_all()
        for worker in WORKERS:
            self.ask(Step("orchestrator", "recover", (worker, LossPolicy(3, b"lost", 5))))
        self.ask(Step("clock", "advance_us", (LONG_US,)))
        self.ask(Step("orchestrator", "sweep", (LossPolicy(3, b"lost", 5), 50)))
        kept = {"counts", "permanent"}
        left = {name: value for name, value in vars(self._now).items() if value and name not in kept}
        assert not left, f"left over: {left}"

    def _drain_once(self, round_: int) -> None:
        self.ask(Step("clock", "advance_us", (16_000_000,)))
        self.ask(Step("orchestrator", "sweep", (LossPolicy(100, b"lost", 5), 50)))
        self.ask(self._steps.join_as("w1"))
        self.ask(Step("orchestrator", "claim", ("w1", ClaimRequest(f"drain{round_}", QUEUES, 50, 50, woken=True))))
        self.ask(self._steps.finish_all(self._now, "w1"))

    def _compare_all(self) -> None:
        names = tuple(self._now.records)
        for part, verb, arguments in (
            ("state_backend", "records", (names,)),
            ("orchestrator", "counts", ()),
            ("orchestrator", "standing", ()),
            ("orchestrator", "workers", ()),
            ("orchestrator", "definitions", ()),
            *(("orchestrator", "declared", (kind,)) for kind in DeclaredKind),
            ("broker", "sizes", (QUEUES,)),
        ):
            self.ask(Step(part, verb, arguments))
        for inbox in CLIENTS:
            while self.ask(Step("broker", "listen", (inbox, (), 0.0))):
                pass


def _answer(store: Store, step: Step) -> Any:
    try:
        if step.verb == "force_resume":
            return store.orchestrator.resume(*step.arguments, force=True)
        if step.verb == "release_unstarted":
            return store.orchestrator.release(*step.arguments, unstarted=True)
        answer = getattr(getattr(store, step.part), step.verb)(*step.arguments)
        return list(answer)[-1:] if step.verb == "purge" else answer
    except InvocationNotFound as error:
        return f"not found: {error}"
    except PynencError as error:
        raise AssertionError(f"{type(error).__name__}: {error}") from error


def _may_repeat(first: Any, again: Any) -> bool:
    match first:
        case Answer():
            return again in REPLAYED.get(first, {first})
        case Enqueued():
            return first.invocation_id == again.invocation_id and _may_repeat(first.answer, again.answer)
        case Claim():
            return (first.answer, first.items) == (again.answer, again.items)
        case WaitAnswer():
            return bool(first == again)
        case tuple() | [Answer(), *_] | [Enqueued(), *_]:
            return all(map(_may_repeat, first, again))
    return True
