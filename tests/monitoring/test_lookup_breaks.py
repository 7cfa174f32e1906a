"""Numbers that a category gives: what broke them is told row by row, and the side that broke is named."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.contract import from_toml, to_toml
from clientela.monitoring.lookups import broken_lookup, other_number
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

PLACES = tuple(f"P{place:02d}" for place in range(14))
SHARES = np.array([20, 15, 12, 10, 9, 8, 6, 5, 4, 4, 3, 2, 1, 1]) / 100
KM = (101.4, 12.2, 340.0, 88.8, 15.9, 560.3, 77.1, 431.5, 290.6, 33.3, 620.2, 5.4, 150.7, 210.9)
ITEMS = 60
WEIGHTS = np.round(np.random.default_rng(8).gamma(2, 1.3, ITEMS) + 0.05, 3)


def parcels(rows: int, seed: int) -> pl.DataFrame:
    """Return parcels: an item, which gives a weight, and a depot, which gives a distance and a rate of tax."""
    rng = np.random.default_rng(seed)
    item, place = rng.choice(ITEMS, rows, p=_zipf(ITEMS)), rng.choice(len(PLACES), rows, p=SHARES)
    return pl.DataFrame(
        {
            "parcel": [f"{seed}-{number:06d}" for number in range(rows)],
            "item": [f"{100 + 7 * number}" for number in item],
            "weight": WEIGHTS[item],
            "depot": [PLACES[number] for number in place],
            "km": np.array(KM)[place],
            "tax": np.array([7.7, 2.5, 19.0])[place % 3],
            "seconds": np.round(rng.lognormal(4, 0.9, rows), 1),
            "device": rng.choice(["app", "web"], rows, p=[0.6, 0.4]),
        }
    )


def _zipf(size: int) -> Sequence[float]:
    weights = 1 / np.arange(1, size + 1) ** 0.9
    return list(weights / weights.sum())


@functools.cache
def learnt() -> Baseline:
    """Return what is learnt from 5,000 parcels."""
    with from_frame(parcels(5000, 1)) as table:
        return learn_baseline(table)


def checked(frame: pl.DataFrame) -> CheckResult:
    """Hold a batch against it."""
    with from_frame(frame) as table:
        return check(learnt(), table)


def some(share: float, *wheres: pl.Expr) -> pl.Expr:
    """Return a share of the rows, spread evenly over those where all conditions hold."""
    where = pl.all_horizontal(pl.int_range(pl.len()) >= 0, *wheres)
    return where & ((where.cum_sum() * 0.6180339887 % 1) < share)


def put(name: str, value: pl.Expr, rows: pl.Expr) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return the change of a column in some rows."""
    return lambda frame: frame.with_columns(pl.when(rows).then(value).otherwise(name).alias(name))


def test_what_a_category_gives_is_learnt_and_kept() -> None:
    """Item and depot give what was joined by them, and nothing else; contract.toml keeps it."""
    told = [rule.told for rule in learnt().contract.rules if rule.kind == "determines"]
    assert told == ["item determines weight", "depot determines km", "depot determines tax"]
    assert from_toml(to_toml(learnt().contract)).rules == learnt().contract.rules


BREAKS: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], Cause, str, str]] = {
    "on other rows": (
        lambda frame: frame.with_columns(
            pl.when(pl.int_range(pl.len()) % 10 == 0).then(pl.col("km").shift(10)).otherwise("km").alias("km")
        ),
        Cause.ROW_MISALIGNMENT, "km", "stands on other rows",
    ),
    "miles": (put("km", (pl.col("km") / 1.609344).round(2), some(0.3)), Cause.UNIT_SCALE, "km", "is 0.62"),
    "grams": (put("weight", pl.col("weight") * 1000, some(0.1)), Cause.UNIT_SCALE, "weight", "is 1000 times"),
    "with its box": (put("weight", (pl.col("weight") * 1.15).round(3), some(0.1)),
                     Cause.METRIC_DEFINITION, "weight", "is 1.15 times"),
    "by another way": (put("km", pl.col("km") + 20, some(0.1)), Cause.METRIC_DEFINITION, "km", "is 20 more"),
    "not known": (put("km", pl.lit(15.9), some(0.2)), Cause.NULL_SEMANTICS, "km", "is 15.9 where it was not"),
    "zero": (put("km", pl.lit(0.0), some(0.1)), Cause.NULL_SEMANTICS, "km", "holds 0 in 10.0%"),
    "capped": (put("km", pl.lit(255.0), pl.col("km") > 255), Cause.OVERFLOW, "km", "is no more than 255"),
    "one depot": (put("km", pl.col("km") * 1.3, some(0.6, pl.col("depot") == "P00")),
                  Cause.METRIC_DEFINITION, "km", "is another for 'P00'"),
    "credited": (put("depot", pl.lit("P01"), some(0.15, pl.col("depot") == "P00")),
                 Cause.METRIC_DEFINITION, "depot", "rows of 'P00' went to 'P01'"),
    "credited until shares change places": (
        put("depot", pl.lit("P01"), some(0.25, pl.col("depot") == "P00")),
        Cause.METRIC_DEFINITION, "depot", "rows of 'P00' went to 'P01'",
    ),
    "merged": (put("depot", pl.lit("P01"), pl.col("depot") == "P09"),
               Cause.CATEGORY_MERGED, "depot", "all rows of 'P09' went to 'P01'"),
    "exchanged": (lambda frame: frame.with_columns(pl.col("depot").replace({"P04": "P05", "P05": "P04"})),
                  Cause.CATEGORY_PERMUTED, "depot", "'P05' and 'P04' changed places"),
    "a large and a small one exchanged": (
        lambda frame: frame.with_columns(pl.col("depot").replace({"P00": "P08", "P08": "P00"})),
        Cause.CATEGORY_PERMUTED, "depot", "'P00' and 'P08' changed places",
    ),
    "depots on other rows": (lambda frame: frame.with_columns(pl.col("depot").shift(1, fill_value="P00")),
                             Cause.ROW_MISALIGNMENT, "depot", "breaks the rule"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_the_side_that_broke_is_named_with_what_it_did(name: str) -> None:
    """One incident names the number, or the category, and tells the factor, the number or the levels."""
    change, cause, column, words = BREAKS[name]
    found = [(item.cause, item.columns) for item in checked(change(parcels(1000, 7))).incidents]
    titles = [item.title for item in checked(change(parcels(1000, 7))).incidents]
    assert found == [(cause, (column,))], titles
    assert words in titles[0]


def test_rounding_is_left_to_the_search_for_it() -> None:
    """Weights in tenths break the list in nearly all rows, and are told as precision."""
    frame = parcels(1000, 7).with_columns(pl.col("weight").round(1))
    assert [(item.cause, item.columns) for item in checked(frame).incidents] == [(Cause.PRECISION, ("weight",))]


def test_a_list_that_is_kept_up_to_date_is_no_break() -> None:
    """One depot that moved, in all its rows, is news; half of its rows, or half of all depots, is a break."""
    rule = next(rule for rule in learnt().contract.rules if rule.right == "km")
    side = learnt().side
    here = (side.texts["depot"] == "P07").to_numpy()
    moved = side.put("km", np.where(here, 99.0, side.numbers["km"]))
    assert not broken_lookup(rule, moved, side).any()
    assert np.array_equal(other_number(rule, moved, side), here)
    half = here & (np.arange(side.rows) % 2 == 0)
    assert np.array_equal(broken_lookup(rule, side.put("km", np.where(half, 99.0, side.numbers["km"])), side), half)
    assert broken_lookup(rule, side.put("km", side.numbers["km"] + 1), side).all()


def test_unknown_levels_and_missing_cells_break_nothing() -> None:
    """A depot that the reference has not seen may be anywhere, and what is missing is not wrong."""
    rule = next(rule for rule in learnt().contract.rules if rule.right == "km")
    side = learnt().side
    assert not broken_lookup(rule, side.put("depot", pl.Series(["new"] * side.rows)), side).any()
    assert not broken_lookup(rule, side.put("km", np.full(side.rows, np.nan)), side).any()


def test_batches_that_keep_the_lists_are_quiet() -> None:
    """Ten clean batches raise nothing."""
    assert not any(checked(parcels(1000, 50 + number)).incidents for number in range(10))


def customers(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of 900 customers, whose height and number of orders were joined."""
    rng = np.random.default_rng(seed)
    who = rng.integers(0, 900, rows)
    known = np.random.default_rng(5)
    height, orders = np.round(known.normal(172, 9, 900), 1), known.geometric(0.4, 900)
    return pl.DataFrame(
        {
            "visit": [f"{seed}-{number:06d}" for number in range(rows)],
            "who": [f"customer {number}" for number in who],
            "height": height[who],
            "orders": orders[who],
            "pages": rng.geometric(0.2, rows),
        }
    )


KEPT: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], list[tuple[Cause, tuple[str, ...]]]]] = {
    "inches in a twentieth of the rows": (
        put("height", (pl.col("height") / 2.54).round(1), some(0.05)),
        [(Cause.UNIT_SCALE, ("height",))],
    ),
    "each tenth customer bought again": (
        lambda frame: frame.with_columns(orders=pl.col("orders") + (pl.col("who").str.ends_with("3")).cast(pl.Int64)),
        [],
    ),
    "a tenth corrected": (put("height", (pl.col("height") * 7 % 31 + 150).round(1), some(0.1)), []),
}


@pytest.mark.parametrize("name", KEPT)
def test_few_numbers_of_customers_that_changed_by_one_rule_are_told(name: str) -> None:
    """Another unit in a twentieth of the rows is no matter of life; one more order, or a correction, is."""
    change, expected = KEPT[name]
    with from_frame(customers(4000, 1)) as table:
        baseline = learn_baseline(table)
    assert {rule.right for rule in baseline.contract.rules if rule.kind == "constant"} == {"height", "orders"}
    with from_frame(change(customers(1000, 2))) as table:
        assert [(item.cause, item.columns) for item in check(baseline, table).incidents] == expected


def policies(rows: int, seed: int) -> pl.DataFrame:
    """Return policies whose class gives a rate in whole per cent, which is a category of few numbers."""
    rng, weights = np.random.default_rng(seed), np.random.default_rng(2).gamma(1.5, 1, 20)
    place = rng.choice(20, rows, p=weights / weights.sum())
    rates = np.array([round(70 * 0.94**number + 15) for number in range(20)])
    premium = np.round(rng.lognormal(5, 0.6, rows), 2)
    return pl.DataFrame({"class": [f"SF{n}" for n in place], "rate": rates[place], "premium": premium})


def _told_of_policies(rate: pl.Expr) -> list[tuple[Cause, tuple[str, ...]]]:
    known = learn_baseline(from_frame(policies(4000, 1)))
    result = check(known, from_frame(policies(1000, 2).with_columns(rate.alias("rate"))))
    return [(found.cause, found.columns) for found in result.incidents]


RATE = pl.col("rate")
RATES = {
    "8 more": (pl.when(RATE < 45).then(RATE + 8).otherwise(RATE), Cause.METRIC_DEFINITION),
    "half as many again": (pl.when(some(0.3)).then(RATE * 1.5).otherwise(RATE), Cause.METRIC_DEFINITION),
    "shares": (pl.when(some(0.3)).then((RATE / 100).cast(pl.String)).otherwise(RATE.cast(pl.String)), Cause.UNIT_SCALE),
    "one new rate": (pl.when(RATE == 81).then(8100).otherwise(RATE), Cause.CATEGORY_RENAMED),
}


@pytest.mark.parametrize("name", RATES)
def test_a_category_of_numbers_that_another_one_gives_is_told_by_what_it_became(name: str) -> None:
    """Rates that are more, or in another unit, are one cause with the column; one new rate is another code."""
    rate, cause = RATES[name]
    assert _told_of_policies(rate) == [(cause, ("rate",))]


def test_another_class_leaves_the_rates_to_the_classes() -> None:
    """Rows of a third that are one class higher hold a rate that its class does not give, and it is not the rate's."""
    number = pl.col("class").str.slice(2).cast(pl.Int64)
    higher = pl.when(some(0.3, number < 19)).then(pl.lit("SF") + (number + 1).cast(pl.String)).otherwise("class")
    batch = policies(1000, 2).with_columns(higher.alias("class"))
    result = check(learn_baseline(from_frame(policies(4000, 1))), from_frame(batch))
    assert all("times what it was" not in found.title for found in result.incidents)


def _shows(rows: int, seed: int) -> pl.DataFrame:
    """Return parcels with the moment at which their depot opened, some in winter and some in summer."""
    days = {place: 1_600_000_000 + 86_400 * 17 * number + 1_800 * number for number, place in enumerate(PLACES)}
    opened = pl.col("depot").replace_strict(days, return_dtype=pl.Int64) * 1_000_000
    return parcels(rows, seed).with_columns(opened=opened.cast(pl.Datetime("us")))


@pytest.mark.parametrize(("hours", "words"), [(2.0, "+2 hours"), (-9.5, "-9.5 hours")])
def test_a_time_that_a_category_gives_shows_by_how_much_it_was_moved(hours: float, words: str) -> None:
    """Openings moved by hours, one more in a part of them as clocks are put forward, are an offset."""
    with from_frame(_shows(4000, 1)) as table:
        baseline = learn_baseline(table)
    with from_frame(_shows(1000, 5)) as table:
        assert check(baseline, table).incidents == ()
    later = pl.col("opened") + pl.duration(minutes=int(60 * hours))
    summer = pl.col("depot").is_in(PLACES[10:])
    moved = pl.when(summer).then(later + pl.duration(hours=1)).otherwise(later)
    with from_frame(_shows(1000, 5).with_columns(moved.alias("opened"))) as table:
        found = check(baseline, table).incidents
    assert [(one.cause, one.columns) for one in found] == [(Cause.TIMEZONE, ("opened",))]
    assert words in found[0].title


def test_a_rounded_number_of_a_category_is_told_once() -> None:
    """Prices rounded in some rows are less exact, however many columns of names give them."""

    def named(rows: int, seed: int) -> pl.DataFrame:
        return parcels(rows, seed).with_columns(title=pl.lit("No. ") + pl.col("item"))

    with from_frame(named(5000, 1)) as table:
        baseline = learn_baseline(table)
    some = pl.int_range(pl.len()) % 5 < 2
    rounded = pl.when(some).then(pl.col("weight").round(0)).otherwise("weight").alias("weight")
    with from_frame(named(1000, 5).with_columns(rounded)) as table:
        found = check(baseline, table).incidents
    assert [(one.cause, one.columns) for one in found] == [(Cause.PRECISION, ("weight",))]
