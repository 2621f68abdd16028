"""Values by annotation: from Python objects to JSON bytes and back, checked against a task's signature.

Every annotated value is encoded and decoded by its declared type (dataclass, NamedTuple, enum, datetime, Decimal,
UUID, bytes as base64, set, pydantic model, ...), so a tuple comes back as a tuple. A value without an annotation, or
one declared as `Any`, must be plain JSON. Nothing is ever imported or constructed by a name found in a payload.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, PydanticSchemaGenerationError, ValidationError, create_model
from pydantic_core import PydanticSerializationError

from pynenc.core.plain import check_plain
from pynenc.errors import SerializationError

_CONFIG = ConfigDict(
    ser_json_bytes="base64",
    val_json_bytes="base64",
    ser_json_inf_nan="strings",
    extra="forbid",
    validate_by_alias=True,
    protected_namespaces=(),
)
_EXPECTED = re.compile(r"Expected `(.+?)`.*?field_name='v(\d+)'.*?input_type=(\w+)", re.DOTALL)


class Codec:
    """Encodes and decodes a fixed set of named values, such as the arguments of one function.

    `types` maps each name to its annotation; `optional` names may be absent. `what` starts error messages, as in
    `argument` or `result`.
    """

    def __init__(
        self, types: Mapping[str, Any], *, optional: frozenset[str] = frozenset(), what: str = "argument"
    ) -> None:
        self.names = tuple(types)
        self.what = what
        self._plain = tuple(name for name, kind in types.items() if kind is Any)
        self._keys = {name: f"v{index}" for index, name in enumerate(types)}
        fields: dict[str, Any] = {
            key: (types[name], Field(alias=name, default_factory=_absent) if name in optional else Field(alias=name))
            for name, key in self._keys.items()
        }
        try:
            self._model: type[BaseModel] = create_model("Values", __config__=_CONFIG, **fields)
        except PydanticSchemaGenerationError as error:
            raise SerializationError(f"an annotation has no JSON form: {str(error).splitlines()[0]}") from error

    def dump(self, values: Mapping[str, Any]) -> bytes:
        """JSON of `values`, one member a name.

        Raises:
            SerializationError: a value is not of its declared type or has no JSON form; its path is in the message.
        """
        for name in self._plain:
            if name in values:
                check_plain(values[name], f'{self.what} "{name}"')
        model = self._model.model_construct(None, **values)
        try:
            return self._model.__pydantic_serializer__.to_json(
                model, by_alias=True, warnings="error", exclude_unset=True
            )
        except PydanticSerializationError as error:
            raise SerializationError(self._explain(str(error))) from error

    def _explain(self, text: str) -> str:
        if found := _EXPECTED.search(text):
            name = self.names[int(found[2])]
            return f'{self.what} "{name}": expected {found[1]}, got {found[3]}'
        first = re.sub(r"[:(].*", "", text.splitlines()[0])
        return f"the {self.what} is not JSON-serialisable ({first}); annotate it, or pass an id instead"

    def load(self, payload: bytes) -> dict[str, Any]:
        """The values in `payload`; names that are optional and absent are left out.

        Raises:
            SerializationError: not JSON, a name too many or too few, or a value not of its declared type.
        """
        try:
            model = self._model.__pydantic_validator__.validate_json(payload)
        except ValidationError as error:
            raise SerializationError(_first_problem(error, self.what)) from error
        present = model.model_fields_set
        return {name: getattr(model, key) for name, key in self._keys.items() if key in present}

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema (draft 2020-12) of the object that `dump` writes."""
        schema = self._model.model_json_schema(by_alias=True)
        schema.pop("title", None)
        return cast("dict[str, Any]", _without_titles(schema))


def _absent() -> None:
    """Stands in for an optional value that is absent; a factory, so that no default shows in the schema."""


def _first_problem(error: ValidationError, what: str) -> str:
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    path = ".".join(str(part) for part in problem["loc"])
    return f"{what}s{'.' + path if path else ''}: {problem['msg']}"


def _without_titles(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: {name: _without_titles(inner) for name, inner in value.items()}
            if key in ("properties", "$defs")
            else _without_titles(value)
            for key, value in schema.items()
            if key != "title" or not isinstance(value, str)
        }
    return [_without_titles(item) for item in schema] if isinstance(schema, list) else schema
