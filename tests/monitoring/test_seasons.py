"""What a season may do to a number in a later batch, and what it cannot."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits
from tests.monitoring.test_cuts import spent

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.case import Case
from clientela.monitoring.checking import check
from clientela.monitoring.columns import Side
from clientela.monitoring.result import CheckResult
from clientela.monitoring.seasons import beyond_places, beyond_season, same_half_year
from clientela.tables.frames import from_frame


def seasonal(rows: int, seed: int, days: tuple[int, int]) -> pl.DataFrame:
    """Return orders whose seconds rise and fall with the week of the year."""
    frame, rng = spent(rows, seed, days), np.random.default_rng(seed)
    swing = 1 + 0.25 * (pl.col("at").dt.ordinal_day() / 45 * 3.1416).sin()
    return frame.with_columns(((pl.col("pages") + pl.Series(rng.random(rows))) * 10 * swing).alias("seconds"))


@pytest.fixture(scope="module")
def learnt() -> Baseline:
    """What is learnt from 4,000 orders of three months that swing."""
    with from_frame(seasonal(4000, 0, (0, 90))) as table:
        return learn_baseline(table, "group")


def held(learnt: Baseline, batch: pl.DataFrame) -> CheckResult:
    """Hold a later batch against it."""
    with from_frame(batch) as table:
        return check(learnt, table)


def test_a_swing_as_large_as_those_before_is_no_break(learnt: Baseline) -> None:
    """Weeks at the crest of the swing are no incident."""
    assert held(learnt, seasonal(1000, 1, (100, 120))).incidents == ()


@pytest.mark.parametrize("factor", [0.4, 2.0])
def test_a_factor_beyond_every_swing_is_named(learnt: Baseline, factor: float) -> None:
    """A number that is halved, or twice what it was, is computed otherwise, though the batch is of another month."""
    batch = seasonal(1000, 1, (100, 120)).with_columns(pl.col("seconds") * factor)
    found = held(learnt, batch).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.METRIC_DEFINITION, ("seconds",))]


def test_counts_that_grow_were_not_rounded(learnt: Baseline) -> None:
    """More tens because all counts grew are no rounding; every count to its nearest ten is."""
    grown = seasonal(1000, 1, (0, 90)).with_columns((pl.col("pages") + 3).alias("pages"))
    assert Cause.PRECISION not in {item.cause for item in held(learnt, grown).incidents}
    rounded = seasonal(1000, 1, (0, 90)).with_columns((pl.col("pages") / 10).round() * 10)
    assert {(item.cause, item.columns) for item in held(learnt, rounded).incidents} == {(Cause.PRECISION, ("pages",))}


def test_a_season_of_missing_cells_is_no_break() -> None:
    """Where the share of missing cells swings, another month's share is no incident; four times that is."""

    def guests(rows: int, seed: int, days: tuple[int, int], lift: float = 1.0) -> pl.DataFrame:
        frame, rng = seasonal(rows, seed, days), np.random.default_rng(seed + 50)
        share = 0.12 + 0.08 * np.sin(frame["at"].dt.ordinal_day().to_numpy() / 45 * np.pi)
        return frame.with_columns(
            age=pl.when(pl.Series(rng.random(rows) < lift * share)).then(None).otherwise(pl.col("age"))
        )

    with from_frame(guests(4000, 0, (0, 90))) as table:
        known = learn_baseline(table, "group")
    assert held(known, guests(1000, 1, (100, 120))).incidents == ()
    found = held(known, guests(1000, 2, (100, 120), lift=4.0)).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.MISSINGNESS, ("age",))]


def test_hours_lost_in_another_month_are_told(learnt: Baseline) -> None:
    """Busy hours that are empty, and a day of the week, are no season; rows of all hours are."""
    later = seasonal(1500, 1, (95, 125))
    assert held(learnt, later).incidents == ()
    hours = later.filter(~pl.col("at").dt.hour().is_between(11, 14))
    days = later.filter(pl.col("at").dt.weekday() != 3)
    for batch in (hours, days):
        assert [(item.cause, item.columns) for item in held(learnt, batch).incidents] == [(Cause.SAMPLING, ("at",))]


def test_a_stand_in_far_from_all_others_is_told_in_any_season(learnt: Baseline) -> None:
    """Cells at -1 where nothing was below zero are missing ones, though the rest has moved with the month."""
    later = seasonal(1500, 1, (105, 125))
    unknown = pl.when(pl.int_range(pl.len()) % 7 == 0).then(-1.0).otherwise("seconds").alias("seconds")
    found = held(learnt, later.with_columns(unknown)).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.NULL_SEMANTICS, ("seconds",))]


def test_numbers_that_run_with_time_are_not_compared() -> None:
    """Numbers of invoices are higher in a later month, and nothing broke."""

    def invoiced(rows: int, seed: int, days: tuple[int, int]) -> pl.DataFrame:
        number = (pl.col("at").dt.ordinal_day() * 24 + pl.col("at").dt.hour()) * 60 + pl.col("at").dt.minute()
        return seasonal(rows, seed, days).with_columns((536_000 + number // 3).alias("invoice"))

    with from_frame(invoiced(4000, 0, (0, 90))) as table:
        known = learn_baseline(table, "group")
    assert held(known, invoiced(1000, 1, (100, 120))).incidents == ()
    assert held(known, invoiced(1000, 2, (80, 90))).incidents == ()


def shown(rows: int, seed: int, days: tuple[int, int], parts: dict[str, float]) -> pl.DataFrame:
    """Return orders with the page that each began with."""
    rng = np.random.default_rng(seed + 7)
    return seasonal(rows, seed, days).with_columns(
        pl.Series("began", rng.choice(list(parts), rows, p=[*parts.values()]))
    )


def test_a_level_under_a_new_code_is_told_though_the_others_moved() -> None:
    """The one usual page without a row, and a new one of its size, are one page; another month moved the others."""
    parts = {"home": 0.4, "sale": 0.3, "blog": 0.2, "help": 0.1}
    with from_frame(shown(4000, 0, (0, 90), parts)) as table:
        known = learn_baseline(table, "group")
    later = {"home": 0.31, "sale": 0.38, "P-77": 0.21, "help": 0.1}
    found = held(known, shown(1500, 1, (100, 120), later)).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.CATEGORY_RENAMED, ("began",))]


def _later(change: pl.Expr | None = None, seed: int = 3) -> list[tuple[Cause, tuple[str, ...]]]:
    """Hold visits of two weeks after those that were learnt, with a rhythm over the day, against them."""

    def rows(count: int, number: int, first: int, last: int) -> pl.DataFrame:
        days = pl.col("at").dt.ordinal_day() % (last - first) + first
        start = pl.datetime(2026, 1, 5) + pl.duration(days=days)
        frame = visits(count, number).with_columns(start + (pl.col("at") - pl.col("at").dt.truncate("1d")))
        return frame.with_columns(
            pl.when(pl.col("device") == "tablet").then(0.2).otherwise(pl.col("paid")).alias("tip")
        )

    with from_frame(rows(5000, 0, 0, 40)) as table:
        known = learn_baseline(table)
    batch = rows(1000, seed, 45, 59)
    with from_frame(batch if change is None else batch.with_columns(change)) as table:
        return [(incident.cause, incident.columns) for incident in check(known, table).incidents]


@pytest.mark.parametrize(
    ("change", "cause", "column"),
    [
        (pl.col("at") + pl.duration(hours=1), Cause.TIMEZONE, "at"),
        ((pl.col("seconds") * 0.72).round(3).alias("seconds"), Cause.METRIC_DEFINITION, "seconds"),
        (pl.min_horizontal("pages", pl.lit(6)).alias("pages"), Cause.METRIC_DEFINITION, "pages"),
    ],
)
def test_what_no_time_of_the_reference_did_is_told_in_another_season(
    change: pl.Expr, cause: Cause, column: str
) -> None:
    """An hour, a factor, and a limit beyond which all times had rows are breaks in a later batch too."""
    assert _later(change) == [(cause, (column,))]


def test_later_visits_of_the_same_kind_are_quiet() -> None:
    """Without a break there is no incident."""
    assert _later() == []


def test_an_hour_may_be_summer_time() -> None:
    """Where the reference is of winter and the batch of summer, an hour is what clocks do."""
    winter = np.arange(np.datetime64("2026-01-05"), np.datetime64("2026-02-05")).astype(np.int64) * 86_400.0
    winter = np.repeat(winter, 20)
    assert same_half_year(winter, winter + 20 * 86_400)
    assert not same_half_year(winter, winter + 150 * 86_400)
    assert not same_half_year(winter, winter + 70 * 86_400)
    both = np.concatenate([winter, winter + 150 * 86_400])
    assert same_half_year(both, winter + 165 * 86_400)


def test_a_level_that_never_swung_is_lost_in_another_season() -> None:
    """Seven of ten rows of a level that kept its share at all times did not arrive."""
    parts = {"web": 0.4, "app": 0.35, "shop": 0.25}
    with from_frame(shown(4000, 1, (0, 90), parts)) as table:
        known = learn_baseline(table)
    batch = shown(1500, 2, (95, 120), parts)
    gone = pl.any_horizontal(*(pl.col(name) == "app" for name in batch.columns if batch.schema[name] == pl.String))
    with from_frame(batch.filter(~(gone & (pl.int_range(pl.len()) % 10 < 7)))) as table:
        found = check(known, table).incidents
    assert [incident.cause for incident in found] == [Cause.CATEGORY_REMOVED]


def test_a_mean_shows_what_a_whole_distribution_does_not(baseline: Baseline) -> None:
    """Fewer seconds by a fifth in 600 visits lie beyond every stretch by their mean; the same visits do not."""
    some = visits(600, 78)["seconds"].to_numpy()
    batch = Side(600, {"seconds": some, "at": baseline.side.numbers["at"][:600]})
    case = Case(baseline, baseline.side, batch, batch.numbers["at"], later=True)
    known = np.log(baseline.side.numbers["seconds"])
    assert not beyond_season(case, baseline.side.numbers["seconds"], some * 0.8)
    assert beyond_places(case, known, np.log(some * 0.8))
    assert not beyond_places(case, known, np.log(some))


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_amounts_far_beyond_all_there_were_are_no_season(learnt: Baseline, share: float) -> None:
    """A part of the amounts times 160 in a later month is another currency, whatever seasons do to their law."""
    some = pl.int_range(pl.len()) % int(1 / share) == 0
    turned = pl.when(some).then(pl.col("seconds") * 160).otherwise("seconds").alias("seconds")
    (found,) = held(learnt, seasonal(1000, 1, (100, 120)).with_columns(turned)).incidents
    assert (found.cause, found.columns) == (Cause.UNIT_SCALE, ("seconds",))


def test_a_unit_of_shares_is_no_stand_in_in_another_season() -> None:
    """Shares in per cent in a third of the rows of a later month are another unit, though 100 was never there."""

    def shared(rows: int, seed: int, days: tuple[int, int]) -> pl.DataFrame:
        share = np.round(np.clip(np.random.default_rng(seed).normal(0.6, 0.3, rows), 0, 1), 4)
        return seasonal(rows, seed, days).with_columns(pl.Series("share", share))

    known = learn_baseline(from_frame(shared(4000, 0, (0, 90))), "group")
    third = pl.int_range(pl.len()) % 3 == 0
    turned = pl.when(third).then(pl.col("share") * 100).otherwise("share").alias("share")
    (found,) = held(known, shared(1000, 1, (100, 120)).with_columns(turned)).incidents
    assert (found.cause, found.columns) == (Cause.UNIT_SCALE, ("share",))
