"""Values by annotation: from Python objects to JSON bytes and back, checked against a task's signature.

Every annotated value is encoded and decoded by its declared type (dataclass, NamedTuple, enum, datetime, Decimal,
UUID, bytes as base64, set, pydantic model, ...), so a tuple comes back as a tuple. A value without an annotation, or
one declared as `Any`, must be plain JSON. Nothing is ever imported or constructed by a name found in a payload.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PydanticSchemaGenerationError,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic_core import CoreConfig, PydanticSerializationError, SchemaSerializer
from typing_extensions import TypedDict  # pydantic takes that of typing from Python 3.12 on only

from pynenc.core.arrays import dump_array, is_array, load_array, with_arrays
from pynenc.core.plain import check_plain
from pynenc.core.wire import check_json
from pynenc.errors import SerializationError

_CONFIG = ConfigDict(
    ser_json_bytes="base64",
    val_json_bytes="base64",
    ser_json_inf_nan="strings",
    extra="forbid",
    validate_by_alias=True,
    protected_namespaces=(),
)
_WRITTEN = CoreConfig(ser_json_bytes="base64", ser_json_inf_nan="strings")
"""The part of it that a serializer does not find in the schema of a dict."""
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
        self.optional = optional
        self._types = dict(types)
        self._derived: dict[tuple[str, ...], Codec] = {}
        self.what = what
        self._plain = tuple(name for name, kind in types.items() if kind is Any)
        self._keys = {name: f"v{index}" for index, name in enumerate(types)}
        found = {key: (name, with_arrays(types[name])) for name, key in self._keys.items()}
        fields: dict[str, Any] = {key: (kind, _field(name, name in optional)) for key, (name, kind) in found.items()}
        try:
            self._model: type[BaseModel] = create_model("Values", __config__=_CONFIG, **fields)
            self._serializer = _serializer(found)
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
        try:
            return self._to_json(values)
        except PydanticSerializationError as error:
            raise SerializationError(self._explain(str(error), values)) from error

    def _to_json(self, values: Mapping[str, Any]) -> bytes:
        keyed = {self._keys[name]: value for name, value in values.items()}
        return self._serializer.to_json(keyed, by_alias=True, warnings="error")

    def _explain(self, text: str, values: Mapping[str, Any]) -> str:
        if found := _EXPECTED.search(text):
            name = self.names[int(found[2])]
            return f'{self.what} "{name}": expected {found[1]}, got {found[3]}'
        name = next((name for name in values if not self._has_form(name, values[name])), self.names[0])
        kind = type(values[name])
        found_type = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
        return f'{self.what} "{name}" is not JSON-serialisable ({found_type}); annotate it, or pass an id instead'

    def _has_form(self, name: str, value: Any) -> bool:
        try:
            self._to_json({name: value})
        except PydanticSerializationError:
            return False
        return True

    def load(self, payload: bytes) -> dict[str, Any]:
        """The values in `payload`; names that are optional and absent are left out.

        Raises:
            SerializationError: not JSON, a name too many or too few, or a value not of its declared type.
        """
        check_json(payload, f"{self.what}s")
        try:
            model = self._model.__pydantic_validator__.validate_json(payload)
        except ValidationError as error:
            raise SerializationError(_first_problem(error, self.what)) from error
        present = model.model_fields_set
        return {name: getattr(model, key) for name, key in self._keys.items() if key in present}

    def is_array(self, name: str) -> bool:
        """Whether the value of this name is an array of numpy."""
        return is_array(self._types[name])

    def dump_apart(self, name: str, value: Any) -> bytes:
        """One value alone, as `load_apart` reads it: an array as npy bytes, else JSON. The name is not part of it.

        Raises:
            SerializationError: as `dump`.
        """
        if not self.is_array(name):
            return self._apart(name).dump({"value": value})
        try:
            return dump_array(value)
        except ValueError as error:
            raise SerializationError(f'{self.what} "{name}": {error}') from error

    def load_apart(self, name: str, blob: bytes) -> Any:
        """The value that `dump_apart` has encoded.

        Raises:
            SerializationError: it is not such a value, or there is no such name.
        """
        if name not in self._types:
            raise SerializationError(f"{self.what}s.{name}: Extra inputs are not permitted")
        if not self.is_array(name):
            return self._apart(name).load(blob)["value"]
        try:
            return load_array(blob)
        except ValueError as error:
            raise SerializationError(f'{self.what} "{name}" is no array that can be read') from error

    def _apart(self, name: str) -> Codec:
        return self._derive(("", name), {"value": self._types[name]}, frozenset())

    def without(self, names: Iterable[str]) -> Codec:
        """The codec of all other names."""
        left = {name: kind for name, kind in self._types.items() if name not in set(names)}
        return self._derive(tuple(left), left, self.optional & left.keys())

    def _derive(self, key: tuple[str, ...], types: Mapping[str, Any], optional: frozenset[str]) -> Codec:
        if key not in self._derived:
            self._derived[key] = Codec(types, optional=optional, what=self.what)
        return self._derived[key]

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema (draft 2020-12) of the object that `dump` writes."""
        schema = self._model.model_json_schema(by_alias=True)
        schema.pop("title", None)
        return cast("dict[str, Any]", _without_titles(schema))


def _serializer(fields: Mapping[str, tuple[str, Any]]) -> SchemaSerializer:
    """Of dicts, since making a model of the values takes three times as long as writing them."""
    annotated = {key: Annotated[kind, Field(serialization_alias=name)] for key, (name, kind) in fields.items()}
    values = cast("Any", TypedDict)("Values", annotated, total=False)
    values.__pydantic_config__ = _CONFIG
    return SchemaSerializer(TypeAdapter(values).core_schema, _WRITTEN)


def _field(name: str, is_optional: bool) -> Any:
    return Field(alias=name, default_factory=_absent) if is_optional else Field(alias=name)


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
