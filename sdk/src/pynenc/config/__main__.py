"""`python -m pynenc.config`: print the reference of all settings as Markdown, for `docs/settings.md`."""

from __future__ import annotations

import inspect
import textwrap

from pynenc.config.fields import FIELDS, SECTIONS, Field
from pynenc.core.options import NAMES

HEAD = """\
# Settings

Generated from `sdk/src/pynenc/config/fields.py` by `make generate`.

Sources, strongest first: assignment on `app.conf`; the environment; arguments of `Pynenc(...)`; the file named by
`PYNENC__FILEPATH` or `config_filepath` (TOML, YAML, JSON), else `[tool.pynenc]` of `./pyproject.toml`; the default. An
unknown name is an error. The section may be left out, in a variable and in a table. Lists are JSON or separated by
commas; `False`, `no`, `off` and `0` are false.

Options of tasks come, strongest first, from `with_options` of the single call; the live Task object;
`PYNENC__TASK__<MODULE.FUNCTION>__<OPTION>`; `PYNENC__TASK__<OPTION>`; the table `[task."module.function"]` of the
constructor or file; the decorator; the table `[task]`; the default. They are described at `app.task`:
{options}.
"""


def reference() -> str:
    """The text of the page."""
    names = textwrap.fill(", ".join(f"`{name}`" for name in NAMES), 120)
    return HEAD.replace("{options}", names) + "".join(_section(section, cls) for section, cls in SECTIONS.items())


def _section(section: str, cls: type) -> str:
    title = f"Section `{section}`" if section else "Top level"
    rows = "".join(_row(field) for field in FIELDS.values() if field.section == section)
    return f"\n## {title}\n\n{inspect.getdoc(cls)}\n\n| setting | variable | default |\n|---|---|---|\n{rows}"


def _row(field: Field) -> str:
    section = "" if field.name.startswith(field.section) else field.section
    variable = "__".join(part.upper() for part in ("pynenc", section, field.name) if part)
    default = ", ".join(field.default) if isinstance(field.default, tuple) else str(field.default or "")
    if isinstance(field.default, int | float):
        default = str(field.default)
    return f"| `{field.name}` | `{variable}` | {f'`{default}`' if default else ''} |\n"


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201  # printing is what this module is for
