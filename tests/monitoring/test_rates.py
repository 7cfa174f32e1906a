"""A number that is a share of another one, at a rate that a category gives, is learnt, and what broke it is named."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.contract import RATE
from clientela.tables.frames import from_frame

RATES = {"AT": 0.2, "DE": 0.19, "FR": 0.055, "CH": 0.081, "NL": 0.21}


def _sold(rows: int, seed: int, *, late: bool = False) -> pl.DataFrame:
    """Return sales with the tax of their country; late ones bring half as much again, mostly from one country."""
    rng = np.random.default_rng(seed)
    country = rng.choice(list(RATES), rows, p=[0.1, 0.3, 0.2, 0.1, 0.3] if not late else [0.5, 0.2, 0.1, 0.1, 0.1])
    net = (rng.gamma(2, 30, rows) * (1.5 if late else 1) + 5).round(2)
    tax = (net * np.array([RATES[one] for one in country])).round(2)
    return pl.DataFrame({"sale": [f"s{seed}x{n:05d}" for n in range(rows)], "country": country, "net": net, "tax": tax})


@pytest.fixture(scope="module", name="sold")
def _baseline() -> Baseline:
    return learn_baseline(from_frame(_sold(5000, 1)))


def test_a_share_that_a_category_gives_is_a_rule(sold: Baseline) -> None:
    """Tax by country is one rule; a tax of no country's rate is none."""
    told = [rule.told for rule in sold.contract.rules if rule.kind == RATE]
    assert told == ["country determines tax, as a share of net"]
    other = _sold(5000, 1).with_columns(tax=pl.Series(np.random.default_rng(3).gamma(2, 5, 5000).round(2)))
    assert RATE not in [rule.kind for rule in learn_baseline(from_frame(other)).contract.rules]


GERMAN, FEW = pl.col("country") == "DE", pl.int_range(pl.len()) % 5 == 0
BROKEN = {
    "another rate": (pl.when(GERMAN).then((pl.col("net") * 0.16).round(2)).otherwise("tax").alias("tax"), "tax"),
    "gross in a part": (
        pl.when(FEW).then((pl.col("net") + pl.col("tax")).round(2)).otherwise("net").alias("net"),
        "",
    ),
    "no tax in a part": (pl.when(FEW).then(0.0).otherwise("tax").alias("tax"), "tax"),
    "thousandths": ((pl.col("net") * 1000).alias("net"), "net"),
}
CAUSES = {"no tax in a part": Cause.NULL_SEMANTICS, "thousandths": Cause.UNIT_SCALE}


@pytest.mark.parametrize("name", BROKEN)
def test_what_broke_a_rate_is_named(sold: Baseline, name: str) -> None:
    """A rate that changed in one country, or one of both numbers that another rule gives, is one incident."""
    change, column = BROKEN[name]
    (found,) = check(sold, from_frame(_sold(1000, 2).with_columns(change))).incidents
    assert found.cause is CAUSES.get(name, Cause.METRIC_DEFINITION)
    assert found.columns == (column,) if column else set(found.columns) <= {"net", "tax"}


def test_other_sales_at_the_same_rates_are_quiet(sold: Baseline) -> None:
    """Another mix of countries and larger sales break no rate; values on other rows do."""
    late = check(sold, from_frame(_sold(1000, 2, late=True))).incidents
    assert "rule" not in [key for item in late for key in item.evidence]
    assert check(sold, from_frame(_sold(1000, 3))).incidents == ()
    hundredfold = check(sold, from_frame(_sold(1000, 4).with_columns(pl.col("net", "tax") * 100))).incidents
    assert [(item.cause, set(item.columns)) for item in hundredfold] == [(Cause.UNIT_SCALE, {"net", "tax"})]


@pytest.mark.parametrize("column", ["tax", "country"])
def test_values_on_other_rows_break_a_rate(sold: Baseline, column: str) -> None:
    """Of taxes in another order the tax is named, of countries the country, which has the rates of others."""
    batch = _sold(1000, 4)
    rolled = pl.Series(column, np.roll(batch[column].to_numpy(), 7).tolist())
    (found,) = check(sold, from_frame(batch.with_columns(rolled))).incidents
    assert (found.cause, found.columns) == (Cause.ROW_MISALIGNMENT, (column,))


def test_an_amount_that_broke_its_product_is_told_by_that_and_not_by_its_tax() -> None:
    """Where the net amount is cut and no longer price times pieces, the tax that no longer fits it is right."""

    def counted(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        pieces, price = rng.poisson(1.5, rows) + 1, (rng.gamma(2, 30, rows) + 5).round(2)
        net = (pieces * price).round(2)
        rate = _sold(rows, seed)["country"].replace_strict(RATES, return_dtype=pl.Float64).to_numpy()
        extra = {"pieces": pieces, "price": price, "net": net, "tax": (net * rate).round(2)}
        return _sold(rows, seed).with_columns(**{name: pl.Series(values) for name, values in extra.items()})

    baseline = learn_baseline(from_frame(counted(5000, 1)))
    assert check(baseline, from_frame(counted(1000, 2))).incidents == ()
    cut = counted(1000, 2).with_columns(pl.col("net").clip(upper_bound=327.67))
    (found,) = check(baseline, from_frame(cut)).incidents
    assert (found.cause, found.columns) == (Cause.OVERFLOW, ("net",))


def test_few_rows_show_which_of_both_numbers_is_in_cents(sold: Baseline) -> None:
    """Twenty net amounts in cents break their tax, and are what lies far from all others."""
    row = pl.int_range(pl.len())
    cents = pl.when(row % 50 == 0).then((pl.col("net") * 100).round(0)).otherwise("net").alias("net")
    found = check(sold, from_frame(_sold(1000, 2).with_columns(cents))).incidents
    assert (found[0].cause, found[0].columns) == (Cause.UNIT_SCALE, ("net",))


def test_a_tax_and_a_duty_that_changed_places_are_exchanged() -> None:
    """The duty holds what the rate gives for the tax in the rows that break it; a tax alone that is another is none."""

    def dutied(rows: int, seed: int) -> pl.DataFrame:
        duty = np.random.default_rng(seed + 50).gamma(3, 0.6, rows).round(2)
        return _sold(rows, seed).with_columns(duty=pl.Series(duty))

    baseline, batch = learn_baseline(from_frame(dutied(5000, 1))), dutied(1000, 2)
    pair = (("tax", "duty"), ("duty", "tax"))
    both = [pl.when(FEW).then(other).otherwise(name).alias(name) for name, other in pair]
    told = [
        [(item.cause, item.columns) for item in check(baseline, from_frame(frame)).incidents]
        for frame in (batch.with_columns(both), batch.with_columns(both[0]), batch)
    ]
    assert told[0] == [(Cause.COLUMN_SWAP, ("tax", "duty"))]
    assert Cause.COLUMN_SWAP not in [cause for cause, _ in told[1]]
    assert told[2] == []


def test_a_total_that_keeps_its_tax_did_not_break_its_points() -> None:
    """In a later month all amounts are larger; the points are another share of those that still have their tax."""

    def scored(rows: int, seed: int, month: int, *, late: bool = False) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        day = np.datetime64(f"2025-{month:02d}-01", "s").astype(np.int64)
        at = pl.from_epoch(pl.Series(np.sort(day + rng.integers(0, 30 * 86_400, rows))), "s")
        return _sold(rows, seed, late=late).with_columns(at=at, points=(pl.col("net") * 0.5).round(2))

    baseline = learn_baseline(from_frame(scored(5000, 1, 1)))
    batch = scored(1000, 2, 5, late=True)
    fewer = pl.when(pl.int_range(pl.len()) % 2 == 0).then((pl.col("net") * 0.4).round(2)).otherwise("points")
    told = [
        [(item.cause, item.columns) for item in check(baseline, from_frame(frame)).incidents]
        for frame in (batch.with_columns(points=fewer), batch)
    ]
    assert told == [[(Cause.METRIC_DEFINITION, ("points",))], []]


LARGE = {
    "begins anew": ("net", lambda net: (net * 100 + 32_768) % 65_536 / 100 - 327.68, Cause.OVERFLOW),
    "ends": ("tax", lambda tax: np.minimum(tax, 127.0), Cause.OVERFLOW),
    "on other rows": ("net", lambda net: np.roll(net, 7), Cause.ROW_MISALIGNMENT),
}


@pytest.mark.parametrize("name", LARGE)
def test_the_number_that_met_a_limit_or_has_other_values_broke_the_rate(name: str) -> None:
    """Of both numbers that one is named which began anew or ended at the limit of a field, or was shuffled."""

    def dear(rows: int, seed: int) -> pl.DataFrame:
        net = (pl.col("net") * 5).round(0)
        rate = pl.col("country").replace_strict(RATES)
        return _sold(rows, seed).with_columns(net=net, tax=(net * rate).round(2))

    baseline = learn_baseline(from_frame(dear(5000, 1)))
    column, change, cause = LARGE[name]
    batch = dear(1000, 2)
    changed = pl.Series(column, np.round(change(batch[column].to_numpy()), 2))
    found = check(baseline, from_frame(batch.with_columns(changed))).incidents
    assert [(item.cause, item.columns) for item in found] == [(cause, (column,))]
