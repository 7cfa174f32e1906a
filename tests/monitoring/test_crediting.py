"""That a level gave rows to another is told by counts and by the other columns of the rows."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import polars as pl
from tests.monitoring.conftest import visits

from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.case import Case
from clientela.monitoring.checking import check
from clientela.monitoring.columns import Side
from clientela.monitoring.crediting import compare, count_chance, credit_chance, credit_score, given_share
from clientela.monitoring.levels import Levels, counted
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame


def _sources(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of five sources, whose visitors differ in what they look at."""
    rng = np.random.default_rng(seed)
    source = rng.choice(5, rows, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    depth = np.round(rng.gamma(2.0, 1.0, rows) + 1.2 * (source == 1), 3)
    return pl.DataFrame(
        {
            "source": np.array(["search", "mail", "direct", "social", "partner"])[source],
            "depth": depth,
            "scroll": np.round(rng.random(rows) + 0.3 * (source == 1), 3),
        }
    )


@functools.cache
def _learnt() -> Baseline:
    with from_frame(_sources(6000, 1)) as table:
        return learn_baseline(table)


def _case(change: pl.Expr | None = None, seed: int = 2, rows: int = 1000) -> Case:
    batch = _sources(rows, seed)
    batch = batch if change is None else batch.with_columns(change)
    side = Side(batch.height).put("source", batch["source"])
    for name in ("depth", "scroll"):
        side = side.put(name, batch[name].to_numpy())
    return Case(_learnt(), _learnt().side, side, np.full(batch.height, np.nan))


CREDIT = (
    pl.when((pl.col("source") == "mail") & (pl.int_range(pl.len()) % 4 == 0))
    .then(pl.lit("search"))
    .otherwise(pl.col("source"))
    .alias("source")
)


def _places(levels: Levels) -> tuple[int, int]:
    return levels.names.index("mail"), levels.names.index("search")


def test_the_rows_tell_more_than_the_counts() -> None:
    """A quarter of a source credited to another is surer with the other columns; a clean batch is near zero."""
    surer = []
    for seed in range(2, 8):
        case = _case(CREDIT, seed)
        levels = counted(case, "source")
        score = credit_score(case, "source", levels, *_places(levels))
        given, error = given_share(levels, *_places(levels))
        assert score is not None
        surer.append(score - given / error)
        clean = _case(None, seed)
        quiet = credit_score(clean, "source", counted(clean, "source"), *_places(counted(clean, "source")))
        assert quiet is not None
        assert abs(quiet) < 3.5
    assert np.mean(surer) > 0.7


def test_other_columns_that_changed_themselves_tell_nothing() -> None:
    """Where the giver's own rows look otherwise, only the counts are asked."""
    case = _case(pl.col("depth").shuffle(seed=0))
    levels = counted(case, "source")
    assert credit_score(case, "source", levels, *_places(levels)) is None
    assert credit_chance(case, "source", levels, *_places(levels)) == count_chance(levels, *_places(levels))
    assert not compare(case, "source", "search", "mail", 0.2).told


def test_two_levels_give_each_other_what_they_lose() -> None:
    """With no others the share that was given is the loss of the giver."""
    levels = Levels(("a", "b"), np.array([300.0, 700.0]), np.array([2000.0, 3000.0]))
    given, error = given_share(levels, 0, 1)
    assert round(given, 9) == 0.1
    assert round(error, 4) == 0.0170
    assert count_chance(levels, 1, 0) == 1.0


def test_a_column_on_other_rows_credits_nothing(checked: Callable[[pl.DataFrame], CheckResult]) -> None:
    """Values of a column that slipped by one row are no sign that levels of another one were credited."""
    found = checked(visits(1000, 5).with_columns(pl.col("pages").shift(1).fill_null(3))).incidents
    assert not {"shop", "device"} & {column for incident in found for column in incident.columns}


def _trips(rows: int, seed: int, cars: float, *, priced: bool) -> pl.DataFrame:
    """Return trips of which cars alone have seats, and, where they are priced, tolls."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(["car", "train", "ship"], rows, p=[cars, 0.8 - cars, 0.2])
    has = pl.Series("toll" if priced else "seats", np.where(kind == "car", rng.poisson(2, rows) + 2, 0))
    frame = visits(rows, seed).with_columns(pl.Series("kind", kind), has)
    return frame.with_columns(pl.col("toll") * rng.lognormal(1, 0.4, rows)) if priced else frame


def _told(known: Baseline, batch: pl.DataFrame) -> list[tuple[str, ...]]:
    with from_frame(batch) as table:
        return [item.columns for item in check(known, table).incidents]


def test_levels_that_another_column_tells_apart_without_fail_are_credited_by_it() -> None:
    """Trains with seats are cars, a quarter of them; where cars are merely fewer nothing broke."""
    with from_frame(_trips(4000, 0, 0.5, priced=False)) as table:
        known = learn_baseline(table)
    assert _told(known, _trips(1500, 3, 0.38, priced=False)) == []
    some = (pl.col("kind") == "car") & (pl.int_range(pl.len()) % 4 == 0)
    hidden = pl.when(some).then(pl.lit("train")).otherwise("kind").alias("kind")
    assert _told(known, _trips(1500, 4, 0.5, priced=False).with_columns(hidden)) == [("kind",)]


def test_rows_that_another_column_binds_to_a_level_went_nowhere() -> None:
    """Tolls are paid by cars alone, as before, so that the cars that are fewer were not called trains."""
    with from_frame(_trips(4000, 0, 0.5, priced=True)) as table:
        known = learn_baseline(table)
    assert "where toll > 0, kind is car" in [rule.told for rule in known.contract.rules]
    assert _told(known, _trips(1500, 3, 0.34, priced=True)) == []
