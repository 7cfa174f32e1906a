"""Rules that are broken, and values on the wrong rows."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.result import CheckResult

Checked = Callable[[pl.DataFrame], CheckResult]


def test_a_wider_label_breaks_the_rule_one_way(checked: Checked, clean: pl.DataFrame) -> None:
    """Buyers without an amount are another definition of the label, with the rule that it breaks."""
    wider = pl.when(pl.int_range(pl.len()) % 12 == 0).then(pl.lit(value=True)).otherwise("bought").alias("bought")
    found = checked(clean.with_columns(wider)).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.METRIC_DEFINITION, ("bought",))]
    assert found[0].evidence["rule"] == "where bought is true, paid > 0"


def test_values_on_other_rows_fade_a_relation(checked: Checked, clean: pl.DataFrame) -> None:
    """Shuffled or one row late, a column keeps its distribution and loses its partners."""
    for change in (pl.col("seconds").shuffle(seed=1), pl.col("seconds").shift(1).fill_null(strategy="backward")):
        found = checked(clean.with_columns(change)).incidents
        assert [incident.cause for incident in found] == [Cause.ROW_MISALIGNMENT]
        assert set(found[0].columns) <= {"seconds", "pages"}


def test_a_column_that_agreed_with_the_time_and_froze_is_stuck(checked: Checked, clean: pl.DataFrame) -> None:
    """A part of the day that stands still breaks its rule with the time, and is told as frozen."""
    from_hour = pl.when(pl.col("at").dt.hour() < 12).then(pl.lit("early")).otherwise(pl.lit("late"))
    assert checked(clean.with_columns(from_hour.alias("part"))).incidents[0].cause is Cause.COLUMN_ADDED
