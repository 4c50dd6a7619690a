"""Rules of CONTRIBUTING.md that the source can be held to; lengths are counted in test_budgets.py."""

import ast
import re
from collections.abc import Iterator

from tests.docs.documents import ROOT, files, read

DOMAIN = [path for path in files(".py") if path.relative_to(ROOT).parts[0] == "auth" and "migrations" not in path.parts]
SCRIPTS = [path for path in files(".lua") if path.relative_to(ROOT).parts[0] == "auth"]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def named(pattern: str) -> Iterator[tuple[str, str]]:
    """Functions of the domain whose name matches, and what they return."""
    for path in DOMAIN:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function) and re.fullmatch(pattern, node.name):
                returned = ast.unparse(node.returns) if node.returns else ""
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", returned


def test_what_verifies_raises_or_returns_what_it_verified() -> None:
    """Nobody who calls it can forget to look at the result."""
    found = dict(named(r"_?(verify|verified|authenticate|authorize)(_token|_secret)?"))

    assert len(found) > 5
    assert {name: returned for name, returned in found.items() if re.search(r"\b(None|bool)\b", returned)} == {}


def test_every_script_is_run_by_the_module_beside_it() -> None:
    assert SCRIPTS
    for script in SCRIPTS:
        beside = "".join(path.read_text() for path in script.parent.glob("*.py"))
        assert f'Script.beside(__file__, "{script.stem}")' in beside, script


def test_every_script_that_stores_something_gives_it_a_lifetime() -> None:
    storing = re.compile(r"redis\.call\('(SET|ZADD|HSET|SADD|INCR)\b")
    lasting = re.compile(r"'(PX|EX|KEEPTTL|PEXPIRE|PEXPIREAT|EXPIRE)'")
    texts = {script.relative_to(ROOT).as_posix(): script.read_text() for script in SCRIPTS}

    assert [name for name, text in texts.items() if storing.search(text) and not lasting.search(text)] == []


def test_the_checklist_names_commands_that_there_are() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))

    assert set(re.findall(r"`make ([a-z-]+)", read("CONTRIBUTING.md"))) <= targets
