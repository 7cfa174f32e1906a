"""A number that changed in one group only is named with the group."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame


def _visits(rows: int, seed: int) -> pl.DataFrame:
    """Return visits from four devices: pages, seconds and the value of the pages, mostly 0 but for buyers."""
    rng = np.random.default_rng(seed)
    pages, bought = rng.poisson(5, rows) + 1, rng.random(rows) < 0.15
    valued = bought | (rng.random(rows) < 0.06)
    return pl.DataFrame(
        {
            "device": rng.choice(["phone", "desktop", "tablet", "tv"], rows, p=[0.52, 0.38, 0.07, 0.03]),
            "bought": bought,
            "pages": pages,
            "seconds": (pages * rng.lognormal(3, 0.5, rows)).round(1),
            "speed": rng.lognormal(8, 0.7, rows).round(0),
            "value": np.where(valued, rng.gamma(2, 10, rows).round(2), 0.0),
        }
    )


def _where(column: str, rows: pl.Expr, value: pl.Expr | float) -> Callable[[pl.DataFrame], pl.DataFrame]:
    fresh = value if isinstance(value, pl.Expr) else pl.lit(value)
    return lambda frame: frame.with_columns(pl.when(rows).then(fresh).otherwise(column).alias(column))


CHANGES = {
    "counted twice": (
        _where("seconds", pl.col("device") == "tablet", pl.col("seconds") * 2),
        (Cause.METRIC_DEFINITION, "seconds", "device is tablet"),
    ),
    "left out for some": (
        _where("value", ~pl.col("bought") & (pl.int_range(pl.len()) % 5 > 0), 0.0),
        (Cause.METRIC_DEFINITION, "value", "bought is false"),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_one_group_is_named_with_it(name: str) -> None:
    """What all rows together hardly show is told where it is, by what it did there."""
    change, (cause, column, where) = CHANGES[name]
    (found,) = check(learn_baseline(from_frame(_visits(6000, 1))), from_frame(change(_visits(1000, 2)))).incidents
    assert (found.cause, found.columns) == (cause, (column,))
    assert where in found.title


def test_another_season_changes_groups_in_any_way() -> None:
    """In a later month the same change of one group is not called a break."""

    def dated(rows: int, seed: int, first: int) -> pl.DataFrame:
        days = np.sort(np.random.default_rng(seed).integers(first, first + 60, rows))
        at = np.datetime64("2026-01-01T00:00:00", "us") + days * 86_400_000_000
        return _visits(rows, seed).with_columns(at=pl.Series(at))

    baseline = learn_baseline(from_frame(dated(6000, 1, 0)))
    change = CHANGES["counted twice"][0]
    now, later = (check(baseline, from_frame(change(dated(1000, 2, first)))) for first in (0, 90))
    assert ["device is tablet" in incident.title for incident in now.incidents] == [True]
    assert not later.incidents
