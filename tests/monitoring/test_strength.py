"""How large a break is, with an interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.result import CheckResult
from clientela.monitoring.strength import score_interval, strength_of
from clientela.statistics.intervals import wilson

Checked = Callable[[pl.DataFrame], CheckResult]


def test_the_interval_of_a_share_is_the_one_of_the_house() -> None:
    """It is Wilson's, to the digits that matter."""
    for count, rows in ((0, 10), (3, 10), (10, 10), (500, 1000)):
        mine, theirs = score_interval(count, rows), wilson(count, rows)
        assert (mine.value, mine.low, mine.high) == pytest.approx((theirs.value, theirs.low, theirs.high), abs=1e-6)
    assert np.isnan(score_interval(0, 0).low)


def test_what_is_no_matter_of_rows_has_no_strength() -> None:
    """A number of rows and a share outside 0 to 1 have none; a lost column concerns all rows."""
    assert strength_of(Cause.VOLUME, {"rows": 3}, 10, 10) is None
    assert strength_of(Cause.UNKNOWN, {"share": 3.0}, 10, 10) is None
    whole = strength_of(Cause.COLUMN_REMOVED, {}, 10, 10)
    assert whole is not None
    assert (whole.low, whole.high) == (1.0, 1.0)


@pytest.mark.parametrize("share", [0.15, 0.4, 0.8])
def test_the_interval_holds_the_share_that_was_planted(share: float, checked: Checked) -> None:
    """Rows in another unit, and rows without a cell, are counted or estimated with an interval that covers them."""
    frame = visits(1500, 51)
    hit = pl.Series(np.random.default_rng(3).random(frame.height) < share)
    units = frame.with_columns(pl.when(hit).then(pl.col("seconds") * 1000).otherwise("seconds").alias("seconds"))
    gone = frame.with_columns(pl.when(hit).then(None).otherwise("seconds").alias("seconds"))
    for broken in (units, gone):
        (found,) = checked(broken).incidents
        assert found.strength is not None
        assert found.strength.low <= float(hit.cast(pl.Float64).sum() / len(hit)) <= found.strength.high
        assert found.strength.high - found.strength.low < 0.2
