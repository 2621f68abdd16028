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
    Fault(
        "waiting in a circle is allowed",
        "refused = refused or find_deadlock(H, id, looked)",
        "refused = find_deadlock(H, id, looked or {})",
    ),
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
        "if not is_empty[i] and redis.call('EXISTS', H .. ':q:' .. queues[i]) == 1 then wake(H, queues[i]) end",
        "",
    ),
    Fault("the owner is not told to go on", "if v[1] == 'PAUSED' then tell(H, v[2], 'r ' .. parent) end", ""),
    Fault("what is due stays due", "redis.call('ZREM', due, unpack(ids))", ""),
    Fault("a limit is not looked at", "local over = not key and full(H, limits)", "local over = nil"),
    Fault("a claim takes no slots", "    take_slots(H, id, limits, now)\n    return true", "    return true"),
    Fault("slots stay taken", "redis.call('ZREM', H .. ':slot:' .. limits[i].key, id)", "local _ = i"),
    Fault("a freed place wakes nobody", "promote_all(H, now, limits, nil)", ""),
    Fault("what parks keeps its promotion for its other limits", "promote_all(H, now, limits, key)", ""),
    Fault(
        "the last one parked is promoted first",
        "local id = redis.call('ZRANGE', H .. ':park:' .. key, '0', '0')[1]",
        "local id = redis.call('ZRANGE', H .. ':park:' .. key, '-1', '-1')[1]",
    ),
    Fault("a higher limit wakes nobody", "left = left - promote(H, now, parked[i], left)", "left = left - 1"),
    Fault(
        "a number that was set is ignored", "tonumber(redis.call('HGET', H .. ':lim', name) or own)", "tonumber(own)"
    ),
    Fault("what is to be dropped is parked", "if over and has(x, 'd') then", "if false then"),
    Fault(
        "a parked one loses its place",
        "redis.call('ZADD', H .. ':park:' .. key, v[6], id)",
        "redis.call('ZADD', H .. ':park:' .. key, num(now), id)",
    ),
    Fault("a registration key is kept after the start", "if has(x, 'r') then free_registration(H, id) end", ""),
    Fault("a registration key lets a second one in", "if holder then return answer, holder end", ""),
    Fault("other arguments are reused", "refuse and theirs ~= arguments and 'DIFFERENT' or 'REUSED'", "'REUSED'"),
    Fault("a delay is forgotten", "tonumber(delay) > 0 and now + tonumber(delay) or -1", "-1"),
    Fault(
        "what is too late starts",
        "if has(x, 'e') and tonumber(v[10] or '0') == 0 and tonumber(v[14]) <= now then",
        "if false then",
    ),
    Fault("what expires stays in its place", "take_out(H, ids[i], v)", ""),
    Fault(
        "a time to start by is forgotten when work is given back",
        "redis.call('ZADD', H .. ':exp', first[1], id)",
        "local _ = first",
    ),
    Fault("the total time is not counted", "num(math.max(1, tonumber(v[15]) - now))", "num(tonumber(v[15]))"),
    Fault(
        "a retry forgets that it was cancelled",
        "    settle_cancelled(H, id, v, now)\n    return 'OK'\n  end\n  redis.call('HINCRBY'",
        "  end\n  redis.call('HINCRBY'",
    ),
    Fault(
        "recovery forgets that it was cancelled",
        "    settle_cancelled(H, id, v, now)\n    return 'CANCELLED'\n",
        "",
    ),
    Fault(
        "what ended is still to be cancelled",
        "if has(v[8], 'c') then redis.call('SREM', H .. ':asked:' .. v[2], id) end",
        "",
    ),
    Fault("a paused owner is not told to cancel", "if v[1] == 'PAUSED' then tell(H, v[2], 'r ' .. id) end", ""),
    Fault(
        "what is cancelled stays in its place",
        "  take_out(H, id, v)\n  settle(H, id, v, 'CANCELLED'",
        "  settle(H, id, v, 'CANCELLED'",
    ),
    Fault(
        "anybody may cancel",
        "if status == 'CANCELLED' then return has(v[8], 'c') end",
        "if status == 'CANCELLED' then return true end",
    ),
    Fault("what was lost is handed out with others", "or handed == 1 and out[3][7] ~= '0'", ""),
    Fault("the last in a queue is handed out first", "redis.call('ZPOPMIN', queue,", "redis.call('ZPOPMAX', queue,"),
    Fault("ids are taken from any queue", "local queue = v[5] and wanted.served[v[5]] and", "local queue = v[5] and"),
    Fault("what runs inline takes no slots", "take_slots(H, awaited, limits_of(H, awaited, v[8]), now)", ""),
    Fault("inline runs ignore limits", "return not full(H, limits_of(H, id, v[8]))", "return true"),
    Fault(
        "what runs inline stays queued",
        "redis.call('ZREM', H .. ':q:' .. child[5], awaited)",
        "redis.call('ZCARD', H .. ':q:' .. child[5])",
    ),
    Fault("what runs inline at last stays queued", "redis.call('ZREM', H .. ':q:' .. v[5], awaited) == 1", "true"),
    Fault("what must not run inline does", "has(v[8], 'n') or", ""),
    Fault(
        "a wait has no memory",
        "return v[1] == 'RUNNING' and v[2] == worker and inl == id .. ' ' .. v[3]",
        "return false and inl and worker",
    ),
    Fault("one's own limit is waited for", "refused = refused or find_deadlock(H, id, looked)", ""),
    Fault("a deadlock further down is not seen", "return nil, looked", "return nil, awaited"),
    Fault(
        "the parent of what ended inline waits on",
        "if answer == 'OK' and resumed ~= 'OK' and resumed ~= 'CANCELLING' then",
        "if false then",
    ),
    Fault("a history leaves a change out", "if v[1] ~= 'PENDING' then log(H, id, v[8], now, 'KILLED') end", ""),
    Fault("a history lives for ever", "if has(v[8], 'h') then redis.call('EXPIRE', H .. ':hist:' .. id, ttl) end", ""),
    Fault("what is not to be listed is", "if not has(v[8], 'o') then\n    ended", "if true then\n    ended"),
    Fault("a listing is never trimmed", "trim(H, now, ':fin')", ""),
    Fault("what is requeued stays dead", "redis.call('ZREM', H .. ':dead', argv[1])", ""),
    Fault("a requeued one takes the registration key along", "'[rcf]'", "'[cf]'"),
    Fault("what is forgotten stays in its place", "  elseif not FINAL[v[1]] then\n    take_out(H, id, v)\n", ""),
    Fault("what is forgotten stays counted", "count(v[4], v[1], nil)", ""),
    Fault("who waits for what is forgotten is not told", "if v[7] then notify(H, id, 'n') end", ""),
    Fault("a worker that is drained is handed work", "if tonumber(known[4] or '0') > now then", "if false then"),
    Fault(
        "who joins a pod that is drained is not",
        "local drained_until = redis.call('HGET', H .. ':drain', argv[4]) or '0'",
        "local drained_until = '0'",
    ),
    Fault("blame falls on all", "(not policy.blamed or policy.blamed[id])", "true"),
    Fault("waiting costs a loss", "v[1] == 'RUNNING' and policy.max_losses > 0", "policy.max_losses > 0"),
    Fault(
        "what is awaited stays parked where it was",
        "redis.call('ZADD', H .. ':park:' .. redis.call('HGET', H .. ':inv:' .. id, 'pk'), 'XX', v[6], id)",
        "local _ = id",
    ),
    Fault("a claim does not ask what is suspended", "read_suspended(H, known[5] == '1')", ""),
    Fault(
        "workers do not hear of a suspension",
        "if redis.call('HSET', H .. ':suspended', task, key) == 1 then",
        "redis.call('HSET', H .. ':suspended', task, key) if false then",
    ),
    Fault("who joins does not hear of it", "redis.call('EXISTS', H .. ':suspended'))", "'0')"),
    Fault(
        "what is over leaves it parked",
        "return promote(H, now, key, PROMOTED) == PROMOTED and 'MORE' or 'OK'",
        "return now and 'OK'",
    ),
    Fault(
        "a sweep lets suspended work go on",
        "redis.call('HEXISTS', H .. ':suspended', v[4]) == 1 and 0 or ALL",
        "v[4] and ALL",
    ),
    Fault("a suspended task runs inline", " and redis.call('HEXISTS', H .. ':suspended', v[4]) == 0", ""),
)
