"""Tasks and the serializers of the guide's use case 8."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
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


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Order:
    lines: dict[str, tuple[int, Decimal]]
    colours: set[Colour]
    due: date | None
    sealed: bytes


class OutOfStock(Exception):
    """A failure of the user's own, made from two arguments."""

    def __init__(self, article: str, left: int) -> None:
        super().__init__(f"{left} x {article} left")


@app.task
def send_back(order: Order) -> Order:
    return order


@app.task
def fail(article: str) -> None:
    raise OutOfStock(article, 3)


@app.task
def fail_in_python(text: str) -> int:
    return int(text)
