"""Several levels that lost their rows at once, in another time than the reference's."""

from __future__ import annotations

import numpy as np
import polars as pl
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame


def test_the_largest_level_has_not_taken_what_all_have_more_of() -> None:
    """Of two countries no rows came, months later: the largest one has more of the rows in proportion, as all have."""

    def lands(rows: int, seed: int, days: int = 0) -> pl.DataFrame:
        shares = [0.42, 0.15, 0.13, 0.1, 0.08, 0.06, 0.04, 0.02]
        land = np.random.default_rng((seed, 5)).choice([f"land {n}" for n in range(8)], rows, p=shares)
        return visits(rows, seed).with_columns(pl.col("at") + pl.duration(days=days), land=pl.Series(land))

    lost = pl.col("land").is_in(["land 3", "land 5"]) & (pl.int_range(pl.len()) % 20 != 0)
    learnt = learn_baseline(from_frame(lands(6000, 1)))
    told = [
        check(learnt, from_frame(frame)).incidents for frame in (lands(1000, 2, 120), lands(1000, 2, 120).filter(~lost))
    ]
    assert [[(item.cause, item.columns) for item in found] for found in told] == [
        [],
        [(Cause.CATEGORY_REMOVED, ("land",))],
    ]


def test_pages_of_one_campaign_that_are_one_now_are_merged_in_another_month() -> None:
    """All pages of a campaign come as one of them, months later; pages that are retired with their rows are none."""

    def pages(rows: int, seed: int, days: int = 0, shares: tuple[float, ...] = (0.5, 0.3, 0.2)) -> pl.DataFrame:
        rng = np.random.default_rng((seed, 9))
        theme = rng.choice(["gifts", "water", "school"], rows, p=shares)
        page = [f"/{one}/{n}" for one, n in zip(theme, rng.choice(4, rows, p=[0.4, 0.3, 0.2, 0.1]), strict=True)]
        frame = visits(rows, seed).with_columns(pl.col("at") + pl.duration(days=days))
        return frame.with_columns(page=pl.Series(page), theme=pl.Series(theme))

    learnt = learn_baseline(from_frame(pages(6000, 1)))
    later = pages(1500, 2, 120, (0.4, 0.4, 0.2))
    away = pl.col("page").is_in(["/water/1", "/water/2", "/water/3"])
    one = later.with_columns(pl.when(away).then(pl.lit("/water/0")).otherwise("page").alias("page"))
    told = [{(i.cause, i.columns) for i in check(learnt, from_frame(frame)).incidents} for frame in (later, one)]
    assert told == [set(), {(Cause.CATEGORY_MERGED, ("page",))}]
    retired = check(learnt, from_frame(later.filter(~away))).incidents
    assert Cause.CATEGORY_MERGED not in {item.cause for item in retired}
