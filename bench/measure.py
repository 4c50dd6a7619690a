"""One load on one server, and several rounds of them on many, in turn."""

import os
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from bench import load, procs
from bench.progress import say
from bench.servers import Server
from bench.stores import Stores

CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Sample:
    """`cpu` and `stores` are microseconds a request: of the server's own processes, of Postgres and Valkey together.

    `foreign` is the number of cores that anything outside this benchmark used meanwhile; times are in milliseconds.
    """

    rps: float
    p50: float
    p99: float
    cpu: float
    stores: float
    foreign: float
    refused: int
    broken: int


@dataclass(frozen=True, slots=True)
class _Meter:
    """Clocks of CPU, in seconds."""

    server: float
    stores: float
    ours: float
    machine: float

    @classmethod
    def read(cls, server: Server, stores: Stores) -> Self:
        return cls(
            server=procs.cpu_seconds(server.process.pid),
            stores=sum(procs.cpu_seconds(pid) for pid in stores.pids),
            ours=procs.cpu_seconds(os.getpid()),
            machine=procs.busy_seconds(),
        )


def sample(
    server: Server, stores: Stores, requests: Sequence[bytes], *, seconds: float, connections: int = CONNECTIONS
) -> Sample:
    before = _Meter.read(server, stores)
    outcome = load.run(requests, connections=connections, seconds=seconds)
    after = _Meter.read(server, stores)
    each = 1e6 / max(1, outcome.requests)
    foreign = (after.machine - before.machine) - (after.ours - before.ours)
    return Sample(
        rps=outcome.rps,
        p50=outcome.p50,
        p99=outcome.p99,
        cpu=(after.server - before.server) * each,
        stores=(after.stores - before.stores) * each,
        foreign=max(0.0, foreign / outcome.seconds),
        refused=outcome.refused,
        broken=outcome.broken,
    )


def rounds(servers: Iterable[Server], count: int, take: Callable[[Server], Sample]) -> dict[str, list[Sample]]:
    """Interleaved (A B C A B C), so that what disturbs the machine disturbs neighbours alike."""
    taken: dict[str, list[Sample]] = {server.target.name: [] for server in servers}
    for number in range(count):
        for server in servers:
            found = take(server)
            taken[server.target.name].append(found)
            say(f"round {number + 1}/{count}  {server.target.name:18}{found.rps:8.0f}/s {found.cpu:7.0f} us")
    return taken


def median(samples: Iterable[Sample]) -> Sample:
    """Each figure by itself; refused and broken are sums."""
    rows = [asdict(found) for found in samples]
    middle: dict[str, Any] = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    return Sample(**middle | {name: sum(row[name] for row in rows) for name in ("refused", "broken")})


def spread(samples: Sequence[Sample]) -> float:
    """Of the rates: (largest - smallest) / median."""
    rates = [found.rps for found in samples]
    return (max(rates) - min(rates)) / statistics.median(rates)


def ratio(ours: Sequence[Sample], other: Sequence[Sample], figure: str) -> float:
    """How often better ours is, as the median of each round's ratio: more requests, or less CPU for one."""
    pairs = [(getattr(a, figure), getattr(b, figure)) for a, b in zip(ours, other, strict=True)]
    return float(statistics.median(a / b if figure == "rps" else b / a for a, b in pairs if a and b))
