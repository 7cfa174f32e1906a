"""What the charts show, and when there is nothing to show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clientela.audit.result import Relation
from clientela.models.result import GainPoint, TargetKind
from clientela.report import charts
from clientela.report.blocks import Chart
from clientela.report.contents import Contents

from .contents_made import about


def _values(chart: Chart | None) -> list[dict[str, object]]:
    assert chart is not None
    datasets = list(chart.spec["datasets"].values())
    return max(datasets, key=len)


def test_nothing_to_show_is_no_chart(made: dict[str, Contents]) -> None:
    """Without numbers there is no chart rather than an empty one."""
    audit, model = made["minimal"].audit, made["shop"].model
    assert model is not None
    bare = replace(model, importance=(), calibration=(), gain=(), confusion=(), groups=())
    drawn = [f(audit) for f in (charts.balance, charts.missing, charts.association)]
    drawn += [f(bare) for f in (charts.importance, charts.calibration, charts.gain, charts.confusion, charts.groups)]
    assert drawn == [None] * 8


def test_balance_shows_shares(made: dict[str, Contents]) -> None:
    """The bars are the classes' shares, in the order of the classes; the alt text says them."""
    chart = charts.balance(made["shop"].audit)
    assert [row["name"] for row in _values(chart)] == ["none", "low", "middle", "high", "top"]
    assert _values(chart)[0]["value"] == pytest.approx(0.61)
    assert chart is not None
    assert "“none” 61.0 %" in chart.alt


def test_the_map_is_symmetric_and_bounded(made: dict[str, Contents]) -> None:
    """A relation is shown from both sides; at most ten columns are mapped; a pair with itself is not."""
    audit = made["shop"].audit
    pairs = tuple(Relation(f"a{i}", f"b{i}", "numeric", "Spearman", 0.5, 1, 100) for i in range(40))
    pairs += (Relation("x", "x", "numeric", "Spearman", 1.0, 1, 100),)
    values = _values(charts.association(replace(audit, relations=pairs)))
    cells = {(row["told"], row["true"]) for row in values}
    assert cells == {(true, told) for told, true in cells}
    assert len({name for pair in cells for name in pair}) == 10
    exact = (Relation("a", "b", "numeric", "Spearman", 1.0, 1, 100),)
    assert _values(charts.association(replace(audit, relations=exact)))[0]["text"] == "1.00"


def test_the_curve_starts_at_nothing(made: dict[str, Contents]) -> None:
    """A targeting curve without its origin gets it; with only the ends it says no point in words."""
    model = made["shop"].model
    assert model is not None
    points = (GainPoint(0.5, about(0.8, 0.01), None), GainPoint(1.0, about(1.0, 0.0), None))
    chart = charts.gain(replace(model, gain=points))
    assert chart is not None
    assert _values(chart)[0] == {"share": 0.0, "value": 0.0, "low": 0.0, "high": 0.0}
    assert "orange" not in chart.note
    ends = charts.gain(replace(model, gain=points[1:]))
    assert ends is not None
    assert "The best" not in ends.alt


def test_confusion_is_in_shares_of_the_true_group(made: dict[str, Contents]) -> None:
    """Every row of the table adds up to one, an empty class to nothing; too many classes are not drawn."""
    model = made["shop"].model
    assert model is not None
    chart = charts.confusion(replace(model, confusion=((0,) * 5, *model.confusion[1:])))
    rows = _values(chart)
    assert sum(float(str(row["share"])) for row in rows if row["true"] == "none") == 0
    assert sum(float(str(row["share"])) for row in rows if row["true"] == "top") == pytest.approx(1)
    many = tuple(str(i) for i in range(11))
    crowd = replace(model.target, kind=TargetKind.CLASSES, classes=many)
    assert charts.confusion(replace(model, target=crowd, confusion=((1,) * 11,) * 11)) is None


def test_segments_without_money_show_rates(made: dict[str, Contents]) -> None:
    """Where there is no revenue, the value of a segment is its rate."""
    segments = made["shop"].segments
    assert segments is not None
    poor = tuple(replace(s, revenue_share=None, mean_revenue=None) for s in segments.segments)
    chart = charts.segments(replace(segments, segments=poor))
    assert {row["what"] for row in _values(chart)} == {"share of visits", "rate of buyers in it"}


def test_names_of_segments_stand_on_two_lines(made: dict[str, Contents]) -> None:
    """Value and what tells the segment are parted, and labels of an axis keep apart."""
    segments = made["shop"].segments
    assert segments is not None
    encoding = charts.segments(segments).spec["layer"][0]["encoding"]
    assert encoding["y"]["axis"]["labelExpr"] == "split(datum.label, ': ')"
    assert encoding["x"]["axis"]["labelSeparation"] > 0


def test_rows_of_the_curve_are_a_few_round_numbers() -> None:
    """At most four, inside the range: ones alone over many decades, twos and fives too over one."""
    given = {
        (565, 361_000): [1000, 10_000, 100_000],
        (200, 20_000): [500, 1000, 5000, 10_000],
        (300, 1500): [500, 1000],
    }
    for (low, high), values in given.items():
        assert charts._powers(low, high).to_dict()["values"] == values
