"""What a customer will buy and spend in the time ahead, as a distribution: ranks and intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from scipy.special import betainc, expit

from clientela.models.buying import Buying
from clientela.models.spending import Spending
from clientela.models.values import FloatArray, IntArray

LEVEL = 0.95
GRID = np.linspace(-14.0, 16.0, 121)
"""Spend is looked at here, as log of its ratio to the rate of the customer's amounts."""
NOTHING = 1e-6
"""Numbers of purchases less probable than this add nothing to a distribution of spend."""
LEAST_RANKS = 200
"""Customers whose later purchases are needed to correct the levels of intervals."""


class Levels(msgspec.Struct, frozen=True):
    """Probabilities at which a distribution is cut, so that its intervals hold what they should.

    Attributes:
        single: Upper end where 0 is likely enough to be the lower end.
        low: Lower end otherwise.
        high: Upper end otherwise.
    """

    single: float = LEVEL
    low: float = (1 - LEVEL) / 2
    high: float = (1 + LEVEL) / 2


def corrected(ranks: FloatArray) -> Levels:
    """Return levels at which the distributions would have held what came, as often as they should.

    The ranks of what came in the distributions foretold are uniform where these are right; where they are
    not, the quantile of the ranks takes the place of the level (Chernozhukov, Wuthrich and Zhu 2021).

    Args:
        ranks: One per customer, 0 to 1.

    Returns:
        The levels; the nominal ones where the customers are too few.
    """
    if len(ranks) < LEAST_RANKS:
        return Levels()
    single, high = np.quantile(ranks, [LEVEL, (1 + LEVEL) / 2], method="higher").tolist()
    low = float(np.quantile(ranks, (1 - LEVEL) / 2, method="lower"))
    return Levels(single, low, high)


@dataclass(frozen=True)
class Ahead:
    """Distributions of the purchases and the spend of customers in the weeks ahead.

    Attributes:
        buying: How often they buy.
        spending: How much.
        weeks: Length of the time ahead.
        frequency: Repeat purchases so far, one per customer.
        age: Weeks watched so far.
        alive: Probability that the customer still buys.
        number: Purchases whose amounts count.
        rate: Rate of the customer's amounts, in money.
    """

    buying: Buying
    spending: Spending
    weeks: float
    frequency: FloatArray
    age: FloatArray
    alive: FloatArray
    number: FloatArray
    rate: FloatArray

    def ranks(self, purchases: FloatArray, spend: FloatArray, seed: int) -> tuple[FloatArray, FloatArray]:
        """Return where purchases and spend that came lie in their distributions, 0 to 1.

        Where a value has a probability of its own, a place within it is drawn, so that the
        ranks are uniform if the model is right (Czado, Gneiting and Held 2009).
        """
        drawn = np.random.default_rng(seed).random((2, len(self.alive)))
        counted, spent = np.empty(len(self.alive)), np.empty(len(self.alive))
        for rows, counts, amounts in self._distributions():
            for place, line, curve in zip(rows, counts, amounts, strict=True):
                below = np.concatenate([[0.0], np.cumsum(line)])
                alive, none = self.alive[place], 1 - self.alive[place]
                made = np.minimum(purchases[place].astype(np.int64), len(line) - 1)
                low = np.where(made > 0, none + alive * below[made], 0.0)
                high = none + alive * below[made + 1]
                counted[place] = low + drawn[0][place] * (high - low)
                money = np.maximum(spend[place], 1e-300)
                over = none + alive * np.interp(np.log(money / self.rate[place]), GRID, curve)
                zero = (none + alive * line[0]) * drawn[1][place]
                spent[place] = np.where(spend[place] > 0, over, zero)
        return np.clip(counted, 0.0, 1.0), np.clip(spent, 0.0, 1.0)

    def intervals(self, counts: Levels, amounts: Levels) -> FloatArray:
        """Return the intervals of purchases and of spend.

        The lower end is 0 where no purchase has more than half of the probability that may lie outside, and the
        upper end then takes all of it.

        Args:
            counts: Levels for purchases.
            amounts: Levels for spend.

        Returns:
            One line per customer: purchases low, high, spend low, high.
        """
        found = np.zeros((len(self.alive), 4))
        for rows, lines, curves in self._distributions():
            for place, line, curve in zip(rows, lines, curves, strict=True):
                below = np.cumsum(line)
                alive = self.alive[place]
                idle = 1 - alive + alive * line[0]
                for column, levels, reached, values in (
                    (0, counts, below, None),
                    (2, amounts, np.concatenate([[line[0]], curve]), np.concatenate([[0.0], np.exp(GRID)])),
                ):
                    ends = _ends(levels, idle, alive, reached, values)
                    unit = 1.0 if values is None else self.rate[place]
                    found[place, column], found[place, column + 1] = ends[0] * unit, ends[1] * unit
        return found

    def _distributions(self) -> Iterator[tuple[list[IntArray], FloatArray, FloatArray]]:
        """Yield customers alike in purchases and age, with the distributions they share while they buy.

        These are: the probabilities of 0, 1, 2 ... purchases; and at every point of the grid,
        the probability of spending at most that.
        """
        keys = np.column_stack([self.frequency, self.age, self.number])
        alike, place = np.unique(keys, axis=0, return_inverse=True)
        order = np.argsort(place.reshape(-1), kind="stable")
        members = np.split(order, np.cumsum(np.bincount(place.reshape(-1)))[:-1])
        for rows, lines in self.buying.counts(alike[:, 0], alike[:, 1], self.weeks):
            yield [members[row] for row in rows], lines, self._curves(lines, alike[rows, 2])

    def _curves(self, lines: FloatArray, number: FloatArray) -> FloatArray:
        """Sum over the number of purchases: the spend on k of them, as a share, has a beta distribution."""
        curves = np.repeat(lines[:, :1], len(GRID), axis=1)
        shape = self.spending.shape(number)
        share = expit(GRID)
        for count in range(1, lines.shape[1]):
            some = np.flatnonzero(lines[:, count] > NOTHING)
            curve = betainc(self.spending.p * count, shape[some, None], share)
            curves[some] += lines[some, count, None] * curve
        return curves


def _ends(
    levels: Levels, idle: FloatArray, alive: FloatArray, reached: FloatArray, values: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Return both ends for customers who share a distribution; whole numbers where `values` is None."""
    double = idle < levels.low
    low = _quantile(np.where(double, levels.low, 0.0), idle, alive, reached, values)
    high = _quantile(np.where(double, levels.high, levels.single), idle, alive, reached, values)
    return low, high


def _quantile(
    level: FloatArray, idle: FloatArray, alive: FloatArray, reached: FloatArray, values: FloatArray | None
) -> FloatArray:
    inside = (level - 1 + alive) / np.maximum(alive, 1e-300)
    if values is None:
        found = np.minimum(np.searchsorted(reached, inside - 1e-12), len(reached) - 1).astype(np.float64)
    else:
        found = np.exp(np.interp(inside, reached[1:], GRID))
    return np.where(level <= idle, 0.0, found)
