"""Read all pages side by side, show who is done, and put the results together."""

from collections import Counter
from pathlib import Path

from rich.progress import track
from tasks import app, read_page

from pynenc.testing import running

PAGES = sorted(map(str, (Path(__file__).parent / "pages").glob("*.html")))


def main() -> None:
    group = read_page.parallelize([(path,) for path in [*PAGES, "pages/lost.html"]], common_args={"shortest": 4})
    for invocation in track(group.as_completed(timeout=60), "pages", total=len(group)):
        if error := invocation.exception:  # one bad page does not spoil the others
            print(f"left out: {error}")
    pages = [invocation.result for invocation in group if not invocation.exception]
    print(f"{len(pages)} pages in the order of the files: {', '.join(page.title for page in pages)}")
    words = sum((page.words for page in pages), Counter[str]())
    print(f"most frequent: {', '.join(f'{word} {count}' for word, count in words.most_common(3))}")
    linked = Counter(link for page in pages for link in page.links)
    print(f"most linked: {linked.most_common(1)[0][0]}")


if __name__ == "__main__":
    with running(app, slots=2):
        main()
