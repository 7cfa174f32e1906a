"""Tests of the sample of a huge table: what is said of it, and the larger run that proves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clientela.domain.estimate import Estimate
from clientela.domain.roles import Roles
from clientela.models import sampling
from clientela.models.learning import Learned, learn
from clientela.models.options import ModelOptions
from clientela.models.result import Larger
from clientela.tables.frames import from_frame
from clientela.tables.table import ROW


def about(value: float, error: float) -> Estimate:
    """Return an estimate with an interval of that half width."""
    return Estimate(value, value - error, value + error, 90, "bootstrap by visitor")


def larger(gain: float, error: float) -> Larger:
    """Return a larger run that is better by so much."""
    return Larger(1000, 3250, 750, about(0.7, 0.02), about(gain, error), about(0.0, 0.01))


def many_brands(rows: int) -> pl.DataFrame:
    """Return rows whose label hangs on the brand, one of 120: a small sample knows few of them."""
    rng = np.random.default_rng(8)
    brand = rng.integers(0, 120, rows)
    odds = rng.normal(size=120)[brand] * 2.0
    bought = rng.random(rows) < 1 / (1 + np.exp(-odds))
    return pl.DataFrame(
        {"visitor": [f"v{row // 2}" for row in range(rows)], "brand": [f"b{code}" for code in brand], "bought": bought}
    )


def test_more_rows_are_learned_from_where_they_pay(roles_of: Callable[..., Roles], quick: ModelOptions) -> None:
    """A larger run that is surely better, and by enough, makes the model learn from as many rows, once."""
    frame = many_brands(9000)
    options = replace(quick, sample_rows=700, resamples=60)
    found = learn(from_frame(frame), roles_of(frame, "bought"), (), options).result
    assert found.larger is not None
    assert sampling.pays(found.larger)
    assert found.larger.sample < 800
    assert found.larger.rows > 2 * found.larger.sample
    assert 2500 < found.rows < 3100
    assert any("that pays, so this model has learned from as many." in note for note in found.notes)


def test_a_sample_that_loses_nothing_stays(roles_of: Callable[..., Roles], quick: ModelOptions) -> None:
    """Where twice as many rows are not there, or more rows do not pay, the sample is what is learned from."""
    frame = many_brands(1200).with_columns(brand=pl.col("brand").str.tail(1))
    roles = roles_of(frame, "bought")
    none = learn(from_frame(frame), roles, (), replace(quick, sample_rows=700)).result
    assert none.larger is None
    some = learn(from_frame(frame), roles, (), replace(quick, sample_rows=300, resamples=60)).result
    assert some.larger is not None
    assert not sampling.pays(some.larger)
    assert some.rows < 400


def test_what_is_said_of_the_sample(learned: Learned) -> None:
    """Better by enough, no better, and unclear are three sentences; all rows learned from are none."""
    roles = Roles((), "group")
    result = replace(learned.result, table_rows=8000, curve=None)

    def said(gain: float, error: float) -> str:
        return sampling.told(replace(result, larger=larger(gain, error)), roles, 400)[-1]

    start = "One run on 3,250 rows changes the auc of 1,000 by "
    tested = ", on 750 rows of which neither has learned: "
    assert (
        said(0.02, 0.01) == f"{start}0.0200 [0.0100, 0.0300]{tested}that pays, so this model has learned from as many."
    )
    assert said(0.001, 0.002) == f"{start}0.0010 [-0.0010, 0.0030]{tested}the sample loses nothing that pays."
    assert said(0.01, 0.02) == f"{start}0.0100 [-0.0100, 0.0300]{tested}whether more rows pay cannot be told."
    assert said(0.004, 0.003).endswith("cannot be told.")
    assert sampling.told(replace(result, table_rows=result.rows), roles, 400) == ()


def test_rows_tested_on_are_of_visitors_that_neither_knows() -> None:
    """No visitor, and no row equal to one of the sample, is on both sides; the sample is learned from whole."""
    rng = np.random.default_rng(2)
    groups = rng.integers(0, 400, 1500)
    frame = pl.DataFrame({ROW: np.arange(1500) * 3})
    known = np.isin(groups, np.arange(100))
    sample = frame[ROW].filter(pl.Series(known))
    train, test = sampling._parted(frame, sample, groups, 0)
    assert len(train) + len(test) == 1500
    assert not np.isin(groups[test], groups[train]).any()
    assert known[train].sum() == known.sum()
    assert len(test) == pytest.approx(0.25 * np.count_nonzero(~known), rel=0.2)
