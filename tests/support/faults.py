"""Mistakes that somebody could make in the function library, as changes of its text; the walk must find each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`right` occurs exactly once in the library; `wrong` takes its place."""

    name: str
    right: str
    wrong: str

    def planted_in(self, text: str) -> str:
        """The library with this mistake."""
        if text.count(self.right) != 1:
            raise ValueError(f"{self.name}: the library has this text {text.count(self.right)} times: {self.right}")
        return text.replace(self.right, self.wrong)


FAULTS = (
    Fault("the fence is ignored", "if v[2] ~= worker or v[3] ~= fence then return", "if v[2] ~= worker then return"),
    Fault("a claim has no memory", "if known[2] == request then return replay(H, now, worker, known[3]) end", ""),
    Fault("a claim forgets who owned", "if v[2] == worker and v[3] == fence and OWNED[v[1]] then", "if v[1] then"),
    Fault("a fence may come again", "num(math.max(tonumber(v[3] or '0') + 1, now))", "num(now)"),
    Fault("recovery keeps the owner", "redis.call('HSET', H .. ':inv:' .. id, 'ow', '')", ""),
    Fault("recovery counts no loss", "redis.call('HSET', H .. ':inv:' .. id, 'loss', num(losses))", ""),
    Fault(
        "a lost worker's failure wakes nobody",
        "settle(H, id, v, 'FAILED', now, policy.payload, policy.ttl)",
        "v[7] = false; settle(H, id, v, 'FAILED', now, policy.payload, policy.ttl)",
    ),
    Fault(
        "a worker is forgotten with work in hand", "if redis.call('EXISTS', H .. ':held:' .. worker) == 0 then", "do"
    ),
    Fault(
        "a retry keeps the owner",
        "disown(H, id, v, 'RETRY', now)",
        "redis.call('HSET', H .. ':inv:' .. id, 'st', 'RETRY'); count(v[4], v[1], 'RETRY')",
    ),
    Fault("waiting in a circle is allowed", "find_cycle(H, id, awaited) or find_deadlock", "find_deadlock"),
    Fault(
        "a wait ignores that a child has ended",
        "if not v[1] or FINAL[v[1]] then return 0 end",
        "if not v[1] then return 0 end",
    ),
    Fault("an edge is left behind", "redis.call('SREM', H .. ':waiters:' .. awaited[i], 'i:' .. id)", ""),
    Fault("what is awaited stays where it is", "redis.call('ZADD', H .. ':q:' .. v[5], 'XX', v[6], id)", ""),
    Fault("the time to live is forgotten", "redis.call('EXPIRE', key, ttl)", ""),
    Fault("a counter is forgotten", "count(v.task, nil, 'REGISTERED')", ""),
    Fault(
        "a marker is not put back",
        "if redis.call('EXISTS', H .. ':q:' .. queues[i]) == 1 then wake(H, queues[i]) end",
        "",
    ),
    Fault("the owner is not told to go on", "if v[1] == 'PAUSED' then tell(H, v[2], 'r ' .. parent) end", ""),
    Fault("what is due stays due", "redis.call('ZREM', H .. ':due', ids[i])", ""),
)
