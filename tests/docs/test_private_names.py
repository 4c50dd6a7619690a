"""Tests go by what the application offers: a private name belongs to the file that defines it, and to no other.

Else a name that is nobody's business cannot change, and a test may patch what is not there any more, and prove nothing.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.docs.documents import ROOT, files

OF_OTHERS = {
    "_meta": "Django documents it: what a model consists of",
    "_base_manager": "Django documents it: the manager that finds every row",
    "_replace": "the standard library documents it: a named tuple with another field",
    "_base_scope": "Django's request factory has no other place to say that each request declares its body",
    "_resource_closers": "Django's responses name nothing else that `close()` calls",
}
"""Private names of libraries that leave no other way, and why. There is none of the application."""

PRIVATE = re.compile(r"_(?!_)\w+")
BY_NAME = {"setattr", "delattr", "getattr", "hasattr", "attrgetter", "methodcaller", "patch", "object", "multiple"}
"""Functions that take a name as text."""


def is_private(name: str) -> bool:
    return PRIVATE.fullmatch(name) is not None


def defined(tree: ast.AST) -> Iterator[str]:
    """What a module calls its own: what it assigns, on `self` and `cls` too, its parameters, functions and classes."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.alias(asname=str(name)):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name


def used(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The names of other things that a module reads, imports or gives as text, and the lines."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
                yield node.lineno, f"super().{name}"
            case ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.Constant(value=str(text)) if text in APPLICATION:
                yield node.lineno, text
            case ast.Call(func=ast.Name(id=function) | ast.Attribute(attr=function)) if function in BY_NAME:
                texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                yield from ((node.lineno, str(text).rpartition(".")[2]) for text in texts)
                yield from ((node.lineno, keyword.arg) for keyword in node.keywords if keyword.arg)


def foreign(tree: ast.Module) -> list[tuple[int, str]]:
    """The private names that a module uses and does not define, and the lines."""
    own = set(defined(tree))
    found = {(line, name) for line, name in used(tree) if name not in own}
    return sorted((line, name) for line, name in found if is_private(name.removeprefix("super().")))


def modules(*parts: str) -> Iterator[tuple[str, ast.Module]]:
    for path in files(".py"):
        if (name := path.relative_to(ROOT)).parts[0] in parts:
            yield name.as_posix(), ast.parse(path.read_text())


DEFINED = {name for _, tree in modules("app", "auth", "settings", "scripts", "clients") for name in defined(tree)}
APPLICATION = {name for name in DEFINED if is_private(name) and len(name) > 4}  # `_id` is the end of many words
"""What no text names by chance."""
FOUND = {path: foreign(tree) for path, tree in modules("tests")}


def test_no_test_reaches_into_private_names() -> None:
    assert [
        f"{path}:{line} {name}" for path, names in FOUND.items() for line, name in names if name not in OF_OTHERS
    ] == []


def test_every_exception_is_needed() -> None:
    assert {name for names in FOUND.values() for _, name in names} == set(OF_OTHERS)


@pytest.mark.parametrize(
    "text",
    [
        "from auth.a import _b",
        "module._name",
        "thing.part._name = 1",
        "self._inherited",
        "super()._name",
        "monkeypatch.setattr(module, '_name', 1)",
        "monkeypatch.setattr('auth.a._name', 1)",
        "patch.multiple(module, _name=1)",
        "getattr(thing, '_name')",
        f"(owner, {max(APPLICATION)!r})",
    ],
)
def test_every_way_of_reaching_is_seen(text: str) -> None:
    assert [line for line, _ in foreign(ast.parse(text))] == [1]


@pytest.mark.parametrize(
    "text", ["self._a = 1; other._a", "def _f(): ...\n_f()", "x.__dict__", "a.b_c", "for _ in x: _"]
)
def test_what_a_file_defines_is_its_own(text: str) -> None:
    assert foreign(ast.parse(text)) == []
