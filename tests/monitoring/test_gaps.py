"""Missing cells, zeros and stand-ins that changed places."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def _when(column: str, rows: pl.Expr, value: object) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.with_columns(pl.when(rows).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))


EVERY_FIFTH = pl.int_range(pl.len()) % 5 == 0
CHANGES = {
    "zeros became missing": ("paid", _when("paid", (pl.col("paid") == 0) & EVERY_FIFTH, None), Cause.NULL_SEMANTICS),
    "zeros became -1": ("paid", _when("paid", (pl.col("paid") == 0) & EVERY_FIFTH, -1.0), Cause.NULL_SEMANTICS),
    "a sentinel": ("seconds", _when("seconds", EVERY_FIFTH, 99999.0), Cause.NULL_SEMANTICS),
    "a word": ("shop", _when("shop", EVERY_FIFTH, "(not set)"), Cause.NULL_SEMANTICS),
    "missing at random": ("seconds", _when("seconds", EVERY_FIFTH, None), Cause.MISSINGNESS),
    "missing in a group": ("paid", _when("paid", pl.col("device") == "tablet", None), Cause.MISSINGNESS),
}


def test_outcomes_missing_in_the_last_rows_have_not_arrived(checked: Checked, clean: pl.DataFrame) -> None:
    """By time all rows after the first missing label miss it: a delay, and no loss of cells."""
    there = pl.col("at") < pl.col("at").quantile(0.7)
    late = clean.with_columns(pl.when(there).then(name).alias(name) for name in ("bought", "paid"))
    (found,) = checked(late).incidents
    assert (found.cause, found.columns) == (Cause.LABEL_DELAY, ("bought", "paid"))


@pytest.mark.parametrize("name", CHANGES)
def test_a_gap_has_its_name(name: str, checked: Checked, clean: pl.DataFrame) -> None:
    """Each change of missing cells is one incident on its column with its cause."""
    column, change, cause = CHANGES[name]
    assert [(i.cause, i.columns) for i in checked(change(clean)).incidents] == [(cause, (column,))]


def test_the_group_is_named(checked: Checked, clean: pl.DataFrame) -> None:
    """Cells missing for one device only say so."""
    found = checked(_when("seconds", pl.col("device") == "tablet", None)(clean)).incidents
    assert found[0].evidence["only where"] == "device is tablet"


def test_columns_missing_together_are_one_incident(checked: Checked, clean: pl.DataFrame) -> None:
    """A join that found nothing for some rows is told once."""
    lost = clean.with_columns(
        pl.when(EVERY_FIFTH).then(None).otherwise(pl.col(name)).alias(name) for name in ("shop", "device", "seconds")
    )
    found = checked(lost).incidents
    assert [incident.cause for incident in found] == [Cause.MISSINGNESS]
    assert set(found[0].columns) == {"shop", "device", "seconds"}


@pytest.mark.parametrize("value", [None, 0.0])
def test_missing_cells_that_are_gone_are_told(value: float | None) -> None:
    """Cells that used to be missing and now hold 0, or anything, are a question of meaning."""
    lost = pl.when(pl.int_range(pl.len()) % 4 == 0).then(None).otherwise(pl.col("seconds")).alias("seconds")
    with from_frame(visits(3000, 0).with_columns(lost)) as table:
        baseline = learn_baseline(table)
    batch = visits(1000, 5)
    if value is not None:
        batch = _when("seconds", pl.int_range(pl.len()) % 4 == 0, value)(batch)
    with from_frame(batch) as table:
        found = check(baseline, table).incidents
    assert {incident.cause for incident in found} == {Cause.NULL_SEMANTICS}
    assert found[0].columns == ("seconds",)


def test_a_new_word_for_missing_is_told_beside_an_old_one() -> None:
    """A level called "none" in the reference does not hide another word that was never there."""
    rng = np.random.default_rng(6)

    def rows(count: int) -> pl.DataFrame:
        return pl.DataFrame(
            {"campaign": rng.choice(["none", "mail", "search"], count), "worth": rng.normal(9, 2, count)}
        )

    with from_frame(rows(3000)) as table:
        baseline = learn_baseline(table)
    third = pl.int_range(pl.len()) % 20 == 0
    frame = rows(1000).with_columns(pl.when(third).then(pl.lit("(not set)")).otherwise("campaign").alias("campaign"))
    with from_frame(frame) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, found.evidence["value"]) == (Cause.NULL_SEMANTICS, "(not set)")
