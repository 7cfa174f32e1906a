"""What customers will do, in tables that say no more than the records."""

import math
from dataclasses import replace
from datetime import date

import pytest

from clientela.domain.estimate import Estimate
from clientela.language import Language, speaking
from clientela.models.lifetime.purchases import Reckoning, Window
from clientela.models.lifetime.result import NO_PAST, Forecast, LifetimeResult
from clientela.models.result import ModelResult
from clientela.report.contents import Contents
from clientela.report.lifetime import customers_table


@pytest.fixture
def shop_model(made: dict[str, Contents]) -> ModelResult:
    """Return the model of the made-up shop."""
    model = made["shop"].model
    assert model is not None
    return model


def told(value: float) -> Estimate:
    """Return an estimate with an interval of a tenth to both sides."""
    return Estimate(value, 0.9 * value, 1.1 * value, 100, "bootstrap")


def valued() -> LifetimeResult:
    """Return customers of a shop with a name that a page must not obey."""
    forecasts = tuple(
        Forecast(name, told(error), told(40), told(1.02), told(0), told(0))
        for name, error in (("all amounts", 12.0), ("same as last period", 20.0))
    )
    return LifetimeResult(
        "<i>who", "day", "amount", date(2026, 1, 1), date(2026, 6, 30), 400, Reckoning(900, 0, 900, 0, 0, 0, 0, 9e3, 0),
        91, "all amounts", (), told(210), told(350), told(4_200), Window(date(2026, 3, 31), date(2026, 6, 30)),
        forecasts, (), (), (), 40, (), 0,
    )  # fmt: skip


def test_customers_are_told_with_intervals(shop_model: ModelResult) -> None:
    """Customers, purchases and spend stand with intervals, next to how it went before; nothing where none are known."""
    assert customers_table(shop_model) == ()
    (table,) = customers_table(replace(shop_model, lifetime=valued()))
    cells = {row[0].text: row[1].text for row in table.rows}
    assert table.caption == "What customers will do in the 91 days after 2026-06-30"
    assert cells["Customers who bought so far"] == "400"
    assert cells["Of them still buying (95 % interval)"] == "210 (189 to 231)"
    assert cells["Their spend"] == "4,200 (3,780 to 4,620)"
    assert cells["Half of that spend comes from"] == "40 customers, 10.0 % of all"
    assert cells["Mean error per customer, same as last period"] == "20.00 (18.00 to 22.00)"
    unjudged = replace(valued(), judged=None, forecasts=())
    (short,) = customers_table(replace(shop_model, lifetime=unjudged))
    assert len(short.rows) == 5
    bare = replace(unjudged, total_spend=Estimate(4_200, math.nan, math.nan, 400, NO_PAST))
    for spoken, why in (
        (Language.ENGLISH, "no interval: the table holds no past"),
        (Language.GERMAN, "kein Intervall: "),
    ):
        with speaking(spoken):
            (told_why,) = customers_table(replace(shop_model, lifetime=bare))
        assert why in told_why.rows[3][1].text
    (staying,) = customers_table(replace(shop_model, lifetime=replace(unjudged, alive=told(399.9))))
    assert len(staying.rows) == 4
