"""Tests of what the splits of the same rows tell beside each other."""

from collections.abc import Callable

import numpy as np
import polars as pl

from clientela.domain.roles import Roles
from clientela.models.evidence import SideBySide
from clientela.models.learning import learn
from clientela.models.options import ModelOptions
from clientela.tables.frames import from_frame

OPTIONS = ModelOptions(seed=3, folds=3, resamples=60, threads=1)


def in_time(frame: pl.DataFrame, roles: Roles) -> SideBySide:
    """Return what the split forward in time tells."""
    found = learn(from_frame(frame), roles, (), OPTIONS).result.evidence
    assert found is not None
    return next(one for one in found.splits if one.second == "forward in time")


def rising(visits: pl.DataFrame) -> pl.DataFrame:
    """Return the visits, whose share of buyers rises all the time while pages tell the same."""
    rng = np.random.default_rng(2)
    odds = np.linspace(-2.5, 0.8, len(visits)) + 0.8 * (visits["pages"].to_numpy() - 4)
    bought = np.where(rng.random(len(visits)) < 1 / (1 + np.exp(-odds)), "yes", "no")
    return visits.with_columns(bought=pl.Series(bought), visitor=pl.col("visit"))


def test_a_share_that_rises_is_told_where_the_ranking_stays(
    visits_of: Callable[..., pl.DataFrame], roles_of: Callable[..., Roles]
) -> None:
    """Share and chances are judged each by their own interval, not by the ranking."""
    frame = rising(visits_of(800, 4))
    found = in_time(frame, roles_of(frame, "bought"))
    assert found.tells.startswith("The newest rows are ranked as well from the past alone, as far as can be told.")
    assert found.share is not None
    assert found.share.low > 0.1
    assert found.off is not None
    assert found.off.high < 0
    assert "no change" not in found.tells
    assert found.tells.endswith("too few beyond chance.")


def test_a_world_that_stays_is_told_as_one(
    visits_of: Callable[..., pl.DataFrame], roles_of: Callable[..., Roles]
) -> None:
    """Where nothing changes, neither share nor chances are said to."""
    frame = visits_of(800, 8).with_columns(visitor=pl.col("visit"))
    found = in_time(frame, roles_of(frame, "bought"))
    assert found.first == "folds by visitor"
    assert "no change that can be told from chance" in found.tells
    assert found.tells.endswith("not off beyond chance.")


def test_a_past_that_knows_the_visitors_is_held_against_folds_that_do(
    visits_of: Callable[..., pl.DataFrame], roles_of: Callable[..., Roles]
) -> None:
    """Where most visitors come again they stay in the past: folds that keep them apart ask another question."""
    frame = visits_of(400, 7)
    crowd = pl.Series([f"p{index % 60}" for index in range(len(frame))])
    found = in_time(frame.with_columns(visitor=crowd), roles_of(frame, "bought"))
    assert found.first == "random folds"
