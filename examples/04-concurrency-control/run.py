"""Ask for more at once than may run at once, and measure from what the tasks saw that the limits held."""

from collections.abc import Iterable
from itertools import product

from rich.progress import track
from tasks import Span, app, book, charge, count_stock, refresh_report, refund

from pynenc import InvocationGroup
from pynenc.testing import running


def most_at_once(spans: Iterable[Span]) -> int:
    """How many spans share a moment, at most."""
    spans = list(spans)
    return max(sum(one.start <= span.start < one.end for one in spans) for span in spans)


def spans_of(name: str, group: InvocationGroup[Span]) -> list[Span]:
    for _ in track(group.as_completed(timeout=60), name, total=len(group)):
        pass
    return list(group.results)


def book_accounts() -> None:
    bookings = list(product(("ada", "bob", "eve"), range(4)))
    spans = spans_of("bookings", book.parallelize(bookings))
    by_account = [spans[number : number + 4] for number in range(0, len(spans), 4)]
    print(f"bookings at once: {max(map(most_at_once, by_account))} of an account, {most_at_once(spans)} of all")


def call_the_bank() -> None:
    cards = [(f"card {number}", 10) for number in range(4)]
    charges, refunds = charge.parallelize(cards), refund.parallelize(cards)
    spans = spans_of("charges", charges) + spans_of("refunds", refunds)
    print(f"calls to the bank at once: {most_at_once(spans)}")


def refresh_reports() -> None:
    group = refresh_report.parallelize([("ada",)] * 10)
    print(f"10 calls for a report are {len(set(group))} invocation: {group[0].get(timeout=60)}")


def count_the_stock() -> None:
    group = count_stock.parallelize([(1.0,)] * 3)
    for _ in group.as_completed(timeout=60):
        pass
    print(f"stocktaking: {', '.join(sorted(invocation.status for invocation in group))}")


if __name__ == "__main__":
    with running(app, slots=4):
        book_accounts()
        call_the_bank()
        refresh_reports()
        count_the_stock()
