"""Tasks and the serializers of the guide's use case 8."""

from __future__ import annotations

import json
from typing import Any

from pynenc import Pynenc
from pynenc.serializers import BaseSerializer

app = Pynenc()


class CustomSerializer(BaseSerializer):
    """Complex numbers as pairs, in text."""

    def serialize(self, obj: Any) -> str:
        return json.dumps(obj, default=lambda number: {"re": number.real, "im": number.imag})

    def deserialize(self, serialized_obj: str) -> Any:
        return json.loads(serialized_obj, object_hook=lambda d: complex(d["re"], d["im"]) if "re" in d else d)


class BytesSerializer(CustomSerializer):
    """The same in bytes."""

    def serialize(self, obj: Any) -> bytes:  # type: ignore[override]  # the guide's class gives text, this one bytes
        return super().serialize(obj).encode()

    def deserialize(self, serialized_obj: bytes) -> Any:  # type: ignore[override]  # as above
        assert isinstance(serialized_obj, bytes)
        return super().deserialize(serialized_obj.decode())


@app.task
def double(number):  # a task without annotations
    return number * 2
