"""Values that stand one column on are one shift, whatever the columns hold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame

ROWS = pl.int_range(pl.len()) % 4 == 0


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    """What is learnt from made visits without their times."""
    return learn_baseline(from_frame(visits(5000, 0).drop("at")), "bought")


def _moved(frame: pl.DataFrame, names: list[str], rows: pl.Expr = ROWS) -> pl.DataFrame:
    """Return rows in which the first column is empty and each next one holds the text of the one before it."""
    texts = frame.with_columns(pl.col(names).cast(pl.String))
    moved = [pl.when(rows).then(pl.col(left)).otherwise(pl.col(right)).alias(right) for left, right in pairwise(names)]
    return texts.with_columns(pl.when(~rows).then(pl.col(names[0])).alias(names[0]), *moved)


SHIFTS = {
    "words": ["shop", "device", "pages"],
    "numbers": ["pages", "seconds", "bought", "paid"],
    "a key": ["visit", "shop", "device"],
    "back": ["seconds", "pages", "device", "shop"],
}


@pytest.mark.parametrize("name", SHIFTS)
@pytest.mark.parametrize("rows", [ROWS, pl.lit(value=True)])
def test_values_of_the_column_before_are_one_shift(
    name: str, rows: pl.Expr, baseline: Baseline, clean: pl.DataFrame
) -> None:
    """Categories, numbers and keys that moved on beside an empty column are one incident with all their columns."""
    (found,) = check(baseline, from_frame(_moved(clean.drop("at"), SHIFTS[name], rows))).incidents
    assert found.cause is Cause.COLUMN_SHIFT
    assert set(found.columns) == set(SHIFTS[name])
    assert found.strength is not None
    assert found.strength.value == clean.select(rows.mean() + pl.lit(0.0)).item()


def test_a_missing_column_beside_one_that_changed_is_no_shift(baseline: Baseline, clean: pl.DataFrame) -> None:
    """A category that is lost, with the next one renamed in the same rows, keeps both causes."""
    frame = clean.drop("at").with_columns(
        pl.when(~ROWS).then("shop").alias("shop"),
        pl.when(ROWS & (pl.col("device") == "phone")).then(pl.lit("mobile")).otherwise("device").alias("device"),
    )
    causes = {found.cause for found in check(baseline, from_frame(frame)).incidents}
    assert Cause.COLUMN_SHIFT not in causes
    assert Cause.MISSINGNESS in causes


def test_columns_that_lost_their_words_beside_a_missing_one_are_no_shift(
    baseline: Baseline, clean: pl.DataFrame
) -> None:
    """Words that nobody knows, in two columns beside one that is missing in the same rows, came from no neighbour."""
    lost = {"device": pl.lit(None), "shop": pl.lit("s?"), "visit": pl.concat_str(pl.lit("?"), "visit")}
    frame = clean.drop("at").with_columns(
        pl.when(ROWS).then(word).otherwise(name).alias(name) for name, word in lost.items()
    )
    assert Cause.COLUMN_SHIFT not in {found.cause for found in check(baseline, from_frame(frame)).incidents}


def test_a_column_that_was_missing_before_leaves_no_place() -> None:
    """Answers that look like those of the question before, where that one was never asked, are as they always were."""

    def answers(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        skipped = rng.random(rows) < 0.3
        chances = [np.full(rows, 0.9), np.where(skipped, 0.9, 0.2), np.where(skipped, 0.41, 0.95)]
        first, second, third = (np.where(rng.random(rows) < chance, "yes", "no") for chance in chances)
        asked = pl.Series(first).set(pl.Series(skipped), None)
        return pl.DataFrame({"first": asked, "second": second, "third": third, "seconds": rng.gamma(2, 40, rows)})

    assert check(learn_baseline(from_frame(answers(5000, 1))), from_frame(answers(1000, 2))).incidents == ()
