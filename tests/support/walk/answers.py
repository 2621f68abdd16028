"""What answers must say, given what the keys look like after the step. Each check raises AssertionError."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pynenc.core.records import Answer, Change, Claim, Claimed, Heartbeat, InvocationRecord, Query, WaitAnswer
from pynenc.core.status import FINAL, OWNED, Status
from pynenc.state_backend.base import fits
from support.walk.picture import Picture
from support.walk.steps import Step


def check_answer(step: Step, answer: Any, now: Picture, now_us: int) -> None:
    """Judge the answer of one store."""
    match answer:
        case Claim() | (list(), Claim()):
            claim = answer if isinstance(answer, Claim) else answer[1]
            check_claim(claim, step.arguments[-1].limit, now, now_us)
        case WaitAnswer():
            check_wait(step, answer, now)
            if answer.item:
                check_item(answer.item, now, now_us)
    if step.verb in CHECKS:
        CHECKS[step.verb](*step.arguments[:1], answer, now)


def check_claim(claim: Claim, limit: int, now: Picture, now_us: int) -> None:
    """Items are as their records say; what was lost before comes alone."""
    assert len(claim.items) <= limit, f"{len(claim.items)} items, asked for {limit}"
    for item in claim.items:
        check_item(item, now, now_us)
    lost = [item.invocation_id for item in claim.items if item.losses]
    assert not lost or len(claim.items) == 1, f"{lost} was lost before and is not alone"
    upcoming = 0 if claim.items else min(now.due.values(), default=0)
    assert claim.next_due_us in {0, upcoming}, f"{claim.next_due_us} is not what comes due next"


def check_item(item: Claimed | None, now: Picture, now_us: int) -> None:
    """What was handed out is what the record says."""
    assert item is not None
    record = now.records[item.invocation_id]
    remaining = max(1, int(record["tot"]) - now_us) if now.has(item.invocation_id, "t") else 0
    said = (item.fence, item.task_id, item.attempt, item.retries, item.losses, item.parent_id, item.remaining_us)
    kept = (record["f"], record["task"], *(int(record.get(name, 0)) for name in ("att", "ret", "loss")), record["par"])
    assert said == (*kept, remaining), f"handed out {said}, kept {(*kept, remaining)}"
    assert item.arguments == record["args"].encode(), f"{item.invocation_id} has other arguments"
    assert record["st"] in OWNED, f"{item.invocation_id} was handed out and is {record['st']}"
    assert item.started == (record["st"] != Status.PENDING), f"{item.invocation_id} is {record['st']}"
    assert item.attempt > 0 or not item.started, f"{item.invocation_id} was started, and no attempt counted"


def check_wait(step: Step, answer: WaitAnswer, now: Picture) -> None:
    """Nobody is let wait for what needs a limit that those who wait for it hold; a refusal has a reason."""
    if answer.item is not None or answer.answer not in {Answer.PAUSED, Answer.DEADLOCK}:
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


def check_beat(workers: Sequence[str], beats: Sequence[Heartbeat], now: Picture) -> None:
    """A worker is told all that it is to cancel; LOST if it is not known."""
    for worker, beat in zip(workers, beats, strict=True):
        wanted = tuple(sorted(now.asked.get(worker, ())))
        answer = Answer.OK if worker in now.leases else Answer.LOST
        assert beat == Heartbeat(answer, wanted), f"{worker} was told {beat}"


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
    alive = {name for name in now.dead if name in now.records}
    assert {record.invocation_id for record in found} <= alive, "dead, and not listed so"
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


def check_limits(numbers: Mapping[str, int], now: Picture) -> None:
    """The numbers that were set."""
    assert numbers == now.numbers, f"limits are {numbers}, should be {now.numbers}"


CHECKS: dict[str, Callable[..., None]] = {
    "beat": check_beat,
    "query": check_query,
    "dead": check_dead,
    "history": check_history,
    "limits": check_limits,
}
