"""Hand in four stories at once, and see the last one read first."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from tasks import app, summarise

from pynenc.testing import running

STORIES = [
    "Rain is expected. Bring a coat.",
    "The rain has begun. Stay in.",
    "The river is high. Mind the bridge.",
    "The sun is back. Go out.",
]


def main() -> None:
    print(f"{type(app.broker).__name__} keeps the order of work")
    summaries = summarise.parallelize([(story,) for story in STORIES]).get(timeout=60)
    print(f"handed in: {', '.join(summary.headline for summary in summaries)}")
    summaries.sort(key=lambda summary: summary.read_at)
    print(f"read:      {', '.join(summary.headline for summary in summaries)}")


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        os.environ["NEWEST_FIRST_FILE"] = str(Path(folder) / "order.sqlite")
        with running(app, slots=1):
            main()
