"""GET /me with a bearer token: Authgate beside everybody."""

from dataclasses import asdict
from typing import Any

from bench import measure, procs
from bench.context import Bench
from bench.measure import Sample
from bench.servers import Server
from bench.tables import table
from bench.targets import ALL, OURS

_COLUMNS = ["GET /me", "rps", "+-%", "p50 ms", "p99 ms", "cpu us", "stores us", "x rps", "x cpu"]
_COLUMNS += ["pss MiB", "start s", "foreign"]


def run(bench: Bench) -> dict[str, Any]:
    with bench.all_serving() as servers:
        taken = measure.rounds(servers, bench.rounds, lambda server: _sample(bench, server))
        rows = {server.target.name: _row(server, taken) for server in servers}
    print(as_table(rows))
    return rows


def as_table(rows: dict[str, Any]) -> str:
    title = "1 worker, 64 connections; x: how often better Authgate is, median of the rounds' ratios"
    return table(title, _COLUMNS, [_cells(name, row) for name, row in rows.items()])


def _sample(bench: Bench, server: Server) -> Sample:
    return measure.sample(server, bench.stores, server.me(), seconds=bench.seconds)


def _row(server: Server, taken: dict[str, list[Sample]]) -> dict[str, Any]:
    ours, own = taken[OURS.name], taken[server.target.name]
    memory = procs.memory(server.process.pid)
    return {
        **asdict(measure.median(own)),
        "spread": measure.spread(own),
        "ratio_rps": measure.ratio(ours, own, "rps"),
        "ratio_cpu": measure.ratio(ours, own, "cpu"),
        "pss": memory.pss / server.workers,
        "rss": memory.rss / server.workers,
        "start_seconds": server.start_seconds,
        "rounds": [asdict(found) for found in own],
    }


def _cells(name: str, row: dict[str, Any]) -> list[object]:
    failed = row["refused"] + row["broken"]
    speed = [row["rps"], row["spread"] * 100, row["p50"], row["p99"], row["cpu"], row["stores"]]
    size = [row["pss"], row["start_seconds"], row["foreign"]]
    return [ALL[name].title + f" ({failed} FAILED)" * bool(failed), *speed, row["ratio_rps"], row["ratio_cpu"], *size]
