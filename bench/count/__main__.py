"""`python -m bench.count`: see --help, and README.md."""

import json
import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import Any

from bench.count import callgrind
from bench.progress import say
from bench.tables import table
from bench.venvs import HERE, ROOT

Counts = dict[str, dict[str, float]]
"""Of each row."""

_WORKER = "bench.count.worker"
_TITLES = {
    "authgate": "Authgate",
    "floor-eval": "floor g: PyJWT + redis-py EVALSHA",
    "floor-fixed": "floor: fixed bytes",
    "prototype": "lean prototype (PEERS)",
}
_COLUMNS = ["a request", "instructions", "Python calls", "coroutines", "allocations"]


def main() -> None:
    options = _arguments()
    if options.trace:
        _run("authgate", "trace", *options.trace)
        return
    count = _calls if options.calls or not callgrind.is_there() else _everything
    report: dict[str, Any] = {"when": datetime.now(UTC).isoformat(timespec="seconds")}
    for name in _contestants(options.only):
        report[name] = count(name, options.rows)
    print(table("the harness is bench/count; instructions by valgrind", _COLUMNS, list(_lines(report))))
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    say(f"wrote {options.output}")


def _contestants(only: list[str]) -> list[str]:
    names = only or list(_TITLES)
    if "prototype" in names and not os.environ.get("PEERS"):
        say("LEFT OUT: prototype; PEERS must name the directory that holds lean/dj_asgi.py")
        names.remove("prototype")
    return names


def _calls(name: str, rows: list[str]) -> Counts:
    say(f"counting the calls of {name}")
    counts: Counts = json.loads(_run(name, "count", *rows, capture=True))
    return counts


def _everything(name: str, rows: list[str]) -> Counts:
    counts = _calls(name, rows)
    say(f"counting the instructions of {name}")
    sections = callgrind.sections(_WORKER, name, "mark", *counts)
    requests = callgrind.LENGTHS[1] - callgrind.LENGTHS[0]
    for row, (short, long) in zip(counts.values(), batched(sections, 2), strict=True):
        row["instructions"] = (long.instructions - short.instructions) / requests
        row["allocations"] = (long.allocations - short.allocations) / requests
    return counts


def _run(*arguments: str, capture: bool = False) -> str:
    """What the worker prints. Raises SystemExit."""
    command = [sys.executable, "-m", _WORKER, *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=callgrind.environment(),
        stdout=subprocess.PIPE if capture else None,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"bench: {' '.join(arguments)} failed")
    return done.stdout


def _lines(report: dict[str, Any]) -> Any:
    for name, title in _TITLES.items():
        for row, counts in report.get(name, {}).items():
            figures = [counts.get(key) for key in ("instructions", "calls", "coroutines", "allocations")]
            yield [f"{title}, {row}", *("-" if figure is None else f"{figure:,.0f}" for figure in figures)]


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.count", description="Count what a request costs.")
    parser.add_argument("--only", nargs="*", default=[], choices=_TITLES, help="count these alone")
    parser.add_argument("--calls", action="store_true", help="leave out instructions and allocations; seconds")
    parser.add_argument("--rows", nargs="*", default=[], metavar="ROW", help="count these rows alone: 'me bytes'")
    parser.add_argument("--trace", nargs="+", metavar="ROW", help="print Authgate's calls of one request: 'me bytes'")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "count.json", help="where the JSON goes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
