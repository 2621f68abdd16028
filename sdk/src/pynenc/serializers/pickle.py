"""`PickleSerializer`: any Python value. Who can write a pickle can run code, so its payloads must be signed."""

from __future__ import annotations

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

    def deserialize(self, serialized_obj: Any) -> Any:
        """What was pickled; runs whatever the pickle says, so its signature must have been checked before."""
        return self._pickle.loads(serialized_obj)
