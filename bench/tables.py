"""Text tables."""

from collections.abc import Sequence


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as what is in them: the first to the left, the others to the right."""
    texts = [[_text(value) for value in row] for row in rows]
    widths = [max(len(line[number]) for line in [list(columns), *texts]) for number in range(len(columns))]
    lines = [_line(columns, widths), "-" * (sum(widths) + 2 * len(widths) - 2), *(_line(row, widths) for row in texts)]
    return "\n".join(["", title, *lines, ""])


def _line(values: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = values
    return "  ".join([first.ljust(widths[0]), *(v.rjust(w) for v, w in zip(others, widths[1:], strict=True))])


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return str(value)
