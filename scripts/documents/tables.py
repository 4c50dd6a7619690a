"""Tables in Markdown."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"{_line(head)}|{'---|' * len(head)}\n{''.join(map(_line, rows))}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
