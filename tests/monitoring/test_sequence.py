"""Columns that stand still from some row on, and outcomes that are late."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def _late(frame: pl.DataFrame, share: float = 0.3) -> pl.Expr:
    return pl.col("at") > frame["at"].sort()[int((1 - share) * frame.height)]


def test_a_frozen_number_and_category_are_told(checked: Checked, clean: pl.DataFrame) -> None:
    """A column at one value in the last rows by time is stuck; two of them are one break."""
    for names in (("seconds",), ("shop",), ("shop", "device")):
        last = clean.sort("at").tail(1)
        frozen = [pl.when(_late(clean)).then(pl.lit(last[n][0])).otherwise(pl.col(n)).alias(n) for n in names]
        found = checked(clean.with_columns(frozen)).incidents
        assert [incident.cause for incident in found] == [Cause.STUCK]
        assert set(found[0].columns) == set(names)
        assert found[0].since


def test_outcomes_that_have_not_arrived_are_a_delay(checked: Checked, clean: pl.DataFrame) -> None:
    """Label and amount at nothing in the last rows are late, not stuck; with no outcome at all likewise."""
    for share in (0.4, 0.97):
        late = _late(clean, share)
        frame = clean.with_columns(
            pl.when(late).then(pl.lit(value=False)).otherwise("bought").alias("bought"),
            pl.when(late).then(0.0).otherwise("paid").alias("paid"),
        )
        found = checked(frame).incidents
        assert [incident.cause for incident in found] == [Cause.LABEL_DELAY]
        assert set(found[0].columns) == {"bought", "paid"}


def test_a_month_by_name_does_not_stand_still() -> None:
    """A batch of one month holds its name in every row, and nothing broke."""
    names = pl.Series("month", (["May", "June", "Jul", "Aug"] * 750)[:3000])
    with from_frame(visits(3000, 0).drop("at").with_columns(names.sort())) as table:
        baseline = learn_baseline(table)
    with from_frame(visits(500, 5).drop("at").with_columns(pl.lit("Sep").alias("month"))) as table:
        assert check(baseline, table).incidents == ()


def test_what_most_rows_hold_all_rows_of_a_season_may_hold() -> None:
    """A discount that was off in most of the reference is off in a later month, and nothing broke."""
    reference = visits(3000, 0).with_columns((pl.int_range(pl.len()) % 8 == 0).alias("sale"))
    with from_frame(reference) as table:
        baseline = learn_baseline(table)
    later = visits(500, 5).with_columns(pl.lit(value=False).alias("sale"), pl.col("at") + pl.duration(days=120))
    with from_frame(later) as table:
        assert check(baseline, table).incidents == ()


def test_late_outcomes_beside_a_column_they_imply(clean: pl.DataFrame) -> None:
    """A discount that only buyers have stands still because the outcomes are late, and is no break of its own."""
    rng = np.random.default_rng(2)
    whole = visits(4000, 3)

    def with_discount(frame: pl.DataFrame) -> pl.DataFrame:
        some = pl.Series(rng.random(frame.height) < 0.6)
        return frame.with_columns(pl.when(some).then(pl.col("paid") / 10).otherwise(0.0).alias("discount"))

    with from_frame(with_discount(whole)) as table:
        baseline = learn_baseline(table, "bought")
    late = _late(clean)
    frame = with_discount(clean).with_columns(
        pl.when(late).then(pl.lit(value=False)).otherwise("bought").alias("bought"),
        *(pl.when(late).then(0.0).otherwise(name).alias(name) for name in ("paid", "discount")),
    )
    with from_frame(frame) as table:
        assert [incident.cause for incident in check(baseline, table).incidents] == [Cause.LABEL_DELAY]


def test_rows_without_times_may_come_sorted(clean: pl.DataFrame) -> None:
    """A batch sorted by a category ends with one value, which has no more rows than it should: no break."""
    with from_frame(visits(4000, 3).drop("at")) as table:
        baseline = learn_baseline(table, "bought")
    with from_frame(clean.drop("at").sort("shop")) as table:
        assert check(baseline, table).incidents == ()


def test_long_numbers_that_share_their_first_digits_are_not_one_value() -> None:
    """A counter that stands still is told from values that differ in the seventh digit only."""
    counted = pl.col("at").rank("ordinal").cast(pl.Int64) % 90 + 1_234_500_001
    with from_frame(visits(3000, 0).with_columns(counted.alias("counted"))) as table:
        baseline = learn_baseline(table)
    batch = visits(500, 5).sort("at").with_columns(counted.alias("counted"))
    stands = pl.when(pl.int_range(pl.len()) > 350).then(1_234_500_042).otherwise("counted").alias("counted")
    with from_frame(batch.with_columns(stands)) as table:
        assert [incident.cause for incident in check(baseline, table).incidents] == [Cause.STUCK]


def test_prices_of_the_day_that_follow_each_other_are_not_frozen() -> None:
    """Rows without times, in which a price stands for hundreds of rows: a new one that stands so is no break."""

    def priced(prices: list[float], seed: int) -> pl.DataFrame:
        price = pl.Series("price", np.repeat(prices, 400))
        return visits(price.len(), seed).drop("at", "visit").with_columns(price)

    with from_frame(priced([4.86, 4.91, 4.95, 4.88, 4.79, 4.7, 4.62, 4.55], 0)) as table:
        known = learn_baseline(table)
    with from_frame(priced([4.41, 4.3], 1)) as table:
        assert Cause.STUCK not in [incident.cause for incident in check(known, table).incidents]
    with from_frame(priced([4.86, 4.3, 4.3, 4.3], 1)) as table:
        assert [incident.cause for incident in check(known, table).incidents] == [Cause.STUCK]


def test_one_amount_for_all_who_pay_is_stuck(checked: Checked, clean: pl.DataFrame) -> None:
    """The zeros of the others do not hide that all amounts are one."""
    one = pl.when(pl.col("paid") > 0).then(59.9).otherwise(0.0).alias("paid")
    (found,) = checked(clean.with_columns(one)).incidents
    assert (found.cause, found.columns) == (Cause.STUCK, ("paid",))


def test_counts_that_only_tell_whether_are_another_definition() -> None:
    """Opens that are 1 wherever there were some are counted otherwise; a price that all pay stands still."""
    rng = np.random.default_rng(7)
    known, now = (
        pl.DataFrame(
            {
                "opens": rng.poisson(1.1, n),
                "paid": np.where(rng.random(n) < 0.3, rng.lognormal(3, 1, n), 0.0),
                "seconds": rng.gamma(2, 40, n),
            }
        )
        for n in (4000, 1000)
    )
    baseline = learn_baseline(from_frame(known))
    told = []
    for change in (pl.col("opens").clip(0, 1), pl.when(pl.col("paid") > 0).then(59.9).otherwise(0.0).alias("paid")):
        (found,) = check(baseline, from_frame(now.with_columns(change))).incidents
        told.append((found.cause, found.alternatives[0]))
    assert told == [(Cause.METRIC_DEFINITION, Cause.STUCK), (Cause.STUCK, Cause.METRIC_DEFINITION)]


def test_a_clock_that_stopped_stands_still(checked: Checked, clean: pl.DataFrame) -> None:
    """One moment in all of the last rows is a column that is stuck, and says at what; an order of many lines is not."""
    frame = clean.sort("at")
    stopped = pl.when(pl.int_range(pl.len()) >= 800).then(frame["at"][799]).otherwise("at").alias("at")
    (found,) = checked(frame.with_columns(stopped)).incidents
    assert (found.cause, found.columns, found.evidence["rows"]) == (Cause.STUCK, ("at",), 201)


def test_a_second_time_that_stopped_is_told_by_the_order_of_the_first() -> None:
    """An answer's time that stands still does so in the last rows by the time of the question."""

    def asked(rows: int, seed: int) -> pl.DataFrame:
        frame = visits(rows, seed).sort("at")
        waits = np.random.default_rng(seed).integers(5, 90_000, rows)
        return frame.with_columns(answered=pl.col("at") + pl.duration(seconds=pl.Series(waits)))

    with from_frame(asked(5000, 0)) as table:
        baseline = learn_baseline(table)
    batch = asked(1000, 5)
    late = pl.int_range(pl.len()) >= 850
    stopped = batch.with_columns(pl.when(late).then(batch["answered"][850]).otherwise("answered").alias("answered"))
    with from_frame(stopped.sample(fraction=1, shuffle=True, seed=1)) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, found.columns) == (Cause.STUCK, ("answered",))


def test_dates_and_large_orders_are_no_clock_that_stopped() -> None:
    """A day's batch of a column of dates, and the many lines of the last order, hold one moment by nature."""

    def lines(rows: int, seed: int) -> pl.DataFrame:
        frame = visits(rows, seed).sort("at").with_columns(day=pl.col("at").dt.date())
        return frame.with_columns(order=pl.concat_str(pl.lit("o"), pl.col("at").dt.strftime("%m%d%H"))).drop("visit")

    with from_frame(lines(5000, 0)) as table:
        baseline = learn_baseline(table)
    batch = lines(900, 5)
    large = pl.concat([batch, *[batch.tail(1)] * 60]).with_columns(seconds=pl.col("seconds") + pl.int_range(pl.len()))
    for frame in (batch.filter(pl.col("day") == batch["day"][0]), large):
        with from_frame(frame) as table:
            told = check(baseline, table).incidents
        assert not [found for found in told if found.cause is Cause.STUCK and {"at", "day"} & set(found.columns)]


def test_the_last_hour_of_a_day_in_hours_is_no_clock_that_stopped() -> None:
    """Times to the hour come one by one in years, and many at a time in a batch of a day; its evening is no break."""
    hours = pl.col("at").dt.truncate("1h")
    known = visits(3000, 0).with_columns(at=hours + pl.duration(days=(pl.int_range(pl.len()) * 7) % 700))
    with from_frame(known) as table:
        baseline = learn_baseline(table)
    batch = visits(900, 5).with_columns(
        at=pl.lit(known["at"].max()).dt.truncate("1d") + (hours - hours.dt.truncate("1d"))
    )
    batch = batch.filter((pl.col("at").dt.hour() < 23) | (pl.int_range(pl.len()) % 3 == 0))
    evening = batch.with_columns(
        pl.when(pl.col("at").dt.hour() > 18).then(pl.col("at").max()).otherwise("at").alias("at")
    )
    with from_frame(evening) as table:
        assert not [found for found in check(baseline, table).incidents if found.cause is Cause.STUCK]


@pytest.mark.parametrize(("value", "cause"), [("c7", Cause.STUCK), ("unassigned", Cause.KEY_BREAK)])
def test_a_name_that_stands_still_is_no_placeholder(value: str, cause: Cause) -> None:
    """One courier in all of the last rows that have any is stuck; a word that was nobody's name took names' place."""

    def delivered(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        names = pl.Series([f"c{number}" for number in rng.integers(0, 400, rows)])
        there = pl.Series(rng.random(rows) < 0.85)
        return visits(rows, seed).sort("at").with_columns(courier=pl.when(there).then(names))

    with from_frame(delivered(5000, 0)) as table:
        baseline = learn_baseline(table)
    held = (pl.int_range(pl.len()) >= 850) & pl.col("courier").is_not_null()
    frame = delivered(1000, 5).with_columns(pl.when(held).then(pl.lit(value)).otherwise("courier").alias("courier"))
    with from_frame(frame) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, found.columns) == (cause, ("courier",))


@pytest.mark.parametrize("left", [0.0, 0.1, 0.2])
def test_last_rows_with_hardly_an_outcome_are_late_too(left: float, checked: Checked, clean: pl.DataFrame) -> None:
    """Where a tenth of the outcomes of the last rows are there already, the others are late all the same."""
    rng = np.random.default_rng(3)
    late = (clean["at"] > clean["at"].sort()[650]).to_numpy() & (rng.random(clean.height) >= left)
    frame = clean.with_columns(
        bought=pl.col("bought") & ~pl.Series(late), paid=pl.when(pl.Series(late)).then(0.0).otherwise("paid")
    )
    found = checked(frame).incidents
    assert [incident.cause for incident in found] == [Cause.LABEL_DELAY]
    assert set(found[0].columns) == {"bought", "paid"}
    assert 300 <= found[0].evidence["rows"] <= 400


def test_fewer_outcomes_at_random_or_everywhere_are_not_late(checked: Checked, clean: pl.DataFrame) -> None:
    """Outcomes lost in all rows alike, or half of those of the last rows, have not merely not arrived."""
    rng = np.random.default_rng(3)
    for lost in (
        rng.random(clean.height) < 0.9,
        (clean["at"] > clean["at"].sort()[650]).to_numpy() & (rng.random(1000) < 0.5),
    ):
        frame = clean.with_columns(
            bought=pl.col("bought") & ~pl.Series(lost), paid=pl.when(pl.Series(lost)).then(0.0).otherwise("paid")
        )
        assert Cause.LABEL_DELAY not in [incident.cause for incident in checked(frame).incidents]


def test_buyers_who_come_at_times_of_their_own_are_not_late() -> None:
    """Where weeks without hardly a buyer are usual, one more at the end is none that is late."""

    def waves(rows: int, seed: int) -> pl.DataFrame:
        frame = visits(rows, seed).sort("at")
        rng = np.random.default_rng(seed)
        busy = np.arange(rows) % (rows // 2) < rows // 4
        bought = rng.random(rows) < np.where(busy, 0.4, 0.03)
        return frame.with_columns(bought=pl.Series(bought), paid=pl.Series(np.where(bought, 20.0, 0.0)))

    with from_frame(waves(4000, 0)) as table:
        baseline = learn_baseline(table, "bought")
    with from_frame(waves(1000, 5)) as table:
        assert Cause.LABEL_DELAY not in [incident.cause for incident in check(baseline, table).incidents]


def test_what_comes_with_late_outcomes_is_late_with_them(clean: pl.DataFrame) -> None:
    """Stars that some give, missing in the last rows as outcomes are, and points at none there are one delay.

    Shops that are missing here and there are a break of their own.
    """

    def with_stars(frame: pl.DataFrame) -> pl.DataFrame:
        rng = np.random.default_rng(frame.height)
        return frame.with_columns(
            pl.when(pl.Series(rng.random(frame.height) < 0.6)).then(pl.col("pages") % 5 + 1).alias("stars"),
            pl.Series("points", rng.poisson(1.5, frame.height)),
        )

    with from_frame(with_stars(visits(4000, 3))) as table:
        baseline = learn_baseline(table, "bought")
    late, nothing = _late(clean, 0.4), {"bought": False, "paid": 0.0, "points": 0, "stars": None}
    frame = with_stars(clean).with_columns(
        pl.when(late).then(pl.lit(value)).otherwise(name).alias(name) for name, value in nothing.items()
    )
    part = pl.when(pl.int_range(pl.len()) % 7 > 0).then("shop").alias("shop")
    told = []
    unknown = with_stars(clean).with_columns(
        pl.when(~late).then(name).alias(name) for name in ("bought", "paid", "stars")
    )
    for batch in (with_stars(clean), frame, frame.with_columns(part), unknown):
        with from_frame(batch) as table:
            told.append({(item.cause, frozenset(item.columns)) for item in check(baseline, table).incidents})
    delay = (Cause.LABEL_DELAY, frozenset(nothing))
    missing = (Cause.LABEL_DELAY, frozenset({"bought", "paid", "stars"}))
    assert told == [set(), {delay}, {delay, (Cause.MISSINGNESS, frozenset({"shop"}))}, {missing}]


def test_what_all_have_without_an_outcome_is_late_with_it(clean: pl.DataFrame) -> None:
    """A plan that is free wherever nothing was bought, and free in the last rows, is late with the outcomes."""

    def with_plan(frame: pl.DataFrame) -> pl.DataFrame:
        paid = np.random.default_rng(frame.height).choice(["month", "year"], frame.height)
        return frame.with_columns(plan=pl.when("bought").then(pl.Series(paid)).otherwise(pl.lit("free")))

    with from_frame(with_plan(visits(4000, 3))) as table:
        baseline = learn_baseline(table, "bought")
    late = _late(clean, 0.4)
    nothing = {"bought": False, "paid": 0.0, "plan": "free"}
    frame = with_plan(clean).with_columns(
        pl.when(late).then(pl.lit(value)).otherwise(name).alias(name) for name, value in nothing.items()
    )
    with from_frame(frame) as table:
        (found,) = check(baseline, table).incidents
    assert found.cause is Cause.LABEL_DELAY
    assert set(found.columns) == set(nothing)


def test_a_column_of_a_part_of_the_rows_stands_still_in_that_part() -> None:
    """A charge that one row in three has is frozen though the rows between have none; one that is not is quiet."""

    def charged(rows: int, seed: int, frozen: float = 0.0) -> pl.DataFrame:
        frame = visits(rows, seed).sort("at")
        charge = np.random.default_rng(seed + 1).integers(20, 100, rows).astype(float)
        charge[int((1 - frozen) * rows) :] = 64.0
        some = pl.col("seconds").rank("ordinal") % 3 == 0
        return frame.with_columns(charge=pl.when(some).then(pl.Series("charge", charge)))

    with from_frame(charged(5000, 0)) as table:
        baseline = learn_baseline(table)
    told = []
    for frozen in (0.0, 0.4):
        with from_frame(charged(1000, 5, frozen)) as table:
            told.append([(item.cause, item.columns) for item in check(baseline, table).incidents])
            rows = [item.evidence["rows"] for item in check(baseline, table).incidents]
    assert told == [[], [(Cause.STUCK, ("charge",))]]
    assert 100 < rows[0] < 160
