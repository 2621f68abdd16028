"""`pynenc config`: which settings are in force, and where each comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping

import typer

from pynenc.cli.output import Listing, Output, OutputOption
from pynenc.cli.target import Target

group = typer.Typer(help="Look at the settings in force.", no_args_is_help=True)
HIDDEN = "(hidden)"
_LOGIN = re.compile(r"(?<=://)[^:@]*:.*@")
"""Up to the last @, since a password that was not quoted may hold anything."""
_IN_QUERY = re.compile(r"(?<=[?&]password=)[^&#]*")


@group.command()
def show(context: typer.Context, output: OutputOption = Output.TABLE) -> None:
    """Print each setting with its value and its source; passwords and keys are hidden.

    Without --app, the settings are those of the environment and of the file alone.

    Example: PYNENC__RUNNER__SLOTS=4 pynenc --app tasks:app config show
    """
    from pynenc.config import Config
    from pynenc.config.fields import FIELDS, SECRET

    target: Target = context.obj
    conf = target.load().conf if target.spec else Config()
    objects = [
        {
            "name": name,
            "section": field.section or None,
            "value": shown(getattr(conf, name), is_secret=name in SECRET),
            "source": conf.source_of(name),
        }
        for name, field in FIELDS.items()
    ]
    cells = [(str(row["name"]), _cell(row["value"]), str(row["source"])) for row in objects]
    print(Listing(("SETTING", "VALUE", "SOURCE"), cells, objects, "name").text(output))


def shown(value: object, *, is_secret: bool) -> object:
    """A value as it may be printed: of a secret, only the parts that are none."""
    if is_secret and value:
        text = str(value)
        return without_password(text) if "://" in text else HIDDEN
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def without_password(url: str) -> str:
    """`url` with what could be a password replaced.

    Example:
        >>> without_password("rediss://ann:s3cret@host:6380/0")
        'rediss://ann:(hidden)@host:6380/0'
    """
    return _IN_QUERY.sub(HIDDEN, _LOGIN.sub(_hide_login, url))


def _hide_login(login: re.Match[str]) -> str:
    return f"{login[0].partition(':')[0]}:{HIDDEN}@"


def _cell(value: object) -> str:
    if isinstance(value, dict):
        value = [f"{name}={inner}" for name, inner in value.items()]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
