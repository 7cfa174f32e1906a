"""The model of value: the same for a frame, for one customer and after JSON."""

from collections.abc import Callable
from datetime import date

import msgspec
import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import ColumnError
from clientela.models.lifetime import valuing
from clientela.models.lifetime.correcting import fit_correction, matrix_of
from clientela.models.lifetime.maximising import POINT_ONLY
from clientela.models.lifetime.purchases import HISTORY, Window, customers, open_ledger
from clientela.models.lifetime.valuing import ENDS, POINTS, ValueModel, fit_value
from clientela.tables.frames import from_frame


@pytest.fixture(scope="module")
def history(shop: Callable[..., tuple[pl.DataFrame, object]]) -> pl.DataFrame:
    """Return 1,200 customers at a cut, with what came after it."""
    with from_frame(shop(1200, 3)[0]) as table:
        ledger = open_ledger(table, "customer", "day", "amount")
        return customers(ledger, [Window(date(2025, 9, 1), date(2025, 12, 28))])[0][0]


@pytest.fixture(scope="module")
def model(history: pl.DataFrame) -> ValueModel:
    """Return a model of them, with a correction."""
    plain = fit_value(history, True, 17.0, POINT_ONLY)
    alive, bought, amount = plain.parts(history)
    matrix = matrix_of(history, bought / 17.0, amount, alive)
    learned = fit_correction(matrix, bought * amount, history["later_spend"].to_numpy(), 0)
    return msgspec.structs.replace(plain, correction=learned)


def test_scores_are_one_row_per_customer(history: pl.DataFrame, model: ValueModel) -> None:
    """Probabilities lie in 0 to 1, expectations between the ends of nearly all customers, in the order given."""
    scores = model.score(history)
    assert scores.columns == [*POINTS, *ENDS]
    assert scores["alive"].is_between(0, 1).all()
    assert scores.select((pl.col("spend_low") <= pl.col("spend_high")).all()).item()
    back = model.score(history.reverse()).reverse()
    assert np.allclose(scores.to_numpy(), back.to_numpy(), rtol=1e-9)


def test_the_correction_moves_spend_and_nothing_else(history: pl.DataFrame, model: ValueModel) -> None:
    """Without the correction purchases are the same, spend is another with the same total."""
    plain = msgspec.structs.replace(model, correction=None).expect(history)
    moved = model.expect(history)
    assert plain["expected_purchases"].equals(moved["expected_purchases"])
    assert not plain["expected_spend"].equals(moved["expected_spend"])
    assert plain["expected_spend"].sum() == pytest.approx(moved["expected_spend"].sum())


def test_one_customer_scores_as_in_the_frame(history: pl.DataFrame, model: ValueModel) -> None:
    """A customer alone gets the numbers it gets among others, whatever else is in the row."""
    scores = model.score(history)
    for place in (0, 17, 400):
        row = history.row(place, named=True)
        alone = model.one(**{name: row[name] for name in HISTORY})
        assert alone == pytest.approx(scores.row(place, named=True), rel=1e-9)


def test_the_model_survives_json(history: pl.DataFrame, model: ValueModel) -> None:
    """Written as JSON and read again, the model says the same to the last digit."""
    again = msgspec.json.decode(msgspec.json.encode(model), type=ValueModel)
    assert again.score(history).equals(model.score(history))


def test_missing_columns_are_named(history: pl.DataFrame, model: ValueModel) -> None:
    """A column that is not there is named, for a frame as for one customer."""
    with pytest.raises(ColumnError, match="recency"):
        model.expect(history.drop("recency"))
    with pytest.raises(ColumnError, match="last_amount"):
        model.one(**{name: 1.0 for name in HISTORY if name != "last_amount"})


def test_many_customers_are_sampled_for_the_fit(history: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit a seeded sample is fitted on."""
    monkeypatch.setattr(valuing, "FIT_CUSTOMERS", 500)
    first, again = (fit_value(history, False, 17.0, POINT_ONLY) for _ in range(2))
    assert first.buying.maximum.units == 500
    assert first == again
