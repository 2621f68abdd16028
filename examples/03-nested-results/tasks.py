"""What a product costs, from the bill of materials: a part costs its own price and that of the parts in it."""

from decimal import Decimal

from pynenc import Pynenc

app = Pynenc(app_id="nested-results")

PARTS: dict[str, dict[str, int]] = {
    "bicycle": {"frame": 1, "wheel": 2, "saddle": 1},
    "frame": {"tube": 3, "bolt": 8},
    "wheel": {"rim": 1, "hub": 1, "spoke": 32},
    "hub": {"bearing": 2, "bolt": 2},
}
PRICES: dict[str, Decimal] = {
    "bicycle": Decimal("45.00"),  # putting it together
    "frame": Decimal("30.00"),
    "wheel": Decimal("12.00"),
    "saddle": Decimal("19.90"),
    "tube": Decimal("14.50"),
    "bolt": Decimal("0.15"),
    "rim": Decimal("21.00"),
    "hub": Decimal("9.00"),
    "spoke": Decimal("0.35"),
    "bearing": Decimal("3.20"),
}


@app.task
def cost_of(part: str) -> Decimal:
    """Ask for the cost of each part in it, side by side, and wait for the answers."""
    counts = PARTS.get(part, {})
    costs = cost_of.parallelize([(name,) for name in counts]).results
    total = sum((count * cost for count, cost in zip(counts.values(), costs, strict=True)), PRICES[part])
    cost_of.logger.info(f"{part} costs {total}")
    return total
