"""The promises of the guide's eighth use case: JSON, pickle, or a serializer of one's own by dotted path."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pynenc import Invocation, Pynenc
from pynenc.errors import BadSignature, ConfigurationError, SerializationError
from pynenc.serializers import JsonSerializer
from support import guide_serialization as guide
from support.crashes import until
from support.guide_runs import PATIENCE, on_redis

KEYS = "a:" + "k" * 16


@pytest.fixture
def app() -> Iterator[Pynenc]:
    """The app of the tasks, with its settings put back afterwards."""
    before = guide.app.conf.assignments()
    yield guide.app
    guide.app.conf.reassign(before)


def run(number: object) -> object:
    """The result of the task, by a runner in a thread."""
    return finished(guide.double(number)).get()


def finished(call: Invocation[Any]) -> Invocation[Any]:
    """The invocation, once a runner in a thread has run it."""
    thread = threading.Thread(target=guide.app.runner.run, daemon=True)
    thread.start()
    try:
        assert until(lambda: call.status.value in ("SUCCESS", "FAILED"), 30)
        return call
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


@pytest.mark.parametrize("serializer", ["JsonSerializer", "PickleSerializer"])
def test_containers_and_enums_come_back_as_they_were(app: Pynenc, serializer: str) -> None:
    app.conf.serializer_cls = serializer
    order = guide.Order(
        lines={"chair": (2, Decimal("49.90"))},
        colours={guide.Colour.RED, guide.Colour.BLUE},
        due=date(2026, 2, 28),
        sealed=b"\x00\xff",
    )
    back = finished(guide.send_back(order)).get()
    assert (type(back), back) == (guide.Order, order)
    assert back is not order


@pytest.mark.parametrize(
    "serializer", ["JsonSerializer", "PickleSerializer", "support.guide_serialization.CustomSerializer"]
)
def test_exceptions_come_back_with_the_traceback_of_the_worker(app: Pynenc, serializer: str) -> None:
    app.conf.serializer_cls = serializer
    with pytest.raises(guide.OutOfStock) as own:
        finished(guide.fail("chair")).get()
    assert str(own.value) == "3 x chair left"
    assert "raise OutOfStock(article, 3)" in own.value.__notes__[0]
    with pytest.raises(ValueError, match="invalid literal") as pythons:
        finished(guide.fail_in_python("x")).get()
    assert "return int(text)" in pythons.value.__notes__[0]


def test_the_default_runs_no_code_from_payloads() -> None:
    assert type(Pynenc().serializer) is JsonSerializer
    assert not Pynenc().serializer.needs_signing_key


def test_the_environment_chooses_a_serializer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYNENC__SERIALIZER_CLS", "support.guide_serialization.CustomSerializer")
    assert type(Pynenc().serializer) is guide.CustomSerializer


@pytest.mark.parametrize(
    ("serializer", "keys"),
    [("PickleSerializer", KEYS), ("support.guide_serialization.CustomSerializer", "")],
    ids=["pickle", "one's own"],
)
def test_worker_processes_use_the_serializer_of_the_environment(
    app: Pynenc, serializer: str, keys: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYNENC__SERIALIZER_CLS", serializer)
    monkeypatch.setenv("PYNENC__SIGNING_KEYS", keys)
    app.conf.app_id, app.conf.serializer_cls, app.conf.signing_keys = "guide-008", serializer, keys
    with on_redis(app, "support.guide_serialization", tmp_path, programs=1, slots=1):
        assert guide.double(1 + 2j).get(timeout=PATIENCE) == 2 + 4j


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
