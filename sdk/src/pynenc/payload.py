"""The payloads of one task: its arguments and results, encoded, cached where large, and signed where there are keys.

How values are encoded is said by `pynenc.encoding`, how large arguments are referred to by `pynenc.core.references`,
how payloads are signed by `pynenc.core.seal`, which options of a call travel along by `pynenc.core.overrides`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pynenc.core import overrides, references
from pynenc.core.canonical import canonical
from pynenc.core.options import TaskOptions, apply_options
from pynenc.core.seal import Keyring
from pynenc.core.signature import Signature
from pynenc.encoding import ByAnnotation, BySerializer, Encoding
from pynenc.errors import ConfigurationError, PayloadTooLarge, SerializationError
from pynenc.serializers.json import JsonSerializer

if TYPE_CHECKING:
    from pynenc.app import Pynenc

DEFAULTS = TaskOptions()
SMALL_LIMIT = 100 * 1024
"""Limits below this are told in KiB, others in MiB."""
LONGEST_SEAL = 1 + 64 + 1 + 32 + 1
"""What can stand in front of options that travel with a call, and their mark."""


class TaskPayloads:
    """Encodes and decodes for one task. Sizes are checked here, before a store is reached."""

    def __init__(self, app: Pynenc, task_id: str, signature: Signature) -> None:
        self.app = app
        self.task_id = task_id
        self.signature = signature
        self._by_annotation = ByAnnotation(signature)
        self._keyring: tuple[str, Keyring] = ("", Keyring())

    def dump_arguments(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: TaskOptions = DEFAULTS,
        keep_seconds: float = 0.0,
    ) -> bytes:
        """Bind and encode a call's arguments; see `dump`."""
        return self.dump(self.signature.bind(args, kwargs), options, keep_seconds)

    def dump(
        self,
        values: Mapping[str, Any],
        options: TaskOptions,
        keep_seconds: float = 0.0,
        changes: Mapping[str, object] = MappingProxyType({}),
    ) -> bytes:
        """Encode bound arguments.

        `options` says which arguments are not cached; cached ones are kept for `keep_seconds`, the delay of the call,
        longer than usual. `changes` are the options of this call alone; those that its worker must know travel along.
        """
        try:
            payload = self._dump_arguments(values, options, keep_seconds)
        except SerializationError as error:
            raise self._named(error) from error
        return self._sealed("arguments", overrides.join(changes, payload))

    def texts(self, values: Mapping[str, Any], names: Iterable[str]) -> dict[str, bytes]:
        """What bound arguments are compared by, of those named."""
        encoding = self._encoding
        try:
            return {name: canonical(values[name], encoding.dump_apart(name, values[name])) for name in names}
        except SerializationError as error:
            raise self._named(error) from error

    def _dump_arguments(self, values: Mapping[str, Any], options: TaskOptions, keep_seconds: float) -> bytes:
        encoding, least = self._encoding, self.app.conf.min_size_to_cache
        large = [name for name, value in values.items() if getattr(value, "nbytes", 0) >= least]
        large = [name for name in large if options.caches(name)]
        if not large:
            payload = self._checked(encoding.dump(values), "arguments are")
            if len(payload) < least:
                return payload
            large = [name for name in values if options.caches(name)]
            if not large:
                return payload
        blobs = {name: encoding.dump_apart(name, values[name]) for name in large}
        blobs = {name: blob for name, blob in blobs.items() if len(blob) >= least}
        rest = encoding.dump({name: value for name, value in values.items() if name not in blobs})
        self._check_size(len(rest) + sum(map(len, blobs.values())), "arguments are")
        if not blobs:
            return rest
        cache = self.app.arg_cache
        return references.join({name: cache.store(blob, keep_seconds) for name, blob in blobs.items()}, rest)

    def load_arguments(self, payload: bytes) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments to call the function with; each call makes values of its own.

        Raises:
            SerializationError: they cannot be read, or (`BadSignature`, `PayloadLost`, `PayloadCorrupt`) not trusted.
        """
        _, arguments = overrides.split(self._opened("arguments", payload))
        digests, rest = references.split(arguments)
        encoding = self._encoding
        values = encoding.load(rest, digests)
        for name, digest in digests.items():
            values[name] = encoding.load_apart(name, self.app.arg_cache.load(digest))
        return self.signature.split(values)

    def options_of(self, payload: bytes, options: TaskOptions) -> TaskOptions:
        """`options` with those that the call has for itself; without, if its arguments cannot be read anyway."""
        if overrides.MARK not in payload[:LONGEST_SEAL]:
            return options
        try:
            changes, _ = overrides.split(self._opened("arguments", payload))
        except SerializationError:
            return options
        return apply_options(options, changes)

    def dump_result(self, value: Any) -> bytes:
        """Encode what the function returned."""
        return self._sealed("result", self._checked(self._encoding.dump_result(value), "the result is"))

    def load_result(self, payload: bytes) -> Any:
        """What the function returned; raises as `load_arguments`."""
        return self._encoding.load_result(self._opened("result", payload))

    @property
    def _encoding(self) -> Encoding:
        serializer = self.app.serializer
        if isinstance(serializer, JsonSerializer):
            return self._by_annotation
        if serializer.needs_signing_key and not self._keys and not _stays_here(self.app):
            raise ConfigurationError(
                f"{type(serializer).__name__} runs code from payloads; set signing_keys, so that only yours are read"
            )
        return BySerializer(serializer)

    @property
    def _keys(self) -> Keyring:
        text = self.app.conf.signing_keys
        if self._keyring[0] != text:
            self._keyring = (text, Keyring.read(text))
        return self._keyring[1]

    def _scope(self, kind: str) -> tuple[str, str, str]:
        return (self.app.conf.app_id, self.task_id, kind)

    def _sealed(self, kind: str, payload: bytes) -> bytes:
        keys = self._keys
        return keys.seal(self._scope(kind), payload) if keys else payload

    def _opened(self, kind: str, payload: bytes) -> bytes:
        return self._keys.open(self._scope(kind), payload)

    def _named(self, error: SerializationError) -> SerializationError:
        return SerializationError(f"{self.task_id}: {error}")

    def _checked(self, payload: bytes, what: str) -> bytes:
        self._check_size(len(payload), what)
        return payload

    def _check_size(self, size: int, what: str) -> None:
        limit = self.app.conf.max_payload_bytes
        if size > limit:
            unit, name = (2**20, "MiB") if limit >= SMALL_LIMIT else (2**10, "KiB")
            raise PayloadTooLarge(
                f"{self.task_id}: {what} {size / unit:.1f} {name}, limit {limit / unit:.1f} {name}; "
                "store the data elsewhere and pass a reference"
            )


def _stays_here(app: Pynenc) -> bool:
    conf = app.conf
    return conf.orchestrator_cls == "MemOrchestrator" or conf.dev_mode_force_sync_tasks
