"""Rules that count points: what they ask, how they are chosen, and what they come to."""

from __future__ import annotations

import numpy as np
import polars as pl

from clientela.segments.points import MOST_POINTS, _moved, counted
from clientela.segments.points import _rule as rule_of
from clientela.segments.result import Condition, Line
from clientela.segments.rules import fulfilled
from clientela.segments.shown import Asked


def visits(rows: int = 1500) -> tuple[pl.DataFrame, np.ndarray]:
    """Return visits of which half show a trait in several columns, some cells missing."""
    rng = np.random.default_rng(0)
    kind = rng.random(rows) < 0.5
    frame = pl.DataFrame({f"n{place}": rng.normal(size=rows) + kind for place in range(5)})
    device = np.where(rng.random(rows) < np.where(kind, 0.8, 0.3), "mobile", "desktop")
    gone = pl.Series(rng.random(rows) < np.where(kind, 0.1, 0.5))
    return frame.with_columns(device=pl.Series(device), orders=pl.Series(rng.poisson(3, rows)).set(gone, None)), kind


def lines_of(frame: pl.DataFrame) -> Asked:
    """Return lines that may be counted: numbers above their middle, one device, unknown orders."""
    asks = [Condition(f"n{place}", ">", 0.5) for place in range(5)]
    asks += [Condition("device", "in", None, ("mobile",)), Condition("orders", "missing")]
    held = np.column_stack([fulfilled((one,), frame) for one in asks])
    return Asked(tuple(asks), held.astype(np.float32))


def test_a_trait_that_many_columns_show_is_told() -> None:
    """Points tell more than any one column does, in lines that count 1 or more; the mask is what the rule says."""
    frame, kind = visits()
    some = np.arange(0, frame.height, 2)
    score, rule, holds = counted(lines_of(frame), kind[some], some)
    [counting] = rule
    assert all(1 <= line.points <= MOST_POINTS for line in counting.lines)
    assert np.array_equal(holds, fulfilled(rule, frame))
    rest = np.setdiff1d(np.arange(frame.height), some)
    agreed = float((holds[rest] == kind[rest]).mean())
    assert agreed > 0.8
    alone = [float((held[rest] == kind[rest]).mean()) for held in lines_of(frame).holds.T > 0]
    assert agreed > max(alone) + 0.08
    assert score > 0.8


def test_nothing_is_counted_where_nothing_tells() -> None:
    """Without a line, or for a group of nobody or everybody, there is no rule."""
    frame, kind = visits(300)
    some = np.arange(300)
    assert counted(Asked((), np.empty((300, 0), dtype=np.float32)), kind, some)[:2] == (0.0, ())
    assert counted(lines_of(frame), np.zeros(300, dtype=bool), some)[:2] == (0.0, ())
    assert counted(lines_of(frame), np.ones(300, dtype=bool), some)[:2] == (0.0, ())


def test_points_below_0_are_turned_round() -> None:
    """What speaks against a group counts for it where it is lacking, unknown cells included; columns stay together."""
    asks = [
        Condition("device", "in", None, ("tablet",)),
        Condition("pages", ">", 3.0),
        Condition("device", "in", None, ("mobile",), missing_too=True),
        Condition("orders", "missing"),
        Condition("depth", ">", 1.0),
    ]
    [rule] = rule_of(asks, [2, -3, -2, -1, 0], 1)
    assert rule.value == 7.0
    assert rule.lines == (
        Line(Condition("device", "in", None, ("tablet",)), 2),
        Line(Condition("device", "not in", None, ("mobile",), missing_too=False), 2),
        Line(Condition("pages", "<=", 3.0, missing_too=True), 3),
        Line(Condition("orders", "present"), 1),
    )


def test_so_many_points_are_asked_for_that_fewest_are_named_wrongly() -> None:
    """No other sum of points names more visits rightly, and no point more or less of a line does."""
    frame, kind = visits()
    asked, some = lines_of(frame), np.arange(frame.height)
    holds = asked.holds.astype(np.int64)
    points, least = _moved(holds, np.full(holds.shape[1], 5), kind)
    wrong = int(((holds @ points >= least) != kind).sum())
    sums = range(int((holds @ points).min()), int((holds @ points).max()) + 1)
    assert wrong == min(int(((holds @ points >= bound) != kind).sum()) for bound in sums)
    assert wrong <= int(((holds.sum(axis=1) * 5 >= 25) != kind).sum())
    score, rule, taken = counted(asked, kind, some)
    assert score > 0.8
    assert int((taken != kind).sum()) <= wrong * 1.1
    assert rule


def test_lines_that_must_all_hold_are_a_plain_rule() -> None:
    """Where the sum takes every line there is nothing to count; where it takes none there is no rule."""
    asks = [Condition("pages", ">", 3.0), Condition("orders", "missing")]
    assert rule_of(asks, [5, 2], 7) == tuple(asks)
    assert rule_of(asks, [5, 2], 6) == tuple(asks)
    assert rule_of(asks, [5, 2], 5)[0].operator == "points"
    assert rule_of(asks, [5, 2], 0) == ()
