"""Throughput, latency and outcomes of a run, over its time and by operation.

Durations are counted in buckets 2 percent wide: memory does not grow with requests, and percentiles are that exact.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, floor, log
from typing import Any

from auth.load.outcomes import Outcome

_STEP = log(1.02)
_SHORTEST = 0.01  # ms
_SLICES = 120

GROUPS = ("success", "401", "429", "other 4xx", "5xx", "no response")
"""Of outcomes, as they are plotted."""
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(slots=True)
class Durations:
    counts: Counter[int] = field(default_factory=Counter)
    longest: float = 0.0

    def add(self, ms: float) -> None:
        self.counts[ceil(log(max(ms, _SHORTEST)) / _STEP)] += 1
        self.longest = max(self.longest, ms)

    def percentiles(self) -> dict[str, float | None]:
        """In milliseconds; None of each if there is no duration."""
        return {name: self._percentile(share) for name, share in PERCENTILES.items()}

    def _percentile(self, share: float) -> float | None:
        wanted, seen = ceil(share * self.counts.total()), 0
        for bucket in sorted(self.counts):
            seen += self.counts[bucket]
            if seen >= wanted:
                return round(min(1.02**bucket, self.longest), 3)
        return None


@dataclass(slots=True)
class Slice:
    """Of the run's time. What got no response has no duration."""

    groups: Counter[str] = field(default_factory=Counter)
    durations: Durations = field(default_factory=Durations)

    def add(self, outcome: Outcome, group: str) -> None:
        self.groups[group] += 1
        if outcome.status:
            self.durations.add(outcome.ms)


class Measures:
    """Of requests sent from `first` to `last` (Unix seconds), which add() counts."""

    def __init__(self, first: float, last: float) -> None:
        self._first, self.seconds = first, max(last - first, 0.001)
        self._slices = [Slice() for _ in range(min(_SLICES, max(1, floor(self.seconds))))]
        self._operations: defaultdict[str, Slice] = defaultdict(Slice)
        self._kinds: Counter[str] = Counter()

    def add(self, outcome: Outcome) -> None:
        group = group_of(outcome)
        position = (outcome.at - self._first) / self.seconds * len(self._slices)
        self._slices[min(int(position), len(self._slices) - 1)].add(outcome, group)
        self._operations[outcome.op].add(outcome, group)
        self._kinds[outcome.kind] += 1

    def report(self) -> dict[str, Any]:
        """For JSON: `operations`, `outcomes` and `timeline`."""
        width = self.seconds / len(self._slices)
        return {
            "outcomes": dict(sorted(self._kinds.items())),
            "operations": {name: _line(each, self.seconds) for name, each in sorted(self._operations.items())},
            "timeline": [
                {"at": round(number * width, 3), **_line(each, width)} for number, each in enumerate(self._slices)
            ],
        }


def group_of(outcome: Outcome) -> str:
    if outcome.is_success:
        return "success"
    if outcome.status in (401, 429):
        return str(outcome.status)
    if outcome.status == 0:
        return "no response"
    return "5xx" if outcome.status >= 500 else "other 4xx"


def _line(part: Slice, seconds: float) -> dict[str, Any]:
    count = part.groups.total()
    groups: Mapping[str, int] = {group: part.groups[group] for group in GROUPS if part.groups[group]}
    longest = round(part.durations.longest, 3)
    return {
        "count": count,
        "rate": round(count / seconds, 2),
        **part.durations.percentiles(),
        "max": longest,
        "groups": groups,
    }
