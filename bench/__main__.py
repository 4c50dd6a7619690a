"""`python -m bench [SCENARIO ...]`: see --help, and README.md."""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from bench import chart, goals, load, machine, stores, targets, ulimits, venvs
from bench.context import Bench
from bench.progress import say
from bench.servers import CheckFailedError, Fleet
from bench.venvs import HERE, ROOT

_SCENARIOS = {
    "me": "GET /me beside every target",
    "refresh": "POST /refresh",
    "login": "POST /login at equal hashes, and against the raw hash rate",
    "storm": "p99 of /me while 32 connections log in",
    "blacklist": "cost of /me with 10^3 to 10^6 revoked tokens",
    "connections": "10,000 idle connections beside 500 active ones",
    "workers": "/me with 1 and 2 workers",
    "profile": "where the time of /me goes",
}
_RESULTS = HERE / "results"
_CHART = ROOT / "docs" / "images" / "bench.svg"


def main() -> None:
    options = _arguments()
    ulimits.check_machine()
    chosen = targets.chosen(options.only)
    names = options.scenarios or list(_SCENARIOS)
    for environment in {target.venv for target in chosen}:
        venvs.require(environment)
    report: dict[str, Any] = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine.describe()}
    say(f"{', '.join(names)}; load from {load.generator()}")
    with stores.running() as running:
        bench = Bench(running, Fleet(running), chosen, options.rounds, options.seconds)
        for name in names:
            report[name] = _run(name, bench)
            _write(report, options)
    print(goals.as_table(report))
    say(f"wrote {options.output}")


def _run(name: str, bench: Bench) -> Any:
    say(f"SCENARIO {name}: {_SCENARIOS[name]}")
    try:
        return import_module(f"bench.scenarios.{name}").run(bench)
    except CheckFailedError as error:
        raise SystemExit(f"bench: {error}") from error


def _write(report: dict[str, Any], options: Namespace) -> None:
    _RESULTS.mkdir(exist_ok=True)
    options.output.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    if options.chart and "me" in report:
        _CHART.write_text(chart.draw(report))


def _arguments() -> Namespace:
    lines = [f"  {name:13}{text}" for name, text in _SCENARIOS.items()]
    parser = ArgumentParser(
        prog="python -m bench",
        description="Measure Authgate beside other ways to build the same, on this machine.",
        epilog="\n".join(["scenarios (default: all):", *lines, "", "targets:", f"  {', '.join(targets.ALL)}"]),
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="what to measure")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds of me (5); others take 3 at most")
    parser.add_argument("--seconds", type=float, default=4, help="length of one measurement (4)")
    parser.add_argument("--only", nargs="*", default=[], metavar="TARGET", help="compare with these targets alone")
    parser.add_argument("--output", type=Path, default=_RESULTS / "latest.json", help="where the JSON goes")
    parser.add_argument("--chart", action="store_true", help=f"draw {_CHART.relative_to(ROOT)} too")
    found = parser.parse_args()
    if unknown := set(found.scenarios) - _SCENARIOS.keys():
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(_SCENARIOS)}")
    if found.rounds < 1 or found.seconds < 1:
        parser.error("--rounds and --seconds must be 1 or more")
    return found


if __name__ == "__main__":
    main()
