"""Throughput, latency and outcomes of a run, and what differs between two."""

import pytest

from auth.load.comparison import compare
from auth.load.measures import Measures, group_of
from tests.unit.auth.load.fabricated import START, me, outcome


def measured(log, seconds):
    measures = Measures(START, START + seconds)
    for each in log:
        measures.add(each)
    return measures.report()


def test_rates_and_percentiles_are_counted_by_operation():
    log = [me(number / 100, ms=float(number + 1)) for number in range(1000)]
    report = measured(log, 10)

    operation = report["operations"]["me"]
    assert (operation["count"], operation["rate"], operation["max"]) == (1000, 100.0, 1000.0)
    assert operation["p50"] == pytest.approx(500, rel=0.02)
    assert operation["p99"] == pytest.approx(990, rel=0.02)


def test_time_is_cut_into_equal_slices_of_a_second_or_more():
    report = measured([me(0), me(0.9), me(5), me(10.5)], 10.5)

    assert [each["count"] for each in report["timeline"]] == [2, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert report["timeline"][1]["p50"] is None
    assert len(measured([me(0)], 3600)["timeline"]) == 120


def test_a_run_of_one_request_is_measured():
    assert measured([me(0)], 0)["timeline"][0]["count"] == 1


def test_what_got_no_response_has_no_latency():
    report = measured([outcome("me", 0, 0, ms=30000.0), me(1, ms=2.0)], 1)

    assert report["operations"]["me"]["max"] == 2.0
    assert report["outcomes"] == {"me 0": 1, "me 200": 1}


@pytest.mark.parametrize(
    ("status", "group"),
    [
        (200, "success"),
        (101, "success"),
        (401, "401"),
        (429, "429"),
        (404, "other 4xx"),
        (503, "5xx"),
        (0, "no response"),
    ],
)
def test_every_status_has_a_group(status, group):
    assert group_of(me(0, status)) == group


def report(rate, *, cpus=2, count=0):
    return {
        "machine": {"cpus": cpus},
        "settings": {"workers": 2},
        "rules": [{"rule": "reuse", "count": count}],
        "outcomes": {"me 200": 10},
        "operations": {"me": {"rate": rate, "p50": 1.0, "p95": 2.0, "p99": None}},
    }


def test_two_reports_are_compared():
    rows = compare(report(100.0), report(150.0, cpus=4, count=3))

    assert rows == [
        ["machine cpus", "2", "4", "+100.0%"],
        ["broken reuse", "-", "3", ""],
        ["me rate", "100.0", "150.0", "+50.0%"],
        ["me p50", "1.0", "1.0", "+0.0%"],
        ["me p95", "2.0", "2.0", "+0.0%"],
        ["me p99", "-", "-", ""],
    ]


def test_an_operation_of_one_report_alone_is_compared_with_nothing():
    new = report(1.0) | {"operations": {"ws": {"rate": 5.0}}}

    assert ["ws rate", "-", "5.0", ""] in compare(report(1.0), new)
