"""`manage.py load verify`: judge the outcome logs of a run against the database."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import OutputWrapper

from auth.load.comparison import compare
from auth.load.judgement import judge_run
from auth.load.page import page
from auth.load.report import read_report
from auth.load.runs import replaced

NAME = "verify"
HELP = "judge the outcome logs of a run against the database; the exit status is 1 if a rule is broken"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", help="name of the run")
    parser.add_argument("--directory", default=".", help="where the folder of the run is (default: here)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the report as JSON")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write the report as a page with plots")
    parser.add_argument("--against", metavar="FILE", type=Path, help="compare with another report, in JSON")
    parser.add_argument("--metrics", metavar="URL", help="the server's /metrics, for the rule `dropped`")
    parser.add_argument(
        "--allow",
        metavar="STATUS",
        type=int,
        action="append",
        default=[],
        help="expect this status, such as 503; 0: no response. May be repeated",
    )


def run(options: Mapping[str, Any], stdout: OutputWrapper) -> None:
    """Raises LoadError, OSError; SystemExit if a rule is broken."""
    other = read_report(options["against"]) if options["against"] else None
    report = judge_run(
        options["run"],
        directory=options["directory"],
        metrics=options["metrics"],
        allowed=frozenset(options["allow"]),
    )
    rows = compare(other, report) if other else []
    if options["json"]:
        _write(options["json"], orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
    if options["html"]:
        _write(options["html"], page(report, rows))
    stdout.write("\n".join([*_summary(report), *_table(rows)]))
    if not report["passed"]:
        raise SystemExit(1)


def _write(path: Path, text: str) -> None:
    with replaced(path) as file:
        file.write(text)


def _summary(report: Mapping[str, Any]) -> Iterator[str]:
    log = report["log"]
    for rule in report["rules"]:
        state = "skipped" if rule["skipped"] else "broken" if rule["count"] else "held"
        detail = rule["skipped"] or f"{rule['count']} of {rule['judged']}"
        yield f"{state:8} {rule['rule']}: {rule['meaning'] if state == 'held' else detail}"
        yield from (f"{'':9}{example}" for example in rule["examples"])
    yield f"{log['outcomes']} outcomes of {log['sessions']} sessions in {log['seconds']} s:"
    for name, each in report["operations"].items():
        yield f"  {name:8} {each['rate']:>9} /s   p50 {each['p50']} ms   p95 {each['p95']} ms   p99 {each['p99']} ms"
    yield "Passed." if report["passed"] else "Failed."


def _table(rows: Iterable[list[str]]) -> Iterator[str]:
    """Of a comparison."""
    for subject, old, new, change in rows:
        yield f"{subject:30} {old:>20} {new:>20} {change:>9}"
