"""The promises of the guide's eighth use case: JSON, pickle, or a serializer of one's own by dotted path."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pynenc import Pynenc
from pynenc.errors import BadSignature, ConfigurationError, SerializationError
from support import guide_serialization as guide

KEYS = "a:" + "k" * 16


@pytest.fixture
def app() -> Iterator[Pynenc]:
    """The app of the tasks, with its settings put back afterwards."""
    yield guide.app
    for name, value in {
        "serializer_cls": "JsonSerializer",
        "signing_keys": "",
        "orchestrator_cls": "MemOrchestrator",
    }.items():
        setattr(guide.app.conf, name, value)


def run(number: object) -> object:
    """The result of the task, by a runner in a thread."""
    call = guide.double(number)
    thread = threading.Thread(target=guide.app.runner.run, daemon=True)
    thread.start()
    try:
        return call.get(timeout=30)
    finally:
        guide.app.runner.stop_runner_loop()
        thread.join(30)


@pytest.mark.parametrize(
    ("serializer", "number"),
    [
        pytest.param("JsonSerializer", 21, id="JSON"),
        pytest.param("PickleSerializer", 1 + 2j, id="pickle"),
        pytest.param("support.guide_serialization.CustomSerializer", 1 + 2j, id="one's own, text"),
        pytest.param("support.guide_serialization.BytesSerializer", 1 + 2j, id="one's own, bytes"),
        pytest.param("support.guide_serialization.CustomSerializer", ["x" * 20_000], id="one's own, cached"),
    ],
)
@pytest.mark.parametrize("keys", ["", KEYS], ids=["unsigned", "signed"])
def test_values_come_back_by_the_serializer_that_was_chosen(app: Pynenc, serializer, number, keys):
    app.conf.serializer_cls = serializer
    app.conf.signing_keys = keys
    assert run(number) == number * 2


def test_the_environment_chooses_a_serializer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYNENC__SERIALIZER_CLS", "support.guide_serialization.CustomSerializer")
    assert type(Pynenc().serializer) is guide.CustomSerializer


def test_pickle_outside_of_this_process_needs_a_signing_key(app: Pynenc) -> None:
    app.conf.serializer_cls = "PickleSerializer"
    app.conf.orchestrator_cls = "RedisOrchestrator"
    with pytest.raises(ConfigurationError, match="runs code from payloads; set signing_keys"):
        guide.double.payloads.dump_arguments((1,), {})
    app.conf.signing_keys = KEYS
    assert guide.double.payloads.dump_arguments((1,), {})


def test_a_payload_of_another_serializer_is_refused(app: Pynenc) -> None:
    payload = guide.double.payloads.dump_arguments((1,), {})
    app.conf.serializer_cls = "PickleSerializer"
    with pytest.raises(SerializationError, match="unsupported encoding"):
        guide.double.payloads.load_arguments(payload)
    pickled = guide.double.payloads.dump_arguments((1,), {})
    app.conf.serializer_cls = "JsonSerializer"
    for foreign in (pickled, b"\x80\x05K\x01."):
        with pytest.raises(SerializationError, match="unsupported encoding"):
            guide.double.payloads.load_arguments(foreign)


def test_an_unsigned_pickle_is_not_even_read(app: Pynenc) -> None:
    app.conf.serializer_cls = "PickleSerializer"
    app.conf.signing_keys = KEYS
    with pytest.raises(BadSignature, match="is not signed"):
        guide.double.payloads.load_arguments(b"\x04\x80\x05K\x01.")


def test_an_error_of_a_serializer_names_it_and_the_task(app: Pynenc) -> None:
    app.conf.serializer_cls = "support.guide_serialization.CustomSerializer"
    with pytest.raises(SerializationError, match=r"double: CustomSerializer cannot write the arguments"):
        guide.double(object())
    with pytest.raises(SerializationError, match="CustomSerializer cannot read the result"):
        guide.double.payloads.load_result(b"\x03{")
