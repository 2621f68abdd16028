"""`JsonSerializer`: plain JSON. With it, a task's arguments and result are encoded by their annotations."""

from __future__ import annotations

import json
from typing import Any

from pynenc.core.plain import check_plain
from pynenc.errors import SerializationError
from pynenc.serializers.base import BaseSerializer


class JsonSerializer(BaseSerializer):
    """The default. Values without an annotation must be plain JSON, so that what arrives equals what was sent."""

    def serialize(self, obj: Any) -> str:
        """JSON text of a plain value."""
        check_plain(obj, "value")
        return json.dumps(obj, ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, serialized_obj: str | bytes) -> Any:
        """The plain value that the JSON text stands for."""
        try:
            return json.loads(serialized_obj)
        except ValueError as error:
            raise SerializationError(f"not JSON: {error}") from error
