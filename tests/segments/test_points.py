"""Rules that count points: what they ask, how they are chosen, and what they come to."""

from __future__ import annotations

import numpy as np
import polars as pl

from clientela.segments.points import MOST_LINES, asked, counted
from clientela.segments.points import _rule as rule_of
from clientela.segments.result import Condition, Line
from clientela.segments.rules import fulfilled


def visits(rows: int = 1500) -> tuple[pl.DataFrame, np.ndarray]:
    """Return visits of which half show a trait in several columns, some cells missing."""
    rng = np.random.default_rng(0)
    kind = rng.random(rows) < 0.5
    frame = pl.DataFrame({f"n{place}": rng.normal(size=rows) + kind for place in range(5)})
    device = np.where(rng.random(rows) < np.where(kind, 0.8, 0.3), "mobile", "desktop")
    gone = pl.Series(rng.random(rows) < np.where(kind, 0.1, 0.5))
    return frame.with_columns(device=pl.Series(device), orders=pl.Series(rng.poisson(3, rows)).set(gone, None)), kind


def test_what_is_asked_holds_as_rules_hold() -> None:
    """Each condition is fulfilled by the very visits that the rules of segments say; whole numbers get whole bounds."""
    frame, _ = visits()
    may = asked(frame)
    for place, condition in enumerate(may.conditions):
        assert np.array_equal(may.holds[:, place] > 0, fulfilled((condition,), frame))
    assert {item.operator for item in may.conditions} == {">", "in", "missing"}
    assert all(item.value == int(item.value or 0) for item in may.conditions if item.column == "orders" and item.value)


def test_a_trait_that_many_columns_show_is_told() -> None:
    """Points tell more than any one column does, in lines that count 1 or more; the mask is what the rule says."""
    frame, kind = visits()
    some = np.arange(0, frame.height, 2)
    score, rule, holds = counted(asked(frame), kind[some], some)
    [points] = rule
    assert len(points.lines) <= MOST_LINES
    assert all(line.points >= 1 for line in points.lines)
    assert np.array_equal(holds, fulfilled(rule, frame))
    rest = np.setdiff1d(np.arange(frame.height), some)
    agreed = float((holds[rest] == kind[rest]).mean())
    assert agreed > 0.83
    alone = [float((held[rest] == kind[rest]).mean()) for held in asked(frame).holds.T > 0]
    assert agreed > max(alone) + 0.08
    assert score > 0.8


def test_nothing_is_counted_where_nothing_tells() -> None:
    """Chance alone makes no rule; nor do columns without two answers, nor a group of nobody or everybody."""
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({"a": rng.normal(size=300), "b": ["x"] * 300})
    some = np.arange(300)
    assert counted(asked(frame), rng.random(300) < 0.5, some)[1] == ()
    assert counted(asked(frame.select("b")), frame["a"].to_numpy() > 0, some)[:2] == (0.0, ())
    assert counted(asked(frame), np.zeros(300, dtype=bool), some)[:2] == (0.0, ())
    assert asked(pl.DataFrame({"empty": pl.Series([None] * 60, dtype=pl.Float64)})).conditions == ()


def test_points_below_0_are_turned_round() -> None:
    """What speaks against a group counts for it where it is lacking, unknown cells included; values are joined."""
    asks = [
        Condition("device", "in", None, ("tablet",)),
        Condition("pages", ">", 3.0),
        Condition("device", "in", None, ("mobile",)),
        Condition("orders", "missing"),
        Condition("depth", ">", 1.0),
    ]
    [rule] = rule_of(asks, [2, -3, 2, -1, 0], 1)
    assert rule.value == 5.0
    assert rule.lines == (
        Line(Condition("pages", "<=", 3.0, missing_too=True), 3),
        Line(Condition("device", "in", None, ("mobile", "tablet")), 2),
        Line(Condition("orders", "present"), 1),
    )


def test_lines_that_must_all_hold_are_a_plain_rule() -> None:
    """Where the sum takes every line there is nothing to count; where it takes none there is no rule."""
    asks = [Condition("pages", ">", 3.0), Condition("orders", "missing")]
    assert rule_of(asks, [5, 2], 7) == tuple(asks)
    assert rule_of(asks, [5, 2], 6) == tuple(asks)
    assert rule_of(asks, [5, 2], 5)[0].operator == "points"
    assert rule_of(asks, [5, 2], 0) == ()
