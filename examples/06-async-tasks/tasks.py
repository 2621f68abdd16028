"""Watch the prices of shops: hardly any work, and much waiting for others."""

import asyncio
from zlib import crc32

from pynenc import Pynenc

app = Pynenc(app_id="async-tasks")


@app.task(max_retries=2, retry_for=(ConnectionError,))
async def fetch_price(shop: str, article: str) -> int:
    """Cents. One worker process has many of these under way at once, in one event loop."""
    await asyncio.sleep(0.2)  # stands for a request over the network
    return 1000 + crc32(f"{shop} {article}".encode()) % 500


@app.task
async def best_price(article: str, shops: list[str]) -> tuple[str, int]:
    """Ask all shops side by side; waiting for other tasks blocks nobody either."""
    prices = await fetch_price.parallelize([(shop,) for shop in shops], common_args={"article": article})
    price, shop = min(zip(prices, shops, strict=True))
    return shop, price


@app.task
def report(best: dict[str, int]) -> str:
    """Plain tasks and async ones mix."""
    return "; ".join(f"{article} {cents / 100:.2f}" for article, cents in sorted(best.items()))
