"""Orders of a shop: what is to be tested."""

from dataclasses import dataclass
from decimal import Decimal

from pynenc import Pynenc

app = Pynenc(app_id="sync-tests")

STOCK = {"chair": 4, "lamp": 0}
PRICES = {"chair": Decimal("49.90"), "lamp": Decimal("19.00")}


class OutOfStockError(Exception):
    """There are too few pieces."""


@dataclass(frozen=True)
class Item:
    article: str
    pieces: int


@app.task
def reserve(item: Item) -> Decimal:
    """The price of the pieces, which are put aside."""
    if item.pieces > STOCK[item.article]:
        raise OutOfStockError(f"{STOCK[item.article]} x {item.article} left, {item.pieces} wanted")
    return item.pieces * PRICES[item.article]


@app.task(max_retries=3, retry_for=(ConnectionError,), retry_backoff=60)
def charge(card: str, amount: Decimal) -> str:
    return f"receipt {call_bank(card, amount)}"


@app.task
def place_order(card: str, items: list[Item]) -> str:
    """Reserve all items side by side, then charge the sum."""
    prices = reserve.parallelize([(item,) for item in items]).results
    return charge(card, sum(prices, Decimal(0))).result


def call_bank(card: str, amount: Decimal) -> str:
    raise NotImplementedError("the shop has no bank yet")
