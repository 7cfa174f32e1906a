"""A model of customer value: how often, how much, what both miss; for a frame of customers or for one."""

from __future__ import annotations

from functools import cached_property

import msgspec
import numpy as np
import polars as pl

from clientela.domain.errors import ColumnError
from clientela.models.lifetime.ahead import Ahead, Levels
from clientela.models.lifetime.buying import Buying, fit_buying
from clientela.models.lifetime.correcting import Correction, matrix_of
from clientela.models.lifetime.maximising import Drawing
from clientela.models.lifetime.purchases import HISTORY
from clientela.models.lifetime.spending import Spending, fit_spending
from clientela.models.values import FloatArray

FIT_CUSTOMERS = 200_000
"""Most customers that parameters are fitted on; more would not move the third digit."""
POINTS = ("alive", "expected_purchases", "expected_spend")
ENDS = ("purchases_low", "purchases_high", "spend_low", "spend_high")


class ValueModel(msgspec.Struct, frozen=True, dict=True):
    """A fitted model of customer value, plain data that goes through JSON.

    Attributes:
        buying: How often customers buy and when they stop.
        spending: How much they spend on a purchase.
        first_amounts: Whether the amount of the first purchase counts for spending; the paper leaves it out.
        correction: A learned factor on the expected spend, or None.
        weeks: Length of the time ahead, in weeks.
        purchase_levels: Where distributions of purchases are cut for intervals.
        spend_levels: Where distributions of spend are cut.
    """

    buying: Buying
    spending: Spending
    first_amounts: bool
    correction: Correction | None
    weeks: float
    purchase_levels: Levels = Levels()
    spend_levels: Levels = Levels()

    def expect(self, history: pl.DataFrame) -> pl.DataFrame:
        """Return `POINTS` of customers: the probability of still buying, expected purchases and spend ahead.

        Args:
            history: Customers with the columns `HISTORY` at least (see `purchases.customers`).

        Raises:
            ColumnError: A column is missing.
        """
        alive, purchases, amount = self.parts(history)
        spend = purchases * amount * self.factor(history, alive, purchases, amount)
        return pl.DataFrame(dict(zip(POINTS, (alive, purchases, spend), strict=True)))

    def score(self, history: pl.DataFrame) -> pl.DataFrame:
        """Return `POINTS` and `ENDS` of customers: 95 % intervals of what each will buy and spend.

        Args:
            history: As in `expect`.

        Returns:
            One row per customer, in order; money in the unit of the amounts.
        """
        points = self.expect(history)
        ends = self.ahead(history).intervals(self.purchase_levels, self.spend_levels)
        return points.with_columns(pl.Series(name, ends[:, place]) for place, name in enumerate(ENDS))

    def one(self, **known: float) -> dict[str, float]:
        """Return `POINTS` and `ENDS` of one customer, given `HISTORY` by name."""
        missing = [name for name in HISTORY if name not in known]
        if missing:
            raise ColumnError.missing(missing[0], known)
        row: dict[str, float] = self.score(pl.DataFrame({name: [float(known[name])] for name in HISTORY})).row(
            0, named=True
        )
        return row

    def parts(self, history: pl.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the probability of still buying, expected purchases, and expected amount of a purchase."""
        frequency, recency, age = (_column(history, name) for name in HISTORY[:3])
        alive = self.buying.alive(frequency, recency, age)
        purchases = self.buying.expected(frequency, recency, age, self.weeks)
        return alive, purchases, self.spending.mean(*amounts(history, self.first_amounts))

    def factor(self, history: pl.DataFrame, alive: FloatArray, purchases: FloatArray, amount: FloatArray) -> FloatArray:
        """Return the learned factor on the expected spend, 1 where nothing was learned."""
        if self.correction is None:
            return np.ones(len(alive))
        return self.correction.factor(matrix_of(history, purchases / self.weeks, amount, alive))

    def ahead(self, history: pl.DataFrame, factor: FloatArray | None = None) -> Ahead:
        """Return the distributions of what customers will buy and spend.

        Args:
            history: As in `expect`.
            factor: Factor on the spend of each, the learned one where None.
        """
        alive, purchases, amount = self.parts(history)
        moved = self.factor(history, alive, purchases, amount) if factor is None else factor
        number, mean = amounts(history, self.first_amounts)
        return Ahead(
            buying=self.buying,
            spending=self.spending,
            weeks=self.weeks,
            frequency=_column(history, "frequency"),
            age=_column(history, "age"),
            alive=alive,
            number=number,
            rate=self.spending.rate(number, mean) * moved,
        )

    @cached_property
    def no_stop(self) -> bool:
        """Whether the data show hardly anybody who stops: less than one in a thousand repeat purchases."""
        return self.buying.a / (self.buying.a + self.buying.b) < 1e-3


def amounts(history: pl.DataFrame, first: bool) -> tuple[FloatArray, FloatArray]:
    """Return how many amounts of each customer count, and their mean.

    Args:
        history: Customers with `HISTORY`.
        first: Whether the amount of the first purchase counts.
    """
    number, mean = _column(history, "frequency"), _column(history, "mean_amount")
    if not first:
        return number, mean
    return number + 1, (number * mean + _column(history, "first_amount")) / (number + 1)


def fit_value(
    history: pl.DataFrame, first: bool, weeks: float, drawing: Drawing, buying: Buying | None = None
) -> ValueModel:
    """Fit how often and how much customers buy; `FIT_CUSTOMERS` drawn by seed where there are more.

    Args:
        history: Customers with `HISTORY`.
        first: Whether the amount of the first purchase counts for spending.
        weeks: Length of the time ahead that the model shall answer for.
        drawing: How customers are drawn: for a sample, and for intervals where the likelihood gives none.
        buying: How often they buy, where that has been fitted to the same customers.

    Raises:
        RefusedError: The customers are too few, or none came back.
    """
    if history.height > FIT_CUSTOMERS:
        history = history.sample(FIT_CUSTOMERS, seed=drawing.seed)
    if buying is None:
        frequency, recency, age = (_column(history, name) for name in HISTORY[:3])
        buying = fit_buying(frequency, recency, age, drawing)
    number, mean = amounts(history, first)
    spending = fit_spending(number, mean, drawing)
    return ValueModel(buying, spending, first, None, weeks)


def _column(history: pl.DataFrame, name: str) -> FloatArray:
    if name not in history.columns:
        raise ColumnError.missing(name, history.columns)
    return history[name].to_numpy().astype(np.float64)
