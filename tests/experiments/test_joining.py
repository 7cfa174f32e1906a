"""Outcomes of a table of their own."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import polars as pl
import pytest

from clientela.domain.errors import InputError
from clientela.domain.goal import Goal
from clientela.experiments.units import Units

from .made import codes, outcomes_of, rows_of, units_of, visitors

DECISIONS = visitors(80, days=8).select("visitor", "variant", "time")
LATER = outcomes_of(DECISIONS)


def moved(rows: int, days: float) -> pl.DataFrame:
    """Return outcomes, the first rows so many days later."""
    there = pl.int_range(pl.len()) < rows
    return LATER.with_columns(at=pl.when(there).then(pl.col("at") + dt.timedelta(days=days)).otherwise("at"))


def joined(outcomes: pl.DataFrame, decisions: pl.DataFrame = DECISIONS, **options: Any) -> Units:
    """Return the units of two tables."""
    return units_of(decisions, outcomes, **options)


def test_outcomes_are_added_up_by_visitor() -> None:
    """A visitor without an outcome has none; two outcomes are added; clean tables raise no doubt."""
    units = joined(pl.concat([LATER, LATER[:5]]))
    rows = rows_of(units)
    assert units.doubts == []
    assert rows.height == 80
    assert (rows["value"] > 0).sum() == 40
    assert rows["value"].sum() == pytest.approx(LATER["revenue"].sum() + LATER["revenue"][:5].sum())
    assert units.notes == ["Where a visitor has no row of outcomes, a visit without an outcome brought nothing."]


def test_outcomes_before_the_decision_are_set_aside() -> None:
    """What came before anything was shown counts nowhere and is counted in a doubt."""
    units = joined(moved(6, -9))
    (doubt,) = units.doubts
    assert (doubt.code, doubt.evidence["rows"]) == ("outcome_before_exposure", 6)
    assert (rows_of(units)["value"] > 0).sum() == 34


def test_dates_are_held_against_dates() -> None:
    """An outcome that is known by its day only does not lie before a decision at noon of that day."""
    units = joined(LATER.with_columns(pl.col("at").dt.date()))
    assert "outcome_before_exposure" not in codes(units.doubts)
    assert (rows_of(units)["value"] > 0).sum() == 40


@pytest.mark.parametrize(("strangers", "severity"), [(1, "notice"), (10, "warning")])
def test_outcomes_of_strangers_are_told(strangers: int, severity: str) -> None:
    """Outcomes of visitors without a decision count nowhere; many of them are a warning."""
    strange = LATER[:strangers].with_columns(visitor=pl.lit("nobody"))
    units = joined(pl.concat([LATER, strange]))
    (doubt,) = units.doubts
    assert (doubt.code, str(doubt.severity)) == ("outcome_without_decision", severity)
    assert doubt.evidence["rows"] == strangers


def test_missing_times_are_set_aside_and_told() -> None:
    """Visitors and outcomes without a time are counted, and no such visitor is taken for one who bought nothing."""
    decisions = DECISIONS.with_columns(time=pl.when(pl.int_range(pl.len()) >= 4).then("time"))
    later = LATER.with_columns(at=pl.when(pl.int_range(pl.len()) < 37).then("at"))
    units = joined(later, decisions)
    doubt = next(doubt for doubt in units.doubts if doubt.code == "rows_set_aside")
    assert doubt.evidence == {"visitors": 4, "rows": 5}
    assert rows_of(units).height == 76


def test_missing_values_are_told_by_arm() -> None:
    """Rows of outcomes without a value are set aside with their share in each arm."""
    units = joined(LATER.with_columns(revenue=pl.when(pl.int_range(pl.len()) % 2 == 0).then("revenue")))
    doubt = next(doubt for doubt in units.doubts if doubt.code == "missing_outcome")
    assert doubt.evidence == {"rows": 20, "missing in a": 0.0, "missing in b": 1.0}


def test_a_window_leaves_out_what_came_later() -> None:
    """Outcomes after the window do not count and are counted in a note."""
    units = joined(moved(7, 2), window=1.0)
    assert (rows_of(units)["value"] > 0).sum() == 33
    assert "7 outcomes came later than 1 days and do not count, as was asked." in units.notes


@pytest.mark.parametrize(("hours", "window", "raised"), [(2.0, None, False), (40.0, None, True), (2.0, 3.0, True)])
def test_late_outcomes_are_a_doubt(hours: float, window: float | None, raised: bool) -> None:
    """Visitors watched for less than the window, else the usual delay, make the answer doubtful; few do not."""
    until_now = moved(40, (hours - 2) / 24).filter(pl.col("at") < dt.datetime.fromisoformat("2024-01-09"))
    assert ("late_outcomes" in codes(joined(until_now, window=window).doubts)) is raised


def test_lost_days_of_outcomes_are_a_doubt() -> None:
    """A day whose outcomes of one variant are gone voids the answer; all days there raise nothing."""
    decisions = visitors(1600, days=8).select("visitor", "variant", "time")
    found = outcomes_of(decisions)
    assert joined(found, decisions).doubts == []
    named = found.join(decisions.select("visitor", "variant"), on="visitor")
    kept = named.filter((pl.col("variant") != "b") | (pl.col("at").dt.day() != 4)).drop("variant")
    (doubt,) = joined(kept, decisions).doubts
    assert doubt.title == "On 1 of 8 days no outcome came of b, the first 2024-01-04."


def test_without_times_that_is_said() -> None:
    """Where a table has no time, nothing can lie before the decision, and a note says so."""
    units = joined(LATER.drop("at"))
    assert "Times are not known on both sides" in units.notes[0]


def test_rows_without_a_column_of_outcomes_count_as_one() -> None:
    """Conversions may be mere rows; that is noted."""
    units = joined(LATER.drop("revenue"), goal=Goal.CONVERSION)
    assert units.notes[0] == "No column of outcomes was named: every row of outcomes counts as one."
    assert rows_of(units)["value"].sum() == 40


def test_times_to_checkout_are_hours_until_the_first() -> None:
    """Who has no checkout was watched until the log ended, or the window did."""
    units = joined(pl.concat([LATER, moved(40, 1)]), goal=Goal.TIME_TO_CHECKOUT)
    rows = rows_of(units)
    assert units.measure.unit == "hours"
    assert rows.filter(pl.col("event") == 1)["value"].unique().to_list() == [2.0]
    assert rows["event"].sum() == 40
    assert rows["value"].max() > 100
    short = rows_of(joined(LATER, goal=Goal.TIME_TO_CHECKOUT, window=1.0))
    assert short["value"].max() == 24.0


@pytest.mark.parametrize(
    ("outcomes", "options", "told"),
    [
        (LATER[:0], {}, "The table of outcomes has no rows"),
        (
            LATER.with_columns(visitor=pl.lit("nobody")),
            {},
            "None of the 40 outcomes belongs to a visitor who was shown",
        ),
        (LATER.with_columns(pl.col("at") - dt.timedelta(days=99)), {}, "All 40 outcomes came before their visitor saw"),
        (
            LATER.with_columns(pl.col("at") + dt.timedelta(days=99)),
            {"window": 2.0},
            "Of 40 outcomes 0 came before their visitor saw a variant and the others later than 2 days",
        ),
        (LATER.with_columns(at=pl.lit(None).cast(pl.Datetime)), {}, "No outcome has a time on both sides"),
        (LATER.drop("at"), {"window": 2.0}, "A window needs a time in both tables"),
        (LATER.drop("at"), {"goal": Goal.TIME_TO_CHECKOUT}, "Time to checkout needs a time in both tables"),
    ],
)
def test_tables_that_do_not_fit_are_refused(outcomes: pl.DataFrame, options: dict[str, Any], told: str) -> None:
    """Two tables that cannot be brought together are one sentence."""
    with pytest.raises(InputError, match=re.escape(told)):
        joined(outcomes, **options)
