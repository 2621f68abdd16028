"""Use case 4 of the usage guide, to the letter."""

from pynenc import Pynenc

app = Pynenc()


@app.task
def fibonacci(n: int) -> int:
    fibonacci.logger.info(f"Calculating fibonacci({n})")
    if n <= 1:
        return n
    else:  # noqa: RET505  # as the guide has it
        return fibonacci(n - 1).result + fibonacci(n - 2).result


# What follows is for the promises behind the sample.


@app.task
def chain(n: int) -> int:
    return 0 if n == 0 else 1 + chain(n - 1).result


@app.task
async def fibonacci_async(n: int) -> int:
    return n if n <= 1 else await fibonacci_async(n - 1) + await fibonacci_async(n - 2)


@app.task
def sum_of(numbers: list[int]) -> int:
    return sum(fibonacci.parallelize([(n,) for n in numbers]).results)


@app.task
def sum_behind_a_crowd(number: int) -> int:
    """Wait for 20 children that stand in the queue behind so many others."""
    traced = fibonacci.with_options(history="full")
    traced.parallelize([(1,)] * number)
    return sum(traced.parallelize([(6,)] * 20).results)


@app.task
def wait_for_oneself() -> int:
    return int(wait_for_oneself.app.invocation(wait_for_oneself.invocation.invocation_id).result)


@app.task
def wait_for_delayed(seconds: float) -> int:
    return fibonacci.with_options(delay=seconds)(1).result
