"""POST /refresh: bench/refresh.py measures it, on stores of its own, with its server on a core of its own."""

import subprocess
import sys
from typing import Any

import orjson

from bench.context import Bench
from bench.tables import table
from bench.venvs import ROOT

_COLUMNS = ["POST /refresh", "refreshes/s", "cpu us", "stores us", "p50 ms", "p99 ms", "foreign"]
_FIGURES = ("rate", "cpu", "stores", "p50", "p99", "foreign")


def run(bench: Bench) -> dict[str, Any]:
    path = bench.stores.directory / "refresh.json"
    size = ["--rounds", str(bench.few), "--seconds", str(bench.seconds), "--output", str(path)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.refresh", *size], cwd=ROOT, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise SystemExit("bench: refresh failed; its last lines say why")
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    rows = [[name, *(middle[figure] for figure in _FIGURES)] for name, middle in found["medians"].items()]
    print(table("1 worker on one core, by database", _COLUMNS, rows))
    return {"medians": found["medians"], "rounds": found["rounds"]}
