"""docs/security.md: every requirement has a proof, and every proof is a test that exists."""

import ast
import re

from tests.docs.documents import ROOT, read, rows

REQUIREMENTS = {int(cells[0]): cells for cells in rows(read("docs/security.md")) if cells[0].isdigit()}
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def proofs() -> set[tuple[str, str]]:
    return {proof for cells in REQUIREMENTS.values() for proof in PROOF.findall(cells[2])}


def functions_in(path: str) -> set[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.parse(read(path)).body if isinstance(node, functions)}


def test_every_requirement_is_there_once() -> None:
    numbers = [cells[0] for cells in rows(read("docs/security.md")) if cells[0].isdigit()]

    assert numbers == [str(number) for number in range(1, 117)]


def test_every_requirement_has_a_test_or_a_reason() -> None:
    without = [
        number
        for number, (_, requirement, proof) in REQUIREMENTS.items()
        if not requirement or not (PROOF.search(proof) or proof.startswith("does not apply: "))
    ]

    assert without == []


def test_a_cell_with_tests_holds_nothing_else() -> None:
    for _, _, proof in REQUIREMENTS.values():
        if not proof.startswith("does not apply: "):
            assert PROOF.sub("", proof).replace(", ", "") == ""


def test_every_test_that_is_named_exists() -> None:
    named = proofs()

    assert len(named) > 100
    assert [
        f"{path}::{name}" for path, name in named if not (ROOT / path).exists() or name not in functions_in(path)
    ] == []
