"""Arrays of numpy as values: npy bytes, never pickled. Imports numpy only for functions that are annotated with it."""

from __future__ import annotations

import base64
import io
import types
import typing
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

NPY = b"\x93NUMPY"
CONTAINERS = (list, tuple, set, frozenset, dict)


def is_array(hint: Any) -> bool:
    """Whether an annotation is `numpy.ndarray` or `numpy.typing.NDArray[...]`."""
    kind = typing.get_origin(hint) or hint
    return isinstance(kind, type) and (kind.__module__, kind.__name__) == ("numpy", "ndarray")


def with_arrays(hint: Any) -> Any:
    """The annotation `hint` with arrays, also those in containers and unions, as text of base64 in JSON."""
    if is_array(hint):
        return ARRAY
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    changed = tuple(item if item is Ellipsis else with_arrays(item) for item in inner)
    if origin not in (*CONTAINERS, typing.Union, types.UnionType) or changed == inner:
        return hint
    return typing.Union[changed] if origin is types.UnionType else origin[changed]  # noqa: UP007  # a tuple of types


def dump_array(value: Any) -> bytes:
    """The npy form of an array.

    Raises:
        ValueError: it is no array, or one of Python objects.
    """
    import numpy as np

    if not isinstance(value, np.ndarray):
        raise ValueError(f"expected numpy.ndarray, got {type(value).__name__}")
    buffer = io.BytesIO()
    np.save(buffer, value, allow_pickle=False)
    return buffer.getvalue()


def load_array(blob: bytes) -> Any:
    """An array of its own from the npy form; raises ValueError for anything else."""
    import numpy as np

    if not blob.startswith(NPY):
        raise ValueError("not an array in npy form")
    return np.load(io.BytesIO(blob), allow_pickle=False)


def _to_text(value: Any) -> str:
    return base64.b64encode(dump_array(value)).decode()


def _of_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("an array must be base64 of its npy form")
    return load_array(base64.b64decode(value, validate=True))


ARRAY = Annotated[
    Any,
    PlainSerializer(_to_text, return_type=str),
    PlainValidator(_of_text),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
