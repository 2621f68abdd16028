"""Files and functions are small enough to be read in one go."""

from __future__ import annotations

import ast

from support import repository

FILE_LINES = 400
FUNCTION_LINES = 40
HANDLER_LINES = 15
TEXTS = {".py", ".lua", ".sh", ".tpl"}


def functions(path):
    """`(place, lines)` of each function, its docstring not counted."""
    for node in ast.walk(repository.tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            is_docstring = ast.get_docstring(node) is not None
            documented = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
            yield f"{path}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1 - documented


def test_no_file_is_longer_than_400_lines():
    texts = [path for path in repository.files() if path.suffix in TEXTS]
    lengths = {str(path): repository.text(path).count("\n") for path in texts}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_longer_than_40_lines():
    found = dict(pair for path in repository.modules() for pair in functions(path))
    assert {place: lines for place, lines in found.items() if lines > FUNCTION_LINES} == {}


def test_no_kopf_handler_does_more_than_hand_over():
    handlers = [path for path in repository.source_modules() if "handlers" in path.parts]
    found = dict(pair for path in handlers for pair in functions(path))
    assert {place: lines for place, lines in found.items() if lines > HANDLER_LINES} == {}
