"""`make bench`: what the product does, as a ratio to the floor on the same server and machine, and which aims are met.

Each round has a server of its own. On it product and floor are measured in turns, in the opposite order in the next
round, each from an empty store. `--json` prints every round's figures instead of the table.
"""

from __future__ import annotations

import argparse
import sys

from bench import alone, workloads
from bench.contenders import Contender, Floor, Product
from bench.report import Row, as_json, load, table
from pynenc._redis.embedded import EmbeddedServer

BAR = 24


class Bench:
    """One run: its rows, its progress, and the sizes of the drains, which the first round finds unless given."""

    def __init__(self, rounds: int, seconds: float, tasks: int, fib: int) -> None:
        self.rounds, self.seconds, self.fib = rounds, seconds, fib
        self.rows: dict[tuple[str, str], Row] = {}
        self._sizes: dict[type[Contender], int] = {Product: tasks, Floor: tasks}
        self._steps = 0

    def run(self) -> list[Row]:
        """Measure everything; return a row per figure."""
        for number in range(self.rounds):
            order = (Product, Floor) if number % 2 == 0 else (Floor, Product)
            with EmbeddedServer() as server:
                for measure in (self._with_workers, self._without_workers):
                    for kind in order:
                        measure(f"round {number + 1} of {self.rounds}: {kind.__name__.lower()}", kind, server.url)
                self._alone(f"round {number + 1} of {self.rounds}: product alone", server.url)
        self._show("")
        return list(self.rows.values())

    def _with_workers(self, title: str, kind: type[Contender], url: str) -> None:
        self._show(f"{title}, drain")
        if not self._sizes[kind]:
            self._sizes[kind] = workloads.tasks_for(fresh(kind, url), self.seconds)
        system, total = fresh(kind, url), self._sizes[kind]
        system.fill(total)
        with system.workers(workloads.WORKERS):
            self._keep("drain", kind, workloads.checked_drain(system, total))
            self._show(f"{title}, round trip")
            self._keep("round trip", kind, workloads.round_trip(system, self.seconds))

    def _without_workers(self, title: str, kind: type[Contender], url: str) -> None:
        self._show(f"{title}, enqueue")
        self._keep("enqueue", kind, workloads.enqueue(fresh(kind, url), self.seconds))

        self._show(f"{title}, bulk enqueue")
        self._keep("bulk enqueue", kind, workloads.enqueue_batches(fresh(kind, url), self.seconds))

    def _alone(self, title: str, url: str) -> None:
        self._show(title)
        fresh(Product, url)
        self._keep("large argument", Product, alone.large(Product(url)))
        fresh(Product, url)
        self._keep("5 ms tasks", Product, alone.burn(Product(url), self.seconds))
        fresh(Product, url)
        system = Product(url)
        with system.workers(workloads.WORKERS) as pids:
            self._keep("dependent calls", Product, alone.fib(system, self.fib))
            self._keep("idle", Product, alone.idle(system, pids[0], self.seconds))

    def _keep(self, workload: str, kind: type[Contender], figures: workloads.Figures) -> None:
        for figure, value in figures.items():
            row = self.rows.setdefault((workload, figure), Row(workload, figure))
            (row.ours if kind is Product else row.floor).append(value)

    def _show(self, text: str) -> None:
        if sys.stdout.isatty():
            filled = "#" * (BAR * self._steps // (self.rounds * 9))
            print(f"\r\x1b[K[{filled:<{BAR}}] {text}" if text else "\r\x1b[K", end="", flush=True)
        self._steps += 1


def fresh(kind: type[Contender], url: str) -> Contender:
    """A contender in an empty store."""
    system = kind(url)
    system.client.flushall()
    return system


def main() -> None:
    """Measure in turns and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="servers to measure on (default 5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement (default 2)")
    parser.add_argument("--tasks", type=int, default=0, help="tasks of a drain (default: as many as fill the seconds)")
    parser.add_argument("--fib", type=int, default=alone.FIB, help=f"size of the dependent calls (default {alone.FIB})")
    parser.add_argument("--json", action="store_true", help="print figures of every round as JSON")
    given = parser.parse_args()
    if given.rounds < 1 or given.seconds <= 0:
        parser.error("--rounds and --seconds must be positive")
    before = load()
    rows = Bench(given.rounds, given.seconds, given.tasks, given.fib).run()
    if given.json:
        print(as_json(rows))
        return
    print(
        f"{given.rounds} rounds of {given.seconds:g} s; median (least-greatest); load {before} before, {load()} after\n"
    )
    print(table(rows))
    print("\nThe floor does the work by hand: no states, no retries, no recovery; same server, same run.")


if __name__ == "__main__":
    main()
