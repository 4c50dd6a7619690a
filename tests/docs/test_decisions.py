"""A decision is short, and says why, what and at what cost."""

import re
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, sections

DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.stem)
def test_a_decision_has_at_most_40_lines_and_states_context_choice_and_cost(decision: Path) -> None:
    text = decision.read_text()

    assert len(text.splitlines()) <= 40
    assert list(sections(text, level=2)) == ["Context", "Choice", "Cost"]


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(number) for decision in DECISIONS for number in re.findall(r"^(\d{4})-[a-z0-9-]+$", decision.stem)]

    assert numbers == list(range(1, len(DECISIONS) + 1))
