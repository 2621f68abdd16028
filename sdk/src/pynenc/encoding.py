"""The two ways to encode the values of a task: by annotation, or by a serializer that is given them as they are.

Values encoded by annotation are JSON. Those of another serializer start with `0x03` (text) or `0x04` (bytes), with
which no JSON starts, so that a reader with another serializer than the writer says so instead of guessing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from pynenc.core.signature import Signature
from pynenc.errors import SerializationError
from pynenc.serializers.base import BaseSerializer

if TYPE_CHECKING:
    from pynenc.core.payloads import Codec

TEXT, BYTES = b"\x03", b"\x04"
OPEN, CLOSE = b'{"value":', b"}"
"""A result is stored as the bare JSON of its value; the codec knows objects with named members only."""


class Encoding(Protocol):
    """Arguments by name and results, as bytes and back. Errors are `SerializationError`."""

    def dump(self, values: Mapping[str, Any]) -> bytes:
        """Encode arguments."""

    def load(self, payload: bytes, apart: Iterable[str]) -> dict[str, Any]:
        """Decode arguments; those named in `apart` are not among them."""

    def dump_apart(self, name: str, value: Any) -> bytes:
        """Encode one argument alone."""

    def load_apart(self, name: str, blob: bytes) -> Any:
        """Decode one argument alone."""

    def dump_result(self, value: Any) -> bytes:
        """Encode a result."""

    def load_result(self, payload: bytes) -> Any:
        """Decode a result."""


class ByAnnotation:
    """JSON by the annotations of a signature."""

    def __init__(self, signature: Signature) -> None:
        self._arguments: Codec = signature.arguments
        self._result: Codec = signature.result

    def dump(self, values: Mapping[str, Any]) -> bytes:
        """See `Encoding.dump`."""
        return self._arguments.dump(values)

    def load(self, payload: bytes, apart: Iterable[str]) -> dict[str, Any]:
        """See `Encoding.load`."""
        _check_json(payload)
        return (self._arguments.without(apart) if apart else self._arguments).load(payload)

    def dump_apart(self, name: str, value: Any) -> bytes:
        """See `Encoding.dump_apart`."""
        return self._arguments.dump_apart(name, value)

    def load_apart(self, name: str, blob: bytes) -> Any:
        """See `Encoding.load_apart`."""
        return self._arguments.load_apart(name, blob)

    def dump_result(self, value: Any) -> bytes:
        """See `Encoding.dump_result`."""
        return self._result.dump({"value": value})[len(OPEN) : -len(CLOSE)]

    def load_result(self, payload: bytes) -> Any:
        """See `Encoding.load_result`."""
        _check_json(payload)
        return self._result.load(OPEN + payload + CLOSE)["value"]


def _check_json(payload: bytes) -> None:
    if payload[:1] in (TEXT, BYTES) or payload[:1] >= b"\x80":
        raise SerializationError("unsupported encoding; sender and reader must have the same serializer_cls")


class BySerializer:
    """Whatever a serializer of the user's choice makes of the values."""

    def __init__(self, serializer: BaseSerializer) -> None:
        self._serializer = serializer

    def dump(self, values: Mapping[str, Any]) -> bytes:
        """See `Encoding.dump`."""
        return self._dump(dict(values), "the arguments")

    def load(self, payload: bytes, apart: Iterable[str]) -> dict[str, Any]:
        """See `Encoding.load`."""
        return dict(self._load(payload, "the arguments"))

    def dump_apart(self, name: str, value: Any) -> bytes:
        """See `Encoding.dump_apart`."""
        return self._dump(value, f'argument "{name}"')

    def load_apart(self, name: str, blob: bytes) -> Any:
        """See `Encoding.load_apart`."""
        return self._load(blob, f'argument "{name}"')

    def dump_result(self, value: Any) -> bytes:
        """See `Encoding.dump_result`."""
        return self._dump(value, "the result")

    def load_result(self, payload: bytes) -> Any:
        """See `Encoding.load_result`."""
        return self._load(payload, "the result")

    def _dump(self, value: Any, what: str) -> bytes:
        try:
            wire = self._serializer.serialize(value)
            return TEXT + wire.encode() if isinstance(wire, str) else BYTES + wire
        except SerializationError:
            raise
        except Exception as error:
            raise SerializationError(f"{self._name} cannot write {what}: {error}") from error

    def _load(self, payload: bytes, what: str) -> Any:
        mark, wire = payload[:1], payload[1:]
        if mark not in (TEXT, BYTES):
            raise SerializationError("unsupported encoding; sender and reader must have the same serializer_cls")
        try:
            return self._serializer.deserialize(wire.decode() if mark == TEXT else wire)
        except SerializationError:
            raise
        except Exception as error:
            raise SerializationError(f"{self._name} cannot read {what}: {error}") from error

    @property
    def _name(self) -> str:
        return type(self._serializer).__name__
