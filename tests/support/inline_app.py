"""An app without tasks of its own, whose runners run signed source."""

from __future__ import annotations

from pynenc import Pynenc

KEYS = "new:0123456789abcdef,old:fedcba9876543210"
app = Pynenc(app_id="inline", config_values={"signing_keys": KEYS, "allow_inline_source": True})
