"""Relations that faded or are turned are named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def test_values_on_other_rows_fade_a_relation(checked: Checked, clean: pl.DataFrame) -> None:
    """Shuffled or one row late, a column keeps its distribution and loses its partners."""
    for change in (pl.col("seconds").shuffle(seed=1), pl.col("seconds").shift(1).fill_null(strategy="backward")):
        found = checked(clean.with_columns(change)).incidents
        assert [incident.cause for incident in found] == [Cause.ROW_MISALIGNMENT]
        assert set(found[0].columns) <= {"seconds", "pages"}


def _with_tiers(rows: int, seed: int) -> pl.DataFrame:
    """Return visits with what another table brings: a tier that goes with device and pages, and points by the tier."""
    frame, rng = visits(rows, seed), np.random.default_rng(seed)
    tier = (frame["device"] == "phone").cast(pl.Int64) + (frame["pages"] > 4).cast(pl.Int64) + (rng.random(rows) < 0.2)
    kinds = tier.replace_strict({0: "low", 1: "mid", 2: "high", 3: "top"})
    return frame.with_columns(tier=kinds, points=tier * 10 + pl.Series(rng.poisson(6, rows)))


def test_a_block_on_other_rows_is_one_break_and_two_columns_are_two() -> None:
    """Tier and points that a join put on other rows still go with each other; put there one by one they do not."""
    with from_frame(_with_tiers(5000, 0)) as table:
        baseline = learn_baseline(table)
    clean, told = _with_tiers(1000, 5), []
    for seeds in ((1, 1), (1, 2)):
        shuffled = (pl.col(n).shuffle(seed=seed) for n, seed in zip(("tier", "points"), seeds, strict=True))
        with from_frame(clean.with_columns(shuffled)) as table:
            told.append([(i.cause, frozenset(i.columns)) for i in check(baseline, table).incidents])
    assert told[0] == [(Cause.ROW_MISALIGNMENT, frozenset({"tier", "points"}))]
    assert len(told[1]) == 2
    assert frozenset({"tier", "points"}) not in [columns for _, columns in told[1]]
