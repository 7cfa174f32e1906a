"""Rules that count points: what they ask, how they are chosen, and what they come to."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clientela.segments import points
from clientela.segments.points import GRADES, MOST_COLUMNS, MOST_POINTS, Asked, asked, counted
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
    [counting] = rule
    assert len(set(counting.columns)) <= MOST_COLUMNS
    assert all(1 <= line.points <= MOST_POINTS for line in counting.lines)
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


def several(rows: int, shares: dict[str | None, float]) -> tuple[pl.DataFrame, np.ndarray]:
    """Return visits with a category whose values hold so large a share of a group."""
    rng = np.random.default_rng(3)
    words = rng.choice(np.array(list(shares), dtype=object), rows).tolist()
    inside = rng.random(rows) < np.array([shares[word] for word in words])
    return pl.DataFrame({"page": pl.Series(words, dtype=pl.String)}), inside


def lines_of(may: Asked, inside: np.ndarray) -> list[Condition]:
    """Return the lines of a rule before they are given points."""
    found = points._lines(may, inside.astype(float), np.arange(len(inside)))
    return [points._joined(may, line) for line in found]


def test_values_of_a_category_count_in_few_grades(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that say the same are one line, unknown cells among them; the grade of the most values has none."""
    frame, inside = several(4000, {"a": 0.9, "b": 0.9, "c": 0.5, "d": 0.5, "e": 0.5, "f": 0.1, None: 0.1})
    assert len(lines_of(asked(frame), inside)) <= GRADES - 1
    monkeypatch.setattr(points, "GRADES", 3)
    asks = lines_of(asked(frame), inside)
    assert {(item.values, item.missing_too) for item in asks} == {(("a", "b"), False), (("f",), True)}


def test_values_without_a_line_of_their_own_count_nothing() -> None:
    """Where a category has more values than are asked for, those left over are of the grade without points."""
    frame, inside = several(3000, {**{f"v{place}": 0.5 for place in range(9)}, "best": 0.95})
    may = asked(frame)
    kept = [place for place, one in enumerate(may.conditions) if one.values != ("v3",)]
    few = Asked(tuple(may.conditions[place] for place in kept), may.holds[:, kept])
    asks = lines_of(few, inside)
    assert Condition("page", "in", None, ("best",)) in asks
    assert all("v3" not in item.values for item in asks)


def test_a_rule_keeps_the_size_of_its_group() -> None:
    """As many visits fulfil a rule as belong to the group, as far as sums of points allow."""
    frame, kind = visits()
    some = np.arange(frame.height)
    for share in (1.0, 0.4):
        inside = kind & (np.random.default_rng(5).random(frame.height) < share)
        _, _, holds = counted(asked(frame), inside, some)
        assert abs(int(holds.sum()) - int(inside.sum())) < 0.04 * frame.height


def test_lines_that_must_all_hold_are_a_plain_rule() -> None:
    """Where the sum takes every line there is nothing to count; where it takes none there is no rule."""
    asks = [Condition("pages", ">", 3.0), Condition("orders", "missing")]
    assert rule_of(asks, [5, 2], 7) == tuple(asks)
    assert rule_of(asks, [5, 2], 6) == tuple(asks)
    assert rule_of(asks, [5, 2], 5)[0].operator == "points"
    assert rule_of(asks, [5, 2], 0) == ()
