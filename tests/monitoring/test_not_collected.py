"""Rows beyond a limit of a number that did not arrive are told from a number that was cut or wrapped there."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame


def _seen(rows: int, seed: int) -> pl.DataFrame:
    """Return visits whose seconds go with their pages, and an amount that goes with neither."""
    rng = np.random.default_rng(seed)
    pages = rng.negative_binomial(1, 0.04, rows) + 1
    return pl.DataFrame(
        {
            "visit": [f"v{seed}x{n}" for n in range(rows)],
            "pages": pages,
            "seconds": (pages * rng.gamma(2, 15, rows)).round(1),
            "basket": rng.gamma(2, 20, rows).round(2),
        }
    )


@pytest.fixture(scope="module", name="seen")
def _baseline() -> Baseline:
    return learn_baseline(from_frame(_seen(6000, 1)))


@pytest.mark.parametrize(("limit", "part"), [(30, 1.0), (50, 1.0), (30, 0.9)])
def test_visits_beyond_a_number_of_pages_that_are_gone_are_not_collected(
    seen: Baseline, limit: int, part: float
) -> None:
    """Long visits that do not arrive are missing in all columns: one loss, though each has a change of its own."""
    gone = (pl.col("pages") > limit) & (pl.Series(np.random.default_rng(4).random(1500)) < part)
    (found,) = check(seen, from_frame(_seen(1500, 2).filter(~gone))).incidents
    assert (found.cause, found.columns) == (Cause.SAMPLING, ("pages",))


def test_short_visits_that_are_gone_are_not_collected_either(seen: Baseline) -> None:
    """Visits of few seconds that do not arrive are a loss of rows, of which the pages tell too."""
    (found,) = check(seen, from_frame(_seen(1500, 2).filter(pl.col("seconds") >= 90))).incidents
    assert (found.cause, found.columns) == (Cause.SAMPLING, ("seconds",))


def test_a_number_that_is_cut_or_wrapped_is_no_loss_of_rows(seen: Baseline) -> None:
    """A limit to which values go, or at which they begin anew, leaves the other columns as they were."""
    cut = pl.col("pages").clip(upper_bound=40)
    wrapped = pl.col("pages") % 64
    told = [
        [item.cause for item in check(seen, from_frame(_seen(1500, 2).with_columns(pages=change))).incidents]
        for change in (cut, wrapped, pl.col("pages"))
    ]
    assert told == [[Cause.METRIC_DEFINITION], [Cause.OVERFLOW], []]


def test_two_thirds_of_the_long_visits_lost_are_a_step_and_fewer_of_them_are_a_bend(seen: Baseline) -> None:
    """Up to a limit all visits are as before and beyond it a third of them; a mix of shorter visits has no limit."""
    drawn = pl.Series(np.random.default_rng(4).random(2000))
    frame = _seen(2000, 2)
    step = frame.filter((pl.col("pages") <= 20) | (drawn < 1 / 3))
    bend = frame.filter(drawn < (-frame["pages"] / 25).exp())
    told = [[(item.cause, item.columns) for item in check(seen, from_frame(part)).incidents] for part in (step, bend)]
    assert told[0] == [(Cause.SAMPLING, ("pages",))]
    assert Cause.SAMPLING not in [cause for cause, _ in told[1]]
