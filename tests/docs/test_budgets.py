"""Code that stays readable: taste made checkable."""

import ast
from pathlib import Path
from statistics import median

from tests.docs.documents import ROOT, files

LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 8
LONGEST_FILE = 250

MODULES = [
    path
    for path in files(".py")
    if path.relative_to(ROOT).parts[0] in ("app", "auth", "settings") and "migrations" not in path.parts
]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: Path) -> dict[str, int]:
    """The length in lines of each function of a module."""
    nodes = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, Function)]
    return {f"{module.relative_to(ROOT)}:{node.lineno} {node.name}": length(node) for node in nodes}


def length(function: Function) -> int:
    """From `def` to the last line, without decorators and the docstring."""
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    return _lines(function) - (_lines(docstring) if docstring else 0)


def _lines(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


LENGTHS = {name: lines for module in MODULES for name, lines in functions(module).items()}


def test_a_function_is_measured_without_its_docstring() -> None:
    [function] = ast.parse('def f(\n    a,\n):\n    """One\n\n    two."""\n    return a\n').body

    assert isinstance(function, ast.FunctionDef)
    assert length(function) == 4


def test_no_function_is_long() -> None:
    assert {name: lines for name, lines in LENGTHS.items() if lines > LONGEST_FUNCTION} == {}


def test_most_functions_are_short() -> None:
    assert median(LENGTHS.values()) <= MEDIAN_FUNCTION


def test_no_file_is_long() -> None:
    """Tests too."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files(".py")}

    assert len(lengths) > 500
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}
