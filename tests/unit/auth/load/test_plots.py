"""Plots: well-formed SVG, gaps where there is no value, every value inside the frame."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from auth.load.plots import Scale, bar_plot, line_plot

values = st.lists(st.none() | st.just(0.0) | st.floats(0.001, 1e11), min_size=1, max_size=20)


def svg(plot):
    return ET.fromstring(plot.partition("<ul")[0])


def points(plot):
    return [
        [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        for line in svg(plot)
        if line.tag == "polyline"
    ]


def test_a_gap_splits_a_line():
    lines = points(line_plot({"p50": [1.0, 2.0, None, 4.0, 3.0]}, seconds=5, unit="ms"))

    assert [len(line) for line in lines] == [2, 2]


def test_a_single_slice_is_a_line_as_wide_as_the_plot():
    [[first, last]] = points(line_plot({"p50": [1.0]}, seconds=1, unit="ms"))

    assert last[0] - first[0] > 600


@given(values)
def test_every_value_is_inside_the_frame(series):
    for is_logarithmic in (False, True):
        plot = line_plot({"a": series}, seconds=10, unit="ms", logarithmic=is_logarithmic)

        assert all(10 <= y <= 190.1 for line in points(plot) for _, y in line)


def test_bars_are_stacked_and_names_are_escaped():
    plot = bar_plot({"<b>": [1, 0], "5xx": [3, 0]}, seconds=2, unit="requests")
    [first, second] = [bar for bar in svg(plot) if bar.tag == "rect"]

    assert float(second.attrib["y"]) + float(second.attrib["height"]) == float(first.attrib["y"])
    assert float(second.attrib["height"]) == 3 * float(first.attrib["height"])
    assert "<b>" not in plot
    assert re.search(r"&lt;b&gt;: 1<", plot)


def test_scales_end_at_round_numbers():
    assert Scale.linear([3.2]).ticks == [0, 1, 2, 3, 4]
    assert Scale.linear([]).ticks[-1] == 1
    assert Scale.powers([0.5, 40.0]).ticks == [0.1, 1, 10, 100]
