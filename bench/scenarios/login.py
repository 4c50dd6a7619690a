"""POST /login at equal hashes (argon2id, 19 MiB, t=2, p=1), and ours against the raw hash rate of its pool."""

import statistics
from dataclasses import asdict
from typing import Any

from bench import checks, measure
from bench.context import Bench
from bench.measure import Sample
from bench.progress import say
from bench.servers import Server
from bench.tables import table
from bench.targets import OURS

_CONNECTIONS = 16
_COLUMNS = ["POST /login", "logins/s", "+-%", "p50 ms", "p99 ms", "cpu ms", "x rps", "foreign"]


def run(bench: Bench) -> dict[str, Any]:
    targets = [target for target in bench.targets if target.logs_in and (target is OURS or not target.is_ours)]
    raw: list[float] = []
    with bench.all_serving(targets) as servers:
        for server in servers:
            checks.check_login(server)
        taken = measure.rounds(servers, bench.few, lambda server: _sample(bench, server, raw))
    ours = taken[OURS.name]
    share = statistics.median(a.rps / b for a, b in zip(ours, raw, strict=True))
    print(table(f"{_CONNECTIONS} connections", _COLUMNS, [_row(name, own, ours) for name, own in taken.items()]))
    print(f"raw hash rate of Authgate's pool {statistics.median(raw):.1f}/s; its logins reach {share:.1%} of it\n")
    rows = {name: [asdict(found) for found in own] for name, own in taken.items()}
    return {"rounds": rows, "raw_hash_rate": raw, "share_of_hash_rate": share}


def _sample(bench: Bench, server: Server, raw: list[float]) -> Sample:
    if server.target is OURS:
        raw.append(float(bench.fleet.run_ours("bench.hashrate", str(bench.seconds))))
        say(f"raw hash rate {raw[-1]:.1f}/s")
    return measure.sample(server, bench.stores, server.logins(), seconds=bench.seconds, connections=_CONNECTIONS)


def _row(name: str, own: list[Sample], ours: list[Sample]) -> list[object]:
    middle = measure.median(own)
    cells = [middle.rps, measure.spread(own) * 100, middle.p50, middle.p99, middle.cpu / 1000]
    return [name, *cells, measure.ratio(ours, own, "rps"), middle.foreign]
