"""From decisions that carry their outcomes to one row per visitor."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import InputError
from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.experiments.goals import Kind

from .made import asked, codes, rows_of, units_of, visitors

EMPTY = pl.lit(None)


def test_clean_rows_raise_no_doubt() -> None:
    """One row per visitor with everything known: nothing is set aside, nothing noted."""
    units = units_of(visitors(40), by=("city",))
    assert units.doubts == []
    assert units.notes == []
    assert (units.unit, units.measure.kind, units.dated) == ("visitor", Kind.MEAN, True)
    assert rows_of(units).height == 40


def test_without_a_visitor_each_row_counts_and_that_is_said() -> None:
    """Rows are units where nothing names the visitor."""
    units = units_of(visitors(40).drop("visitor"), guards=("bounce",))
    assert codes(units.doubts) == ["unit_is_row"]
    assert units.unit == "row"
    assert units.guards[0].unit == "per visit"


def test_several_rows_of_a_visitor_become_a_ratio_of_sums() -> None:
    """Revenue and visits are added up by visitor; segments and earlier data are those of the first visit in time."""
    frame = visitors(20)
    again = frame.with_columns(pl.col("time") - pl.duration(days=1), city=pl.lit("first"))
    units = units_of(pl.concat([frame, again[:10]]), by=("city",), guards=("bounce",))
    rows = rows_of(units)
    assert (units.measure.kind, units.measure.per) == (Kind.RATIO, "visits")
    assert units.guards[0].kind is Kind.RATIO
    assert rows.height == 20
    assert rows["visits"].sum() == 30
    assert rows["value"].sum() == pytest.approx(frame["revenue"].sum() + frame["revenue"][:10].sum())
    assert rows.filter(pl.col("visits") == 2)["b0"].to_list() == ["first"] * 10
    assert any("are those of the first one" in note for note in units.notes)


def test_a_conversion_counts_once() -> None:
    """A visitor who bought on two visits converted once."""
    frame = visitors(20)
    rows = rows_of(units_of(pl.concat([frame, frame]), goal=Goal.CONVERSION, outcome="revenue"))
    assert rows["value"].unique().to_list() == [1.0]


def test_a_basket_counts_orders_alone() -> None:
    """Basket size is revenue over the visits that brought any."""
    frame = visitors(20).with_columns(revenue=pl.when(pl.int_range(pl.len()) < 5).then(0.0).otherwise("revenue"))
    units = units_of(frame, goal=Goal.BASKET_SIZE)
    assert units.measure.per == "orders"
    assert rows_of(units)["orders"].sum() == 15


@pytest.mark.parametrize(("mixed", "severity"), [(1, "warning"), (40, "blocker")])
def test_visitors_in_two_arms_are_set_aside_and_told(mixed: int, severity: str) -> None:
    """A few are a warning, more than one in a hundred void the answer; no row of theirs is left."""
    frame = visitors(400)
    seen = frame.filter(pl.col("variant") == "a")[:mixed]
    both = seen.with_columns(variant=pl.lit("b"))
    units = units_of(pl.concat([frame, both]))
    (doubt,) = units.doubts
    assert (doubt.code, str(doubt.severity)) == ("several_variants", severity)
    assert doubt.evidence["visitors"] == mixed
    assert rows_of(units).height == 400 - mixed


def test_rows_without_variant_visitor_or_outcome_are_counted() -> None:
    """Each kind of hole is set aside with a doubt that counts it."""
    place = pl.int_range(pl.len())
    frame = visitors(100).with_columns(
        variant=pl.when(place >= 3).then("variant"),
        visitor=pl.when((place < 10) | (place >= 14)).then("visitor"),
        revenue=pl.when(place >= 25).then("revenue").when(place >= 20).then(float("inf")).otherwise("revenue"),
    )
    units = units_of(frame)
    found = {str(doubt.code): doubt.evidence["rows"] for doubt in units.doubts}
    assert found == {"rows_set_aside": 4, "missing_logs": 3, "missing_outcome": 5}
    assert rows_of(units).height == 88


def test_holes_of_a_guard_are_noted() -> None:
    """Missing guards are counted in a note, and no visitor without any is taken for zero."""
    frame = visitors(40).with_columns(age=pl.when(pl.int_range(pl.len()) >= 4).then("age"))
    assert rows_of(units_of(frame, guards=("age",)))["g0"].null_count() == 4
    note = "{} rows have no 'age'; whoever has none at all is left out there."
    assert note.format("4 of 40") in asked(frame, guards=("age",)).notes
    twice = pl.concat([frame, frame])
    assert note.format("8 of 80") in asked(twice, guards=("age",)).notes


def test_an_empty_time_is_no_time() -> None:
    """A column of times without any is dropped with a note."""
    units = units_of(visitors(20).with_columns(time=EMPTY.cast(pl.Datetime)))
    assert not units.dated
    assert units.notes == ["The column 'time' is empty: nothing is told by day."]


def test_a_cap_counts_what_it_cuts() -> None:
    """Values beyond the cap count as the cap, and how many did is told."""
    units = units_of(visitors(100), cap=40.0)
    (doubt,) = units.doubts
    assert doubt.code == "outcomes_capped"
    assert doubt.evidence["rows"] == (visitors(100)["revenue"] > 40).sum()
    assert rows_of(units)["value"].max() == 40.0


@pytest.mark.parametrize(
    ("changed", "options", "told"),
    [
        ({"variant": EMPTY.cast(pl.String)}, {}, "The column 'variant' is empty: nobody is known to have seen"),
        ({"revenue": EMPTY.cast(pl.Float64)}, {}, "The outcome 'revenue' is missing in all 40 rows"),
        ({"revenue": pl.when(pl.col("variant") == "a").then("revenue")}, {}, "No outcome is known of anybody in 'b'"),
        ({"visitor": pl.lit("u1")}, {}, "Every visitor (1 in all) saw several variants: draw the variant"),
        ({"revenue": pl.lit(None, pl.String)}, {}, "The outcome 'revenue' is missing in all 40 rows"),
        ({"revenue": pl.lit("much")}, {}, "The column 'revenue' holds text, not numbers"),
        ({}, {"covariates": ("city",)}, "The column 'city' holds text: only numbers known before the decision"),
        ({}, {"guards": ("city",)}, "The column 'city' holds text, not numbers"),
        ({}, {"window": 3.0}, "A window needs the outcomes in a table of their own"),
        ({"time_taken": EMPTY.cast(pl.Float64)}, {"goal": Goal.TIME_TO_CHECKOUT}, "No time is known at all"),
        ({"time_taken": pl.lit(-1.0)}, {"goal": Goal.TIME_TO_CHECKOUT}, "No time is zero or above, 40 are below"),
    ],
)
def test_tables_that_say_nothing_are_refused(changed: dict[str, pl.Expr], options: dict[str, Any], told: str) -> None:
    """Nothing that cannot be judged goes on."""
    with pytest.raises(InputError, match=re.escape(told)):
        units_of(visitors(40).with_columns(**changed), **options)


def test_an_empty_table_is_refused() -> None:
    """No rows, one sentence."""
    with pytest.raises(InputError, match="The table of decisions has no rows"):
        units_of(visitors(4)[:0])


def timed(**changed: pl.Expr) -> pl.DataFrame:
    """Return visitors with a time each."""
    return visitors(40).with_columns(duration=pl.int_range(pl.len()) + 1.0).with_columns(**changed)


def test_times_below_zero_are_set_aside() -> None:
    """Negative times are counted and gone; clean ones raise nothing but the note that each ended."""
    units = units_of(timed(duration=pl.col("duration") - 4.5), goal=Goal.TIME_TO_CHECKOUT)
    (doubt,) = units.doubts
    assert (doubt.code, doubt.evidence["rows"]) == ("negative_time", 4)
    assert rows_of(units).height == 36
    clean = units_of(timed(), goal=Goal.TIME_TO_CHECKOUT)
    assert clean.doubts == []
    assert clean.measure.event is None
    assert clean.measure.unit == "in the unit of duration"
    assert "Every time is taken to have ended" in clean.notes[0]


def test_money_is_not_taken_for_a_time_silently() -> None:
    """Where neither its name nor an end speaks for a time that is a doubt; either of them is enough."""
    odd = timed().rename({"duration": "paid"})
    (doubt,) = units_of(odd, goal=Goal.TIME_TO_CHECKOUT, outcome="paid").doubts
    assert (doubt.code, doubt.severity) == ("no_time", Severity.WARNING)
    assert "'paid' is a time" in doubt.title
    ended = odd.with_columns(finished=pl.lit(1))
    assert units_of(ended, goal=Goal.TIME_TO_CHECKOUT, outcome="paid", event="finished").doubts == []
    assert units_of(timed(), goal=Goal.TIME_TO_CHECKOUT).doubts == []


def test_visitors_without_a_time_count_as_unfinished() -> None:
    """A missing time is a watch as long as the longest, without an end; an unknown end is none."""
    held = timed(
        duration=pl.when(pl.col("duration") > 3).then("duration"),
        finished=pl.when(pl.col("duration") < 30).then(pl.lit(value=True)),
    )
    units = units_of(held, goal=Goal.TIME_TO_CHECKOUT)
    rows = rows_of(units)
    assert codes(units.doubts) == ["missing_outcome"]
    assert "11 times do not say whether they ended: taken as unfinished." in units.notes
    assert rows["value"].to_list()[:3] == [40.0] * 3
    assert rows["event"].sum() == 26
    without = rows_of(units_of(held.drop("finished"), goal=Goal.TIME_TO_CHECKOUT))
    assert without["event"].sum() == 37


def test_of_several_times_the_first_that_ended_counts() -> None:
    """A visitor finished at the shortest time that ended; else the longest watch counts."""
    frame = pl.DataFrame(
        {
            "visitor": ["u", "u", "u", "v", "v", "w"],
            "variant": ["a", "a", "a", "a", "a", "b"],
            "duration": [5.0, 8.0, 9.0, 3.0, 4.0, 1.0],
            "finished": [0, 1, 1, 0, 0, 1],
        }
    )
    rows = rows_of(units_of(frame, goal=Goal.TIME_TO_CHECKOUT)).sort("value")
    assert rows.select("value", "event").rows() == [(1.0, 1.0), (4.0, 0.0), (8.0, 1.0)]
    shortest = rows_of(units_of(frame.drop("finished"), goal=Goal.TIME_TO_CHECKOUT))
    assert sorted(shortest["value"]) == [1.0, 3.0, 5.0]


def test_earlier_data_become_one_column() -> None:
    """Several covariates are put into their best linear prediction; holes are filled and told."""
    frame = visitors(200).with_columns(more=pl.col("revenue") * 2 + pl.col("age"))
    frame = frame.with_columns(age=pl.when(pl.int_range(pl.len()) >= 3).then("age"))
    units = units_of(frame, covariates=("more", "age"))
    rows = rows_of(units)
    assert units.sharpened
    assert np.corrcoef(rows["sharper"], rows["value"])[0, 1] > 0.98
    assert units.notes == ["3 missing values of earlier data were put at the mean of their column."]


def test_earlier_data_are_left_out_of_ratios_with_a_note() -> None:
    """A ratio is not sharpened, and that is said."""
    units = units_of(visitors(40), goal=Goal.BASKET_SIZE, covariates=("age",))
    assert not units.sharpened
    assert units.notes == ["Earlier data sharpen means only; they were left out for this goal."]
