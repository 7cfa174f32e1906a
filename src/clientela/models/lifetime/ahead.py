"""What a customer will buy and spend in the time ahead, as a distribution: ranks and intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from scipy.special import betainc, expit, ndtr, ndtri

from clientela.models.lifetime.buying import Buying
from clientela.models.lifetime.spending import Spending
from clientela.models.values import FloatArray, IntArray

LEVEL = 0.95
GRID = np.linspace(-14.0, 16.0, 121)
"""Spend is looked at here, as log of its ratio to the rate of the customer's amounts."""
NOTHING = 1e-6
"""Numbers of purchases less probable than this add nothing to a distribution of spend."""
EDGE = 1e-15
"""Probabilities nearer to 0 or 1 than this are not told apart."""
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
        found = np.empty((2, len(self.alive)))
        for alike in self._alike():
            rows, alive = alike.rows, self.alive[alike.rows]
            made = np.minimum(purchases[rows].astype(np.int64), len(alike.reached) - 1)
            low = np.where(made > 0, 1 - alive + alive * alike.reached[made - 1], 0.0)
            found[0, rows] = low + drawn[0, rows] * (1 - alive + alive * alike.reached[made] - low)
            ratio = np.log(np.maximum(spend[rows], 1e-300) / self.rate[rows])
            some = 1 - alive + alive * alike.spent(ratio)
            nothing = (1 - alive + alive * alike.reached[0]) * drawn[1, rows]
            found[1, rows] = np.where(spend[rows] > 0, some, nothing)
        counted, spent = np.clip(found, 0.0, 1.0)
        return counted, spent

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
        for alike in self._alike():
            rows, alive = alike.rows, self.alive[alike.rows]
            idle = 1 - alive + alive * alike.reached[0]
            for column, levels in ((0, counts), (2, amounts)):
                double = idle < levels.low
                ends = np.where(double, levels.low, 0.0), np.where(double, levels.high, levels.single)
                for place, level in enumerate(ends, column):
                    inside = np.clip((level - 1 + alive) / np.maximum(alive, 1e-300), 0.0, 1.0)
                    value = alike.count(inside) if column == 0 else self.rate[rows] * np.exp(alike.ratio(inside))
                    found[rows, place] = np.where(level <= idle, 0.0, value)
        return found

    def _alike(self) -> Iterator[_Alike]:
        """Yield customers alike in purchases and age, with the distributions they share while they buy."""
        keys = np.column_stack([self.frequency, self.age, self.number])
        alike, place = np.unique(keys, axis=0, return_inverse=True)
        order = np.argsort(place.reshape(-1), kind="stable")
        members = np.split(order, np.cumsum(np.bincount(place.reshape(-1)))[:-1])
        for kinds, lines in self.buying.counts(alike[:, 0], alike[:, 1], self.weeks):
            normal = self._spend(lines, alike[kinds, 2])
            for kind, line, curve in zip(kinds, lines, normal, strict=True):
                yield _Alike(members[kind], np.cumsum(line), curve)

    def _spend(self, lines: FloatArray, number: FloatArray) -> FloatArray:
        """Return the probability of spending at most what the grid says, given some purchase, as normal quantiles.

        Given k purchases the spend as a share of itself and the rate has a beta distribution; these are summed.
        """
        shape, share = self.spending.shape(number), expit(GRID)
        curves = np.zeros((len(lines), len(GRID)))
        for count in range(1, lines.shape[1]):
            some = np.flatnonzero(lines[:, count] > NOTHING)
            curves[some] += lines[some, count, None] * betainc(self.spending.p * count, shape[some, None], share)
        whole = np.maximum(lines[:, 1:].sum(axis=1, keepdims=True), 1e-300)
        return np.asarray(ndtri(np.clip(curves / whole, EDGE, 1 - EDGE)), dtype=np.float64)


@dataclass(frozen=True)
class _Alike:
    """Customers who share a distribution while they buy.

    Attributes:
        rows: Which they are.
        reached: Probability of at most 0, 1, 2 ... purchases.
        normal: At every point of the grid, the probability of spending at most that given some purchase, as a
            normal quantile: on that scale the curve is nearly straight between points.
    """

    rows: IntArray
    reached: FloatArray
    normal: FloatArray

    def count(self, probability: FloatArray) -> FloatArray:
        """Return the smallest number of purchases that is not exceeded with a probability."""
        found = np.searchsorted(self.reached, probability - 1e-12)
        return np.minimum(found, len(self.reached) - 1).astype(np.float64)

    def spent(self, ratio: FloatArray) -> FloatArray:
        """Return the probability of spending at most what has this log of its ratio to the rate, and not nothing."""
        none = self.reached[0]
        return np.asarray(none + (1 - none) * ndtr(np.interp(ratio, GRID, self.normal)), dtype=np.float64)

    def ratio(self, probability: FloatArray) -> FloatArray:
        """Return the log of the ratio to the rate that spend does not exceed with a probability."""
        none = self.reached[0]
        given = np.clip((probability - none) / max(1 - none, 1e-300), EDGE, 1 - EDGE)
        return np.asarray(np.interp(ndtri(given), self.normal, GRID), dtype=np.float64)
