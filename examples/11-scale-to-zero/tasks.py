"""Work that comes now and then, with nothing to do for hours in between."""

import time

from pynenc import Pynenc

app = Pynenc(app_id="scale-to-zero")


@app.task
def develop(picture: str) -> str:
    """Stands for work that takes its time."""
    time.sleep(0.5)
    return f"{picture}, developed"
