"""What logging in does to everybody else: p99 of /me alone, and while 32 connections log in."""

import statistics
import time
from dataclasses import asdict
from typing import Any

from bench import measure
from bench.context import Bench
from bench.load import Load
from bench.measure import Sample
from bench.progress import say
from bench.servers import Server
from bench.tables import table
from bench.targets import ALL, OURS

_CALLERS, _LOGGING_IN = 16, 32
_BESIDE = ("fastapi", "fastapi-users")
_COLUMNS = ["/me in a storm of logins", "alone p99 ms", "storm p99 ms", "x", "alone rps", "storm rps", "logins/s"]

Pair = tuple[Sample, Sample, float]


def run(bench: Bench) -> dict[str, Any]:
    beside = [target for target in bench.targets if target.name in _BESIDE]
    with bench.all_serving([OURS, *beside]) as servers:
        taken: dict[str, list[Pair]] = {server.target.name: [] for server in servers}
        for _ in range(bench.few):
            for server in servers:
                taken[server.target.name].append(_pair(bench, server))
    title = f"{_CALLERS} connections ask /me, {_LOGGING_IN} log in"
    print(table(title, _COLUMNS, [_row(name, pairs) for name, pairs in taken.items()]))
    return {name: [_asdict(pair) for pair in pairs] for name, pairs in taken.items()}


def _pair(bench: Bench, server: Server) -> Pair:
    alone = _me(bench, server)
    with Load(server.logins(), connections=_LOGGING_IN, seconds=bench.seconds + 2) as logins:
        time.sleep(1)  # until they queue
        storm = _me(bench, server)
        rate = logins.outcome().rps
    say(f"{server.target.name:18} p99 alone {alone.p99:.1f} ms, in the storm {storm.p99:.1f} ms, {rate:.0f} logins/s")
    return alone, storm, rate


def _me(bench: Bench, server: Server) -> Sample:
    return measure.sample(server, bench.stores, server.me(), seconds=bench.seconds, connections=_CALLERS)


def _row(name: str, pairs: list[Pair]) -> list[object]:
    alone, storm = measure.median(a for a, _, _ in pairs), measure.median(s for _, s, _ in pairs)
    answered = [s.p99 / a.p99 for a, s, _ in pairs if s.rps]
    worse = statistics.median(answered) if answered else "starved"
    logins = statistics.median(rate for _, _, rate in pairs)
    return [ALL[name].title, alone.p99, storm.p99 if answered else "-", worse, alone.rps, storm.rps, logins]


def _asdict(pair: Pair) -> dict[str, Any]:
    alone, storm, rate = pair
    return {"alone": asdict(alone), "storm": asdict(storm), "logins_per_second": rate}
