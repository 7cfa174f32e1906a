"""Whole numbers that look like codes, and by which amounts are multiplied."""

from __future__ import annotations

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.columns import Kind
from clientela.monitoring.quantities import quantities_among
from clientela.tables.frames import from_frame

KINDS = {"seats": Kind.CATEGORY, "price": Kind.NUMBER, "amount": Kind.NUMBER}


def baskets(rows: int, seed: int) -> pl.DataFrame:
    """Return visits, most without seats; two are bought more often than one, and four than three."""
    rng = np.random.default_rng(seed)
    seats = rng.choice(6, rows, p=[0.6, 0.06, 0.2, 0.03, 0.09, 0.02])
    price = rng.choice([19.9, 24.5, 35.0, 49.9, 89.0, 120.5], rows)
    return pl.DataFrame(
        {
            "visit": [f"{seed}-{number:06d}" for number in range(rows)],
            "seats": seats,
            "price": price,
            "amount": np.round(seats * price, 2),
            "seconds": np.round(rng.lognormal(4, 0.9, rows), 1),
        }
    )


def _learnt() -> Baseline:
    with from_frame(baskets(4000, 1)) as table:
        return learn_baseline(table)


def test_what_amounts_are_multiplied_by_is_a_number() -> None:
    """Seats times price is the amount, so that seats are a quantity although two are commoner than one."""
    assert quantities_among(baskets(4000, 1).drop("visit", "seconds"), KINDS) == {"seats": Kind.NUMBER}
    baseline = _learnt()
    assert baseline.contract.term("seats").kind is Kind.NUMBER
    assert any(rule.kind == "product" and "seats" in rule.columns for rule in baseline.contract.rules)


def test_a_code_beside_amounts_stays_a_code() -> None:
    """No code is multiplied: neither where the product is another one in some rows, nor where it is never above 1."""
    frame = baskets(4000, 1).drop("visit", "seconds")
    some = pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.col("amount") + 1).otherwise("amount")
    assert quantities_among(frame.with_columns(some), KINDS) == {}
    flag = frame.with_columns(seats=pl.col("seats").clip(0, 1), amount=pl.col("price") * pl.col("seats").clip(0, 1))
    assert quantities_among(flag, KINDS) == {}
    assert quantities_among(frame.with_columns(seats=-pl.col("seats")), KINDS) == {}
    assert quantities_among(frame.with_columns(pl.lit(0.0).alias("amount")), KINDS) == {}


def test_an_amount_without_its_quantity_breaks_the_product() -> None:
    """Where the amount is the price of one seat, the rule says so; a clean batch breaks nothing."""
    baseline, batch = _learnt(), baskets(1000, 5)
    with from_frame(batch) as table:
        assert check(baseline, table).incidents == ()
    single = batch.with_columns(amount=pl.when(pl.col("seats") > 0).then("price").otherwise(0.0))
    with from_frame(single) as table:
        found = check(baseline, table).incidents
    assert found[0].cause is Cause.METRIC_DEFINITION
    assert "amount" in found[0].columns
