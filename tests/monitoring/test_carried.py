"""Levels that have fewer rows because of the mix of another category are no loss; rows of theirs that are gone are."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.monitoring.made import month_of

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame

GROUPS = ["batteries", "brakes", "filters", "lamps", "wipers", "tyres", "chains", "saddles", "locks", "oils"]
WINTER = [0.12, 0.15, 0.12, 0.12, 0.12, 0.08, 0.06, 0.05, 0.04, 0.14]
SPRING = [0.05, 0.14, 0.13, 0.08, 0.09, 0.13, 0.11, 0.09, 0.07, 0.11]


def _sold(rows: int, seed: int, month: int, mix: list[float]) -> pl.DataFrame:
    """Return visits to articles of groups, of which batteries come in large parcels and mostly of two makers."""
    rng = np.random.default_rng(seed)
    group = rng.choice(GROUPS, rows, p=mix)
    heavy = group == "batteries"
    parcel = np.where(heavy & (rng.random(rows) < 0.9), "XL", rng.choice(["S", "M", "L"], rows, p=[0.4, 0.4, 0.2]))
    maker = np.where(heavy, rng.choice(["Akku", "Blei", "Volt"], rows), rng.choice(list("CDEFGH"), rows))
    return pl.DataFrame(
        {
            "visit": [f"v{seed}-{number:06d}" for number in range(rows)],
            "at": month_of(rng, rows, month),
            "group": group,
            "parcel": parcel,
            "maker": maker,
            "pages": rng.geometric(0.2, rows),
        }
    )


@pytest.fixture(scope="module")
def winter() -> Baseline:
    """What is learnt from 6,000 visits of two months of winter."""
    with from_frame(pl.concat([_sold(3000, 1, 1, WINTER), _sold(3000, 2, 2, WINTER)])) as table:
        return learn_baseline(table)


@pytest.mark.parametrize("seed", range(3, 8))
def test_what_follows_from_another_mix_is_a_season(winter: Baseline, seed: int) -> None:
    """Fewer batteries in spring come in large parcels, and of their makers, less often: nothing was lost."""
    with from_frame(_sold(1000, seed, 3, SPRING)) as table:
        assert check(winter, table).incidents == ()


@pytest.mark.parametrize("seed", range(3, 6))
def test_rows_of_a_level_that_are_gone_are_no_mix(winter: Baseline, seed: int) -> None:
    """Seven of ten large parcels that did not arrive take batteries along, and leave all other groups as they were."""
    batch = _sold(1200, seed, 3, WINTER)
    gone = (pl.col("parcel") == "XL") & (pl.int_range(pl.len()) % 10 < 7)
    with from_frame(batch.filter(~gone)) as table:
        found = check(winter, table).incidents
    assert [(one.cause, one.columns) for one in found] == [(Cause.CATEGORY_REMOVED, ("parcel",))]
