"""What must hold of the rarer keys: limits, registration keys, times to start by, cancelling and listings.

Each check raises AssertionError. What holds of every invocation is in `invariants`.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from pynenc.core.status import FINAL, OWNED, QUEUED, Status
from support.walk.picture import Picture


def check_slots(last: Picture, now: Picture) -> None:
    """Slots are what is owned; nobody comes into a slot set over its number, however high it stands already."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for name, record in now.records.items():
        for limit in now.limits_of(name) if record["st"] in OWNED else []:
            wanted[limit.key].add(name)
    held = {key: set(members) for key, members in now.slots.items()}
    assert held == wanted, f"slots are {held}, owned under these keys are {dict(wanted)}"
    for key, members in held.items():
        numbers = {limit.number for name in members - set(last.slots.get(key, {})) for limit in now.limits_of(name)
                   if limit.key == key}  # fmt: skip
        assert not numbers or len(members) <= max(numbers), f"{len(members)} own under {key}, {numbers} may"


def check_promotions(now: Picture) -> None:
    """No lost wake-up: what is parked has all places of its key taken, by owners or by what is ready to own them."""
    assert set(now.crowded) == set(now.parked), f"keys with parked work: {now.crowded}, there are {set(now.parked)}"
    ready = Counter(limit.key for members in now.queues.values() for name in members for limit in now.limits_of(name))
    for key, members in now.parked.items():
        if key in now.suspended.values():
            continue
        best = min(members, key=lambda name: (members[name], name))
        (number,) = {limit.number for limit in now.limits_of(best) if limit.key == key}
        taken = len(now.slots.get(key, {})) + ready[key]
        assert taken >= number, f"{best} is parked under {key} with {taken} of {number} places taken"


def check_suspended(last: Picture, now: Picture) -> None:
    """Nothing of a suspended task comes into anybody's hands, and workers are told whether there is such a task."""
    for name, record in now.records.items():
        taken = last.status(name) not in OWNED and record["st"] in OWNED
        assert not taken or record["task"] not in now.suspended, f"{name} was handed out, its task is suspended"
        parked = now.suspended.get(record["task"]) == record.get("pk")
        assert record["st"] != Status.CONCURRENCY_CONTROLLED or parked or record.get("pk") in _keys(now, name), (
            f"{name} is parked, and its task is not suspended"
        )
    told = {name: known["sus"] == "1" for name, known in now.workers.items() if "sus" in known}
    assert set(told.values()) <= {bool(now.suspended)}, f"workers are told {told}, suspended are {now.suspended}"


def _keys(now: Picture, name: str) -> set[str]:
    return {limit.key for limit in now.limits_of(name)}


def check_turns(last: Picture, now: Picture) -> None:
    """The best goes first, except in a claim: it may meet what was promoted in another queue first."""
    if any(last.status(name) not in OWNED and record["st"] in OWNED for name, record in now.records.items()):
        return
    for key, members in last.parked.items():
        left = [place for name, place in members.items() if name in now.parked.get(key, {})]
        for name in set(members) - set(now.parked.get(key, {})):
            ended = now.status(name) in {None, *FINAL}
            assert ended or not left or members[name] <= min(left), f"{name} was promoted before a better one"


def check_ends(last: Picture, now: Picture) -> None:
    """What is owned ends CANCELLED only if somebody asked for it; only what is to be dropped is, and always."""
    for name, record in now.records.items():
        before, after = last.status(name), record["st"]
        asked = before not in OWNED or after != Status.CANCELLED or last.has(name, "c")
        assert asked, f"{name} ended CANCELLED, which nobody asked for"
        assert after != Status.CONCURRENCY_CONTROLLED_FINAL or now.has(name, "d"), f"{name} was dropped"
        kept = not now.has(name, "d") or record.get("pk") in now.suspended.values()
        assert after != Status.CONCURRENCY_CONTROLLED or kept, f"{name} is parked, not dropped"


def check_losses(last: Picture, now: Picture, blamed: set[str] | None) -> None:
    """Only what was running costs a loss, and of that only what was blamed."""
    for name, record in now.records.items():
        before = last.records.get(name, {})
        more = int(record.get("loss", 0)) - int(before.get("loss", 0))
        assert more in {0, 1}, f"the losses of {name} changed by {more}"
        assert not more or before["st"] == Status.RUNNING, f"{name} was {before['st']} and lost"
        assert not more or blamed is None or name in blamed, f"{name} was lost and not blamed"


def check_deadlines(last: Picture, now: Picture, now_us: int) -> None:
    """Registration keys and times to start by belong to what waits for its first start; delays to what is queued."""
    unstarted = {
        name: record
        for name, record in now.records.items()
        if record["st"] not in FINAL and not int(record.get("att", 0))
    }
    keys = {record.get("rk"): name for name, record in unstarted.items() if now.has(name, "r")}
    assert now.registered == keys, f"registration keys are {now.registered}, should be {keys}"
    times = {
        name: int(record["by"])
        for name, record in unstarted.items()
        if now.has(name, "e") and record["st"] not in OWNED
    }
    assert now.start_by == times, f"times to start by are {now.start_by}, should be {times}"
    fresh = {name for name in now.records if now.has(name, "e") and not int(last.records.get(name, {}).get("att", 0))}
    for name in fresh:
        taken = now.status(name) in OWNED and last.status(name) not in OWNED
        assert not taken or int(now.records[name]["by"]) > now_us, f"{name} was handed out too late"
    strangers = {name for name in now.due if now.status(name) not in QUEUED}
    assert not strangers, f"delayed though not queued: {strangers}"


def check_asked(now: Picture) -> None:
    """Each worker is asked to cancel what it owns and what is to be cancelled; nothing that waits is to be."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for name, record in now.records.items():
        if record["st"] in OWNED and now.has(name, "c"):
            wanted[record["ow"]].add(name)
        assert record["st"] in OWNED | FINAL or not now.has(name, "c"), f"{name} is to be cancelled and owned by nobody"
    assert now.asked == wanted, f"asked to cancel: {now.asked}, should be {dict(wanted)}"


def check_listings(last: Picture, now: Picture, now_us: int, taken: set[str]) -> None:
    """What has ended is listed for as long as it lives, unless it is not to be; failures so until requeued."""
    over = {name for name in now.records if now.status(name) in FINAL}
    listed = {name for name in over if not now.has(name, "o")}
    missing, late = listed - set(now.ended), {name for name in set(now.ended) - listed if now.ended[name] > now_us}
    assert not missing, f"ended and not listed: {missing}"
    assert not late, f"listed and not there: {late}"
    failed = {name for name in over if now.status(name) == Status.FAILED}
    wrong = {name for name in set(now.dead) - failed if now.dead[name] > now_us}
    assert not wrong, f"among the dead, and not failed: {wrong}"
    silent = {name for name in failed - set(now.dead) if name in last.dead or last.status(name) not in FINAL} - taken
    assert not silent, f"failed and not among the dead: {silent}"


def check_trimmed(now: Picture, now_us: int) -> None:
    """After a sweep nothing is listed that has outlived its time to live."""
    stale = {name for listing in (now.ended, now.dead) for name, until in listing.items() if until <= now_us}
    assert not stale, f"listed after the end of their lives: {stale}"
