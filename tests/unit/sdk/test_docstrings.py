"""Public names say what they are, and the examples in their docstrings run. Tasks in examples run in sync mode."""

from __future__ import annotations

import asyncio
import doctest
import inspect
import re

import pytest

import pynenc
from pynenc import Pynenc
from support import sync_tasks

AWAIT = re.compile(r"^await ([^#\n]+)", re.MULTILINE)
NAMES = [name for name in pynenc.__all__ if name != "__version__"]
WITH_EXAMPLES = {"Arguments", "ConcurrencyControlType", "Invocation", "InvocationGroup", "Pynenc", "Task"}


def awaited(awaitable):
    """What an event loop makes of it."""

    async def main():
        return await awaitable

    return asyncio.run(main())


def examples_of(name):
    """The examples of a public name and of its members, as tests; there is a task `add`, and `await` works."""
    globs = {**vars(pynenc), "__name__": "examples", "awaited": awaited, "app": sync_tasks.app, "add": sync_tasks.add}
    found = doctest.DocTestFinder().find(getattr(pynenc, name), name, module=False, globs=globs)
    for test in found:
        for example in test.examples:
            example.source = AWAIT.sub(r"awaited(\1)", example.source)
    return [test for test in found if test.examples]


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_and_its_public_members_are_described(name):
    public = getattr(pynenc, name)
    members = [member for key, member in vars(public).items() if not key.startswith("_")]
    assert inspect.getdoc(public)
    assert [member for member in members if inspect.isroutine(member) and not inspect.getdoc(member)] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_public_name_run(name):
    tests = examples_of(name)
    assert (name in WITH_EXAMPLES) <= bool(tests)
    report: list[str] = []
    for test in tests:
        doctest.DocTestRunner().run(test, out=report.append)
    assert report == []


def test_the_example_of_the_package_runs():
    (test,) = doctest.DocTestFinder(recurse=False).find(pynenc, globs={"__name__": "examples", "Pynenc": Pynenc})
    report: list[str] = []
    doctest.DocTestRunner().run(test, out=report.append)
    assert report == []
