"""Look at web pages that were saved to files."""

import re
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from pynenc import Pynenc

app = Pynenc(app_id="fan-out")


@dataclass
class Page:
    title: str
    words: Counter[str]
    links: list[str]


class Reader(HTMLParser):
    """Collects the text and the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {}
        self.links: list[str] = []
        self._tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._tag, []).append(data)


@app.task
def read_page(path: str, shortest: int = 1) -> Page:
    """The title, the words of at least `shortest` letters, and the links of a page."""
    reader = Reader()
    reader.feed(Path(path).read_text(encoding="utf-8"))
    title = " ".join(reader.texts.pop("title", ["untitled"]))
    text = " ".join(part for parts in reader.texts.values() for part in parts)
    words = (word.lower() for word in re.findall(r"[^\W\d_]+", text))
    return Page(title, Counter(word for word in words if len(word) >= shortest), reader.links)
