"""What the listing verbs print: a table for people, or JSON, YAML or names for programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

GAP = "   "


class Output(StrEnum):
    """How a verb prints what it has found."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="A table, JSON, YAML, or nothing but names.")]


@dataclass(frozen=True, slots=True)
class Listing:
    """Things of one kind: `objects` for programs, `cells` (a row a thing, below `titles`) for people.

    `name` is the member of an object that names it.
    """

    titles: tuple[str, ...]
    cells: Sequence[Sequence[str]]
    objects: Sequence[Mapping[str, object]]
    name: str
    nothing: str = "nothing found"

    def text(self, output: Output) -> str:
        """All of it, in the form asked for, without a line end."""
        if output is Output.NAME:
            return "\n".join(str(thing[self.name]) for thing in self.objects)
        if output is not Output.TABLE:
            return document([dict(thing) for thing in self.objects], output)
        return table(self.titles, self.cells) if self.cells else self.nothing


def document(value: object, output: Output) -> str:
    """`value` as YAML, or else as JSON."""
    if output is Output.YAML:
        import yaml

        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True).rstrip("\n")
    return json.dumps(value, indent=2, ensure_ascii=False)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; an empty cell is a dash. Lines are not cut, so that `grep` sees them whole.

    Example:
        >>> print(table(("ID", "STATUS"), [("1", "FAILED"), ("20", "")]))
        ID   STATUS
        1    FAILED
        20   -
    """
    filled = [tuple(titles), *(tuple(one_line(cell) or "-" for cell in row) for row in rows)]
    widths = [max(len(row[index]) for row in filled) for index in range(len(titles))]
    lines = (GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in filled)
    return "\n".join(line.rstrip() for line in lines)


def one_line(text: str) -> str:
    """`text` with every run of white space as one blank, and without control characters."""
    return printable(" ".join(text.split()))


def printable(line: str) -> str:
    """`line` without control characters, which a terminal obeys; others may have written it."""
    return "".join(letter for letter in line if letter.isprintable())


def shortened(text: str, longest: int) -> str:
    """`text` on one line of at most `longest` letters."""
    line = one_line(text)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
