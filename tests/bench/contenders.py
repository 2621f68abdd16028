"""What is measured: the product and the floor, with the same verbs. Every one starts from an empty store.

Each verb that answers a value compares it with the argument: a wrong result ends the run, it is not a number.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from bench import floor, tasks
from pynenc._redis.embedded import die_with_parent
from pynenc._redis.keys import Keys
from pynenc.invocation import Invocation

TESTS = Path(__file__).parents[1]
CHECKED = 100
"""So many results of a drain are read back."""
ANSWER_SECONDS = 30


class WrongResult(SystemExit):
    """A task returned something else than its argument."""


def check(got: object, wanted: object) -> None:
    """End the run unless they are equal."""
    if got != wanted:
        raise WrongResult(f"wrong result: {got!r:.80} instead of {wanted!r:.80}")


def sample(total: int) -> range:
    """Up to about a hundred numbers below `total`, evenly spaced."""
    return range(0, total, max(1, total // CHECKED))


@contextmanager
def processes(commands: Sequence[list[str]], **variables: str) -> Iterator[list[int]]:
    """Programs that run meanwhile, by their ids; they end afterwards, and also when this process is killed."""
    environment = {**os.environ, **variables}
    running = [
        subprocess.Popen(
            [sys.executable, *command],
            cwd=TESTS,
            env=environment,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - the child only calls prctl
        )
        for command in commands
    ]
    try:
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=60)


class Floor:
    """The hand-made loop."""

    def __init__(self, url: str) -> None:
        self.url, self.client = url, floor.connect(url)
        self.keys: list[str] = []
        self.bytes = " ".join(["0" * 36, tasks.noop.task_id, '{"x":1}', "default 0 0"]).encode()

    def workers(self, number: int) -> AbstractContextManager[list[int]]:
        """That many worker processes."""
        return processes([["-m", "bench.floor", self.url]] * number)

    def fill(self, total: int) -> None:
        """Queue that many calls."""
        messages = [floor.message(number) for number in range(total)]
        self.keys = [f"r:{json.loads(messages[number])['id']}" for number in sample(total)]
        for first in range(0, total, 500):
            self.client.lpush("q", *messages[first : first + 500])

    def waiting(self) -> int:
        """How many calls are still queued; one LLEN."""
        return int(self.client.llen("q"))

    def check(self, total: int) -> None:
        """Compare results of the calls that `fill` queued."""
        for number, key in zip(sample(total), self.keys, strict=True):
            while (raw := self.client.get(key)) is None:  # the last ones are still under way
                pass
            check(json.loads(raw)["result"], number)

    def call(self, number: int) -> None:
        """One call and its result: push, blocking pop there, push back, blocking pop here."""
        self.client.rpush("q", floor.message(number, "reply"))
        popped: Any = self.client.blpop(["reply"], ANSWER_SECONDS)
        check(json.loads(popped[1])["result"], number)

    def enqueue(self) -> Callable[[], object]:
        """A function that queues one call: RPUSH of as many bytes as the product sends."""
        return lambda: self.client.rpush("q", self.bytes)

    def enqueue_batch(self, size: int) -> None:
        """The same call again and again: the aim of batches is measured against one round trip for each."""
        for _ in range(size):
            self.client.rpush("q", self.bytes)

    def queued(self) -> int:
        """How many calls `enqueue` queued."""
        return self.waiting()


class Product:
    """`bench.tasks` on a runner of its own."""

    def __init__(self, url: str) -> None:
        self.url, self.client = url, Redis.from_url(url, protocol=2)
        tasks.app.conf.redis_url = url
        self.queue = Keys.of_app(tasks.app.app_id).queue("default")
        self.invocations: list[Invocation[int]] = []

    def workers(self, number: int) -> AbstractContextManager[list[int]]:
        """One runner with that many worker processes."""
        start = ["-m", "pynenc.cli", "--app", "bench.tasks:app", "runner", "start"]
        settings = {"PYNENC__RUNNER__SLOTS": str(number), "PYNENC__LOGGING_LEVEL": "warning"}
        return processes([start], PYNENC__REDIS_URL=self.url, **settings)

    def fill(self, total: int) -> None:
        """Queue that many calls."""
        self.invocations = list(tasks.noop.parallelize([(number,) for number in range(total)]).invocations)

    def waiting(self) -> int:
        """How many calls are still queued; one ZCARD."""
        return int(self.client.zcard(self.queue))

    def check(self, total: int) -> None:
        """Compare results of the calls that `fill` queued."""
        for number in sample(total):
            check(self.invocations[number].get(ANSWER_SECONDS), number)

    def call(self, number: int) -> None:
        """One call and its result."""
        check(tasks.noop(number).get(ANSWER_SECONDS), number)

    def enqueue(self) -> Callable[[], object]:
        """A function that queues one call."""
        return lambda: tasks.noop(1)

    def enqueue_batch(self, size: int) -> None:
        """Queue that many calls at once."""
        tasks.noop.parallelize([(1,)] * size)

    def queued(self) -> int:
        """How many calls `enqueue` queued."""
        return self.waiting()


Contender = Floor | Product
