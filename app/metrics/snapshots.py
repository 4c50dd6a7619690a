"""Per-worker metric snapshots, one file each: any worker can serve all of them."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from app.metrics.request_counts import Kind, Timing

FRESH_SECONDS = 5.0
"""A worker that has published nothing for longer has ended: its counters stay, its gauges do not."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    worker: str
    at: float
    """Unix seconds."""
    requests: dict[Kind, Timing]
    events: dict[str, int]
    """Security events by type."""
    dropped: int
    """Lost records of login history and security events."""
    lines_dropped: int
    """Lost log lines."""
    gauges: dict[str, float]

    def encode(self) -> bytes:
        requests = [[*kind, timing.counts, timing.seconds] for kind, timing in self.requests.items()]
        counts = [self.events, self.dropped, self.lines_dropped]
        return orjson.dumps([self.worker, self.at, requests, *counts, self.gauges])

    @classmethod
    def decode(cls, text: bytes) -> "Snapshot":
        worker, at, rows, *others = orjson.loads(text)
        requests = {(method, route, status): Timing(counts, seconds) for method, route, status, counts, seconds in rows}
        return cls(worker, at, requests, *others)


class SnapshotDirectory:
    """Every method but `__init__` reads or writes files: call it off the event loop. Raises OSError."""

    def __init__(self, directory: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._clock = clock

    def clear(self) -> None:
        """Forget the workers of an earlier start."""
        for pattern in ("*.json", "*.new"):
            for path in self._directory.glob(pattern):
                path.unlink(missing_ok=True)

    def post(self, snapshot: Snapshot) -> None:
        """Replaces this worker's last snapshot atomically."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._directory / f"{snapshot.worker}.json"
        draft = path.with_suffix(".new")
        draft.write_bytes(snapshot.encode())
        draft.replace(path)

    def read(self) -> list[Snapshot]:
        snapshots = []
        for path in sorted(self._directory.glob("*.json")):
            with suppress(FileNotFoundError, ValueError):  # cleared by another start; torn when the power went
                snapshots.append(Snapshot.decode(path.read_bytes()))
        return snapshots

    def is_fresh(self, snapshot: Snapshot) -> bool:
        return self._clock() - snapshot.at < FRESH_SECONDS
