"""Ask for the cost of a bicycle, on a runner with a single worker: whoever waits makes room for what it waits for."""

import sys

from tasks import app, cost_of

from pynenc.testing import running

if __name__ == "__main__":
    product = sys.argv[1] if len(sys.argv) > 1 else "bicycle"
    with running(app, slots=1, logging_level="info"):
        print(f"a {product} costs {cost_of(product).get(timeout=60)}")
        ended = app.invocations(task=cost_of, status="SUCCESS")
        print(f"{len(ended)} invocations on one worker, the deepest four levels down")
