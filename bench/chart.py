"""The chart of `me`, drawn by hand in SVG: requests a second of each target, and how often better Authgate is."""

from collections.abc import Iterator
from html import escape
from typing import Any

from bench.targets import ALL, OURS

_WIDTH, _BAR, _LINE, _TOP, _BOTTOM = 860, 18, 30, 62, 34
_NAMES, _FIGURES = 330, 130
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.small { font-size: 11px; fill: #57606a }
.ours { fill: #1a7f64 }
.peer { fill: #9aa7b4 }
.floor { fill: #d8dee4 }
.back { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9198a1 }
  .ours { fill: #2ea98a }
  .peer { fill: #657080 }
  .floor { fill: #3d444d }
  .back { fill: #0d1117 }
}
"""


def draw(report: dict[str, Any]) -> str:
    rows = sorted(report["me"].items(), key=lambda row: -row[1]["rps"])
    height = _TOP + _LINE * len(rows) + _BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        "<title>Requests a second of GET /api/auth/me</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="back" width="{_WIDTH}" height="{height}"/>',
        '<text class="title" x="16" y="28">GET /api/auth/me: requests a second, one worker</text>',
        '<text class="small" x="16" y="46">in brackets: how often more Authgate answers in the same round</text>',
        *_bars(rows),
        f'<text class="small" x="16" y="{height - 12}">{escape(_place(report))}</text>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _bars(rows: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    longest = max(row["rps"] for _, row in rows)
    for number, (name, row) in enumerate(rows):
        y = _TOP + _LINE * number
        width = max(1, (_WIDTH - _NAMES - _FIGURES) * row["rps"] / longest)
        ratio = "" if name == OURS.name else f" ({row['ratio_rps']:.2g}x)"
        yield f'<text x="16" y="{y + 14}">{escape(ALL[name].title)}</text>'
        yield f'<rect class="{_kind(name)}" x="{_NAMES}" y="{y}" width="{width:.0f}" height="{_BAR}" rx="2"/>'
        yield f'<text x="{_NAMES + width + 8:.0f}" y="{y + 14}">{row["rps"]:,.0f}{ratio}</text>'


def _kind(name: str) -> str:
    return "floor" if name.startswith("floor") else "ours" if ALL[name].is_ours else "peer"


def _place(report: dict[str, Any]) -> str:
    found = report["machine"]
    return f"{report['when'][:10]}, {found['cpu']}, {found['cores']} cores, Python {found['python']}, {found['load']}"
