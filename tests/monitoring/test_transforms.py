"""Small changes of a number: what they make of the reference's values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.result import CheckResult
from clientela.monitoring.transforms import changes, unit_of

Checked = Callable[[pl.DataFrame], CheckResult]


def test_a_factor_is_rounded_as_the_batch_is() -> None:
    """Whole numbers times a factor are whole: rounded, and cut where a program cuts; a coarser batch is no factor."""
    base = np.arange(1.0, 101.0)
    made = [change.values for change in changes(base, np.floor(base * 0.5), {}) if change.name == "times 0.5"]
    assert [values[2] for values in made[:3]] == [2.0, 1.0, 2.0]
    fine = np.round(base * 0.37, 2)
    coarse = next(change for change in changes(fine, np.rint(fine), {}) if change.name == "times 1.11")
    assert coarse.values[0] == pytest.approx(0.37 * 1.11)


@pytest.mark.parametrize(("values", "step"), [([1.5, 2.0], 0.1), ([3.0, 1e300], 1.0), ([1 / 3, 2.0], 2e-6)])
def test_the_step_of_values(values: list[float], step: float) -> None:
    """The decimal step, whatever the size; a millionth of the largest where there is none."""
    assert unit_of(np.array(values)) == pytest.approx(step)


@pytest.mark.parametrize("below", [True, False])
def test_rows_lost_beyond_a_limit_are_a_loss(below: bool, checked: Checked) -> None:
    """Of the short, or the long, visits one in twelve arrives: rows are lost, and no value is another one."""
    beyond = pl.col("seconds") < 45 if below else pl.col("seconds") > 150
    batch = visits(2000, 5).filter(~beyond | (pl.int_range(pl.len()) % 12 == 0))
    found = checked(batch).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.SAMPLING, ("seconds",))]


def test_a_count_from_zero_is_another_definition(checked: Checked) -> None:
    """One more in half of the rows of a count is told with its number."""
    half = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("pages") + 1).otherwise("pages").alias("pages")
    (found,) = checked(visits(2000, 5).with_columns(half)).incidents
    assert (found.cause, found.columns) == (Cause.METRIC_DEFINITION, ("pages",))
    assert "+1 added" in found.title


@pytest.mark.parametrize("top", [1e290, 1.7e308])
def test_the_largest_numbers_there_are_are_told_without_a_warning(
    top: float, checked: Checked, clean: pl.DataFrame
) -> None:
    """Times at the end of what numbers can be, in a tenth of the rows, are one incident on their column."""
    share = 0.1 + 0.9 * (pl.int_range(pl.len()) % 97) / 97
    far = pl.when(pl.int_range(pl.len()) % 10 == 0).then(top * share).otherwise("seconds").alias("seconds")
    assert [item.columns for item in checked(clean.with_columns(far)).incidents] == [("seconds",)]
