"""From Python values to payloads and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar


class BaseSerializer(ABC):
    """Turns one value into text or bytes, and back. Subclasses are made without arguments.

    It is given the mapping of a call's arguments by name, a single large one of them, or a result. `deserialize` gets
    text where `serialize` gave text, and bytes where it gave bytes. Any error that either raises ends the call, or the
    invocation, with its text.
    """

    needs_signing_key: ClassVar[bool] = False
    """Whether reading a payload of a stranger could do harm, so that payloads must be signed."""

    @abstractmethod
    def serialize(self, obj: Any) -> str | bytes:
        """The wire form of `obj`; raises if it has none."""

    @abstractmethod
    def deserialize(self, serialized_obj: Any) -> Any:
        """The value that `serialized_obj`, the text or bytes of `serialize`, was made from: equal, never the same."""
