"""What revoked tokens cost those that are not: /me with 10^3 to 10^6 of them, all of them live at once.

Half are sessions that were ended, half are single tokens. Each is in Redis and in the revocation log, so each worker
reads all of them when it starts, and holds them in memory.
"""

from dataclasses import asdict
from typing import Any

import psycopg
from redis import Redis

from auth.stores import key_names
from bench import measure, procs
from bench.context import Bench
from bench.measure import Sample
from bench.progress import say
from bench.tables import table
from bench.targets import OURS

_SIZES = (1_000, 10_000, 100_000, 1_000_000)
_BATCH = 50_000
_HOURS = 6
_COLUMNS = ["revoked", "cpu us", "x 10^3", "rps", "p99 ms", "stores us", "pss MiB", "start s", "foreign"]
_IN_REDIS = """
for number = ARGV[1], ARGV[2] do
  local kind = number % 2 == 0 and 'blacklist' or 'session'
  local name = string.format('%s{%d}:%s:bench-%d', ARGV[4], number % 64 + 1, kind, number)
  redis.call('SET', name, 'revoked', 'EX', ARGV[3])
end
"""
_IN_LOG = """
INSERT INTO revocations (user_id, sid, jti, reason)
SELECT n %% 64 + 1,
       CASE n %% 2 WHEN 1 THEN 'bench-' || n ELSE '' END,
       CASE n %% 2 WHEN 0 THEN 'bench-' || n ELSE '' END,
       'logout'
FROM generate_series(%s::bigint, %s::bigint) AS n
"""


def run(bench: Bench) -> dict[str, Any]:
    rows: dict[int, dict[str, Any]] = {}
    with bench.serving(OURS):
        pass  # its tables are there
    for done, size in zip((0, *_SIZES), _SIZES, strict=False):
        say(f"revoking {size - done:,} tokens")
        _revoke(bench, done + 1, size)
        rows[size] = _measured(bench)
    _forget(bench)
    first = rows[_SIZES[0]]["cpu"]
    print(table("/me by how much is revoked", _COLUMNS, [_cells(size, row, first) for size, row in rows.items()]))
    return {str(size): row for size, row in rows.items()}


def _measured(bench: Bench) -> dict[str, Any]:
    with bench.serving(OURS) as server:
        taken = measure.rounds([server], bench.few, lambda _: _sample(bench, server))
        size = procs.memory(server.process.pid).pss
        return {**asdict(measure.median(taken[OURS.name])), "pss": size, "start_seconds": server.start_seconds}


def _sample(bench: Bench, server: Any) -> Sample:
    return measure.sample(server, bench.stores, server.me(), seconds=bench.seconds)


def _revoke(bench: Bench, first: int, last: int) -> None:
    redis: Redis = bench.stores.redis()
    [deployment] = redis.zrange(key_names.PREFIX + key_names.DEPLOYMENTS, -1, -1)
    prefix = key_names.of_deployment(deployment.decode())
    for start in range(first, last + 1, _BATCH):
        redis.eval(_IN_REDIS, 0, start, min(start + _BATCH - 1, last), _HOURS * 3600, prefix)
    with psycopg.connect(bench.stores.postgres.url(OURS.database), autocommit=True) as connection:
        connection.execute(_IN_LOG, [first, last])


def _forget(bench: Bench) -> None:
    """Other scenarios start with a clean log."""
    with psycopg.connect(bench.stores.postgres.url(OURS.database), autocommit=True) as connection:
        connection.execute("TRUNCATE revocations")
    bench.stores.redis().flushall()


def _cells(size: int, row: dict[str, Any], first: float) -> list[object]:
    cost = [row["cpu"], row["cpu"] / first, row["rps"], row["p99"], row["stores"]]
    return [f"{size:,}", *cost, row["pss"], row["start_seconds"], row["foreign"]]
