"""Source that stands in Task objects is run where that is allowed, if it is signed, with the options of its object."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from pynenc import TaskFailed
from pynenc.core.inline import digest_of, make_bundle, seal, task_id_of, text_of_bundle
from pynenc.core.records import Declaration, DeclaredKind, NewInvocation, TaskDefinition
from pynenc.core.seal import Keyring
from pynenc.errors import TaskTimeout
from pynenc.inline import THIS_PYTHON
from pynenc.manifests.bundles import REFUSED
from pynenc.rim import new_invocation_id
from pynenc.serializers.pickle import PickleSerializer
from support import bundled_tasks
from support.crashes import until
from support.guide_runs import PATIENCE, in_memory, on_redis
from support.inline_app import KEYS, app

KEYRING = Keyring.read(KEYS)


@pytest.fixture(scope="module", params=["memory", "redis"], autouse=True)
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two threads in this process, or a program of two workers on a server."""
    if request.param == "memory":
        with in_memory(app, "inline-tests", slots=2):
            yield "memory"
    else:
        with on_redis(app, "support.inline_app", tmp_path_factory.mktemp("runner"), programs=1, slots=2):
            yield "redis"


def declare(name, source, keys=KEYRING, **options):
    """What the operator does for a Task object."""
    task_id = task_id_of(name)
    text = seal(keys, app.app_id, task_id, source)
    app.orchestrator.declare(Declaration(DeclaredKind.SOURCE, task_id, text))
    app.orchestrator.publish(TaskDefinition(task_id, source_digest=digest_of(source), **options))


def submit(name, **arguments):
    """What the operator does for an Invocation object."""
    task_id = task_id_of(name)
    payload = KEYRING.seal((app.app_id, task_id, "arguments"), json.dumps(arguments).encode())
    new = NewInvocation(new_invocation_id(), task_id, payload)
    app.orchestrator.enqueue([new])
    return app.invocation(new.invocation_id)


def test_source_is_run_with_the_arguments_of_the_invocation():
    declare(
        "add-up",
        "def helper(x):\n    return x\n\ndef main(numbers, start=0):\n    return helper(sum(numbers, start))\n",
    )
    assert submit("add-up", numbers=[1, 2, 3]).get(timeout=PATIENCE) == 6
    assert submit("add-up", numbers=[], start=5).get(timeout=PATIENCE) == 5


def test_a_coroutine_and_a_dataclass_are_welcome():
    source = """
from __future__ import annotations
import asyncio
from dataclasses import dataclass

@dataclass
class Point:
    x: int

async def main(x):
    await asyncio.sleep(0)
    return Point(x).x
"""
    declare("later", source)
    assert submit("later", x=3).get(timeout=PATIENCE) == 3


def test_a_change_of_the_source_is_run_within_seconds():
    declare("changing", "def main():\n    return 1\n")
    assert submit("changing").get(timeout=PATIENCE) == 1
    declare("changing", "def main():\n    return 2\n")
    until(lambda: submit("changing").get(timeout=PATIENCE) == 2, PATIENCE)


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        pytest.param("raises", "def main():\n    raise LookupError('no such thing')\n", "no such thing", id="raises"),
        pytest.param("broken", "def main(:\n", "invalid syntax", id="no Python"),
        pytest.param("empty", "x = 1\n", "the source defines no function main", id="no function"),
        pytest.param("constant", "main = 1\n", "the source defines no function main", id="no callable"),
        pytest.param("bad-import", "import nowhere\n", "No module named 'nowhere'", id="an import that fails"),
    ],
)
def test_what_is_wrong_with_a_source_is_told(name, source, told):
    declare(name, source)
    with pytest.raises(Exception, match=told):
        submit(name).get(timeout=PATIENCE)


def test_the_time_limit_of_the_object_holds_for_loading_too():
    declare("endless", "while True:\n    pass\n", timeout_seconds=0.5, retry_for=("inline.endless.Busy",))
    submit_late = submit("endless")
    with pytest.raises(TaskTimeout):
        submit_late.get(timeout=PATIENCE)


def test_source_that_is_not_signed_is_not_run(tmp_path):
    canary = tmp_path / "canary"
    source = f"open({str(canary)!r}, 'w').close()\ndef main():\n    return 1\n"
    declare("unsigned", source, keys=Keyring())
    declare("foreign", source, keys=Keyring.read("new:ffffffffffffffffffff"))
    other = seal(KEYRING, app.app_id, task_id_of("other"), source)
    app.orchestrator.declare(Declaration(DeclaredKind.SOURCE, task_id_of("swapped"), other))
    app.orchestrator.declare(Declaration(DeclaredKind.SOURCE, task_id_of("damaged"), "%%%"))
    for name in ("unsigned", "foreign", "swapped", "damaged"):
        with pytest.raises(Exception, match=r"sign|damaged|key"):
            submit(name).get(timeout=PATIENCE)
    assert not canary.exists()


def bundle_of(name, function, keys=KEYRING, app_id="", python=THIS_PYTHON):
    """What `pynenc manifests emit --bundle` makes of a function."""
    pickled = PickleSerializer().serialize_function(function, REFUSED)
    return text_of_bundle(make_bundle(keys, app_id or app.app_id, task_id_of(name), pickled, python))


def test_a_bundle_is_run_with_what_it_uses_of_its_module():
    declare("bundled", bundle_of("bundled", bundled_tasks.total))
    assert submit("bundled", prices=[1, 2, 3]).get(timeout=PATIENCE) == 18


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        pytest.param("by-nobody", {"keys": Keyring()}, "not signed", id="not signed"),
        pytest.param("by-others", {"keys": Keyring.read("new:ffffffffffffffffffff")}, "changed", id="other keys"),
        pytest.param("elsewhere", {"app_id": "team-b/shop"}, "made for another task", id="another app"),
        pytest.param("of-before", {"python": "2.7"}, "made by Python 2.7", id="another Python"),
    ],
)
def test_a_bundle_that_is_not_for_this_worker_is_not_run(name, changes, told):
    declare(name, bundle_of(name, bundled_tasks.total, **changes))
    with pytest.raises(Exception, match=told):
        submit(name, prices=[1]).get(timeout=PATIENCE)


def test_a_bundle_of_something_else_than_a_function_is_not_run():
    bundle = make_bundle(KEYRING, app.app_id, task_id_of("number"), PickleSerializer().serialize(3), THIS_PYTHON)
    declare("number", text_of_bundle(bundle))
    with pytest.raises(Exception, match="holds no function"):
        submit("number").get(timeout=PATIENCE)


def test_a_task_without_source_is_not_found():
    with pytest.raises(TaskFailed, match="this worker's code has no such task"):
        submit("nowhere").get(timeout=PATIENCE)
