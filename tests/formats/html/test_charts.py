"""Charts over nights: what was not measured leaves a gap, and nothing is drawn that the words do not say."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.formats.html.charts import TALL, bar_chart, line_chart

_VALUES = st.lists(st.none() | st.floats(0, 1000), max_size=30)
_COUNTS = st.lists(st.none() | st.integers(0, 200), max_size=30)


def test_a_line_breaks_where_nothing_was_measured() -> None:
    """Two nights, a gap, one night that is a dot; the words say what the line shows."""
    chart = line_chart("Seconds for one picture", [1.0, 2.0, None, 0.5], "s", 2)
    assert chart is not None
    assert chart.paths == (("line", "M0.5 21.0L1.5 2.0M3.5 30.5h.01"),)
    assert (chart.last, chart.top) == ("0.50 s", "2.00")
    assert chart.words == (
        "Seconds for one picture, night by night: 0.50 s at last, between 0.50 and 2.00, measured on 3 nights"
    )


def test_an_estimate_is_marked() -> None:
    """What no document states bears a `~` wherever its number stands."""
    chart = line_chart("Price of one picture", [0.00588, 0.00588], "USD", 4, estimated=True)
    assert chart is not None
    assert (chart.last, chart.top) == ("~0.0059 USD", "~0.0059")
    assert chart.words == (
        "Price of one picture, night by night: ~0.0059 USD at last, ~0.0059 each time, measured on 2 nights"
    )


def test_bars_stand_on_one_another() -> None:
    """Contradicted below, not observed above; nights of one number are one bar, nights not asked are none."""
    chart = bar_chart("Verdicts", [0, 1, 1, None], [0, 1, 1, None])
    assert chart is not None
    assert chart.paths == (("unproven", "M1 42v-42.0h2v42.0z"), ("contradicted", "M1 42v-22.0h2v22.0z"))
    assert chart.last == "1 broken, 1 not observed"


def test_nothing_measured_is_no_chart() -> None:
    """There is nothing to show of what never was."""
    assert line_chart("x", [None, None], "s", 2) is None
    assert bar_chart("x", [], []) is None


@given(_VALUES)
def test_every_measured_night_is_a_point_within_the_chart(values: list[float | None]) -> None:
    """As many points as measured nights, each in the middle of its night and between bottom and top."""
    chart = line_chart("x", values, "s", 2)
    points = re.findall(r"[ML]([\d.]+) ([\d.]+)", chart.paths[0][1]) if chart else []
    assert [float(x) for x, _ in points] == [at + 0.5 for at, value in enumerate(values) if value is not None]
    assert all(0 <= float(y) <= TALL for _, y in points)


@given(_COUNTS)
def test_bars_cover_the_nights_that_have_any(values: list[int | None]) -> None:
    """The widths of the bars add up to the nights with a number above 0."""
    chart = bar_chart("x", values, values)
    drawn = dict(chart.paths).get("contradicted", "") if chart else ""
    assert sum(map(int, re.findall(r"h(\d+)v", drawn))) == sum(bool(value) for value in values)
