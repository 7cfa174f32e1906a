"""How often customers buy and when they stop: the BG/NBD model (Fader, Hardie and Lee 2005).

While active a customer buys at random at an own rate; after each repeat purchase the
customer stops for good with an own probability. Rates follow a gamma distribution with
shape r and rate alpha, stopping probabilities a beta distribution with a and b. All times
are in weeks. Of a customer only three numbers count: repeat purchases, the week of the last
one, and the weeks watched, both from the first purchase on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import msgspec
import numpy as np
from scipy.special import betaln, expit, gammaln, psi

from clientela.domain.errors import RefusedError
from clientela.models.lifetime.maximising import POINT_ONLY, UNKNOWN, Drawing, Maximum, maximise
from clientela.models.values import FloatArray, IntArray

TAIL = 1e-9
"""Probability of more purchases than are looked at."""
CELLS = 2_000_000
"""Numbers held at once when distributions of many customers are worked out."""


class Buying(msgspec.Struct, frozen=True):
    """A fitted BG/NBD model.

    Attributes:
        r: Shape of the gamma distribution of purchase rates.
        alpha: Its rate, in weeks.
        a: First shape of the beta distribution of stopping probabilities.
        b: Its second shape.
        maximum: How it was fitted: the logs of the four, their covariance, the likelihood.

    >>> published = Buying(0.243, 4.414, 0.793, 2.426)
    >>> one = np.array([2.0]), np.array([30.43]), np.array([38.86])
    >>> published.alive(*one).round(3).tolist(), published.expected(*one, 39.0).round(3).tolist()
    ([0.727], [1.226])
    """

    PARAMETERS: ClassVar = ("r", "alpha", "a", "b")

    r: float
    alpha: float
    a: float
    b: float
    maximum: Maximum = UNKNOWN

    @classmethod
    def at(cls, point: Sequence[float], maximum: Maximum = UNKNOWN) -> Buying:
        """Return the model at the logs of its four parameters."""
        r, alpha, a, b = np.exp(point).tolist()
        return cls(r, alpha, a, b, maximum)

    def alive(self, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        """Return the probability that customers still buy.

        Args:
            frequency: Repeat purchases, 0 and more.
            recency: Weeks from the first to the last purchase.
            age: Weeks from the first purchase to now.

        Returns:
            One probability per customer; 1 for those without a repeat purchase, as the model has it.
        """
        again = np.maximum(frequency, 1.0)
        stopped = np.log(self.a / (self.b + again - 1)) + (self.r + frequency) * np.log(
            (self.alpha + age) / (self.alpha + recency)
        )
        return np.where(frequency > 0, expit(-stopped), 1.0)

    def expected(self, frequency: FloatArray, recency: FloatArray, age: FloatArray, weeks: float) -> FloatArray:
        """Return the expected number of purchases in the next `weeks`, one per customer."""
        alike, place = np.unique(np.column_stack([frequency, age]), axis=0, return_inverse=True)
        means = np.empty(len(alike))
        for rows, shares in self.counts(alike[:, 0], alike[:, 1], weeks):
            means[rows] = shares @ np.arange(shares.shape[1])
        return self.alive(frequency, recency, age) * means[place.reshape(-1)]

    def counts(self, frequency: FloatArray, age: FloatArray, weeks: float) -> list[tuple[IntArray, FloatArray]]:
        """Return the distribution of the number of purchases in the next `weeks` of customers who still buy.

        A customer who still buys after x purchases in T weeks is a new customer of the model
        with parameters r + x, alpha + T, a, b + x, so the probabilities are those of the
        paper's equation 8; every term is positive and nothing cancels.

        Args:
            frequency: Repeat purchases so far.
            age: Weeks watched so far.
            weeks: Length of the time ahead.

        Returns:
            Pairs of row numbers and a matrix with the probability of 0, 1, 2 ... purchases,
            one line per row, as wide as these rows need; together they hold every row once.
        """
        shape, rate = self.r + frequency, self.alpha + age
        share = weeks / (rate + weeks)
        middle, spread = shape * share / (1 - share), np.sqrt(shape * share) / (1 - share)
        wide = np.ceil(middle + 8 * spread + np.log(TAIL) / np.log(share)).astype(np.int64) + 1
        order = np.argsort(wide, kind="stable")
        found = []
        start = 0
        while start < len(order):
            stop = len(order)
            while stop > start + 1 and (stop - start) * int(wide[order[stop - 1]]) > CELLS:
                stop = start + (stop - start) // 2
            rows = order[start:stop]
            found.append((rows, self._counts(frequency[rows], shape[rows], share[rows], int(wide[rows[-1]]))))
            start = stop
        return found

    def _counts(self, frequency: FloatArray, shape: FloatArray, share: FloatArray, wide: int) -> FloatArray:
        number = np.arange(wide, dtype=np.float64)
        shape, share, second = shape[:, None], share[:, None], (self.b + frequency)[:, None]
        made = np.exp(
            gammaln(shape + number) - gammaln(shape) - gammaln(number + 1) + shape * np.log1p(-share)
            + number * np.log(share)
        )  # fmt: skip
        beyond = np.cumsum(made[:, ::-1], axis=1)[:, ::-1]
        stays = np.exp(betaln(self.a, second + number) - betaln(self.a, second))
        stops = np.exp(betaln(self.a + 1, second + np.maximum(number, 1) - 1) - betaln(self.a, second))
        return np.asarray(made * stays + np.where(number > 0, beyond * stops, 0.0), dtype=np.float64)


def fit_buying(frequency: FloatArray, recency: FloatArray, age: FloatArray, drawing: Drawing = POINT_ONLY) -> Buying:
    """Fit the model by maximum likelihood, customers with equal numbers counted together.

    Args:
        frequency: Repeat purchases, 0 and more, one per customer.
        recency: Weeks from the first to the last purchase; 0 without a repeat purchase.
        age: Weeks from the first purchase to the end of the data.
        drawing: How the bootstrap draws where the curvature of the likelihood gives no intervals.

    Returns:
        The model.

    Raises:
        RefusedError: No customer bought twice, or the likelihood has no maximum.
    """
    if not (frequency > 0).any():
        raise RefusedError("No customer bought on more than one day: there is nothing to learn repeat purchases from.")
    alike, counts = np.unique(np.column_stack([frequency, recency, age]), axis=0, return_counts=True)
    numbers, place = np.unique(alike[:, 0], return_inverse=True)
    terms = partial(_terms, numbers, place.reshape(-1), alike[:, 1], alike[:, 2])
    start = np.log([0.5, max(1.0, float(np.median(age)) / 4), 1.0, 2.0])
    found = maximise(terms, start, counts.astype(np.float64), drawing)
    return Buying.at(found.point, found)


def _terms(
    numbers: FloatArray, place: IntArray, recency: FloatArray, age: FloatArray, point: FloatArray
) -> tuple[FloatArray, ...]:
    """Return the log-likelihood of every customer and its derivatives by the logs of the parameters.

    Args:
        numbers: The different numbers of repeat purchases: gamma functions are costly, and these are few.
        place: Which of them is each customer's.
        recency: Weeks from the first to the last purchase.
        age: Weeks from the first purchase on.
        point: Logs of r, alpha, a, b.
    """
    r, alpha, a, b = np.exp(point)
    shapes, again = r + numbers, np.maximum(numbers, 1.0)
    shape, now, last = shapes[place], np.log(alpha + age), np.log(alpha + recency)
    alive = betaln(a, b + numbers)[place] - shape * now
    gone = np.where(numbers > 0, betaln(a + 1, b + again - 1), -np.inf)[place] - shape * last
    both = np.logaddexp(alive, gone)
    whole = (gammaln(shapes) - gammaln(r) + r * np.log(alpha) - betaln(a, b))[place] + both
    stays = np.exp(alive - both)
    goes = 1 - stays
    total = psi(a + b + numbers) - psi(a + b)
    slopes = (
        r * ((psi(shapes) - psi(r) + np.log(alpha))[place] - stays * now - goes * last),
        r - alpha * shape * (stays / (alpha + age) + goes / (alpha + recency)),
        goes - a * total[place],
        b * ((psi(b + numbers) - psi(b) - total)[place] - goes * (1 / (b + again - 1))[place]),
    )
    return (whole, *slopes)
