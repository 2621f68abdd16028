"""From Python values to payloads and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class BaseSerializer(ABC):
    """Turns one value into text or bytes, and back. Subclasses are made without arguments."""

    @abstractmethod
    def serialize(self, obj: Any) -> str | bytes:
        """The wire form of `obj`."""

    @abstractmethod
    def deserialize(self, serialized_obj: str | bytes) -> Any:
        """The value that `serialized_obj` was made from."""
