"""/me with one worker and with two."""

from dataclasses import asdict, replace
from typing import Any

from bench import measure, procs
from bench.context import Bench
from bench.measure import Sample
from bench.servers import Server
from bench.tables import table
from bench.targets import ALL, OURS

_NAMES = (OURS.name, "floor-eval", "floor-fixed")
_COLUMNS = ["workers", "rps", "x 1 worker", "cpu us", "p99 ms", "pss MiB a worker", "foreign"]


def run(bench: Bench) -> dict[str, Any]:
    rows: dict[str, dict[str, Any]] = {}
    for name in _NAMES:
        one, two = (replace(ALL[name], name=f"{name} x{workers}") for workers in (1, 2))
        with bench.serving(one, workers=1) as single, bench.serving(two, workers=2) as double:
            taken = measure.rounds([single, double], bench.few, lambda server: _sample(bench, server))
            rows[one.name] = _row(single, taken[one.name], taken[one.name])
            rows[two.name] = _row(double, taken[two.name], taken[one.name])
    print(
        table(
            "/me by workers; the load generator and the stores share the cores",
            _COLUMNS,
            [_cells(*row) for row in rows.items()],
        )
    )
    return rows


def _sample(bench: Bench, server: Server) -> Sample:
    return measure.sample(server, bench.stores, server.me(), seconds=bench.seconds)


def _row(server: Server, own: list[Sample], single: list[Sample]) -> dict[str, Any]:
    size = procs.memory(server.process.pid).pss / server.workers
    return {**asdict(measure.median(own)), "ratio_rps": measure.ratio(own, single, "rps"), "pss": size}


def _cells(name: str, row: dict[str, Any]) -> list[object]:
    return [name, row["rps"], row["ratio_rps"], row["cpu"], row["p99"], row["pss"], row["foreign"]]
