"""Missing cells, zeros and stand-ins that changed places."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits
from tests.monitoring.test_relations import mailed

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def _when(column: str, rows: pl.Expr, value: object) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.with_columns(pl.when(rows).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))


EVERY_FIFTH = pl.int_range(pl.len()) % 5 == 0
CHANGES = {
    "zeros became missing": ("paid", _when("paid", (pl.col("paid") == 0) & EVERY_FIFTH, None), Cause.NULL_SEMANTICS),
    "zeros became -1": ("paid", _when("paid", (pl.col("paid") == 0) & EVERY_FIFTH, -1.0), Cause.NULL_SEMANTICS),
    "a sentinel": ("seconds", _when("seconds", EVERY_FIFTH, 99999.0), Cause.NULL_SEMANTICS),
    "a word": ("shop", _when("shop", EVERY_FIFTH, "(not set)"), Cause.NULL_SEMANTICS),
    "missing at random": ("seconds", _when("seconds", EVERY_FIFTH, None), Cause.MISSINGNESS),
    "missing in a group": ("paid", _when("paid", pl.col("device") == "tablet", None), Cause.MISSINGNESS),
}


def test_outcomes_missing_in_the_last_rows_have_not_arrived(checked: Checked, clean: pl.DataFrame) -> None:
    """By time all rows after the first missing label miss it: a delay, and no loss of cells."""
    there = pl.col("at") < pl.col("at").quantile(0.7)
    late = clean.with_columns(pl.when(there).then(name).alias(name) for name in ("bought", "paid"))
    (found,) = checked(late).incidents
    assert (found.cause, found.columns) == (Cause.LABEL_DELAY, ("bought", "paid"))


@pytest.mark.parametrize("name", CHANGES)
def test_a_gap_has_its_name(name: str, checked: Checked, clean: pl.DataFrame) -> None:
    """Each change of missing cells is one incident on its column with its cause."""
    column, change, cause = CHANGES[name]
    assert [(i.cause, i.columns) for i in checked(change(clean)).incidents] == [(cause, (column,))]


def test_the_group_is_named(checked: Checked, clean: pl.DataFrame) -> None:
    """Cells missing for one device only say so."""
    found = checked(_when("seconds", pl.col("device") == "tablet", None)(clean)).incidents
    assert found[0].evidence["only where"] == "device is tablet"


def test_columns_missing_together_are_one_incident(checked: Checked, clean: pl.DataFrame) -> None:
    """A join that found nothing for some rows is told once."""
    lost = clean.with_columns(
        pl.when(EVERY_FIFTH).then(None).otherwise(pl.col(name)).alias(name) for name in ("shop", "device", "seconds")
    )
    found = checked(lost).incidents
    assert [incident.cause for incident in found] == [Cause.MISSINGNESS]
    assert set(found[0].columns) == {"shop", "device", "seconds"}


@pytest.mark.parametrize("value", [None, 0.0])
def test_missing_cells_that_are_gone_are_told(value: float | None) -> None:
    """Cells that used to be missing and now hold 0, or anything, are a question of meaning."""
    lost = pl.when(pl.int_range(pl.len()) % 4 == 0).then(None).otherwise(pl.col("seconds")).alias("seconds")
    with from_frame(visits(3000, 0).with_columns(lost)) as table:
        baseline = learn_baseline(table)
    batch = visits(1000, 5)
    if value is not None:
        batch = _when("seconds", pl.int_range(pl.len()) % 4 == 0, value)(batch)
    with from_frame(batch) as table:
        found = check(baseline, table).incidents
    assert {incident.cause for incident in found} == {Cause.NULL_SEMANTICS}
    assert found[0].columns == ("seconds",)


def test_a_new_word_for_missing_is_told_beside_an_old_one() -> None:
    """A level called "none" in the reference does not hide another word that was never there."""
    rng = np.random.default_rng(6)

    def rows(count: int) -> pl.DataFrame:
        return pl.DataFrame(
            {"campaign": rng.choice(["none", "mail", "search"], count), "worth": rng.normal(9, 2, count)}
        )

    with from_frame(rows(3000)) as table:
        baseline = learn_baseline(table)
    third = pl.int_range(pl.len()) % 20 == 0
    frame = rows(1000).with_columns(pl.when(third).then(pl.lit("(not set)")).otherwise("campaign").alias("campaign"))
    with from_frame(frame) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, found.evidence["value"]) == (Cause.NULL_SEMANTICS, "(not set)")


def test_cells_missing_in_one_group_are_told_though_others_miss_some_anyway() -> None:
    """A column that misses a third by itself, and now most of one device's rows, is told with the device."""

    def rated(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        stars = pl.Series(
            "stars", np.where(rng.random(rows) < 0.35, np.nan, rng.integers(1, 6, rows)), nan_to_null=True
        )
        return visits(rows, seed).with_columns(stars)

    with from_frame(rated(4000, 0)) as table:
        known = learn_baseline(table, "bought")
    gone = (pl.col("device") == "tablet") & (pl.int_range(pl.len()) % 5 < 3)
    with from_frame(rated(1000, 5).with_columns(pl.when(~gone).then("stars").alias("stars"))) as table:
        (found,) = check(known, table).incidents
    assert (found.cause, found.columns) == (Cause.MISSINGNESS, ("stars",))
    assert found.evidence["only where"] == "device is tablet"


@pytest.mark.parametrize("instead", [None, -1])
def test_a_sentinel_of_most_rows_that_is_another_one_now(instead: int | None) -> None:
    """999 in nine rows of ten that became missing, or -1, was and is a stand-in, and no offset."""

    def called(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        days = np.where(rng.random(rows) < 0.9, 999, rng.geometric(0.02, rows))
        return visits(rows, seed).with_columns(pl.Series("days", days))

    with from_frame(called(3000, 0)) as table:
        known = learn_baseline(table, "bought")
    turned = pl.when(pl.col("days") != 999).then("days").otherwise(pl.lit(instead)).alias("days")
    with from_frame(called(800, 1).with_columns(turned)) as table:
        (found,) = check(known, table).incidents
    assert (found.cause, found.columns) == (Cause.NULL_SEMANTICS, ("days",))


def test_a_missing_name_may_be_a_broken_key() -> None:
    """Names of visitors that are missing say so among what else it could be."""
    names = [pl.Series("who", np.random.default_rng(seed).integers(0, 900, 2000)) for seed in (0, 1)]
    frames = [visits(2000, seed).with_columns(who="v" + name.cast(pl.String)) for seed, name in enumerate(names)]
    with from_frame(frames[0]) as table:
        known = learn_baseline(table, "bought")
    with from_frame(frames[1].with_columns(pl.when(~EVERY_FIFTH).then("who").alias("who"))) as table:
        (found,) = check(known, table).incidents
    assert Cause.KEY_BREAK in [one.value for one in found.alternatives]


def _asked(rows: int, seed: int) -> pl.DataFrame:
    """Return answers with a town that is not known in one row of fifty."""
    rng = np.random.default_rng(seed)
    towns = ["Wien", "Graz", "Linz", "none", "unknown"]
    return pl.DataFrame(
        {
            "town": rng.choice(towns, rows, p=[0.5, 0.2, 0.18, 0.1, 0.02]),
            "form": rng.choice(["web", "paper"], rows, p=[0.7, 0.3]),
            "age": rng.integers(18, 90, rows),
        }
    )


UNKNOWN = {
    "any rows": (_when("town", EVERY_FIFTH, "unknown"), Cause.MISSINGNESS, ""),
    "one form": (_when("town", (pl.col("form") == "paper") & (pl.col("age") % 3 > 0), "unknown"),
                 Cause.MISSINGNESS, "form is paper"),
    "an answer": (_when("town", EVERY_FIFTH, "none"), None, ""),
    "at the cost of one": (_when("town", pl.col("town") == "Graz", "unknown"), Cause.CATEGORY_MERGED, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_more_rows_of_which_nothing_is_known_are_missing_cells(name: str) -> None:
    """A usual word for missing that took from all towns is a loss; "none" is an answer, and one town gone is merged."""
    change, cause, group = UNKNOWN[name]
    with from_frame(_asked(4000, 1)) as table:
        baseline = learn_baseline(table)
    with from_frame(change(_asked(1000, 2))) as table:
        found = [item for item in check(baseline, table).incidents if item.columns == ("town",)]
    assert [item.cause for item in found] == ([cause] if cause else [])
    assert [str(item.evidence.get("only where", "")) for item in found] == ([group] if cause else [])


def test_a_value_among_others_beyond_the_end_is_no_stand_in() -> None:
    """Shares in per cent in a third of the rows are another unit, though 100 comes often and was never there."""
    rng = np.random.default_rng(3)
    known, now = (pl.DataFrame({"share": np.round(np.clip(rng.normal(0.6, 0.3, n), 0, 1), 4)}) for n in (5000, 1000))
    third = pl.int_range(pl.len()) % 3 == 0
    turned = pl.when(third).then(pl.col("share") * 100).otherwise("share").alias("share")
    (found,) = check(learn_baseline(from_frame(known)), from_frame(now.with_columns(turned))).incidents
    assert (found.cause, found.columns) == (Cause.UNIT_SCALE, ("share",))


@pytest.mark.parametrize(("year", "told"), [(1900, True), (1933, False)])
def test_the_first_year_of_a_century_stands_for_an_unknown_one(year: int, told: bool) -> None:
    """Births in 1900, before all others, of one row in twelve are of unknown ones; in another year they are old."""

    def people(rows: int, seed: int, days: int = 0) -> pl.DataFrame:
        born = np.clip(np.random.default_rng((seed, 7)).normal(1980, 12, rows).round(), 1945, 2012)
        return visits(rows, seed).with_columns(pl.col("at") + pl.duration(days=days), born=pl.Series(born).cast(int))

    with from_frame(people(4000, 0)) as table:
        known = learn_baseline(table)
    some = pl.when(pl.int_range(pl.len()) % 12 == 0).then(year).otherwise("born").alias("born")
    with from_frame(people(1000, 1, 90).with_columns(some)) as table:
        causes = [one.cause for one in check(known, table).incidents if one.columns == ("born",)]
    assert (causes == [Cause.NULL_SEMANTICS]) is told


def _orders(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of which one in five bought: an account and a rebate, mostly 0, only where they did."""
    rng = np.random.default_rng(seed)
    bought = rng.random(rows) < 0.2
    rebate = np.where(rng.random(rows) < 0.6, 0.0, rng.gamma(2, 3, rows).round(2) + 0.01)
    plain = pl.DataFrame({"pages": rng.poisson(4, rows), "bought": np.where(bought, "yes", "no")})
    accounts = pl.Series([f"DE{number}" for number in rng.integers(10**9, 10**10, rows)])
    held = pl.when(pl.lit(pl.Series(bought)))
    return plain.with_columns(account=held.then(pl.lit(accounts)), rebate=held.then(pl.lit(pl.Series(rebate))))


def test_rows_that_came_to_a_level_bring_their_missing_cells() -> None:
    """More orders without an account are another count of orders, not missing accounts."""
    more = pl.when(pl.int_range(pl.len()) % 8 == 0).then(pl.lit("yes")).otherwise("bought")
    batch = _orders(1000, 2).with_columns(more.alias("bought"))
    found = check(learn_baseline(from_frame(_orders(5000, 1)), "bought"), from_frame(batch)).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.METRIC_DEFINITION, ("bought",))]


def test_zeros_of_one_group_that_became_missing_are_told() -> None:
    """No rebate is a missing one now, which no other rows have."""
    batch = _orders(1000, 2).with_columns(pl.when(pl.col("rebate") > 0).then("rebate"))
    (found,) = check(learn_baseline(from_frame(_orders(5000, 1)), "bought"), from_frame(batch)).incidents
    assert (found.cause, found.columns) == (Cause.NULL_SEMANTICS, ("rebate",))


def test_cells_that_only_a_lost_level_had_are_missing_for_its_sake() -> None:
    """Where no visit by phone arrives none has a version; a version missing among them is a gap."""

    def versions(rows: int, seed: int) -> pl.DataFrame:
        phone = pl.col("device") == "phone"
        return visits(rows, seed).with_columns(
            version=pl.when(phone).then(pl.lit("v") + pl.col("pages").cast(pl.String))
        )

    with from_frame(versions(5000, 0)) as table:
        baseline = learn_baseline(table)
    frame, told = versions(2000, 5), []
    lost = pl.when(pl.int_range(pl.len()) % 3 > 0).then("version").alias("version")
    for batch in (frame.filter(pl.col("device") != "phone"), frame.with_columns(lost)):
        with from_frame(batch) as table:
            told.append([(i.cause, i.columns) for i in check(baseline, table).incidents])
    assert told[0][0] == (Cause.CATEGORY_REMOVED, ("device",))
    assert Cause.MISSINGNESS not in [cause for cause, _ in told[0]]
    assert told[1] == [(Cause.MISSINGNESS, ("version",))]


def test_cells_are_missing_by_what_other_mix_came() -> None:
    """More tablets, which mostly lack a size, are no gap; sizes missing everywhere are one in any mix."""

    def sizes(rows: int, seed: int, tablets: float) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        device = rng.choice(["phone", "desktop", "tablet"], rows, p=[0.6 - tablets, 0.4, tablets])
        lost = rng.random(rows) < np.where(device == "tablet", 0.8, 0.02)
        size = np.where(lost, None, rng.integers(4, 30, rows).astype(object))
        return visits(rows, seed).with_columns(device=pl.Series(device), size=pl.Series(size.tolist()))

    with from_frame(sizes(5000, 0, 0.1)) as table:
        baseline = learn_baseline(table)
    told = []
    for frame in (
        sizes(1500, 5, 0.25),
        sizes(1500, 5, 0.25).with_columns(pl.when(pl.int_range(pl.len()) % 9 > 0).then("size").alias("size")),
    ):
        with from_frame(frame) as table:
            told.append([i.columns for i in check(baseline, table).incidents if i.cause is Cause.MISSINGNESS])
    assert told == [[], [("size",)]]


def test_cells_that_many_items_and_a_new_one_lack_are_no_gap() -> None:
    """Wines without a year that sell more in another mix, and a new one of them, are no gap; lost years are one."""

    def wines(rows: int, seed: int, sparkling: float, codes: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        bubbles = rng.random(rows) < sparkling
        code = np.where(bubbles, rng.integers(0, codes, rows), 100 + rng.integers(0, 40, rows))
        year = pl.Series(np.where(bubbles, None, 1990 + code // 4).tolist())
        return visits(rows, seed).with_columns(wine="W" + pl.Series(code).cast(pl.String), year=year)

    with from_frame(wines(5000, 0, 0.1, 12)) as table:
        baseline = learn_baseline(table)
    told = []
    clean = wines(1500, 5, 0.2, 13)
    lost = pl.when(pl.int_range(pl.len()) % 9 > 0).then("year").alias("year")
    for frame in (clean, clean.with_columns(lost)):
        with from_frame(frame) as table:
            told.append([i.columns for i in check(baseline, table).incidents if i.cause is Cause.MISSINGNESS])
    assert told == [[], [("year",)]]


def test_one_value_for_missing_cells_and_all_others_alike_is_of_another_moment() -> None:
    """Days since the last visit that are 0 in most rows were read after the visit; a stand-in is 0 in some alone."""

    def returning(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        days = np.where(rng.random(rows) < 0.25, np.nan, rng.gamma(1.2, 20, rows).round() + 1)
        return visits(rows, seed).with_columns(days=pl.Series(days, nan_to_null=True))

    with from_frame(returning(5000, 0)) as table:
        baseline = learn_baseline(table)
    batch, told = returning(1200, 5), []
    most = pl.int_range(pl.len()) % 5 > 0
    for value in (pl.when(most).then(0.0).otherwise("days"), pl.col("days").fill_null(0.0), pl.col("days")):
        with from_frame(batch.with_columns(days=value)) as table:
            told.append([(i.cause, i.columns) for i in check(baseline, table).incidents])
    assert told == [[(Cause.TRAIN_SERVE_SKEW, ("days",))], [(Cause.NULL_SEMANTICS, ("days",))], []]


def test_cells_that_some_items_of_one_level_lack_are_no_gap_of_it() -> None:
    """Of one grape the wines without a year sell more: each wine lacks it as before, so that no cell is lost."""

    def wines(rows: int, seed: int, sparkling: float) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        grape = rng.integers(0, 4, rows)
        bubbles = (grape == 0) & (rng.random(rows) < sparkling)
        code = 100 * grape + 50 * bubbles + rng.integers(0, 4, rows)
        year = pl.Series(np.where(bubbles, None, 1990 + code % 7).tolist())
        return visits(rows, seed).with_columns(
            wine="W" + pl.Series(code).cast(pl.String), grape="G" + pl.Series(grape).cast(pl.String), year=year
        )

    with from_frame(wines(5000, 0, 0.4)) as table:
        baseline = learn_baseline(table)
    told = []
    clean = wines(1500, 5, 0.75)
    lost = (pl.col("grape") == "G1") & (pl.int_range(pl.len()) % 2 == 0)
    for frame in (clean, clean.with_columns(pl.when(~lost).then("year").alias("year"))):
        with from_frame(frame) as table:
            told.append([i.columns for i in check(baseline, table).incidents if i.cause is Cause.MISSINGNESS])
    assert told == [[], [("year",)]]


@pytest.mark.parametrize("zeros", [True, False])
def test_zeros_that_became_missing_are_told_in_a_season_with_fewer_of_them(*, zeros: bool) -> None:
    """Amounts missing where nothing was given were zeros, though more give by itself; in any rows they are lost."""
    batch = mailed(1000, 2, late=True)
    asked = (~pl.col("gave") if zeros else True) & (pl.int_range(pl.len()) % 3 == 0)
    batch = batch.with_columns(pl.when(~asked).then("amount").alias("amount"))
    (found,) = check(learn_baseline(from_frame(mailed(6000, 1)), "gave"), from_frame(batch)).incidents
    assert (found.cause, found.columns) == (Cause.NULL_SEMANTICS if zeros else Cause.MISSINGNESS, ("amount",))
