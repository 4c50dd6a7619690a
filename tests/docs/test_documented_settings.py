"""docs/configuration.md and .env.example, read back: every variable, and texts that mean its default."""

import re
from pathlib import Path
from typing import Any

import pytest

from settings import defaults, env_file
from settings.env import Environment
from tests.docs.documents import coded, read, rows, sections

FIELDS = Environment.model_fields
COMPOSED = sorted(set(re.findall(r"\$\{([A-Z_]+)", read("compose.yaml"))) - FIELDS.keys())
"""What compose.yaml alone reads from .env."""
TABLES = sections(read("docs/configuration.md"), level=2)


def variables(table: str, *, column: int = 2) -> dict[str, str]:
    """Variable -> default, as a section of docs/configuration.md gives them."""
    named = [cells for cells in rows(table) if re.fullmatch(r"`[A-Z_0-9]+`", cells[0])]
    return {cells[0].strip("`"): coded(cells[column]) for cells in named}


def value(name: str, text: str) -> Any:
    """What a text means as the value of a variable."""
    return getattr(Environment.model_validate({name: text}), name)


def default(name: str) -> Any:
    found = FIELDS[name].get_default()
    return False if found is None else found


def test_every_variable_is_documented_and_nothing_else() -> None:
    assert variables(TABLES["Variables"]).keys() == FIELDS.keys()


@pytest.mark.parametrize("name", FIELDS)
def test_the_documented_default_is_the_default(name: str) -> None:
    assert value(name, variables(TABLES["Variables"])[name]) == default(name)


@pytest.mark.parametrize("module", ["Development", "Production"])
def test_the_documented_defaults_of_a_settings_module_are_those_that_it_gives(module: str) -> None:
    given = getattr(defaults, module.upper())

    assert f"read(**defaults.{module.upper()})" in read(f"settings/{module.lower()}.py")
    assert {name: value(name, text) for name, text in variables(TABLES[module], column=1).items()} == given


def test_production_refuses_what_the_documentation_says() -> None:
    faults = re.findall(r'^ +f?"([A-Z_]+|httptools) ', read("settings/production.py"), flags=re.MULTILINE)
    assert faults
    assert set(faults) <= set(re.findall(r"`([A-Z_]+|httptools)`", TABLES["Production"]))


def test_the_example_holds_every_variable_once_with_a_comment_of_one_line() -> None:
    lines = read(".env.example").splitlines()
    places = [i for i, line in enumerate(lines) if re.match(r"#[A-Z_0-9]+=", line)]

    assert sorted(lines[i][1:].split("=")[0] for i in places) == sorted([*FIELDS, *COMPOSED])
    assert all(re.match(r"# \S", lines[i - 1]) for i in places)
    assert not any(re.match(r"# ", lines[i - 2]) for i in places if i > 4)


def test_every_variable_says_what_it_is_for() -> None:
    assert [name for name, field in FIELDS.items() if not field.description] == []


def test_copying_the_example_changes_nothing() -> None:
    assert [line for line in read(".env.example").splitlines() if line and not line.startswith("#")] == []


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    filled = tmp_path / "env"
    filled.write_text(re.sub(r"^#(?=[A-Z])", "", read(".env.example"), flags=re.MULTILINE))

    found = Environment.model_validate(env_file.read(filled))

    assert found.model_fields_set == set(FIELDS)
    assert {name: getattr(found, name) for name in FIELDS} == {name: default(name) for name in FIELDS}
