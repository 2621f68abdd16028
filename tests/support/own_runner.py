"""An app for the suite of runners, which worker processes find here."""

from __future__ import annotations

from pynenc import Pynenc
from pynenc.testing import add_tasks

app = Pynenc(app_id="own-runner")
add_tasks(app)
