"""A broker that hands out the newest work first. The store's own one hands out the oldest first."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from pynenc import Pynenc
from pynenc.broker.base import BaseBroker, Ready

TABLE = (
    "CREATE TABLE IF NOT EXISTS ready (number INTEGER PRIMARY KEY, invocation_id TEXT, queue TEXT, priority INTEGER)"
)
TAKE = """
DELETE FROM ready WHERE number IN
    (SELECT number FROM ready WHERE queue = ? ORDER BY priority DESC, number DESC LIMIT ?)
RETURNING priority, number, invocation_id
"""


class NewestFirstBroker(BaseBroker):
    """Keeps the order in the SQLite file NEWEST_FIRST_FILE, which callers and all workers share.

    Only the order is kept here: that an invocation runs once, and is not forgotten, is the store's promise.
    """

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self.file = os.environ["NEWEST_FIRST_FILE"]
        with self._database() as database:
            database.execute(TABLE)

    def route(self, ready: Sequence[Ready]) -> None:
        rows = [(one.invocation_id, one.queue, one.priority) for one in ready]
        with self._database() as database:
            database.executemany("INSERT INTO ready (invocation_id, queue, priority) VALUES (?, ?, ?)", rows)

    def retrieve(self, queues: Sequence[str], limit: int) -> list[str]:
        found: list[str] = []
        with self._database() as database:
            for queue in queues:
                rows = database.execute(TAKE, (queue, limit - len(found))).fetchall()
                found += [invocation_id for _, _, invocation_id in sorted(rows, reverse=True)]
        return found

    def sizes(self, queues: Sequence[str]) -> dict[str, int]:
        with self._database() as database:
            counted = dict(database.execute("SELECT queue, count(*) FROM ready GROUP BY queue").fetchall())
        return {queue: counted.get(queue, 0) for queue in queues}

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """A connection for one step, which is kept if the block ends well: workers are processes and threads."""
        with closing(sqlite3.connect(self.file, timeout=10)) as connection, connection:
            yield connection
