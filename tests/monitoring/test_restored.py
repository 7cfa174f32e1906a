"""What values became is read off where the old ones are known row by row."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.restored import added_or_scaled, scaled, wrapped
from clientela.tables.frames import from_frame

RATES = np.array([8.0] * 90 + [5.0] * 6 + [23.0] * 4)


def test_a_common_factor_wins_where_it_fits_more_values() -> None:
    """Where nine of ten rates are one, a difference fits these as well; the others tell that it is a hundredth."""
    assert added_or_scaled(RATES / 100, RATES, 0.005) == (Cause.UNIT_SCALE, "is 0.01 times what it was")
    assert added_or_scaled(RATES + 1, RATES, 0.005) == (Cause.METRIC_DEFINITION, "is 1 more than it was")
    assert added_or_scaled(RATES[::-1].copy(), RATES, 0.005)[1] == ""


@pytest.mark.parametrize("span", [256, 1000, 1024, 65536, 100_000])
def test_numbers_that_lost_their_high_digits_began_anew(span: int) -> None:
    """What is left of numbers beyond a field of bits or digits tells its size; smaller numbers of their own do not."""
    before = np.round(np.random.default_rng(3).lognormal(np.log(3 * span), 0.9, 300)) + span
    assert wrapped(before % span, before, 0.5) == (Cause.OVERFLOW, f"begins anew at {span:g}")
    assert wrapped(np.random.default_rng(4).permutation(before % span), before, 0.5)[1] == ""


def _visits(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of some guests who keep their points, to items each of which has a rate of tax."""
    rng, fixed = np.random.default_rng(seed), np.random.default_rng(0)
    points = np.round(fixed.lognormal(6.9, 1.3, 900)).astype(np.int64)
    guest, item = rng.integers(0, 900, rows), rng.integers(0, 50, rows)
    made = {
        "visit": [f"v{seed}-{place:06d}" for place in range(rows)],
        "guest": [f"g{one:04d}" for one in guest],
        "item": [f"i{one:02d}" for one in item],
        "rate": np.where(item < 44, 8, np.where(item < 47, 5, 23)),
        "points": points[guest],
        "pages": rng.poisson(5, rows),
    }
    return pl.DataFrame(made)


def test_what_items_and_guests_keep_tells_units_and_lost_digits() -> None:
    """Rates in hundredths are a unit, points with their last three digits alone an overflow; clean ones neither."""
    baseline = learn_baseline(from_frame(_visits(5000, 1)))
    some, beyond = pl.int_range(pl.len()) % 5 < 2, (pl.int_range(pl.len()) % 10 < 7) & (pl.col("points") > 999)
    changes = {
        "rate": (pl.when(some).then(pl.col("rate") / 100).otherwise("rate"), Cause.UNIT_SCALE),
        "points": (pl.when(beyond).then(pl.col("points") % 1000).otherwise("points"), Cause.OVERFLOW),
    }
    for name, (changed, cause) in changes.items():
        found = check(baseline, from_frame(_visits(1000, 2).with_columns(changed.alias(name)))).incidents
        assert [(item.cause, item.columns) for item in found] == [(cause, (name,))]
    assert check(baseline, from_frame(_visits(1000, 2))).incidents == ()


def _paid(rows: int, seed: int) -> pl.DataFrame:
    """Return sales of countries with their taxes, of which one in four brings anything, and what sending them costs."""
    rng = np.random.default_rng(seed)
    rates = {"DE": 0.19, "AT": 0.2, "SE": 0.25, "PL": 0.23, "CZ": 0.21}
    country, bought = rng.choice(list(rates), rows), rng.random(rows) < 0.25
    price = np.where(bought, rng.lognormal(5.5, 0.9, rows), 0).round(2)
    net = (price / (1 + np.array([rates[one] for one in country]))).round(2)
    made = {"sale": [f"s{seed}-{n:06d}" for n in range(rows)], "country": country, "price": price, "net": net}
    sent = np.where(bought, rng.choice([5.95, 39.0, 79.0], rows), 0.0)
    return pl.DataFrame({**made, "tax": (price - net).round(2), "sent": sent, "pages": rng.poisson(5, rows)})


PAID = pl.col("price") > 0
ACCOUNTS = {
    "net": pl.when(PAID).then((pl.col("price") / 1.19).round(2)).otherwise("net"),
    "price": pl.when(pl.int_range(pl.len()) % 3 > 0)
    .then((pl.col("price") + pl.col("sent")).round(2))
    .otherwise("price"),
    "tax": pl.when(PAID).then((pl.col("tax") - pl.col("pages") * 0.7).round(2)).otherwise("tax"),
}
WORDS = {"net": "net is 0.8403 times price throughout", "price": "price takes in sent"}


def test_what_another_column_made_of_an_amount_is_no_value_of_another_row() -> None:
    """One rate for all, a fee taken in and an unknown deduction are definitions; values in another order are not."""
    baseline = learn_baseline(from_frame(_paid(6000, 1)))
    for name, changed in ACCOUNTS.items():
        (found,) = check(baseline, from_frame(_paid(1000, 2).with_columns(changed.alias(name)))).incidents
        assert (found.cause, found.columns) == (Cause.METRIC_DEFINITION, (name,))
        assert WORDS.get(name, "") in found.title
    rolled = pl.Series("tax", np.roll(_paid(1000, 2)["tax"].to_numpy(), 7))
    (found,) = check(baseline, from_frame(_paid(1000, 2).with_columns(rolled))).incidents
    assert (found.cause, found.columns) == (Cause.ROW_MISALIGNMENT, ("tax",))
    assert check(baseline, from_frame(_paid(1000, 3))).incidents == ()


@pytest.mark.parametrize(
    ("factor", "cause"),
    [
        (4.27, Cause.UNIT_SCALE),
        (3.61, Cause.UNIT_SCALE),
        (2.5, Cause.METRIC_DEFINITION),
        (10 / 3, Cause.METRIC_DEFINITION),
    ],
)
def test_a_factor_that_is_no_simple_part_is_a_currency(factor: float, cause: Cause) -> None:
    """Prices times 4.27 are in zloty; two and a half times the price, or ten thirds of it, is counted otherwise."""
    before = np.round(np.random.default_rng(4).lognormal(3, 0.5, 200), 2)
    assert scaled(np.round(before * factor, 2), before, 0.005)[0] is cause
