"""For whom the effect differs."""

from __future__ import annotations

import polars as pl

from clientela.domain.goal import Goal
from clientela.experiments.segmenting import differing

from .made import units_of, visitors


def told(frame: pl.DataFrame, *by: str, **options: object) -> tuple[dict[str, float], list[str]]:
    """Return p-values by column, and what was left out."""
    parts, left = differing(units_of(frame, by=by, **options), "a", ["b"], 0.95)
    return {part.column: part.p for part in parts}, left


def test_an_effect_in_one_segment_alone_is_found() -> None:
    """Where only the north reacts, the effect differs; among groups made by lot it does not."""
    reacts = (pl.col("city") == "north") & (pl.col("variant") == "b")
    frame = visitors(2000).with_columns(
        revenue=pl.col("revenue") * pl.when(reacts).then(2).otherwise(1), lot=pl.int_range(pl.len()) // 2 % 3
    )
    p, left = told(frame, "city", "lot")
    assert p["city"] < 1e-9
    assert p["lot"] > 0.01
    assert left == []
    parts, _ = differing(units_of(frame, by=("city",)), "a", ["b"], 0.95)
    names = [name for name, _, _ in parts[0].segments]
    seen = {name: one.value for name, one, _ in parts[0].segments}
    drawn = {name: one.value for name, _, one in parts[0].segments}
    assert names == ["north", "south"]
    assert seen["north"] > drawn["north"] > drawn["south"] > seen["south"]


def test_missing_and_empty_segments_are_segments() -> None:
    """A missing value and an empty text are two segments, and neither is lost."""
    city = (
        pl.when(pl.int_range(pl.len()) % 8 < 2).then(pl.lit("")).when(pl.int_range(pl.len()) % 8 < 4).then(pl.lit("x"))
    )
    parts, left = differing(units_of(visitors(400).with_columns(city=city), by=("city",)), "a", ["b"], 0.95)
    assert [(name, seen.n) for name, seen, _ in parts[0].segments] == [("", 100), ("(missing)", 200), ("x", 100)]
    assert left == []


def test_what_is_not_compared_is_told() -> None:
    """Too many values, segments with one arm, and times are each said to be left out."""
    frame = visitors(120).with_columns(small=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("one")).otherwise("city"))
    p, left = told(frame, "age", "small")
    assert set(p) == {"small"}
    assert left == [
        "The column 'age' has 120 values, over 50: it was not compared; put its values into groups first.",
        "By 'small', 1 of 3 segments have too few outcomes with 'b' or with the control, and were left out.",
    ]
    timed = frame.with_columns(duration=pl.col("revenue"))
    assert told(timed, "city", goal=Goal.TIME_TO_CHECKOUT) == (
        {},
        ["For a time until something happens, segments are not compared."],
    )
    assert told(timed, goal=Goal.TIME_TO_CHECKOUT) == ({}, [])


def test_a_column_with_one_value_has_nothing_to_compare() -> None:
    """One segment, or segments in which nothing varies, give no record."""
    frame = visitors(60).with_columns(city=pl.lit("x"))
    assert told(frame, "city") == ({}, [])
    p, left = told(
        frame.with_columns(city=pl.when(pl.col("variant") == "a").then(pl.lit("x")).otherwise(pl.lit("y"))), "city"
    )
    assert p == {}
    assert "2 of 2 segments" in left[0]
