"""Hand in a film, and see how long its pictures take. Nothing here knows how many workers there are."""

import time

from rich.progress import track
from tasks import app, develop

from pynenc.testing import running

PICTURES = [f"picture {number}" for number in range(1, 13)]


def main() -> None:
    start = time.monotonic()
    group = develop.parallelize([(picture,) for picture in PICTURES])
    ends = [time.monotonic() - start for _ in track(group.as_completed(timeout=120), "pictures", total=len(group))]
    print(f"{len(ends)} pictures: the first after {ends[0]:.1f} s, the last after {ends[-1]:.1f} s")
    print(f"in the end: {group[-1].result}")


if __name__ == "__main__":
    with running(app, slots=2):
        main()
