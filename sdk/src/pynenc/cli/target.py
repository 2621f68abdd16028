"""What the global options point at, handed to every verb through the context."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pynenc.errors import ConfigurationError, PynencError

if TYPE_CHECKING:
    from pynenc.app import Pynenc


@dataclass(frozen=True, slots=True)
class Target:
    """The value of --app, not imported yet."""

    spec: str

    def named(self, spec: str = "") -> str:
        """What names the app: `spec`, else --app; refuses a command line that has neither."""
        chosen = spec or self.spec
        if not chosen:
            raise typer.BadParameter("name the app: pynenc --app tasks:app ...", param_hint="--app")
        return chosen

    def load(self, spec: str = "") -> Pynenc:
        """Import the app; `spec`, an argument of the verb, wins over --app.

        Raises:
            AppSpecError: it does not lead to exactly one app, or its module cannot be imported.
        """
        from pynenc.discovery import AppSpecError, load_app

        chosen = self.named(spec)
        try:
            return load_app(chosen)
        except PynencError:
            raise
        except Exception as error:
            raise AppSpecError(f"{chosen} cannot be imported: {_what_and_where(error)}") from error

    def load_shared(self, *, or_synchronous: bool = False) -> Pynenc:
        """Import the app of --app, and refuse it where other programs cannot see its invocations.

        With `or_synchronous`, one whose calls run their task at once is welcome too.

        Raises:
            ConfigurationError: it keeps them in memory.
        """
        app = self.load()
        if or_synchronous and app.conf.dev_mode_force_sync_tasks:
            return app
        if app.conf.orchestrator_cls == "MemOrchestrator":
            raise ConfigurationError(
                "this app keeps its invocations in memory, where no other program sees them; "
                "set PYNENC__REDIS_URL, or start `pynenc dev` and use the URL that it prints"
            )
        return app


def _what_and_where(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({Path(error.filename or '').name}:{error.lineno})"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {' '.join(str(error).split())} ({Path(frame.filename).name}:{frame.lineno})"
