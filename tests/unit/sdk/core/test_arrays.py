"""Arrays of numpy travel as npy bytes: alone, or as text inside of JSON, and never as pickles."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pynenc.core.payloads import Codec
from pynenc.errors import SerializationError

ARRAY = np.arange(6, dtype=np.int16).reshape(2, 3)


@pytest.mark.parametrize(
    ("annotation", "value", "pick"),
    [
        pytest.param(np.ndarray, ARRAY, lambda x: x, id="ndarray"),
        pytest.param(npt.NDArray[np.int16], ARRAY, lambda x: x, id="NDArray of a type"),
        pytest.param(list[np.ndarray], [ARRAY], lambda x: x[0], id="in a list"),
        pytest.param(dict[str, np.ndarray], {"a": ARRAY}, lambda x: x["a"], id="in a dict"),
        pytest.param(tuple[np.ndarray, ...], (ARRAY,), lambda x: x[0], id="in a tuple"),
        pytest.param(np.ndarray | None, ARRAY, lambda x: x, id="optional"),
    ],
)
def test_an_array_comes_back_with_its_shape_and_type(annotation, value, pick):
    codec = Codec({"x": annotation})
    back = pick(codec.load(codec.dump({"x": value}))["x"])
    assert (back == ARRAY).all()
    assert (back.dtype, back.shape) == (ARRAY.dtype, ARRAY.shape)


def test_an_array_apart_is_npy_bytes():
    codec = Codec({"x": np.ndarray})
    blob = codec.dump_apart("x", ARRAY)
    assert blob.startswith(b"\x93NUMPY")
    assert (codec.load_apart("x", blob) == ARRAY).all()


def test_two_readers_of_one_array_do_not_share_it():
    codec = Codec({"x": np.ndarray})
    blob = codec.dump_apart("x", ARRAY)
    first, second = codec.load_apart("x", blob), codec.load_apart("x", blob)
    first[0, 0] = 99
    assert second[0, 0] == 0


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(np.array([object()], dtype=object), id="an array of objects"),
        pytest.param([1, 2], id="a list"),
    ],
)
def test_what_is_no_plain_array_is_refused(value):
    codec = Codec({"x": np.ndarray})
    with pytest.raises(SerializationError, match="argument"):
        codec.dump({"x": value})
    with pytest.raises(SerializationError, match='argument "x"'):
        codec.dump_apart("x", value)


@pytest.mark.parametrize("blob", [pytest.param(b"\x80\x05N.", id="a pickle"), pytest.param(b"\x93NUMPY", id="cut")])
def test_bytes_that_are_no_array_are_refused(blob):
    with pytest.raises(SerializationError, match="no array"):
        Codec({"x": np.ndarray}).load_apart("x", blob)


@pytest.mark.parametrize(
    "text",
    [pytest.param(b"1", id="a number"), pytest.param(b'"!"', id="no base64"), pytest.param(b'"AAAA"', id="no npy")],
)
def test_json_that_is_no_array_is_refused(text):
    with pytest.raises(SerializationError, match=r"arguments\.x"):
        Codec({"x": np.ndarray}).load(b'{"x":' + text + b"}")


def test_a_name_that_is_no_argument_cannot_be_given_apart():
    with pytest.raises(SerializationError, match=r"arguments\.y"):
        Codec({"x": Any}).load_apart("y", b"{}")


def test_other_values_apart_are_json():
    codec = Codec({"x": tuple[int, int], "y": str})
    assert codec.dump_apart("x", (1, 2)) == b'{"value":[1,2]}'
    assert codec.load_apart("x", b'{"value":[1,2]}') == (1, 2)


@pytest.mark.parametrize(
    ("name", "blob", "message"),
    [
        pytest.param("z", b"", "arguments.z: Extra inputs are not permitted", id="an unknown name"),
        pytest.param("x", b"no array", 'argument "x" is no array that can be read', id="no npy bytes"),
    ],
)
def test_a_blob_that_does_not_fit_is_refused(name, blob, message):
    with pytest.raises(SerializationError) as caught:
        Codec({"x": np.ndarray}).load_apart(name, blob)
    assert str(caught.value) == message


def test_a_value_apart_that_is_no_array_is_refused():
    with pytest.raises(SerializationError, match='argument "x"'):
        Codec({"x": np.ndarray}).dump_apart("x", np.array([object()], dtype=object))


def test_a_codec_can_leave_names_out():
    rest = Codec({"x": int, "y": str}, optional=frozenset({"y"})).without(["x"])
    assert rest.names == ("y",)
    assert rest.load(b"{}") == {}
