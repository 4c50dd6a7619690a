"""What workers count, leave for each other, and tell Prometheus."""

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.metrics import exposition
from app.metrics.event_loop_lag import EventLoopLag
from app.metrics.gauges import GAUGES
from app.metrics.request_counts import BOUNDS, RequestCounts
from app.metrics.snapshots import FRESH_SECONDS, Snapshot, SnapshotDirectory
from auth.models import SecurityEvent

ME = ("GET", "api/auth/me", 200)
NOW = 1_800_000_000.0


@pytest.fixture
def board(tmp_path):
    return SnapshotDirectory(tmp_path / "metrics", clock=lambda: NOW)


def snapshot(worker="1", *, at=NOW, seconds=(), events=None, dropped=0):
    meter = RequestCounts()
    for duration in seconds:
        meter.count(*ME, duration)
    return Snapshot(worker, at, meter.requests, events or {}, dropped, dropped, dict.fromkeys(GAUGES, 2.0))


def samples(board, name):
    """The samples of that name: labels to value."""
    families = text_string_to_metric_families(exposition.text(board).decode())
    found = [sample for family in families for sample in family.samples if sample.name == name]
    return {tuple(value for _, value in sorted(sample.labels.items())): sample.value for sample in found}


@pytest.mark.parametrize(
    ("seconds", "bound"), [(0.0, "0.001"), (BOUNDS[0], "0.001"), (0.0011, "0.0025"), (BOUNDS[-1], "10.0"), (11, "+Inf")]
)
def test_a_request_falls_into_the_first_bucket_that_holds_it(board, seconds, bound):
    board.post(snapshot(seconds=[seconds]))

    buckets = {labels[0]: count for labels, count in samples(board, "authgate_request_seconds_bucket").items()}
    filled = [(float(le), count) for le, count in buckets.items()]
    assert filled == [(le, float(le >= float(bound))) for le, _ in filled]


def test_what_workers_counted_is_summed(board):
    board.post(snapshot("1", seconds=[0.5, 0.25], events={"login_failed": 2}, dropped=1))
    board.post(snapshot("2", seconds=[1.0], events={"login_failed": 1, "logout": 1}))

    assert samples(board, "authgate_request_seconds_count") == {("GET", "api/auth/me", "200"): 3}
    assert samples(board, "authgate_request_seconds_sum") == {("GET", "api/auth/me", "200"): 1.75}
    events = samples(board, "authgate_security_events_total")
    assert {kind: count for kind, count in events.items() if count} == {("login_failed",): 3, ("logout",): 1}
    assert samples(board, "authgate_records_dropped_total") == {(): 1}
    assert samples(board, "authgate_log_lines_dropped_total") == {(): 1}


def test_a_later_post_takes_the_place_of_the_one_before(board):
    board.post(snapshot(seconds=[0.5]))
    board.post(snapshot(seconds=[0.5, 0.5]))

    assert samples(board, "authgate_request_seconds_count") == {("GET", "api/auth/me", "200"): 2}


def test_of_a_worker_that_has_gone_the_counts_stay_and_the_measures_go(board):
    board.post(snapshot("1", at=NOW - FRESH_SECONDS, seconds=[0.5]))
    board.post(snapshot("2", seconds=[0.5]))

    assert samples(board, "authgate_request_seconds_count") == {("GET", "api/auth/me", "200"): 2}
    for name in GAUGES:
        assert samples(board, f"authgate_{name}") == {("2",): 2.0}


def test_a_start_forgets_the_workers_before_it(board, tmp_path):
    board.post(snapshot(seconds=[0.5]))
    (tmp_path / "metrics" / "2.new").touch()  # its worker was killed while it wrote
    board.clear()

    assert samples(board, "authgate_request_seconds_count") == {}
    assert list((tmp_path / "metrics").iterdir()) == []


@pytest.mark.parametrize("torn", [b"", b"[", b"[1, 2]"])
def test_what_a_crash_has_torn_hides_nobody_else(board, tmp_path, torn):
    board.post(snapshot("2", seconds=[0.5]))
    (tmp_path / "metrics" / "1.json").write_bytes(torn)

    assert samples(board, "authgate_request_seconds_count") == {("GET", "api/auth/me", "200"): 1}


def test_methods_that_callers_make_up_are_one():
    meter = RequestCounts()
    for method in ("GET", "PROPFIND", "M-SEARCH", "get"):
        meter.count(method, "api/auth/me", 405, 0.1)

    counted = {method: sum(timing.counts) for (method, _, _), timing in meter.requests.items()}
    assert counted == {"GET": 1, "OTHER": 3}


def test_a_copy_is_left_alone_by_what_is_counted_later():
    meter = RequestCounts()
    meter.count(*ME, 0.1)
    copy = meter.copy()
    meter.count(*ME, 0.1)

    assert sum(copy[ME].counts) == 1
    assert copy[ME].seconds == 0.1


def test_before_the_first_post_there_is_nothing_to_tell(board):
    assert board.read() == []


async def test_the_longest_lag_is_told_for_a_minute():
    lag = EventLoopLag()
    running = asyncio.create_task(lag.run())
    await asyncio.sleep(0)
    blocked_until = asyncio.get_running_loop().time() + 0.3
    while asyncio.get_running_loop().time() < blocked_until:
        pass  # what an event loop must never do
    await asyncio.sleep(0.01)
    running.cancel()

    assert lag.longest() > 0.15
    for _ in range(59):
        lag.turn()
    assert lag.longest() > 0.15
    lag.turn()
    assert lag.longest() == 0


def test_a_counter_of_events_is_there_before_the_first_event(board):
    """An alarm on an increase would miss the first one: https://prometheus.io/docs/practices/instrumentation/."""
    counted = samples(board, "authgate_security_events_total")

    assert counted == dict.fromkeys([(kind,) for kind in SecurityEvent.Type.values], 0.0)
