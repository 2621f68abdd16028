"""What kopf calls: functions that put a key on the queue and store nothing. No decision is made here."""

from pynenc_operator.handlers.events import Memo, registry

__all__ = ["Memo", "registry"]
