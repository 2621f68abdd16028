"""The typed door to the function library: one method a Lua function, so nobody can get an argument order wrong.

What each step promises is written in `pynenc.orchestrator.base`; what it does, in `lua/<verb>.lua`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import ResponseError

from pynenc._redis.client import OVERDUE, Translated, connect, connect_blocking
from pynenc._redis.direct import Direct
from pynenc._redis.keys import RECORD_FIELDS, Keys
from pynenc._redis.misfits import misfit
from pynenc._redis.rare import rare
from pynenc._redis.source import PROTOCOL, library_source, library_version
from pynenc.core.records import NewInvocation, Settlement
from pynenc.errors import BackendError, ProtocolMismatch, RedisMisconfigured

if TYPE_CHECKING:
    from pynenc.orchestrator.base import ClaimRequest, LossPolicy

Reply = list[Any]
LONGEST_BLOCK_SECONDS = 30.0
HINT_TTL_SECONDS = 3600
OLDEST_SERVER = (7, 0)


def micros(seconds: float) -> int:
    """Microseconds, as the library counts."""
    return round(seconds * 1_000_000)


class Library:
    """The functions of one app on one server. Thread-safe, fork-safe; connects on first use."""

    def __init__(self, url: str, app_id: str, timeout_seconds: float) -> None:
        self.url = url
        self.app_id = app_id
        self.keys = Keys.of_app(app_id)
        self.timeout_seconds = timeout_seconds
        self.translated = Translated(url, timeout_seconds)
        self.client = connect(url, timeout_seconds)
        self.direct = Direct(self.client)
        self.blocking = Direct(connect_blocking(url, timeout_seconds))

    def call(self, verb: str, *arguments: Any) -> Any:
        """Run `pn1_<verb>`; loads the library first if this server does not have it."""
        with self.translated:
            command = ("FCALL", f"pn1_{verb}", 1, self.keys.prefix, *arguments)
            try:
                return self.direct.execute(*command)
            except ResponseError as error:
                self._explain(error, arguments)
                if "unction not found" not in str(error):
                    raise
            self.client.function_load(library_source(), replace=True)
            return self.direct.execute(*command)

    def _explain(self, error: ResponseError, arguments: Sequence[Any]) -> None:
        """Raise what says more than `error`, if there is something."""
        if str(error).startswith("WRONGTYPE") and (found := misfit(self.client, self.keys, arguments)):
            raise BackendError(f"{found}; something else writes there: stop that, and delete it") from error

    def word(self, verb: str, *arguments: Any) -> str:
        """Run a function that answers one word."""
        return cast("bytes", self.call(verb, *arguments)).decode()

    def words(self, verb: str, *arguments: Any) -> list[str]:
        """Run a function that answers a list of words."""
        return _decoded(self.call(verb, *arguments))

    def install(self) -> None:
        """Load this version of the library if the server has none or another one."""
        if self.word("version") != library_version():
            with self.translated:
                self.client.function_load(library_source(), replace=True)

    def check_server(self) -> None:
        """Raise unless the server is new enough, keeps what it is given, and speaks this protocol."""
        with self.translated:
            info = self.client.info("server")
            version = str(info.get("redis_version", "0"))
            if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_SERVER:
                raise RedisMisconfigured(f"redis {version} has no functions; use Redis 7 or Valkey 7.2 or newer")
            policy = self._eviction_policy()
            protocol = cast("bytes | None", self.client.hget(f"{self.keys.prefix}:meta", "protocol"))
        if policy not in ("", "noeviction"):
            raise RedisMisconfigured(
                f"maxmemory-policy {policy} would drop work silently; run: CONFIG SET maxmemory-policy noeviction"
            )
        if protocol and protocol.decode() != PROTOCOL:
            theirs = protocol.decode()
            raise ProtocolMismatch(f"the store speaks protocol {theirs}, this SDK {PROTOCOL}; upgrade the older")

    def _eviction_policy(self) -> str:
        try:
            return str(cast("dict[str, str]", self.client.config_get("maxmemory-policy")).get("maxmemory-policy", ""))
        except ResponseError:  # managed servers hide CONFIG; they must be trusted
            return ""

    def enqueue(self, invocations: Iterable[NewInvocation]) -> list[str]:
        """`[answer, id, ...]`."""
        return self.words("enqueue", *_calls(invocations))

    def enqueue_each(self, batches: Iterable[Iterable[NewInvocation]]) -> Iterator[list[str]]:
        """The same for each batch; the server works on one while the next is made."""
        sent: deque[list[Any]] = deque()
        theirs: list[Exception] = []  # what goes wrong while a batch is made is no error of the store

        def commands() -> Iterator[tuple[Any, ...]]:
            try:
                for batch in batches:
                    sent.append(_calls(batch))
                    yield ("FCALL", "pn1_enqueue", 1, self.keys.prefix, *sent[-1])
            except Exception as error:
                theirs.append(error)

        with self.translated:
            for reply in self.direct.execute_ahead(commands()):
                arguments = sent.popleft()
                is_done = not isinstance(reply, ResponseError)
                yield _decoded(reply) if is_done else self.words("enqueue", *arguments)
        if theirs:
            raise theirs[0]

    def claim(self, worker: str, request: ClaimRequest) -> Reply:
        """`[answer, next due, item...]`."""
        return cast("Reply", self.call("claim", *self._claim_arguments(worker, request)))

    def finish(self, worker: str, settlements: Sequence[Settlement]) -> list[str]:
        """One answer per settlement."""
        return self.words("finish", worker, *self._settlements(settlements))

    def finish_claim(self, worker: str, settlements: Sequence[Settlement], request: ClaimRequest) -> Reply:
        """`[answers of finish, answer of claim]`."""
        arguments = (*self._claim_arguments(worker, request), *self._settlements(settlements))
        return cast("Reply", self.call("finish_claim", *arguments))

    @staticmethod
    def _claim_arguments(worker: str, request: ClaimRequest) -> tuple[Any, ...]:
        woken, queues, ids = "1" if request.woken else "0", request.queues, request.ids
        return (worker, request.request, request.limit, request.start, woken, len(queues), *queues, len(ids), *ids)

    @staticmethod
    def _settlements(settlements: Sequence[Settlement]) -> list[Any]:
        flat: list[Any] = []
        for end in settlements:
            flat += (end.invocation_id, end.fence, end.status.value, end.payload, end.ttl_seconds)
        return flat

    def finish_resume(self, worker: str, settlement: Settlement, invocation_id: str, fence: str) -> list[str]:
        """`[answer of finish, answer of resume]`."""
        return self.words("finish_resume", worker, invocation_id, fence, *self._settlements([settlement]))

    def recover(self, worker: str, policy: LossPolicy, blamed: Sequence[str] | None) -> list[str]:
        """`[id, status, ...]`."""
        to_blame = ("0",) if blamed is None else ("1", *blamed)
        return self.words("recover", worker, policy.max_losses, policy.payload, policy.ttl_seconds, *to_blame)

    def sweep(self, policy: LossPolicy, limit: int) -> list[str]:
        """`[id, status, ...]`."""
        return self.words("sweep", limit, policy.max_losses, policy.payload, policy.ttl_seconds)

    def records(self, invocation_ids: Sequence[str]) -> list[tuple[list[bytes | None], float | None]]:
        """The values of `RECORD_FIELDS` per id, all None for an unknown one, and when it comes due."""
        with self.translated, self.client.pipeline(transaction=False) as pipe:
            for invocation_id in invocation_ids:
                pipe.hmget(self.keys.invocation(invocation_id), RECORD_FIELDS)
                pipe.zscore(self.keys.due, invocation_id)
            replies: list[Any] = pipe.execute()
        return list(zip(replies[::2], replies[1::2], strict=True))

    def waiting(self, queue: str = "") -> set[str]:
        """Ids of what is ready, in `queue` or in all, what is delayed or parked, and what is owned."""
        ready = [queue] if queue else self._members("smembers", f"{self.keys.prefix}:queues")
        keys = [self.keys.queue(name) for name in ready]
        keys += [self.keys.parked_under(key) for key in self._members("zrange", f"{self.keys.prefix}:parked", 0, -1)]
        keys += [self.keys.held(name) for name in self._members("zrange", f"{self.keys.prefix}:workers", 0, -1)]
        with self.translated, self.client.pipeline(transaction=False) as pipe:
            for key in (*keys, self.keys.due):
                pipe.zrange(key, 0, -1)
            return {name.decode() for names in cast("list[list[bytes]]", pipe.execute()) for name in names}

    def listed(self, key: str, first: int, number: int) -> list[str]:
        """A page of a listing of what has ended, latest end of life first."""
        return self._members("zrevrange", key, first, first + number - 1)

    def history(self, invocation_id: str) -> list[str]:
        """`<status> <time> <attempt> <worker>` per change, oldest first."""
        return self._members("lrange", self.keys.history(invocation_id), 0, -1)

    def invocation_ids(self, batch: int) -> Iterator[list[str]]:
        """The ids of all records, some of them perhaps twice, about `batch` at a time."""
        prefix, cursor = self.keys.invocation(""), 0  # names of apps hold no letter that means more in a pattern
        while True:
            with self.translated:
                found = self.client.scan(cursor, match=f"{prefix}*", count=batch)
            cursor, names = cast("tuple[int, list[bytes]]", found)
            if names:
                yield [name.decode().removeprefix(prefix) for name in names]
            if not cursor:
                return

    def _members(self, command: str, key: str, *arguments: int) -> list[str]:
        with self.translated:
            return [name.decode() for name in cast("list[bytes]", getattr(self.client, command)(key, *arguments))]

    def hash(self, key: str) -> dict[str, str]:
        """A hash of texts."""
        with self.translated:
            pairs = cast("dict[bytes, bytes]", self.client.hgetall(key))
        return {name.decode(): value.decode() for name, value in pairs.items()}

    def sizes(self, queues: Sequence[str]) -> list[int]:
        """How many members each queue has."""
        with self.translated, self.client.pipeline(transaction=False) as pipe:
            for queue in queues:
                pipe.zcard(self.keys.queue(queue))
            return cast("list[int]", pipe.execute())

    def standing(self) -> tuple[str, int]:
        """When the store was opened first, empty if it was not, and how many invocations were ever stored."""
        with self.translated, self.client.pipeline(transaction=False) as pipe:
            pipe.hget(f"{self.keys.prefix}:meta", "opened")
            pipe.get(f"{self.keys.prefix}:seq")
            opened, sequence = cast("list[bytes | None]", pipe.execute())
        return (opened or b"").decode(), int(sequence or 0)

    def pop_hint(self, keys: Sequence[str], timeout_seconds: float) -> tuple[str, bytes] | None:
        """The next hint of any of the lists, or None when time is up. A hint that is lost does no harm."""
        seconds = max(0.001, min(timeout_seconds, LONGEST_BLOCK_SECONDS))
        with self.translated:
            found = self.blocking.pop(keys, seconds, seconds + OVERDUE * self.timeout_seconds)
        return None if found is None else (found[0].decode(), found[1])

    def push_hint(self, key: str, message: bytes, *, most: int = 0) -> None:
        """Put a hint into a list that lives for as long as hints do; with `most`, no more than so many stay in it."""
        with self.translated, self.client.pipeline(transaction=False) as pipe:
            pipe.rpush(key, message)
            pipe.ltrim(key, -most, -1)  # 0 keeps all
            pipe.expire(key, HINT_TTL_SECONDS)
            pipe.execute()

    def close(self) -> None:
        """Close the connections; a later call makes new ones."""
        self.client.close()
        self.direct.close()
        self.blocking.close()


def _decoded(words: list[bytes]) -> list[str]:
    return [word.decode() for word in words]


def _calls(invocations: Iterable[NewInvocation]) -> list[Any]:
    """Arguments of `lua/enqueue.lua`."""
    flat: list[Any] = []
    for new in invocations:
        due = new.due_us or (-1 if new.quiet else 0)
        flat += (new.invocation_id, new.task_id, new.arguments, new.queue, new.priority, due, new.parent_id)
        flat.append(rare(new))
    return flat
