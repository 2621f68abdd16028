"""Modules are named, placed, documented and silenced by the rules of CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
import sys

import pytest

from support import repository

VAGUE = {"util", "utils", "helper", "helpers", "misc"}
SILENCED = re.compile(r"#\s*(?:type:\s*ignore|noqa|pragma: no cover)")
CODE = r"(?:type: ignore\[[\w, -]+\]|noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|pragma: no cover)"
SILENCED_WITH_REASON = re.compile(rf"#\s*{CODE}(?:  # | - )\S+")
MOST_SILENCED = 10


def test_every_module_says_what_is_in_it():
    assert [str(p) for p in repository.modules() if not ast.get_docstring(repository.tree(p))] == []


def test_a_package_holds_no_code_of_its_own():
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)
    packages = [path for path in repository.source_modules() if path.name == "__init__.py"]
    assert [str(p) for p in packages if not all(isinstance(node, allowed) for node in repository.tree(p).body)] == []


def test_no_module_has_a_vague_name():
    assert [str(path) for path in repository.modules() if path.stem in VAGUE or VAGUE & set(path.parts)] == []


def test_no_importable_root_has_a_module_named_like_the_standard_library():
    roots = [*(root.relative_to(repository.ROOT) for root in repository.SOURCES)]
    top = {
        path.relative_to(root).parts[0] for root in roots for path in repository.modules() if path.is_relative_to(root)
    }
    assert top & {name for module in sys.stdlib_module_names for name in (module, f"{module}.py")} == set()


def test_the_folder_operator_is_not_importable():
    """It has the name of a standard module, which Python would then take from here."""
    inside = [path for path in repository.modules() if path.parts[0] == "operator"]
    assert [str(path) for path in inside if path.parts[1] != "src"] == []
    assert [str(path) for path in inside if path.stem == "conftest" or path.stem.startswith("test_")] == []


def test_no_test_can_be_left_out():
    banned = re.compile(r"\b(?:skip|skipif|importorskip|xfail)\s*\(|mark\.(?:skip|xfail)")
    tests = [path for path in repository.modules() if path.parts[0] == "tests" and "architecture" not in path.parts]
    assert [str(path) for path in tests if banned.search(repository.text(path))] == []


@pytest.fixture
def silenced_lines():
    return [
        f"{path}:{number} {line.strip()}"
        for path in repository.source_modules()
        for number, line in enumerate(repository.text(path).splitlines(), 1)
        if SILENCED.search(line)
    ]


def test_a_silenced_check_says_why(silenced_lines):
    assert [line for line in silenced_lines if not SILENCED_WITH_REASON.search(line)] == []


def test_few_checks_are_silenced(silenced_lines):
    assert len(silenced_lines) <= MOST_SILENCED, "\n".join(silenced_lines)
