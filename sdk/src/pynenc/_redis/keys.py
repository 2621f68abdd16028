"""Every Redis key of an app, in one place. H is `pn:{<app id>#<shard>}`; the Lua library forms the same names.

| key | type | content | life |
|---|---|---|---|
| H:meta | hash | epoch, protocol, opened (microseconds) | permanent |
| H:inv:<id> | hash | one invocation, see `RECORD_FIELDS` | until its time to live after it ended |
| H:q:<queue> | zset | id -> place: (9 - priority) * 2^45 + sequence, minus 2^53 when awaited | while ready |
| H:due | zset | id -> due time in microseconds | until due |
| H:seq | string | enqueue counter | permanent |
| H:workers | zset | worker -> end of its lease in microseconds | until it leaves or is swept |
| H:w:<worker> | hash | info (JSON), dr: drained until, sus: a task is suspended, req, last: the last claim | as it |
| H:pods | hash | worker -> pod that it is in, if it is in one | as the workers |
| H:drain | hash | pod -> until when its workers are handed nothing, in microseconds | 1 hour after the last mark |
| H:held:<worker> | zset | id -> fence | while owned |
| H:inbox:<worker or client> | list | `o <id> <status> <0 or 1><payload>` and `r <id>` and `n`; hints only | 1 hour |
| H:wake:<queue> | list, at most 1 | marker for blocking pops; a hint only | 1 hour |
| H:waits:<id> / H:waiters:<id> | set | who waits for whom, `i:<id>` or `c:<client>` in waiters | until satisfied |
| H:cnt | hash | `<task>|<status>` -> number | permanent |
| H:lim | hash | name of a limit -> number | until unset |
| H:slot:<key> | zset | id -> since, in microseconds: who owns under this key of a limit | while owned |
| H:park:<key> | zset | id -> place | while parked |
| H:parked | zset | key with parked work -> since, or last looked at | while something is parked |
| H:blob:<sha256> | string | one large argument, encoded | `ttl_seconds` after its last use |
| H:reg:<key> | string | id that holds a registration key | until its first start or its end |
| H:exp | zset | id -> time by which it must have started, in microseconds | until then, unless owned |
| H:asked:<worker> | set | ids that the worker is asked to cancel | until they end |
| H:hist:<id> | list, at most 200 | `<status> <time> <attempt> <worker>`, for full histories | as the record |
| H:fin / H:dead | zset | id that ended / that FAILED -> end of its life in microseconds | until then |
| H:failed:<span> | hash | task -> how many of it failed in these five minutes | 1 hour after the last one |
| H:queues | set | names of queues that had work | permanent |
| H:tasks | hash | task -> published definition (JSON) | until withdrawn |
| H:suspended | hash | task -> key under which its invocations are parked | while suspended |
| H:triggers / H:workflows | hash | name -> declaration (JSON) | until withdrawn |
| H:sources | hash | task -> its inline source, sealed | until withdrawn |
| H:codes | hash | pool -> the tasks of the worker that joined last (JSON) | until the pool is gone |

Names of queues are checked (`pynenc.core.ids.QUEUE`) before they get here; ids are UUIDs made by the SDK; task ids
and other user text stand in fields and members only, never in a key.
"""

from __future__ import annotations

from dataclasses import dataclass

RECORD_FIELDS = ("st", "task", "q", "p", "args", "res", "att", "ret", "loss", "f", "ow", "par", "reg", "sta", "ts", "x")
"""Status, task, queue, priority, arguments, result or error, attempts, retries, losses, fence, owner, parent, and the
times registered, last started and last changed in microseconds, and a letter for each rare thing about it."""

LIBRARY_FIELDS = ("sc", "w", "by", "tot", "rk", "lim", "pk", "cp", "ct", "inl")
"""Used by the library alone: place in the queue, whether somebody waits, and rarely: the times to start by and to end
by, registration key, limits, the key it is parked under, the error and the time to live of cancelling, and the parent
that it was handed to with the fence."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one app. `prefix` is H, the one key that every function of the library is given."""

    prefix: str

    @classmethod
    def of_app(cls, app_id: str, shard: int = 0) -> Keys:
        """Keys of `app_id`, which `core.ids.check_app_id` has accepted."""
        return cls(f"pn:{{{app_id}#{shard}}}")

    def invocation(self, invocation_id: str) -> str:
        """The record of one invocation."""
        return f"{self.prefix}:inv:{invocation_id}"

    def queue(self, queue: str) -> str:
        """The ready invocations of a queue."""
        return f"{self.prefix}:q:{queue}"

    def wake(self, queue: str) -> str:
        """The marker list of a queue."""
        return f"{self.prefix}:wake:{queue}"

    def inbox(self, name: str) -> str:
        """The inbox of a worker or client."""
        return f"{self.prefix}:inbox:{name}"

    def parked_under(self, key: str) -> str:
        """What is parked under a key of a limit."""
        return f"{self.prefix}:park:{key}"

    def held(self, worker: str) -> str:
        """What a worker owns."""
        return f"{self.prefix}:held:{worker}"

    def history(self, invocation_id: str) -> str:
        """The changes of an invocation's status."""
        return f"{self.prefix}:hist:{invocation_id}"

    @property
    def due(self) -> str:
        """What is delayed."""
        return f"{self.prefix}:due"

    @property
    def ended(self) -> str:
        """The listing of what has ended."""
        return f"{self.prefix}:fin"

    @property
    def dead(self) -> str:
        """The listing of what has failed."""
        return f"{self.prefix}:dead"

    @property
    def limits(self) -> str:
        """The numbers that were set for limits."""
        return f"{self.prefix}:lim"

    def blob(self, digest: str) -> str:
        """A large argument, by the SHA-256 of its content."""
        return f"{self.prefix}:blob:{digest}"

    @property
    def tasks(self) -> str:
        """The registry of task definitions."""
        return f"{self.prefix}:tasks"

    def declared(self, kind: str) -> str:
        """The registry of a kind that is declared: `trigger`, `workflow` or `source`."""
        return f"{self.prefix}:{kind}s"
