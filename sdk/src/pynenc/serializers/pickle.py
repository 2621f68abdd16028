"""`PickleSerializer`: any Python value. Who can write a pickle can run code, so its payloads must be signed."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any, ClassVar

from pynenc.errors import ConfigurationError
from pynenc.serializers.base import BaseSerializer


class PickleSerializer(BaseSerializer):
    """Opt-in. Refused without `signing_keys`, unless the work never leaves this process."""

    needs_signing_key: ClassVar[bool] = True

    def __init__(self) -> None:
        try:
            import cloudpickle  # type: ignore[import-untyped]  # it has no types
        except ImportError as error:
            raise ConfigurationError("PickleSerializer needs cloudpickle; install pynenc-k8s[pickle]") from error
        self._pickle = cloudpickle

    def serialize(self, obj: Any) -> bytes:
        """The pickle of `obj`."""
        return bytes(self._pickle.dumps(obj))

    def serialize_function(self, function: Callable[..., Any], refused: tuple[type, ...]) -> bytes:
        """The pickle of a function with what it uses of its module, for programs that do not have that module.

        Raises:
            TypeError: it uses an object of a class in `refused`, or one that cannot be pickled.
        """

        def reduce(pickler: Any, obj: Any) -> Any:
            if isinstance(obj, refused):
                raise TypeError(f"it uses an object of class {type(obj).__name__}")
            return self._pickle.Pickler.reducer_override(pickler, obj)

        pickler: Any = type("Pickler", (self._pickle.Pickler,), {"reducer_override": reduce})
        module, file = sys.modules[function.__module__], io.BytesIO()
        self._pickle.register_pickle_by_value(module)
        try:
            pickler(file).dump(function)
        finally:
            self._pickle.unregister_pickle_by_value(module)
        return file.getvalue()

    def deserialize(self, serialized_obj: Any) -> Any:
        """What was pickled; runs whatever the pickle says, so its signature must have been checked before."""
        return self._pickle.loads(serialized_obj)
