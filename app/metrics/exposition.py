"""Snapshots of all workers as Prometheus reads them."""

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from app.metrics.gauges import GAUGES
from app.metrics.request_counts import BOUNDS, Kind, Timing
from app.metrics.snapshots import Snapshot, SnapshotDirectory
from auth.models import SecurityEvent

_PREFIX = "authgate_"


def text(snapshots: SnapshotDirectory) -> bytes:
    """In Prometheus' text format 0.0.4. Raises OSError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(snapshots))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, snapshots: SnapshotDirectory) -> None:
        self._snapshots = snapshots

    def collect(self) -> Iterator[Metric]:
        """Counters are summed, including workers that have ended; gauges are per worker."""
        snapshots = self._snapshots.read()
        yield _requests(snapshots)
        yield _events(snapshots)
        dropped = sum(snapshot.dropped for snapshot in snapshots)
        yield CounterMetricFamily(f"{_PREFIX}records_dropped", "Lost records of history and events.", value=dropped)
        lines = sum(snapshot.lines_dropped for snapshot in snapshots)
        yield CounterMetricFamily(f"{_PREFIX}log_lines_dropped", "Lost log lines.", value=lines)
        yield from _gauges([snapshot for snapshot in snapshots if self._snapshots.is_fresh(snapshot)])


def _requests(snapshots: Iterable[Snapshot]) -> Metric:
    sums: dict[Kind, Timing] = {}
    for snapshot in snapshots:
        for kind, timing in snapshot.requests.items():
            sums.setdefault(kind, Timing()).add(timing)
    help_text = "Duration of requests, from the end of the head to the end of the response."
    family = HistogramMetricFamily(f"{_PREFIX}request_seconds", help_text, labels=["method", "route", "status"])
    for (method, route, status), timing in sums.items():
        family.add_metric([method, route, str(status)], _buckets(timing), timing.seconds)
    return family


def _buckets(timing: Timing) -> list[tuple[str, float]]:
    """Cumulative, as Prometheus has them."""
    total = 0
    buckets: list[tuple[str, float]] = []
    for bound, count in zip([*map(str, BOUNDS), "+Inf"], timing.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets


def _events(snapshots: Iterable[Snapshot]) -> Metric:
    sums: Counter[str] = Counter(dict.fromkeys(SecurityEvent.Type.values, 0))  # the first of a kind is an increase
    for snapshot in snapshots:
        sums.update(snapshot.events)
    family = CounterMetricFamily(f"{_PREFIX}security_events", "Security events by type.", labels=["type"])
    for kind, count in sums.items():
        family.add_metric([kind], count)
    return family


def _gauges(snapshots: list[Snapshot]) -> Iterator[Metric]:
    for name, gauge in GAUGES.items():
        family = GaugeMetricFamily(_PREFIX + name, gauge.help, labels=["worker"])
        for snapshot in snapshots:
            family.add_metric([snapshot.worker], snapshot.gauges[name])
        yield family
