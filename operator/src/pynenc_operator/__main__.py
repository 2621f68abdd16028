"""`python -m pynenc_operator`: settings from the environment, then `bootstrap`.

Exit status: 0 after a signal, 1 when leadership was lost, 2 when a setting is bad.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys

from pydantic import ValidationError

from pynenc_operator.bootstrap import run
from pynenc_operator.leader import LeadershipLostError
from pynenc_operator.settings import PREFIX, Settings, from_environment

_TEXT = "%(asctime)s %(levelname)-7s %(name)s %(message)s"


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def main() -> int:
    """Run until told to stop; the exit status."""
    try:
        settings = from_environment(os.environ)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            name = "__".join(str(part) for part in fault["loc"]).upper()
            sys.stderr.write(f"{PREFIX}{name}: {fault['msg']}\n")
        return 2
    configure_logging(settings)
    try:
        asyncio.run(run(settings))
    except LeadershipLostError as lost:
        logging.getLogger(__name__).critical("ending: %s", lost)
        return 1
    return 0


def configure_logging(settings: Settings) -> None:
    """Log to standard error; kopf's own lines are of interest from warnings on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
    for noisy in ("kopf", "kubernetes.aio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
