"""Levels that the reference never had: items and campaigns of a later time, or names and parts of known ones."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import devices, visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame

ROW = pl.int_range(pl.len())


@pytest.mark.parametrize(
    ("desktop", "days", "rows", "cause"),
    [(0.43, 120, ROW % 3 == 0, Cause.CATEGORY_SPLIT), (0.53, 0, ROW % 10 != 0, Cause.CATEGORY_RENAMED)],
)
def test_a_longer_name_is_of_a_part_or_of_all(desktop: float, days: int, rows: pl.Expr, cause: Cause) -> None:
    """A third of the desktops under a longer name, months later while the mix moved, is a part; nine tenths are all."""
    with from_frame(devices(5000, 0, desktop=0.53)) as table:
        baseline = learn_baseline(table)
    app = pl.when((pl.col("device") == "desktop") & rows).then(pl.lit("desktop_app")).otherwise("device")
    with from_frame(devices(1000, 5, desktop=desktop, days=days).with_columns(app.alias("device"))) as table:
        (one,) = check(baseline, table).incidents
    assert one.cause is cause


def test_test_items_beside_new_ones_are_new() -> None:
    """An item for tests and two real ones of a later month are new, though some old items lost about as many rows."""
    chances = np.array([0.15, 0.08, 0.065, *[0.705 / 17] * 17])

    def items(rows: int, seed: int) -> pl.DataFrame:
        drawn = np.random.default_rng(seed).choice(20, rows, p=chances / chances.sum())
        return visits(rows, seed).with_columns(item=pl.Series([f"C{100 + n}" for n in drawn]))

    with from_frame(items(5000, 0)) as table:
        baseline = learn_baseline(table)
    row = pl.int_range(pl.len())
    new = pl.when(row % 17 == 0).then(pl.lit("C-TEST")).when(row % 55 == 1).then(pl.lit("C900"))
    frame = items(1000, 5).with_columns(
        pl.col("at") + pl.duration(days=120), item=new.when(row % 70 == 2).then(pl.lit("C907")).otherwise("item")
    )
    with from_frame(frame) as table:
        assert [one.cause for one in check(baseline, table).incidents] == [Cause.CATEGORY_NEW]


def test_how_orders_are_sent_is_no_campaign() -> None:
    """Few rows have a way of sending, those with an outcome: another name of one, months later, is a name."""

    def sent(rows: int, seed: int, days: int = 0) -> pl.DataFrame:
        frame = visits(rows, seed)
        way = np.random.default_rng(seed).choice(["locker", "courier", "post"], rows, p=[0.5, 0.3, 0.2])
        way = pl.when("bought").then(pl.Series(way))
        return frame.with_columns(way.alias("way"), pl.col("at") + pl.duration(days=days))

    with from_frame(sent(5000, 0)) as table:
        baseline = learn_baseline(table, "bought")
    old = (pl.col("way") == "locker") & (pl.int_range(pl.len()) % 4 != 0)
    frame = sent(1000, 5, 120).with_columns(pl.when(old).then(pl.lit("van")).otherwise("way").alias("way"))
    with from_frame(frame) as table:
        (one,) = check(baseline, table).incidents
    assert one.cause is Cause.CATEGORY_RENAMED
    assert "'locker'" in one.title


def test_items_of_a_later_time_follow_others() -> None:
    """A grape of few rows in place of another one, months later, is a new item; in the same months it has its name."""

    def grapes(rows: int, seed: int, days: int = 0) -> pl.DataFrame:
        drawn = np.random.default_rng(seed).choice(8, rows, p=[0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06, 0.04])
        frame = visits(rows, seed).with_columns(grape=pl.Series([f"grape {n}" for n in drawn]))
        return frame.with_columns(pl.col("at") + pl.duration(days=days))

    with from_frame(grapes(5000, 0)) as table:
        baseline = learn_baseline(table)
    told = []
    for days in (0, 120):
        with from_frame(grapes(1000, 5, days).with_columns(pl.col("grape").replace({"grape 7": "Gamay"}))) as table:
            told.append([i.cause for i in check(baseline, table).incidents if "grape" in i.columns])
    assert told == [[Cause.CATEGORY_RENAMED], [Cause.CATEGORY_NEW]]


CAMPAIGNS = {"General": ("/give", "/give/monthly"), "Water": ("/water", "/wells"), "Harvest": ("/harvest", "/seeds")}


def _appeals(rows: int, seed: int, *, winter: float = 0.0, days: int = 0) -> pl.DataFrame:
    """Return visits of campaigns with pages of their own, a share of them of a new one."""
    rng = np.random.default_rng((seed, 7))
    pages = {**CAMPAIGNS, "Winter": ("/winter", "/cards")}
    campaign = rng.choice(list(pages), rows, p=[0.5 * (1 - winter), 0.3 * (1 - winter), 0.2 * (1 - winter), winter])
    page = [pages[name][int(second)] for name, second in zip(campaign, rng.random(rows) < 0.4, strict=True)]
    frame = visits(rows, seed).with_columns(pl.col("at") + pl.duration(days=days))
    return frame.with_columns(campaign=pl.Series(campaign), page=pl.Series(page))


def test_another_name_shows_by_what_gives_the_old_one_though_new_ones_came() -> None:
    """Eight in ten rows of a campaign have a code, as its pages show, in a month with a new campaign, which is new."""
    with from_frame(_appeals(5000, 0)) as table:
        baseline = learn_baseline(table)
    frame = _appeals(1000, 5, winter=0.35, days=120)
    coded = (pl.col("campaign") == "Water") & (pl.int_range(pl.len()) % 5 != 0)
    told = []
    for turned in (
        frame,
        frame.with_columns(pl.when(coded).then(pl.lit("C-0117")).otherwise("campaign").alias("campaign")),
    ):
        with from_frame(turned) as table:
            told.append([(i.cause, i.columns) for i in check(baseline, table).incidents])
    assert [cause for cause, _ in told[0]] == [Cause.CATEGORY_NEW]
    assert (Cause.CATEGORY_RENAMED, ("campaign",)) in told[1]
    assert {cause for cause, _ in told[1]} == {Cause.CATEGORY_RENAMED, Cause.CATEGORY_NEW}


def test_a_new_name_of_few_rows_is_that_of_levels_whose_rows_it_has() -> None:
    """Two wallets come under one name, months later, among other ways to pay; their rows look as theirs did.

    Where the rows look like all others, or such ways came and went in the reference, it is a new one.
    """

    def paid(rows: int, seed: int, days: int = 0, *, small: bool, ends: bool) -> pl.DataFrame:
        rng = np.random.default_rng((seed, 3))
        way = rng.choice(["card", "transfer", "bill", "apple", "google"], rows, p=[0.4, 0.25, 0.15, 0.12, 0.08])
        wallet = np.isin(way, ["apple", "google"])
        amount = np.round(rng.lognormal(2 if small else 3, 0.5, rows), 2)
        amount = np.where(wallet, amount, np.round(rng.lognormal(3, 0.5, rows), 2))
        frame = visits(rows, seed).with_columns(way=pl.Series(way), amount=pl.Series(amount))
        early = pl.col("at") < pl.col("at").min() + pl.duration(days=20)
        frame = frame.with_columns(
            pl.when(early & ends & (days == 0)).then(pl.lit("card")).otherwise("way").alias("way")
        )
        few = pl.int_range(pl.len()) % 5 == 0
        return frame.with_columns(pl.when(few).then("way").alias("way"), pl.col("at") + pl.duration(days=days))

    told = []
    for small, ends in ((True, False), (False, False), (True, True)):
        with from_frame(paid(9000, 0, small=small, ends=ends)) as table:
            baseline = learn_baseline(table)
        frame = paid(1200, 5, 120, small=small, ends=ends)
        with from_frame(frame.with_columns(pl.col("way").replace({"apple": "wallet", "google": "wallet"}))) as table:
            told.append([i.cause for i in check(baseline, table).incidents if "way" in i.columns])
    assert told == [[Cause.CATEGORY_MERGED], [Cause.CATEGORY_NEW], [Cause.CATEGORY_NEW]]
