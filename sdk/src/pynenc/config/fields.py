"""The table of settings: name, type, range, default and meaning of each, by section.

A setting's name is unique over all sections, so an attribute of `Config`, a key at the top of a file and a key in
its section mean the same. A setting that nothing reads yet is not listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, cast, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from pynenc.core import ids, options, values
from pynenc.core.seal import Keyring
from pynenc.core.values import Bounds
from pynenc.errors import ConfigurationError

LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS = ("text", "json")
SECONDS = Bounds(0.01, 86_400)
LIMIT = Bounds(0, 1_000_000)


def read_app_id(value: object) -> str:
    """An id that can be part of a Redis key; raises ValueError with the rest of a sentence."""
    try:
        return ids.check_app_id(values.read_str(value))
    except ConfigurationError:
        raise ValueError(f"must match {ids.APP_ID.pattern}") from None


def read_class(value: object) -> str:
    """A class name, bare or with its module, such as `RedisBroker` or `my.module.MyBroker`."""
    name = values.read_str(value)
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError("must be the name of a class, bare or with its module")
    return name


def read_level(value: object) -> str:
    """The name of a logging level in lower case."""
    level = values.read_str(value).lower()
    if level not in LEVELS:
        raise ValueError(f"must be one of {', '.join(LEVELS)}")
    return level


def read_log_format(value: object) -> str:
    """How log lines are written."""
    name = values.read_str(value).lower()
    if name not in LOG_FORMATS:
        raise ValueError(f"must be one of {', '.join(LOG_FORMATS)}")
    return name


def read_url(value: object) -> str:
    """The URL of a Redis server, or nothing."""
    url = values.read_str(value)
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must start with redis://, rediss:// or unix://")
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise ValueError("must be a URL such as redis://user:password@host:6379/0, with the password quoted") from None
    return url


def read_queues(value: object) -> tuple[str, ...]:
    """Names of queues in the order in which a worker looks at them."""
    queues = values.read_names(value)
    if not queues:
        raise ValueError("must name at least one queue")
    return tuple(options.read_queue(queue) for queue in queues)


def read_signing_keys(value: object) -> str:
    """Signing keys by id, `id:key,id2:key2`; the keys stay text here, as all settings of a file do."""
    text = values.read_str(value)
    Keyring.read(text)
    return text


def read_limits(value: object) -> Mapping[str, int]:
    """Numbers of shared limits by name."""
    return {options.read_limit(name): number for name, number in values.read_numbers(value, LIMIT).items()}


class AppSettings:
    """Which application this is and what it is made of. Empty class names follow from the Redis section.

    `limits` are the shared limits that tasks name in their option `limits`, as a table or as `name=3,other=1`. With
    `dev_mode_force_sync_tasks`, a call runs its task at once, in the calling thread and without a store.
    """

    app_id: Annotated[str, read_app_id] = "pynenc"
    orchestrator_cls: Annotated[str, read_class] = ""
    broker_cls: Annotated[str, read_class] = ""
    state_backend_cls: Annotated[str, read_class] = ""
    arg_cache_cls: Annotated[str, read_class] = ""
    serializer_cls: Annotated[str, read_class] = "JsonSerializer"
    runner_cls: Annotated[str, read_class] = ""
    logging_level: Annotated[str, read_level] = "info"
    logging_format: Annotated[str, read_log_format] = "text"
    limits: Annotated[Mapping[str, int], read_limits] = MappingProxyType({})
    dev_mode_force_sync_tasks: bool = False


class RedisSettings:
    """The server: a URL, or its parts. Naming either selects the Redis components."""

    redis_url: Annotated[str, read_url] = ""
    redis_host: str = ""
    redis_port: Annotated[int, Bounds(1, 65_535)] = 6379
    redis_db: Annotated[int, Bounds(0, 1_000_000)] = 0
    redis_username: str = ""
    redis_password: str = ""
    socket_timeout_seconds: Annotated[float, SECONDS] = 2.0


class RunnerSettings:
    """How a runner works: `slots` 0 is one per CPU; `pool` is its WorkerPool, `pod_uid` the uid of its pod.

    A lease ends `lease_seconds` after the last beat; beats come every `beat_seconds`. An orderly end takes at most
    `drain_seconds`. An invocation fails when it was lost `max_losses` times with its worker. With
    `await_definitions`, a runner works only once the operator has opened the store. With `allow_inline_source`, it runs
    the source that stands in Task objects, if it is signed with one of the `signing_keys`.

    A worker runs up to `async_slots` coroutines at once. It is replaced after `max_tasks_per_worker` attempts, or once
    it takes `max_rss_per_worker` MiB of memory; 0 is never. A task that waits for another one runs it on its own
    stack, up to `inline_depth` deep; else it is paused and another worker takes its place, up to `max_paused` of them.
    What ignores its timeout, or that it was cancelled, is killed after `kill_grace_seconds`. With an `http_port`, the
    runner answers /healthz, /readyz and /metrics there.
    """

    slots: Annotated[int, Bounds(0, 256)] = 0
    queues: Annotated[tuple[str, ...], read_queues] = ("default",)
    lease_seconds: Annotated[float, SECONDS] = 15.0
    beat_seconds: Annotated[float, SECONDS] = 5.0
    sweep_seconds: Annotated[float, SECONDS] = 2.0
    drain_seconds: Annotated[float, Bounds(0, 86_400)] = 30.0
    max_losses: Annotated[int, Bounds(1, 1000)] = 3
    async_slots: Annotated[int, Bounds(1, 10_000)] = 16
    max_tasks_per_worker: Annotated[int, Bounds(0, 1_000_000_000)] = 0
    max_rss_per_worker: Annotated[int, Bounds(0, 1_000_000)] = 0
    inline_depth: Annotated[int, Bounds(0, 100)] = 16
    max_paused: Annotated[int, Bounds(0, 10_000)] = 64
    kill_grace_seconds: Annotated[float, SECONDS] = 5.0
    http_port: Annotated[int, Bounds(0, 65_535)] = 0
    pool: str = ""
    pod_uid: str = ""
    await_definitions: bool = False
    allow_inline_source: bool = False


class PayloadSettings:
    """How large arguments and results may be, and the keys that sign them.

    `signing_keys` is `id:key,id2:key2`: the first signs, all verify; with any, unsigned payloads are refused.
    """

    max_payload_bytes: Annotated[int, Bounds(1, 512 * 1024 * 1024)] = 8 * 1024 * 1024
    signing_keys: Annotated[str, read_signing_keys] = ""


class ArgCacheSettings:
    """Arguments of at least `min_size_to_cache` encoded bytes are stored once, by the hash of their content.

    Each lives for `ttl_seconds` after its last use. A process keeps those that it met last, at most
    `local_cache_size` of them and `local_cache_bytes` together.
    """

    min_size_to_cache: Annotated[int, Bounds(64, 512 * 1024 * 1024)] = 16 * 1024
    local_cache_size: Annotated[int, Bounds(0, 1_000_000)] = 1000
    local_cache_bytes: Annotated[int, Bounds(0, 64 * 1024**3)] = 64 * 1024 * 1024
    ttl_seconds: Annotated[int, Bounds(60, 366 * 86_400)] = 7 * 86_400


class Settings(AppSettings, RedisSettings, RunnerSettings, PayloadSettings, ArgCacheSettings):
    """All settings as flat typed attributes."""


SECTIONS: dict[str, type] = {
    "": AppSettings,
    "redis": RedisSettings,
    "runner": RunnerSettings,
    "payload": PayloadSettings,
    "arg_cache": ArgCacheSettings,
}
TASK_SECTION = "task"
SECRET = frozenset({"redis_url", "redis_password", "signing_keys"})
"""Settings whose values never appear in a message."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting; `read` turns a value from any source into the setting's type or raises ValueError."""

    name: str
    section: str
    default: object
    read: Callable[[object], object]


def _reader(annotation: object) -> Callable[[object], object]:
    kind, extra = get_args(annotation) if get_origin(annotation) is Annotated else (annotation, None)
    if isinstance(extra, Bounds):
        read = values.read_int if kind is int else values.read_float
        return lambda value: read(value, extra)
    readers: dict[object, Callable[[object], object]] = {bool: values.read_bool, str: values.read_str}
    return cast("Callable[[object], object]", extra) if extra else readers[kind]


FIELDS: dict[str, Field] = {
    name: Field(name, section, getattr(cls, name), _reader(annotation))
    for section, cls in SECTIONS.items()
    for name, annotation in get_type_hints(cls, include_extras=True).items()
}
