"""The values that travel between the SDK, the runners and a store; all frozen, all free of behaviour with effects.

Payloads are opaque `bytes` here: a store keeps and returns them, and only a serializer looks inside. Times are
integers in microseconds since the Unix epoch on the store's clock; durations say their unit in the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pynenc.core.status import Status

DEFAULT_QUEUE = "default"
UNRUN_TTL_SECONDS = 86_400
"""How long an end is kept that no run has brought about: EXPIRED and CONCURRENCY_CONTROLLED_FINAL."""


class History(StrEnum):
    """What is kept of an invocation's way beside its record."""

    FULL = "full"
    """Every change of status with its time and worker, the last 200 of them."""
    SUMMARY = "summary"
    """Nothing but the record itself, which is listed after its end."""
    OFF = "off"
    """The record, which is not listed after its end."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit that an invocation runs under: at most `number` invocations own `key` at once.

    `name` is the task id or the name of a shared limit (which has no dot); a number set for that name in the store
    outranks `number`. `key` is 24 hexadecimal digits, a hash of the name and of the arguments that are compared.
    """

    name: str
    key: str
    number: int = 1


class NewInvocation(NamedTuple):
    """A request to run a task once.

    `invocation_id` is chosen by the caller, so repeating the request is safe.
    `parent_id` is the invocation whose run made this call, or empty.
    `due_us` is the time before which it must not start, `delay_us` the same counted from now on the store's clock;
    0 means at once.
    `start_within_us` ends it EXPIRED when its first start does not come in time, `total_timeout_us` is the time for
    all attempts with the waits between them; both count from now, 0 means no end.
    `limits` must all be free for it to run; over a limit it is parked, or with `drop` ends
    CONCURRENCY_CONTROLLED_FINAL.
    `registration_key` (24 hexadecimal digits) lets only one invocation wait for its first start: a second one is
    answered REUSED with the id of the first, or DIFFERENT when `refuse_different` is set and its arguments differ.
    `inline` says that a parent may run it on its own stack while it waits for it.
    `quiet` tells no idle worker that there is work: the caller takes it, or calls `wake` of the broker soon.

    A named tuple, as is its answer: there is one of each for every call, and a frozen dataclass takes three times as
    long to make.
    """

    invocation_id: str
    task_id: str
    arguments: bytes
    queue: str = DEFAULT_QUEUE
    priority: int = 0
    due_us: int = 0
    parent_id: str = ""
    delay_us: int = 0
    start_within_us: int = 0
    total_timeout_us: int = 0
    limits: tuple[Limit, ...] = ()
    drop: bool = False
    registration_key: str = ""
    refuse_different: bool = False
    inline: bool = True
    history: History = History.SUMMARY
    quiet: bool = False


class Answer(StrEnum):
    """What a store says to a step; the Lua library uses the same words."""

    OK = "OK"
    DUPLICATE = "DUPLICATE"
    """enqueue, join, requeue: this id is known; nothing was changed."""
    REUSED = "REUSED"
    """enqueue: an invocation with this registration key still waits for its first start; it stands for this one."""
    DIFFERENT = "DIFFERENT"
    """enqueue: as REUSED, but with other arguments, which the request forbids; nothing was stored."""
    FENCED = "FENCED"
    """The caller does not own the invocation (any more); nothing was changed."""
    ALREADY = "ALREADY"
    """The caller has settled the invocation under this very fence before; nothing was changed."""
    GONE = "GONE"
    """No such invocation: never existed, or its time to live has passed."""
    BADSTATE = "BADSTATE"
    """The owner may not take this step from the current status; nothing was changed."""
    NOTREADY = "NOTREADY"
    """join: the store has not been opened, because it is new or has come back empty."""
    READY = "READY"
    """wait: all awaited invocations are final; the caller stays RUNNING."""
    PAUSED = "PAUSED"
    """wait: the caller is PAUSED until the last awaited invocation ends."""
    INLINE = "INLINE"
    """wait: the caller is PAUSED, and the one awaited was handed to it to be run on its own stack."""
    CANCELLING = "CANCELLING"
    """cancel: the owner has been told; resume: go on to end as CANCELLED, somebody asked for it."""
    DEADLOCK = "DEADLOCK"
    """wait: an awaited invocation needs a limit that the caller, or one that waits for it, holds."""
    WAITING = "WAITING"
    """resume: something is still awaited."""
    CYCLE = "CYCLE"
    """wait: an awaited invocation waits, directly or not, for the caller."""
    TOOBIG = "TOOBIG"
    """wait: more than 2,000 invocations would have to be looked at to exclude a cycle."""
    LOST = "LOST"
    """beat, claim: the store does not know this worker (any more); what it held was given to others."""
    DRAINING = "DRAINING"
    """claim: the worker's pod is about to be removed, so it is handed nothing for now."""
    STALE = "STALE"
    """publish, declare, open, set_limit, drain: a newer leader has written."""


class Enqueued(NamedTuple):
    """The answer to one request; `invocation_id` is another one than asked for if `answer` is REUSED or DIFFERENT."""

    answer: Answer
    invocation_id: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The answer to a worker's beat, OK or LOST; `cancelling` are what it owns and what was asked to be cancelled."""

    answer: Answer
    cancelling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claimed:
    """An invocation handed to a worker, which owns it as `(worker, fence)` until it settles it.

    `started` says that the claim has already made it RUNNING and counted the attempt. `remaining_us` is what was left
    of its total time at the claim, at least 1; 0 if that has no end.
    """

    invocation_id: str
    fence: str
    task_id: str
    arguments: bytes
    attempt: int
    retries: int
    losses: int
    parent_id: str
    started: bool
    remaining_us: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim: OK, or LOST when the store does not know the worker (it must join first).

    `items` are oldest first within the best priority. `next_due_us` is when the next delayed invocation of any
    queue comes due, 0 if none is known; it is only filled in when there are no items.
    """

    answer: Answer
    items: tuple[Claimed, ...] = ()
    next_due_us: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of an invocation: a final status with its result (SUCCESS) or error (FAILED, CANCELLED) payload."""

    invocation_id: str
    fence: str
    status: Status
    payload: bytes
    ttl_seconds: int


@dataclass(frozen=True, slots=True)
class InvocationRecord:
    """All that a store knows of one invocation.

    `payload` is the result or error, or empty. `attempt` counts starts, `retries` the ones asked for by the task's
    own failure, `losses` the ones forced by a lost worker. `worker` is the owner, or the last one
    to own it, or empty when that one was lost.
    `started_us` is the last start, 0 if there was none; `changed_us` the last change of status. `due_us` is when a
    delayed one comes due, 0 if it is not delayed. `cancelling` says that it is owned and its owner was asked to end it.
    """

    invocation_id: str
    task_id: str
    status: Status
    queue: str
    priority: int
    arguments: bytes
    payload: bytes
    attempt: int
    retries: int
    losses: int
    fence: str
    worker: str
    parent_id: str
    registered_us: int
    started_us: int
    changed_us: int
    due_us: int = 0
    cancelling: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a history: a status, since when, and what the record said then of worker and attempt."""

    status: Status
    at_us: int
    worker: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """Which invocations to list: those that fit all that is set, newest first, at most `limit`."""

    statuses: frozenset[Status] = frozenset()
    task_id: str = ""
    queue: str = ""
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """A final invocation as its waiters see it; `payload` is None when it was too large to travel with the news."""

    invocation_id: str
    status: Status
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of an invocation: REROUTED (runs again), FAILED (losses used up), CANCELLED (as asked) or EXPIRED."""

    invocation_id: str
    status: Status


EVERY_TASK = "*"
"""In place of a task id: options of all tasks, for what nothing else says."""


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """A task as the registry in the store knows it; set options override those of the code. None: not set.

    Each is the option of `pynenc.core.options.TaskOptions` of that name, without `_seconds`; words are in lower case.
    """

    task_id: str
    queue: str | None = None
    priority: int | None = None
    max_retries: int | None = None
    retry_for: tuple[str, ...] | None = None
    retry_backoff_seconds: float | None = None
    retry_backoff_max_seconds: float | None = None
    timeout_seconds: float | None = None
    total_timeout_seconds: float | None = None
    queue_timeout_seconds: float | None = None
    result_ttl_seconds: int | None = None
    failure_ttl_seconds: int | None = None
    history: str | None = None
    registration_concurrency: str | None = None
    running_concurrency: str | None = None
    key_arguments: tuple[str, ...] | None = None
    running_limit: int | None = None
    limits: tuple[str, ...] | None = None
    on_limit: str | None = None
    on_diff_non_key_args_raise: bool | None = None
    cache: bool | None = None
    disable_cache_args: tuple[str, ...] | None = None
    parallel_batch_size: int | None = None
    source_digest: str | None = None
    """Of a task whose code is declared in the store: which text that is."""
    suspended: bool | None = None
    """Whether its invocations are kept waiting. Those that a worker owns already go on."""


class DeclaredKind(StrEnum):
    """What can be declared beside tasks; the words are parts of keys."""

    TRIGGER = "trigger"
    WORKFLOW = "workflow"
    SOURCE = "source"
    """The inline source of a task; its name is the task id, its text is sealed (see `pynenc.core.inline`)."""
    CODE = "code"
    """What the worker of a pool that joined last has said of its code; its name is the pool, see `core.definitions`."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A trigger, a workflow or an inline source as the registry in the store knows it.

    `text` is JSON that whoever evaluates it can read, and opaque to the store; empty takes the declaration out.
    """

    kind: DeclaredKind
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker that joined: where it runs, when its lease ends and how many invocations it owns.

    `host` is the host or pod name, `pool` the WorkerPool that it belongs to, or empty. `queues` are those it serves, as
    far as it said so when it joined. `pod_uid` tells one pod from another of the same name; empty outside a cluster.
    `tasks` are the ids of those whose code it has, None if it does not say; that is for `join` alone, which keeps it as
    the CODE of the pool.
    """

    worker: str
    host: str = ""
    pool: str = ""
    lease_until_us: int = 0
    held: int = 0
    queues: tuple[str, ...] = ()
    pod_uid: str = ""
    tasks: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What tells a store that has lost something: another `store_id`, or a smaller `sequence`.

    `store_id` is new when a store is opened for the first time, or after it was emptied; empty while it is not open.
    `sequence` is the number of invocations that were ever stored.
    """

    store_id: str = ""
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Drained:
    """The answer to a drain: OK and how many invocations the workers of each pod hold, or STALE."""

    answer: Answer
    held: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Invocations per task and status, `{"module.function": {Status.RUNNING: 3}}`; absent means none.

    `delayed` are those that are not due yet, whatever their task; they are among the queued ones. `dead` are those that
    have failed, were not requeued, and are still kept. `failed_lately` are, per task, those that failed in the last
    hour, the last five minutes of which may be missing. `oldest_us` is, per task, when the one was asked for that has
    waited longest in a queue, as far as it is among the first of its priority there.
    """

    by_task: Mapping[str, Mapping[Status, int]] = field(default_factory=dict)
    delayed: int = 0
    dead: int = 0
    failed_lately: Mapping[str, int] = field(default_factory=dict)
    oldest_us: Mapping[str, int] = field(default_factory=dict)

    def total(self, *statuses: Status) -> int:
        """How many invocations of all tasks stand in any of `statuses`."""
        return sum(counts.get(status, 0) for counts in self.by_task.values() for status in statuses)


@dataclass(frozen=True, slots=True)
class WaitAnswer:
    """The answer to a wait.

    `path` names the invocations of the cycle when `answer` is CYCLE, the caller first; when it is DEADLOCK, the awaited
    invocation, then the name of the limit. `item` is what was handed to the caller when it is INLINE.
    """

    answer: Answer
    path: tuple[str, ...] = ()
    item: Claimed | None = None
