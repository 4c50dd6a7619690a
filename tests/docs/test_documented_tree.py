"""docs/architecture.md names every module, none that does not exist, and the import rules that are enforced."""

import re
import tomllib

from tests.docs.documents import ROOT, code_blocks, files, read

PACKAGES = ("app", "auth", "settings")


def drawn(tree: str) -> dict[str, str]:
    """Path -> what is said of it, from a tree of two spaces a level; folders end with a slash."""
    found: dict[str, str] = {}
    folders: list[str] = []
    for line in tree.splitlines():
        indent, name, text = re.fullmatch(r"( *)(\S+)(?: +(.*))?", line).groups()
        folders[len(indent) // 2 :] = [name] if name.endswith("/") else []
        found["".join(folders) + ("" if name.endswith("/") else name)] = text or ""
    return found


TREE = drawn(code_blocks(read("docs/architecture.md"), "text")[0])


def modules() -> set[str]:
    paths = [path for path in files() if path.suffix in (".py", ".lua") and path.stat().st_size]
    names = {path.relative_to(ROOT).as_posix() for path in paths}
    return {name for name in names if name.startswith(PACKAGES) and "/migrations/" not in name}


def test_the_tree_names_every_module() -> None:
    assert modules() <= TREE.keys()


def test_everything_that_the_tree_names_exists() -> None:
    assert [name for name in TREE if not (ROOT / name).exists()] == []


def test_every_file_of_the_tree_is_said_something_of() -> None:
    assert [name for name, text in TREE.items() if not name.endswith("/") and not text] == []


def test_the_layers_are_those_that_import_linter_enforces() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [enforced] = [contract["layers"] for contract in contracts if contract.get("containers") == ["auth"]]

    assert code_blocks(read("docs/architecture.md"), "layers")[0].splitlines() == enforced
