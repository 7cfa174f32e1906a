"""What was foretold against what came: errors by hand, and totals whose intervals hold what comes."""

import math
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from clientela.models.lifetime.foretold import Past, by_frequency, compared, covered, told_total
from clientela.models.lifetime.maximising import POINT_ONLY
from clientela.models.lifetime.purchases import LATER, Window, customers, open_ledger
from clientela.models.lifetime.valuing import POINTS, fit_value
from clientela.tables.frames import from_frame

CAME = pl.DataFrame(
    {
        "frequency": [0.0, 0.0, 1.0, 9.0],
        "previous_spend": [5.0, 0.0, 0.0, 35.0],
        "later_purchases": [0.0, 1.0, 1.0, 4.0],
        "later_spend": [0.0, 10.0, 20.0, 30.0],
    }
)
TOLD = pl.DataFrame(
    {
        "alive": [1.0, 1.0, 0.5, 0.9],
        "expected_purchases": [0.5, 0.5, 0.8, 3.0],
        "expected_spend": [5.0, 5.0, 20.0, 40.0],
        "purchases_low": [0.0, 0.0, 0.0, 1.0],
        "purchases_high": [1.0, 0.0, 2.0, 9.0],
        "spend_low": [0.0, 0.0, 0.0, 5.0],
        "spend_high": [0.0, 15.0, 19.0, 90.0],
    }
)


def test_errors_are_those_computed_by_hand() -> None:
    """Mean absolute error, root of the mean square and share foretold, of the way given and of the naive rule."""
    told, naive = compared({"way": TOLD}, CAME, "naive", 20, 0)
    assert (told.name, told.mae.value, told.rmse.value, told.ratio.value) == pytest.approx(
        ("way", 5.0, math.sqrt(37.5), 70 / 60)
    )
    assert (naive.name, naive.mae.value, naive.ratio.value) == pytest.approx(("naive", 10.0, 40 / 60))
    assert (told.mae_behind.value, told.rmse_behind.value) == (0.0, 0.0)
    assert naive.mae_behind.value == pytest.approx(5.0)
    assert naive.rmse_behind.value == pytest.approx(naive.rmse.value - told.rmse.value)
    assert told.mae.low <= told.mae.value <= told.mae.high
    assert told.mae.method == "bootstrap by customer"


def test_customers_are_told_by_their_purchases() -> None:
    """Customers with equally many purchases share a row, those with many the last, and empty rows are left out."""
    rows = by_frequency(TOLD, CAME, 20, 0)
    assert [(row.frequency, row.customers) for row in rows] == [("0", 2), ("1", 1), ("7+", 1)]
    assert (rows[0].purchases, rows[0].purchases_came.value) == (0.5, 0.5)
    assert (rows[0].spend, rows[0].spend_came.value) == (5.0, 5.0)


def test_a_row_whose_customers_are_alike_has_no_interval() -> None:
    """One customer, or none who bought, shows no spread: there is no interval, where one of width 0 would mislead."""
    silent = CAME.with_columns(frequency=pl.Series([0.0, 2.0, 0.0, 0.0]), later_spend=pl.Series([0.0, 5.0, 0.0, 0.0]))
    rows = by_frequency(TOLD, silent, 20, 0)
    assert [(row.frequency, row.customers) for row in rows] == [("0", 3), ("2", 1)]
    assert rows[0].purchases_came.low < rows[0].purchases_came.value < rows[0].purchases_came.high
    for came in (rows[0].spend_came, rows[1].purchases_came, rows[1].spend_came):
        assert math.isnan(came.low)
        assert math.isnan(came.high)
        assert came.method == "none: no two customers differ"
    assert rows[0].spend_came.value == 0
    assert (rows[1].spend_came.value, rows[1].spend_came.n) == (5, 1)


def test_coverage_counts_what_lies_inside() -> None:
    """Ends count as inside; customers whose upper end is 0 are left out of the third share."""
    purchases, spend, some = covered(TOLD, CAME)
    assert (purchases.covered.value, spend.covered.value) == (0.75, 0.75)
    assert (some.covered.value, some.covered.n) == (2 / 3, 3)


def test_totals_hold_what_comes(shop: Callable[..., tuple[pl.DataFrame, np.ndarray]]) -> None:
    """Over six tables of 400 customers played, at least five intervals of each total hold what came after."""
    held = np.zeros(2)
    for seed in range(6):
        frame, later = shop(400, seed)
        with from_frame(frame) as table:
            ledger = open_ledger(table, "customer", "day", "amount")
            past = Window(ledger.last.replace(month=9, day=1), ledger.last)
            (before, now), _ = customers(ledger, [past, Window(ledger.last, ledger.last)])
        model = fit_value(now, True, 17.0, POINT_ONLY)
        points = fit_value(before, True, 17.0, POINT_ONLY).expect(before)
        alive, *totals = told_total(model, now, [Past(before, points)])
        assert 0 < alive.low < alive.value < alive.high < now.height
        truth = later[now["visitor"].cast(pl.Int64).to_numpy()].sum(axis=0)
        held += [not total.excludes(true) for total, true in zip(totals, truth, strict=True)]
    assert (held >= 5).all()


def test_without_a_past_totals_have_no_interval(shop: Callable[..., tuple[pl.DataFrame, np.ndarray]]) -> None:
    """Where nothing was judged, purchases and spend are told without ends, and are the sums over customers."""
    with from_frame(shop(300, 1)[0]) as table:
        ledger = open_ledger(table, "customer", "day", "amount")
        [now], _ = customers(ledger, [Window(ledger.last, ledger.last)])
    model = fit_value(now, False, 10.0, POINT_ONLY)
    totals = told_total(model, now, [])
    points = model.expect(now)
    assert [total.value for total in totals] == pytest.approx([points[name].sum() for name in POINTS])
    assert [math.isnan(total.low) for total in totals] == [False, True, True]
    assert "no past" in totals[1].method


def test_totals_are_as_uncertain_as_past_totals_were_off(
    shop: Callable[..., tuple[pl.DataFrame, np.ndarray]],
) -> None:
    """A past of which half had been foretold widens the intervals beyond that; more pasts told right narrow them."""
    with from_frame(shop(400, 2)[0]) as table:
        ledger = open_ledger(table, "customer", "day", "amount")
        past = Window(ledger.last.replace(month=9, day=1), ledger.last)
        (before, now), _ = customers(ledger, [past, Window(ledger.last, ledger.last)])
    model = fit_value(now, True, 17.0, POINT_ONLY)
    points = fit_value(before, True, 17.0, POINT_ONLY).expect(before)
    right = points.with_columns(pl.col(POINTS[1:]) * (before[LATER[2]].sum() / points[POINTS[2]].sum()))
    half = right.with_columns(pl.col(POINTS[1:]) / 2)

    def far(*told: pl.DataFrame) -> float:
        total = told_total(model, now, [Past(before, one) for one in told])[2]
        assert total.low < total.value < total.high
        return math.log(total.high / total.value)

    assert far(half) > 1.5 * far(right)
    assert far(half) > math.log(2)
    assert far(right, right, right) < far(right, right) < far(right)
