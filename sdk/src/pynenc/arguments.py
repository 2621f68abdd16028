"""`Arguments`: a call's arguments before it is known which task they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Arguments:
    """Positional and keyword arguments, as an item for `Task.parallelize`.

    Example:
        >>> Arguments(1, y=2)
        Arguments(1, y=2)
    """

    __slots__ = ("args", "kwargs")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs: Mapping[str, Any] = kwargs

    def __repr__(self) -> str:
        inside = [repr(value) for value in self.args] + [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return f"Arguments({', '.join(inside)})"

    @classmethod
    def of(cls, item: Any) -> Arguments:
        """`item` as arguments: a tuple is positional, a dict is by keyword, `Arguments` are themselves."""
        if isinstance(item, Arguments):
            return item
        if isinstance(item, dict):
            return cls(**item)
        if isinstance(item, tuple):
            return cls(*item)
        raise TypeError(f"items of parallelize are tuples, dicts or Arguments, not {type(item).__name__}")
