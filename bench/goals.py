"""What was set out to be reached, and how far a run came.

`me` is judged by CPU a request, the median of the rounds' ratios: other load moves it least. Requests a second, which
must share the cores with the load generator and the stores, stand beside it.
"""

import statistics
from collections.abc import Iterator
from typing import Any

from bench.tables import table
from bench.targets import ALL

_AGAINST = {
    "floor-eval": (1.5, 2.5),
    "floor-fixed": (0.30, 0.45),
    "litestar": (2.5, 3.5),
    "fastapi-users": (7.0, 11.0),
    "drf": (12.0, 20.0),
    "ninja-jwt": (25.0, 40.0),
}
_COLUMNS = ["goal", "must", "aim", "by cpu", "by rps", "verdict"]

Row = list[object]


def as_table(report: dict[str, Any]) -> str:
    """The goals that this run measured; nothing when it measured none."""
    rows = [*_me(report.get("me", {})), *_others(report)]
    return table("goals", _COLUMNS, rows) if rows else ""


def _me(rows: dict[str, Any]) -> Iterator[Row]:
    for name, (must, aim) in _AGAINST.items():
        if name in rows:
            cpu, rps = rows[name]["ratio_cpu"], rows[name]["ratio_rps"]
            yield [f"/me against {ALL[name].title}", f">= {must}", f"{aim}", cpu, rps, _verdict(cpu / must, cpu / aim)]


def _others(report: dict[str, Any]) -> Iterator[Row]:
    if "login" in report:
        share = report["login"]["share_of_hash_rate"]
        yield ["logins against the raw hash rate", ">= 0.95", "", "", share, _verdict(share / 0.95)]
    if "storm" in report:
        worse = statistics.median(pair["storm"]["p99"] / pair["alone"]["p99"] for pair in report["storm"]["authgate"])
        yield ["p99 of /me in a storm of logins", "<= 2", "1.3", "", worse, _verdict(2 / worse, 1.3 / worse)]
    if "blacklist" in report:
        sizes = report["blacklist"]
        cpu, rps = sizes["1000000"]["cpu"] / sizes["1000"]["cpu"], sizes["1000"]["rps"] / sizes["1000000"]["rps"]
        yield ["/me with 10^6 revoked against 10^3", "<= 1.1", "", cpu, rps, _verdict(1.1 / cpu)]
    if "connections" in report:
        dropped = report["connections"]["opened"] - report["connections"]["answered"]
        yield ["of 10,000 idle connections lost", "0", "", "", dropped, _verdict(float(not dropped))]


def _verdict(must: float, aim: float = 1.0) -> str:
    """Both as shares of what was wanted."""
    return "SHORT" if must < 1 else "reached" if aim >= 1 else "reached, short of the aim"
