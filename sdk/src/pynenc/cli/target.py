"""What the global options point at, handed to every verb through the context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pynenc.app import Pynenc


@dataclass(frozen=True, slots=True)
class Target:
    """The value of --app, not imported yet."""

    spec: str

    def load(self, spec: str = "") -> Pynenc:
        """Import the app; `spec`, an argument of the verb, wins over --app.

        Raises:
            AppSpecError: it does not lead to exactly one app.
        """
        from pynenc.discovery import load_app

        chosen = spec or self.spec
        if not chosen:
            raise typer.BadParameter("name the app: pynenc --app tasks:app ...", param_hint="--app")
        return load_app(chosen)
