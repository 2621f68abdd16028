"""What answers must say, given what the keys look like after the step. Each check raises AssertionError."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pynenc.core.records import (
    Answer,
    Change,
    Claim,
    Claimed,
    Drained,
    Enqueued,
    Heartbeat,
    InvocationRecord,
    NewInvocation,
    Query,
    Recovered,
    WaitAnswer,
)
from pynenc.core.status import FINAL, OWNED, Status
from pynenc.orchestrator.base import ClaimRequest, LossPolicy
from pynenc.state_backend.base import fits
from support.walk.calls import POD_OF
from support.walk.picture import Picture
from support.walk.steps import Step


def check_answer(step: Step, answer: Any, before: Picture, now: Picture, now_us: int) -> None:
    """Judge the answer of one store."""
    match answer:
        case Claim() | (list(), Claim()):
            claim = answer if isinstance(answer, Claim) else answer[1]
            check_claim(claim, step.arguments[-1], before, now)
            check_items(claim.items, now, now_us)
        case WaitAnswer():
            check_wait(step, answer, now)
            check_items([answer.item] if answer.item else [], now, now_us)
        case [Recovered(), *_]:
            check_recovered(step, answer, before, now)
        case [Enqueued(), *_]:
            check_enqueued(step.arguments[0], answer, now, now_us)
    for owner, said in owners(step, answer):
        check_owner(*owner, said, before)
    if step.verb in CHECKS:
        CHECKS[step.verb](*step.arguments[:1], answer, now)


def owners(step: Step, answer: Any) -> list[tuple[tuple[str, str, str], Answer]]:
    """All that a step says it owns, as worker, invocation and fence, with what was answered to it."""
    if step.verb in {"start", "retry", "release", "release_unstarted", "resume", "force_resume", "wait"}:
        return [(step.arguments[:3], answer.answer if isinstance(answer, WaitAnswer) else answer)]
    if step.verb not in {"finish", "finish_and_claim", "finish_and_resume"}:
        return []
    worker, ends = step.arguments[0], step.arguments[1]
    ends, answers = ([ends], answer) if step.verb == "finish_and_resume" else (ends, answer)
    answers = answer[0] if step.verb == "finish_and_claim" else answers
    return [((worker, end.invocation_id, end.fence), said) for end, said in zip(ends, answers, strict=False)]


def check_owner(worker: str, name: str, fence: str, answer: Answer, before: Picture) -> None:
    """Only the owner is let through; others are told why not."""
    record, refused = before.records.get(name, {}), {Answer.GONE, Answer.FENCED, Answer.ALREADY}
    if not record:
        wanted = {Answer.GONE}
    elif (record.get("ow"), record.get("f")) != (worker, fence):
        wanted = {Answer.FENCED}
    else:
        wanted = set(Answer) - refused if record["st"] in OWNED else {Answer.ALREADY}
    assert answer in wanted, f"{name} is {record.get('st')} of {record.get('ow')} {record.get('f')}: {answer}"


def check_enqueued(asked: Sequence[NewInvocation], said: Sequence[Enqueued], now: Picture, now_us: int) -> None:
    """What stands for another one holds its key, with the same arguments if it must; delays are kept."""
    for new, enqueued in zip(asked, said, strict=True):
        if enqueued.answer in {Answer.REUSED, Answer.DIFFERENT}:
            holder = enqueued.invocation_id
            assert now.registered.get(new.registration_key) == holder, f"{holder} stands for {new} without its key"
            differs = now.records[holder]["args"].encode() != new.arguments
            assert (enqueued.answer is Answer.DIFFERENT) == (differs and new.refuse_different), f"{new}: {enqueued}"
        if enqueued.answer is Answer.OK and now.status(new.invocation_id) == Status.REGISTERED:
            due = max(new.due_us, now_us + new.delay_us)
            assert now.due.get(new.invocation_id, now_us) == max(due, now_us), f"{new} is not due at {due}"


def check_claim(claim: Claim, request: ClaimRequest, before: Picture, now: Picture) -> None:
    """Items are what was asked for, the best first; what was lost before comes alone."""
    assert len(claim.items) <= request.limit, f"{len(claim.items)} items, asked for {request.limit}"
    for item in claim.items:
        name, queue = item.invocation_id, now.records[item.invocation_id]["q"]
        assert queue in request.queues, f"{name} is from {queue}"
        assert not request.ids or name in request.ids, f"{name} was not asked for"
        left = set(before.queues.get(queue, {})) & set(now.queues.get(queue, {}))
        if before.records[name].get("f") != item.fence and not request.ids:
            better = {other for other in left if now.queues[queue][other] < int(now.records[name]["sc"])}
            assert not better, f"{name} was handed out before {better}"
    lost = [item.invocation_id for item in claim.items if item.losses]
    assert not lost or len(claim.items) == 1, f"{lost} was lost before and is not alone"
    upcoming = 0 if claim.items else min(now.due.values(), default=0)
    assert claim.next_due_us in {0, upcoming}, f"{claim.next_due_us} is not what comes due next"


def check_items(items: Sequence[Claimed], now: Picture, now_us: int) -> None:
    """What was handed out is what the records say."""
    for item in items:
        record = now.records[item.invocation_id]
        remaining = max(1, int(record["tot"]) - now_us) if now.has(item.invocation_id, "t") else 0
        said = (item.fence, item.task_id, item.attempt, item.retries, item.losses, item.parent_id, item.remaining_us)
        kept = (record["f"], record["task"], *(int(record.get(name, 0)) for name in ("att", "ret", "loss")))
        assert said == (*kept, record["par"], remaining), f"handed out {said}, kept {(*kept, remaining)}"
        assert item.arguments == record["args"].encode(), f"{item.invocation_id} has other arguments"
        assert record["st"] in OWNED, f"{item.invocation_id} was handed out and is {record['st']}"
        assert item.started == (record["st"] != Status.PENDING), f"{item.invocation_id} is {record['st']}"
        assert item.attempt > 0 or not item.started, f"{item.invocation_id} was started, and no attempt counted"


def check_wait(step: Step, answer: WaitAnswer, now: Picture) -> None:
    """Nobody is let wait for what needs a limit that those who wait for it hold; a refusal has a reason."""
    if answer.item is not None:
        name = answer.item.invocation_id
        assert not answer.item.losses, f"{name} was lost before and was handed over"
        assert not now.has(name, "n"), f"{name} was handed over, which it does not allow"
        return
    if answer.answer not in {Answer.PAUSED, Answer.DEADLOCK}:
        return
    caller, awaited = step.arguments[1], step.arguments[3]
    parents = {name: {who[2:] for who in all_ if who.startswith("i:")} for name, all_ in now.waiters.items()}
    chain, below = _reach([caller], parents), _reach(awaited, now.waits)
    stuck = {
        (name, limit.name)
        for name in below
        if name in now.records and now.status(name) not in OWNED | FINAL
        for limit in now.limits_of(name)
        if len(held := chain & set(now.slots.get(limit.key, {}))) >= limit.number and held
    }
    assert bool(stuck) == (answer.answer is Answer.DEADLOCK), f"{caller} may wait: {answer}; stuck {stuck}"
    assert not answer.path or answer.path in stuck, f"refused for {answer.path}, stuck {stuck}"


def _reach(names: Sequence[str], edges: Mapping[str, set[str]]) -> set[str]:
    """These and all that edges lead to from them."""
    seen: set[str] = set()
    open_ = list(names)
    while open_:
        name = open_.pop()
        if name not in seen:
            seen.add(name)
            open_ += edges.get(name, ())
    return seen


def check_recovered(step: Step, recovered: Sequence[Recovered], before: Picture, now: Picture) -> None:
    """What was running costs a loss, if it is to blame, and ends with the last one; nobody owns what was recovered."""
    policy: LossPolicy = next(argument for argument in step.arguments if isinstance(argument, LossPolicy))
    blamed = step.arguments[2] if step.verb == "recover" and len(step.arguments) == 3 else now.records
    for each in recovered:
        name, record = each.invocation_id, now.records[each.invocation_id]
        assert each.status == record["st"], f"{name} is {record['st']}, not {each.status}"
        if each.status is Status.EXPIRED:
            continue
        old = before.records[name]
        counts = old["st"] == Status.RUNNING and policy.max_losses > 0 and name in blamed and not before.has(name, "c")
        losses = int(old.get("loss", 0)) + counts
        assert int(record.get("loss", 0)) == losses, f"{name} was lost {record.get('loss')} times, not {losses}"
        over = Status.FAILED if counts and losses >= policy.max_losses else Status.REROUTED
        assert each.status is (Status.CANCELLED if before.has(name, "c") else over), f"{name} is {each.status}"
        assert record["ow"] == "", f"{name} was lost and still has an owner"


def check_beat(workers: Sequence[str], beats: Sequence[Heartbeat], now: Picture) -> None:
    """A worker is told all that it is to cancel; LOST if it is not known."""
    for worker, beat in zip(workers, beats, strict=True):
        wanted = tuple(sorted(now.asked.get(worker, ())))
        answer = Answer.OK if worker in now.leases else Answer.LOST
        assert beat == Heartbeat(answer, wanted), f"{worker} was told {beat}"


def check_drain(pods: Sequence[str], drained: Drained, now: Picture) -> None:
    """What the workers of each pod hold is counted."""
    wanted = tuple(sum(len(now.held.get(name, ())) for name, at in POD_OF.items() if at == pod) for pod in pods)
    assert drained.answer is Answer.STALE or drained.held == wanted, f"{pods} hold {wanted}: {drained}"


def check_query(query: Query, found: Sequence[InvocationRecord], now: Picture) -> None:
    """What fits, last changed first; not what is not to be listed."""
    hidden = {name for name in now.records if now.status(name) in FINAL and now.has(name, "o")}
    _check_order(found)
    for record in found:
        assert fits(record, query), f"{record.invocation_id} does not fit"
    names = [
        name
        for name, record in now.records.items()
        if name not in hidden
        and (not query.statuses or record["st"] in query.statuses)
        and query.task_id in ("", record["task"])
        and query.queue in ("", record["q"])
    ]
    wanted = sorted(names, key=lambda name: (-int(now.records[name]["ts"]), name))[: query.limit]
    assert [record.invocation_id for record in found] == wanted, f"listed {found}, should be {wanted}"


def check_dead(limit: int, found: Sequence[InvocationRecord], now: Picture) -> None:
    """Failures that were not requeued, newest first."""
    _check_order(found)
    alive = {name for name in now.dead if now.status(name) == Status.FAILED}
    assert {record.invocation_id for record in found} <= alive, "not dead, and listed so"
    assert len(found) == min(limit, len(alive)), f"{len(found)} dead of {len(alive)}"


def _check_order(found: Sequence[InvocationRecord]) -> None:
    order = [(-record.changed_us, record.invocation_id) for record in found]
    assert order == sorted(order), "not the newest first"


def check_history(name: str, changes: Sequence[Change], now: Picture) -> None:
    """A full history has every change; else it is what the record tells."""
    lines = [f"{change.status} {change.at_us} {change.attempt} {change.worker}" for change in changes]
    if name in now.histories:
        assert lines == now.histories[name], f"the history of {name} is told as {lines}"
        return
    if name not in now.records:
        assert not changes, f"{name} has a history and no record"
        return
    assert changes[-1].status == now.status(name), f"the history of {name} ends {changes[-1].status}"


def check_requeued(name: str, answer: Answer, now: Picture) -> None:
    """What runs again is not dead."""
    assert answer is not Answer.OK or name not in now.dead, f"{name} was requeued and is still dead"


def check_limits(numbers: Mapping[str, int], now: Picture) -> None:
    """The numbers that were set."""
    assert numbers == now.numbers, f"limits are {numbers}, should be {now.numbers}"


CHECKS: dict[str, Callable[..., None]] = {
    "beat": check_beat,
    "drain": check_drain,
    "query": check_query,
    "dead": check_dead,
    "history": check_history,
    "limits": check_limits,
    "requeue": check_requeued,
}
