"""Settings: which exist, where they come from, and which source wins.

`fields` is the table of settings, `layers` the pure rules of precedence, `sources` the rim that reads the
environment and files, and `Config` what the rest of the SDK sees. Nothing outside this package reads a setting from
the environment or a file.
"""

from pynenc.config.config import Config

__all__ = ["Config"]
