"""The report of a run as one HTML page, without anything from elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from auth.load.measures import GROUPS, PERCENTILES
from auth.load.plots import bar_plot, line_plot

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --page: #fff; --edge: #d9d9e0; --good: #18794e;
  --bad: #ce2c31; --c1: #0b68cb; --c2: #ad5700; --c3: #ce2c31; --c4: #8e4ec6; --c5: #7a1f24; --c6: #8b8d98 }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --page: #111113; --edge: #363a3f;
  --good: #3dd68c; --bad: #ff9592; --c1: #70b8ff; --c2: #ffa057; --c3: #ff9592; --c4: #d19dff; --c5: #e93d82;
  --c6: #777b84 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p { margin: .3rem 0; color: var(--soft) }
.verdict { font-weight: 600; font-size: 1.1rem } .good { color: var(--good) } .bad { color: var(--bad) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--edge); vertical-align: top }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
code { font-size: .85rem; overflow-wrap: anywhere } code.name { white-space: nowrap }
svg { width: 100%; height: auto; display: block } svg text { font-size: 11px; fill: var(--soft) }
.grid { stroke: var(--edge) } polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round }
.keys { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .2rem 0 0; padding: 0 0 0 56px;
  font-size: .85rem }
.keys span { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; border-radius: 2px;
  vertical-align: -1px }
"""
_COLOURS = "".join(
    f"polyline.line-{number} {{ stroke: var(--c{number}) }} rect.bar-{number} {{ fill: var(--c{number}) }}"
    f" span.line-{number}, span.bar-{number} {{ background: var(--c{number}) }}\n"
    for number in range(1, 7)
)


def page(report: Mapping[str, Any], comparison: Sequence[Sequence[str]] = ()) -> str:
    """A document for a browser. `comparison`: rows of comparison.compare()."""
    title = f"Load test {escape(report['run'])}"
    sections = [section(report) for section in (_verdict, _rules, _plots, _operations, _outcomes)]
    body = "".join([f"<h1>{title}</h1>", *sections, _comparison(comparison), _conditions(report)])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}{_COLOURS}</style></head><body>{body}</body></html>\n"
    )


def _verdict(report: Mapping[str, Any]) -> str:
    log, passed = report["log"], report["passed"]
    broken = [rule["rule"] for rule in report["rules"] if rule["count"]]
    text = "Passed: no rule is broken." if passed else f"Failed: {', '.join(broken)}."
    return (
        f'<p class="verdict {"good" if passed else "bad"}">{escape(text)}</p>'
        f"<p>{log['outcomes']:,} outcomes of {log['sessions']:,} sessions within {log['seconds']:,} seconds,"
        f" {escape(log['first_at'])} to {escape(log['last_at'])}.</p>"
    )


def _rules(report: Mapping[str, Any]) -> str:
    rows = [
        [
            _state(rule),
            f"<code class=name>{rule['rule']}</code>",
            _explained(rule),
            f"{rule['judged']:,}",
            f"{rule['count']:,}",
        ]
        for rule in report["rules"]
    ]
    return "<h2>Rules</h2>" + _table(["", "rule", "requires", "judged", "broken"], rows, numbers=2)


def _state(rule: Mapping[str, Any]) -> str:
    if rule["skipped"]:
        return "skipped"
    return '<span class="bad">broken</span>' if rule["count"] else '<span class="good">held</span>'


def _explained(rule: Mapping[str, Any]) -> str:
    notes = [f"Skipped: {rule['skipped']}."] if rule["skipped"] else rule["examples"]
    return "<br>".join([escape(rule["meaning"]), *(f"<code>{escape(note)}</code>" for note in notes)])


def _plots(report: Mapping[str, Any]) -> str:
    timeline, seconds = report["timeline"], report["log"]["seconds"]
    width = seconds / len(timeline) or 1
    latency = {name: [each[name] for each in timeline] for name in PERCENTILES}
    groups = {name: [each["groups"].get(name, 0) / width for each in timeline] for name in GROUPS}
    return (
        "<h2>Throughput</h2>"
        + line_plot({"requests": [each["rate"] for each in timeline]}, seconds=seconds, unit="requests per second")
        + "<h2>Latency</h2>"
        + line_plot(latency, seconds=seconds, unit="milliseconds", logarithmic=True)
        + "<h2>Outcomes</h2>"
        + bar_plot(groups, seconds=seconds, unit="requests per second")
    )


def _operations(report: Mapping[str, Any]) -> str:
    names = ["count", "rate", *PERCENTILES, "max"]
    rows = [
        [escape(operation), *(_number(each[name]) for name in names)]
        for operation, each in report["operations"].items()
    ]
    heads = ["operation", "requests", "per second", *(f"{name} ms" for name in PERCENTILES), "longest ms"]
    return "<h2>Operations</h2>" + _table(heads, rows, numbers=len(names))


def _outcomes(report: Mapping[str, Any]) -> str:
    rows = [[f"<code>{escape(kind)}</code>", f"{count:,}"] for kind, count in report["outcomes"].items()]
    return "<h2>All outcomes</h2>" + _table(["operation, status, error", "requests"], rows, numbers=1)


def _comparison(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    cells = [[escape(cell) for cell in row] for row in rows]
    return "<h2>Compared with the other report</h2>" + _table(["", "before", "now", "change"], cells, numbers=3)


def _conditions(report: Mapping[str, Any]) -> str:
    note = "<p>The machine is the one that judged. The settings are those of its environment.</p>"
    given = {**report["machine"], **report["settings"], "deployment": report["deployment"]}
    rows = [[escape(name.replace("_", " ")), escape(str(value))] for name, value in given.items()]
    return "<h2>Machine and settings</h2>" + note + _table(["", "value"], rows, numbers=0)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int) -> str:
    """Cells are HTML. The last `numbers` columns are aligned to the right."""
    kinds = [""] * (len(heads) - numbers) + [' class="number"'] * numbers
    head = "".join(f"<th{kind}>{name}</th>" for kind, name in zip(kinds, heads, strict=True))
    lines = ["".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row, strict=True)) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,}"
