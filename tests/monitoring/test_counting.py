"""A number that counts earlier rows goes on in another month, which no rule of counting changed."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.monitoring.made import month_of

from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.case import Case
from clientela.monitoring.checking import check
from clientela.monitoring.columns import Side
from clientela.monitoring.counting import counts_on
from clientela.tables.frames import from_frame

KNOWN, ROWS = 4000, 1000


def _visits() -> pl.DataFrame:
    """Return visits of three months with how many their visitor made before: in the first two many come for good."""
    rng = np.random.default_rng(1)
    old = rng.integers(0, 2500, 2 * KNOWN + ROWS)
    month = np.repeat([1, 2, 3], [KNOWN, KNOWN, ROWS])
    fresh = rng.random(old.size) < np.where(month < 3, 0.45, 0.55)
    who = np.where(fresh, 3000 + np.arange(old.size), old)
    back = fresh & (month == 3) & (rng.random(old.size) < 0.2)  # who was new in winter comes again in spring
    who[back] = rng.choice(np.unique(who[fresh & (month < 3)]), back.sum(), replace=False)
    at = pl.concat([month_of(rng, int((month == one).sum()), one) for one in (1, 2, 3)])
    frame = pl.DataFrame({"who": [f"c{one:05d}" for one in who], "at": at, "month": month}).sort("at")
    base = pl.col("who").str.slice(1).cast(pl.Int64)
    before = pl.when(base < 3000).then((base % 97) ** 2 // 100 + 1).otherwise(0) + pl.int_range(pl.len()).over("who")
    visit = pl.format("v{}", pl.int_range(pl.len()))
    return frame.with_columns(
        before.alias("before"), visit.alias("visit"), pl.Series("pages", rng.geometric(0.2, old.size))
    )


@pytest.fixture(scope="module")
def visits() -> pl.DataFrame:
    """All visits."""
    return _visits()


@pytest.fixture(scope="module")
def learnt(visits: pl.DataFrame) -> Baseline:
    """What is learnt from the first two months."""
    with from_frame(visits.filter(pl.col("month") < 3).drop("month")) as table:
        return learn_baseline(table)


def test_a_count_that_goes_on_may_move(visits: pl.DataFrame, learnt: Baseline) -> None:
    """Visitors who were new come back with one visit before, which moves the number and breaks nothing."""
    with from_frame(visits.filter(pl.col("month") == 3).drop("month")) as table:
        assert check(learnt, table).incidents == ()


@pytest.mark.parametrize(("more", "goes_on"), [(0, True), (1, False)])
def test_a_count_by_another_rule_does_not_go_on(
    visits: pl.DataFrame, learnt: Baseline, more: int, goes_on: bool
) -> None:
    """Where all have one visit more than those before, the number is another count; so is one that counts no rows."""
    batch = visits.filter(pl.col("month") == 3).with_columns(pl.col("before") + more)
    moments = batch["at"].dt.epoch("s").to_numpy().astype(np.float64)
    numbers = {name: batch[name].to_numpy().astype(np.float64) for name in ("before", "pages")} | {"at": moments}
    case = Case(learnt, learnt.side, Side(batch.height, numbers, {"who": batch["who"]}), moments, later=True)
    assert counts_on(case, "before") is goes_on
    assert not counts_on(case, "pages")
