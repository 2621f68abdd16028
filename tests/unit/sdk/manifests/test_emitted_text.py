"""The text for kubectl: one document per task, sorted, the same every time."""

from __future__ import annotations

import pytest
import yaml

from pynenc import Pynenc
from pynenc.errors import ManifestError
from pynenc.manifests import Wanted, emit, objects_of

app = Pynenc(app_id="shop", config_values={"limits": {"gpu": 2, "cpu": 4}})
SHOP = Wanted("shop")


@app.task(max_retries=2, retry_for=(ConnectionError,), queue="mail")
def send_mail(to: str, urgent: bool = False) -> None:
    """Nothing is sent."""


@app.task
def add(x: int, y: int) -> int:
    return x + y


def test_every_task_has_a_document_in_the_order_of_its_id():
    documents = list(yaml.safe_load_all(emit(app, SHOP)))
    assert [document["metadata"]["name"] for document in documents] == ["add", "send-mail"]
    assert [document["spec"]["function"].rpartition(".")[2] for document in documents] == ["add", "send_mail"]


def test_options_and_parameters_are_those_of_the_code():
    spec = list(yaml.safe_load_all(emit(app, SHOP)))[1]["spec"]
    assert spec["queue"] == "mail"
    assert spec["maxRetries"] == 2
    assert spec["retryFor"] == ["ConnectionError"]
    assert spec["parameters"]["required"] == ["to"]
    assert set(spec["parameters"]["properties"]) == {"to", "urgent"}


def test_the_text_is_sorted_and_repeatable():
    wanted = Wanted("shop", "team-a")
    text = emit(app, wanted)
    documents = list(yaml.safe_load_all(text))
    assert text == emit(app, wanted)
    assert [list(document) for document in documents] == [["apiVersion", "kind", "metadata", "spec"]] * 2
    assert {document["metadata"]["namespace"] for document in documents} == {"team-a"}


def test_an_app_without_tasks_has_nothing_to_say():
    with pytest.raises(ManifestError, match=r"the app declares no tasks; decorate a function with @app\.task"):
        emit(Pynenc(app_id="empty"), Wanted())


def test_the_digest_follows_the_code_and_the_options():
    digests = [document["spec"]["digest"] for document in objects_of(app, SHOP)]
    assert len(set(digests)) == 2
    assert digests == [document["spec"]["digest"] for document in objects_of(app, SHOP)]
    assert digests != [document["spec"]["digest"] for document in objects_of(app, Wanted("other"))]


def test_a_function_without_a_text_has_no_digest():
    unknown = Pynenc(app_id="unknown")
    scope = {"__name__": __name__}
    exec("def made(x: int) -> int:\n    return x", scope)
    scope["made"].__module__ = __name__
    globals()["made"] = scope["made"]
    unknown.task(scope["made"])
    (document,) = objects_of(unknown, SHOP)
    assert "digest" not in document["spec"]


def test_with_an_image_the_app_and_its_pool_come_first():
    wanted = Wanted("shop", "team-a", "shop:1.4", "store")
    store, pool, *tasks = objects_of(app, wanted)
    assert [document["kind"] for document in tasks] == ["Task", "Task"]
    assert store == {
        "apiVersion": "pynenc.io/v1alpha1",
        "kind": "App",
        "metadata": {"name": "shop", "namespace": "team-a"},
        "spec": {"redis": {"urlSecretRef": {"name": "store"}}, "limits": {"cpu": 4, "gpu": 2}},
    }
    assert pool["spec"] == {
        "appRef": {"name": "shop"},
        "image": "shop:1.4",
        "entrypoint": app.location,
        "queues": ["default", "mail"],
    }


def test_only_what_differs_from_the_defaults_is_said_of_a_pool():
    plain = Pynenc(app_id="plain")
    plain.location = "tasks:app"
    plain.task(add.func)
    store, pool, _ = objects_of(plain, Wanted(image="plain:1"))
    assert (store["metadata"]["name"], store["spec"]) == (
        "plain",
        {"redis": {"urlSecretRef": {"name": "pynenc-redis"}}},
    )
    assert set(pool["spec"]) == {"appRef", "image", "entrypoint"}


def test_an_image_that_no_object_can_have_is_refused():
    with pytest.raises(
        ManifestError, match=r"the app cannot be a WorkerPool object: spec\.image: String should have at"
    ):
        objects_of(app, Wanted("shop", image="x" * 600))
