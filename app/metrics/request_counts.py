"""Counts the requests of a process, without a lock or a library."""

from bisect import bisect_left
from dataclasses import dataclass, field

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets, in seconds. What took longer than all of them falls into one more."""

Kind = tuple[str, str, int]
"""Method, route (the pattern, so that there are few) and status."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
"""RFC 9110 §9 and RFC 5789. The parser knows many more, and a caller may try them all at every route."""


@dataclass(slots=True)
class Timing:
    """How many requests fell into each bucket, and the seconds of all of them together."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def add(self, other: "Timing") -> None:
        self.counts = [mine + its for mine, its in zip(self.counts, other.counts, strict=True)]
        self.seconds += other.seconds


class RequestCounts:
    """Belongs to the thread of one event loop."""

    def __init__(self) -> None:
        self.requests: dict[Kind, Timing] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        timing = self.requests.get((method, route, status))
        if timing is None:
            kind = (method if method in _METHODS else "OTHER", route, status)
            timing = self.requests.setdefault(kind, Timing())
        timing.counts[bisect_left(BOUNDS, seconds)] += 1
        timing.seconds += seconds

    def copy(self) -> dict[Kind, Timing]:
        """A copy of the counts. Copied by hand: deepcopy takes forty times as long, and blocks every request."""
        return {kind: Timing(timing.counts.copy(), timing.seconds) for kind, timing in self.requests.items()}
