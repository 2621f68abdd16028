"""The payloads of one task: arguments, results and errors, through the serializer of its app.

`JsonSerializer` encodes by annotation (`pynenc.core.payloads`). Any other serializer is given the whole mapping of
arguments, or the result, as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pynenc.core.signature import Signature
from pynenc.errors import PayloadTooLarge, SerializationError
from pynenc.serializers.json import JsonSerializer

if TYPE_CHECKING:
    from pynenc.app import Pynenc

OPEN, CLOSE = b'{"value":', b"}"
"""A result is stored as the bare JSON of its value; the codec knows objects with named members only."""


class TaskPayloads:
    """Encodes and decodes for one task. Sizes are checked here, before a store is reached."""

    def __init__(self, app: Pynenc, task_id: str, signature: Signature) -> None:
        self.app = app
        self.task_id = task_id
        self.signature = signature

    @property
    def _by_annotation(self) -> bool:
        return isinstance(self.app.serializer, JsonSerializer)

    def dump_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bytes:
        """Bind and encode a call's arguments."""
        values = self.signature.bind(args, kwargs)
        try:
            payload = self.signature.arguments.dump(values) if self._by_annotation else self._serialize(values)
        except SerializationError as error:
            raise SerializationError(f"{self.task_id}: {error}") from error
        return self._checked(payload, "arguments")

    def load_arguments(self, payload: bytes) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments to call the function with."""
        if self._by_annotation:
            return self.signature.split(self.signature.arguments.load(payload))
        return self.signature.split(self.app.serializer.deserialize(payload))

    def dump_result(self, value: Any) -> bytes:
        """Encode what the function returned."""
        if not self._by_annotation:
            return self._checked(self._serialize(value), "result")
        return self._checked(self.signature.result.dump({"value": value})[len(OPEN) : -len(CLOSE)], "result")

    def load_result(self, payload: bytes) -> Any:
        """What the function returned."""
        if self._by_annotation:
            return self.signature.result.load(OPEN + payload + CLOSE)["value"]
        return self.app.serializer.deserialize(payload)

    def _serialize(self, value: Any) -> bytes:
        serialized = self.app.serializer.serialize(value)
        return serialized.encode() if isinstance(serialized, str) else serialized

    def _checked(self, payload: bytes, what: str) -> bytes:
        limit = self.app.conf.max_payload_bytes
        if len(payload) > limit:
            raise PayloadTooLarge(
                f"{self.task_id}: {what} are {len(payload) / 2**20:.1f} MiB, limit {limit / 2**20:.1f} MiB; "
                "store the data elsewhere and pass a reference"
            )
        return payload
