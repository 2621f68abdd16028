"""What `--app` may say, and what the answer is when it leads nowhere."""

from __future__ import annotations

import importlib
import sys

import pytest

from pynenc import Pynenc
from pynenc.discovery import AppSpecError, load_app, location_of

TASKS = """
from shop_parts import app

@app.task
def send() -> None: ...
"""
ONE = "from pynenc import Pynenc\nmain = Pynenc('one')\nalias = main\n"
TWO = "from pynenc import Pynenc\nfirst = Pynenc('first')\nsecond = Pynenc('second')\n"


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A directory to start from, with modules that nothing else knows; what was imported is forgotten again."""
    (tmp_path / "shop_one.py").write_text(ONE)
    (tmp_path / "shop_two.py").write_text(TWO)
    (tmp_path / "shop_none.py").write_text("x = 1\n")
    (tmp_path / "shop_needs.py").write_text("import no_such_library\n")
    (tmp_path / "shop_broken.py").write_text("raise ValueError('broken')\n")
    (tmp_path / "shop_package").mkdir()
    (tmp_path / "shop_package" / "__init__.py").write_text("")
    (tmp_path / "shop_package" / "jobs.py").write_text(ONE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("shop_")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("spec", "app_id", "location"),
    [
        pytest.param("shop_two:second", "second", "shop_two:second", id="module:attribute"),
        pytest.param("shop_two.second", "second", "shop_two:second", id="module.attribute"),
        pytest.param("shop_one", "one", "shop_one:main", id="a module with one app, which has two names"),
        pytest.param("shop_one.py", "one", "shop_one:main", id="a file"),
        pytest.param("./shop_two.py:first", "first", "shop_two:first", id="a file and an attribute"),
        pytest.param("shop_package.jobs", "one", "shop_package.jobs:main", id="a module of a package"),
        pytest.param("shop_package.jobs.main", "one", "shop_package.jobs:main", id="an attribute of such a module"),
        pytest.param("shop_package/jobs.py", "one", "shop_package.jobs:main", id="a file of a package keeps its name"),
    ],
)
def test_an_app_is_found_and_knows_where(spec, app_id, location):
    app = load_app(spec)
    assert (app.app_id, app.location) == (app_id, location)


def test_a_file_elsewhere_brings_its_folder_along(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load_app("../shop_one.py").app_id == "one"
    assert load_app("../shop_one.py") is load_app("shop_one")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param("shop_gone", 'no module "shop_gone" in {cwd} or on the Python path', id="no module"),
        pytest.param(
            "shop_gone:app", 'no module "shop_gone" in {cwd} or on the Python path', id="no module to look in"
        ),
        pytest.param(
            "shop_gone.app", 'no module "shop_gone" in {cwd} or on the Python path', id="no module before a dot"
        ),
        pytest.param("shop_gone.py", "no file shop_gone.py", id="no file"),
        pytest.param(
            "shop_none", 'module "shop_none" must have one app, or be named as module:attribute; apps: none', id="0"
        ),
        pytest.param(
            "shop_two",
            'module "shop_two" must have one app, or be named as module:attribute; apps: first, second',
            id="2",
        ),
        pytest.param(
            "shop_two:third",
            '"third" of module "shop_two" is no app; apps there: first, second',
            id="no such attribute",
        ),
        pytest.param("shop_none:x", '"x" of module "shop_none" is no app; apps there: none', id="no app"),
        pytest.param(
            "shop_needs:app",
            'module "shop_needs" imports "no_such_library", which is not installed',
            id="a missing library",
        ),
        pytest.param("shop one", '"shop one" names no app; use module:attribute or a path ending in .py', id="no name"),
        pytest.param("", '"" names no app; use module:attribute or a path ending in .py', id="nothing"),
    ],
)
def test_a_spec_that_leads_nowhere_is_one_sentence(project, spec, message):
    with pytest.raises(AppSpecError) as caught:
        load_app(spec)
    assert str(caught.value) == message.format(cwd=project)


def test_an_error_of_the_program_itself_is_not_hidden():
    with pytest.raises(ValueError, match="broken"):
        load_app("shop_broken:app")


def test_an_app_that_was_imported_by_the_program_is_located_by_the_module_of_a_task(project, monkeypatch):
    monkeypatch.syspath_prepend(project)
    (project / "shop_parts.py").write_text("from pynenc import Pynenc\napp = Pynenc('parts')\n")
    (project / "shop_jobs.py").write_text(TASKS)
    assert location_of(importlib.import_module("shop_jobs").app) == "shop_jobs:app"


def test_an_app_without_tasks_is_located_by_any_module_and_then_known(project, monkeypatch):
    monkeypatch.syspath_prepend(project)
    app = importlib.import_module("shop_one").main
    assert location_of(app) == "shop_one:main"
    del sys.modules["shop_one"]
    assert location_of(app) == "shop_one:main"


def test_an_app_of_no_module_cannot_be_found_by_another_process():
    with pytest.raises(AppSpecError, match=r"worker processes cannot import Pynenc\('loose', 0 tasks\)"):
        location_of(Pynenc("loose"))
