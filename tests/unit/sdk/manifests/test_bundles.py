"""Functions become bundles that are signed for one App and one Task."""

from __future__ import annotations

import pickle

import pytest

from pynenc import Pynenc
from pynenc.core.inline import open_bundle, task_id_of, text_of_bundle
from pynenc.core.seal import Keyring
from pynenc.errors import BadSignature, ManifestError
from pynenc.inline import THIS_PYTHON
from pynenc.manifests import Wanted, objects_of
from pynenc.manifests.bundles import bundler
from support import bundled_tasks

KEYS = "k1:0123456789abcdef"


def app_of(function, keys=KEYS):
    app = Pynenc(app_id="bundles", config_values={"signing_keys": keys})
    app.task(max_retries=2)(function)
    return app


def test_a_task_holds_its_code_signed_for_its_app_and_itself():
    [task] = objects_of(app_of(bundled_tasks.total), Wanted("shop", "team-a", bundle=True))
    assert task["spec"]["maxRetries"] == 2
    assert "function" not in task["spec"]
    text = text_of_bundle(task["spec"]["source"]["bundle"])
    python, pickled = open_bundle(Keyring.read(KEYS), "team-a/shop", task_id_of("total"), text)
    assert (python, pickle.loads(pickled)([1, 2])) == (THIS_PYTHON, 9)
    with pytest.raises(BadSignature):
        open_bundle(Keyring.read(KEYS), "team-b/shop", task_id_of("total"), text)


def test_the_same_code_gives_the_same_bundle():
    app = app_of(bundled_tasks.total)
    (task_id,) = app.tasks
    bundle = bundler(app, "team-a/shop")
    assert bundle(task_id, "total") == bundle(task_id, "total") != bundle(task_id, "other")


@pytest.mark.parametrize(
    ("function", "what"),
    [
        pytest.param(bundled_tasks.through_another.func, "Task", id="another task"),
        pytest.param(bundled_tasks.by_settings, "Config", id="settings, which may have keys and passwords"),
    ],
)
def test_what_must_not_travel_is_not_bundled(function, what):
    with pytest.raises(
        ManifestError, match=rf"{function.__name__} cannot be bundled: it uses an object of class {what}"
    ):
        objects_of(app_of(function), Wanted("shop", "team-a", bundle=True))


def test_without_keys_nothing_is_bundled():
    with pytest.raises(ManifestError, match="set PYNENC__SIGNING_KEYS"):
        objects_of(app_of(bundled_tasks.total, keys=""), Wanted("shop", "team-a", bundle=True))
