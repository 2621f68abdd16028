"""Three tasks, as an author writes them."""

import time

from pynenc import Pynenc

app = Pynenc()


@app.task
def add(x: int, y: int) -> int:
    add.logger.info(f"{add.task_id=} Adding {x} + {y}")
    return x + y


@app.task(max_retries=2, retry_for=(ConnectionError,))
def greet(name: str, polite: bool = True) -> str:
    return f"Good day, {name}!" if polite else f"Hi {name}"


@app.task
def nap(seconds: float) -> float:
    """Stands for work that takes its time."""
    time.sleep(seconds)
    return seconds
