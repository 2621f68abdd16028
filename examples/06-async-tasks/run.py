"""Forty requests that take 0.2 s each, on two workers, called and awaited from async code."""

import asyncio
import time

from rich.progress import Progress
from tasks import app, best_price, fetch_price, report

from pynenc.testing import running

SHOPS = [f"shop {number}" for number in range(10)]
ARTICLES = ["chair", "clock", "lamp", "table"]


async def fetch_all() -> None:
    await fetch_price("warm", "up")  # the first call of all waits for the workers to come up
    start = time.monotonic()
    group = fetch_price.parallelize([(shop, article) for shop in SHOPS for article in ARTICLES])
    with Progress() as progress:
        row = progress.add_task("prices", total=len(group))
        async for _ in group.as_completed(timeout=60):
            progress.advance(row)
    seconds = time.monotonic() - start
    print(f"{len(group)} requests of 0.2 s on two workers took {seconds:.1f} s, and not {len(group) * 0.2 / 2:.1f} s")


async def find_best() -> None:
    """Several waits at once are a matter of asyncio, as always."""
    found = await asyncio.gather(*(best_price(article, SHOPS) for article in ARTICLES))
    for article, (shop, cents) in zip(ARTICLES, found, strict=True):
        print(f"{article}: {cents / 100:.2f} at {shop}")
    print(await report({article: cents for article, (_, cents) in zip(ARTICLES, found, strict=True)}))


async def main() -> None:
    await fetch_all()
    await find_best()


if __name__ == "__main__":
    with running(app, slots=2):
        asyncio.run(main())
