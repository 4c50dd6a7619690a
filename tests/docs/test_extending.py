"""docs/extending.md: every kind of addition has a recipe, and its files and the places in them are there."""

import ast
import re

import pytest

from tests.docs.documents import ROOT, code_blocks, read, sections

KINDS = [
    "A route",
    "A limit",
    "A setting",
    "An error",
    "An event",
    "A background job",
    "A Redis script",
    "A login stage",
]
RECIPES = sections(read("docs/extending.md"), level=2)
STEP = re.compile(r"^\d+\. (.*?)(?=^\d+\. |^$|\Z)", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.\w+|CHANGELOG\.md)`(?: \(`([^`]+)`\))?")


def test_every_kind_of_addition_has_a_recipe() -> None:
    assert list(RECIPES) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_each_step_names_a_file_and_gives_a_reason(kind: str) -> None:
    steps = STEP.findall(RECIPES[kind])

    assert steps
    assert [step for step in steps if not FILE.search(step) or len(step.split(": ", 1)[-1]) < 20] == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_recipe_names_is_in_the_tree(kind: str) -> None:
    named = FILE.findall(RECIPES[kind])

    assert [path for path, _ in named if not (ROOT / path).is_file()] == []
    assert [(path, place) for path, place in named if place not in read(path)] == []


@pytest.mark.parametrize("name", ["InvalidCredentials", "InsufficientAuthorization", "LOGIN_STAGES", "entry_point"])
def test_the_words_of_a_login_stage_are_those_of_the_code(name: str) -> None:
    assert name in RECIPES["A login stage"]
    assert name in read("auth/sessions/stages.py")


def test_the_example_imports_what_there_is() -> None:
    [example] = code_blocks(read("docs/extending.md"), "python")
    imports = [node for node in ast.walk(ast.parse(example)) if isinstance(node, ast.ImportFrom)]
    named = {node.module or "": [alias.name for alias in node.names] for node in imports}
    ours = {module: names for module, names in named.items() if module.startswith("auth.")}

    assert ours == {"auth.sessions.stages": ["LOGIN_STAGES"]}


def test_contributing_sends_here() -> None:
    assert "docs/extending.md" in read("CONTRIBUTING.md")
