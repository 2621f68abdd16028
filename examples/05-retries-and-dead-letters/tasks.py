"""Take in the orders that partners send as files. The line to the warehouse is bad, and so are some of the files."""

import json
from pathlib import Path

from pynenc import Pynenc, RetryError

app = Pynenc(app_id="retries-and-dead-letters")


@app.task(max_retries=3, retry_for=(ConnectionError,), retry_backoff=0.1)
def reserve(article: str, pieces: int) -> str:
    """A `ConnectionError` is worth another attempt; anything else fails at once."""
    call_warehouse(article, attempt=reserve.invocation.attempt)
    return f"{pieces} x {article}"


@app.task(max_retries=2)
def print_label(order: str) -> str:
    """A task can also ask for another attempt by itself, for a reason of its own."""
    if print_label.invocation.attempt == 1:
        raise RetryError("the printer is out of paper")
    return f"label of {order}"


@app.task
def take_in(file: str) -> str:
    """A damaged file stays damaged: no retries. Somebody must look at it, and then it is run again by hand."""
    order = json.loads(Path(file).read_text(encoding="utf-8"))
    return f"{order['id']}: {reserve(order['article'], order['pieces']).result}"


def call_warehouse(article: str, attempt: int) -> None:
    """Stands for the bad line: lamps get through at the third attempt, clocks never."""
    if article == "clock" or (article == "lamp" and attempt < 3):
        raise ConnectionError(f"the warehouse does not answer about a {article}")
