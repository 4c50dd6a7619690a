"""Plots as SVG elements: no script, no font, nothing from elsewhere.

The style of a line or of a part of a bar is its class: `line-1` and following, `bar-1` and following.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

Values = Sequence[float | None]
"""One per slice of time; None: there is none, and the line has a gap."""

_WIDTH, _HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 10, 30
_X, _Y = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to heights: between 0 and `top`, or logarithmically between the first and the last tick."""

    ticks: Sequence[float]
    is_logarithmic: bool = False

    @classmethod
    def linear(cls, values: Iterable[float]) -> "Scale":
        """Up to the next number that begins with 1, 2, 4 or 8 and has zeros after it."""
        highest = max(values, default=0) or 1
        step: float = 10 ** floor(log10(highest))
        top = next(step * factor for factor in (1, 2, 4, 8, 10) if step * factor >= highest)
        return cls([top * part / 4 for part in range(5)])

    @classmethod
    def powers(cls, values: Iterable[float]) -> "Scale":
        """From one power of ten to another."""
        exponents = [log10(value) for value in values if value > 0] or [0]
        first, last = floor(min(exponents)), ceil(max(exponents))
        return cls([10**exponent for exponent in range(first, max(last, first + 1) + 1)], is_logarithmic=True)

    def y(self, value: float) -> float:
        low, top = self.ticks[0], self.ticks[-1]
        part = log10(max(value, low) / low) / log10(top / low) if self.is_logarithmic else value / top
        return _TOP + _Y * (1 - part)


def line_plot(series: Mapping[str, Values], *, seconds: float, unit: str, logarithmic: bool = False) -> str:
    """One line per name, over slices of equal length."""
    known = [value for values in series.values() for value in values if value is not None]
    scale = Scale.powers(known) if logarithmic else Scale.linear(known)
    lines = [
        f'<polyline class="line-{number}" points="{_points(run, scale)}"/>'
        for number, values in enumerate(series.values(), 1)
        for run in _runs(values)
    ]
    return _plot("".join(lines), "line", list(series), scale, seconds=seconds, unit=unit)


def bar_plot(series: Mapping[str, Sequence[float]], *, seconds: float, unit: str) -> str:
    """Stacked bars over slices of equal length, the first name at the bottom."""
    slices = list(zip(*series.values(), strict=True))
    scale, names = Scale.linear(map(sum, slices)), list(series)
    width = _X / max(1, len(slices))
    bars = [_stack(parts, names, scale, x=_LEFT + index * width, width=width) for index, parts in enumerate(slices)]
    return _plot("".join(bars), "bar", names, scale, seconds=seconds, unit=unit)


def _stack(parts: Sequence[float], names: Sequence[str], scale: Scale, *, x: float, width: float) -> str:
    base, found = 0.0, ""
    for number, (name, part) in enumerate(zip(names, parts, strict=True), 1):
        y, below = scale.y(base + part), scale.y(base)
        size = f'x="{x:.1f}" y="{y:.1f}" width="{width:.2f}" height="{below - y:.1f}"'
        if part:
            found += f'<rect class="bar-{number}" {size}><title>{escape(name)}: {part:.4g}</title></rect>'
        base += part
    return found


def _plot(content: str, kind: str, names: Sequence[str], scale: Scale, *, seconds: float, unit: str) -> str:
    keys = [f'<li><span class="{kind}-{number}"></span>{escape(name)}</li>' for number, name in enumerate(names, 1)]
    label = escape(f"{', '.join(names)}: {unit}, over {seconds:.0f} seconds", quote=True)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">'
        f'{_axes(scale, seconds, unit)}{content}</svg><ul class="keys">{"".join(keys)}</ul>'
    )


def _axes(scale: Scale, seconds: float, unit: str) -> str:
    rows = [
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{scale.y(tick):.1f}" y2="{scale.y(tick):.1f}"/>'
        f'<text x="{_LEFT - 6}" y="{scale.y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
        for tick in scale.ticks
    ]
    columns = [
        f'<text x="{_LEFT + _X * part:.1f}" y="{_HEIGHT - 10}" text-anchor="{anchor}">{seconds * part:.3g} s</text>'
        for part, anchor in ((0, "start"), (0.25, "middle"), (0.5, "middle"), (0.75, "middle"), (1, "end"))
    ]
    return "".join([*rows, *columns, f'<text x="{_LEFT + 4}" y="{_TOP + 12}">{escape(unit)}</text>'])


def _points(run: Sequence[tuple[float, float]], scale: Scale) -> str:
    return " ".join(f"{_LEFT + part * _X:.1f},{scale.y(value):.1f}" for part, value in run)


def _runs(values: Values) -> Iterator[list[tuple[float, float]]]:
    """The stretches without a gap: the middle of each slice as a part of the whole, and its value."""
    run: list[tuple[float, float]] = []
    for index, value in enumerate([*values, None]):
        if value is not None:
            run.append(((index + 0.5) / len(values), value))
        elif run:
            yield _widened(run, len(values))
            run = []


def _widened(run: list[tuple[float, float]], count: int) -> list[tuple[float, float]]:
    """A single slice is drawn as wide as it is."""
    [(part, value), *more] = run
    return run if more else [(part - 0.5 / count, value), (part + 0.5 / count, value)]
