"""docs/architecture.md names every package, nothing that does not exist, and the import rules that are enforced."""

import ast
import re
import tomllib

from tests.docs.documents import ROOT, code_blocks, files, read

PACKAGES = ("app", "auth", "settings")


def drawn(tree: str) -> set[str]:
    """Paths from a tree of two spaces a level; folders end with a slash, several names are separated by commas."""
    found: set[str] = set()
    folders: list[str] = []
    for line in tree.splitlines():
        [(indent, names)] = re.findall(r"^( *)((?:\S+, )*\S+)", line)
        level = len(indent) // 2
        for name in names.split(", "):
            found.add("".join(folders[:level]) + name)
        folders[level:] = [names] if names.endswith("/") else []
    return found


TREE = drawn(code_blocks(read("docs/architecture.md"), "text")[0])
MODULES = [path for path in files(".py") if path.relative_to(ROOT).parts[0] in PACKAGES]


def test_the_tree_names_every_package() -> None:
    packages = {path.relative_to(ROOT).parts[:2] for path in MODULES if len(path.relative_to(ROOT).parts) > 2}

    assert {f"{top}/{package}/" for top, package in packages} - {"auth/migrations/"} <= TREE


def test_everything_that_the_tree_names_exists() -> None:
    assert [name for name in TREE if not (ROOT / name).exists()] == []


def test_unit_tests_lie_where_their_source_lies() -> None:
    folders = {path.relative_to(ROOT / "tests/unit").parent for path in files(".py") if "unit" in path.parts}

    assert [str(folder) for folder in folders if not (ROOT / folder).is_dir()] == []


def test_every_module_says_in_its_first_line_what_it_holds() -> None:
    texts = {path: path.read_text() for path in MODULES if path.stat().st_size and "migrations" not in path.parts}
    silent = [str(path.relative_to(ROOT)) for path, text in texts.items() if not ast.get_docstring(ast.parse(text))]

    assert [name for name in silent if name != "auth/apps.py" and "/commands/" not in name] == []  # these have `help`


def test_the_layers_are_those_that_import_linter_enforces() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [enforced] = [contract["layers"] for contract in contracts if contract.get("containers") == ["auth"]]

    assert code_blocks(read("docs/architecture.md"), "layers")[0].splitlines() == enforced
