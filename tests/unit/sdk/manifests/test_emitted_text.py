"""The text for kubectl: one document per task, sorted, the same every time."""

from __future__ import annotations

import pytest
import yaml

from pynenc import Pynenc
from pynenc.errors import ManifestError
from pynenc.manifests import emit

app = Pynenc(app_id="shop")


@app.task(max_retries=2, retry_for=(ConnectionError,), queue="mail")
def send_mail(to: str, urgent: bool = False) -> None:
    """Nothing is sent."""


@app.task
def add(x: int, y: int) -> int:
    return x + y


def test_every_task_has_a_document_in_the_order_of_its_id():
    documents = list(yaml.safe_load_all(emit(app, "shop")))
    assert [document["metadata"]["name"] for document in documents] == ["add", "send-mail"]
    assert [document["spec"]["function"].rpartition(".")[2] for document in documents] == ["add", "send_mail"]


def test_options_and_parameters_are_those_of_the_code():
    spec = list(yaml.safe_load_all(emit(app, "shop")))[1]["spec"]
    assert spec["queue"] == "mail"
    assert spec["maxRetries"] == 2
    assert spec["retryFor"] == ["ConnectionError"]
    assert spec["parameters"]["required"] == ["to"]
    assert set(spec["parameters"]["properties"]) == {"to", "urgent"}


def test_the_text_is_sorted_and_repeatable():
    text = emit(app, "shop", "team-a")
    documents = list(yaml.safe_load_all(text))
    assert text == emit(app, "shop", "team-a")
    assert [list(document) for document in documents] == [["apiVersion", "kind", "metadata", "spec"]] * 2
    assert {document["metadata"]["namespace"] for document in documents} == {"team-a"}


def test_an_app_without_tasks_has_nothing_to_say():
    with pytest.raises(ManifestError, match=r"the app declares no tasks; decorate a function with @app\.task"):
        emit(Pynenc(app_id="empty"), "empty")
