"""How much customers spend on a purchase: the Gamma-Gamma model (Fader and Hardie 2013).

Amounts of a customer follow a gamma distribution with shape p and an own rate; rates follow
a gamma distribution with shape q and rate gamma. How much is spent does not depend on how
often is bought.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import msgspec
import numpy as np
from scipy.special import gammaln, psi

from clientela.domain.errors import RefusedError
from clientela.models.lifetime.maximising import POINT_ONLY, UNKNOWN, Drawing, Maximum, maximise
from clientela.models.values import FloatArray

LEAST = 10
"""Customers with an amount that a fit needs."""


class Spending(msgspec.Struct, frozen=True):
    """A fitted Gamma-Gamma model.

    Attributes:
        p: Shape of the amounts of one customer.
        q: Shape of the distribution of their rates; above 1, so that a mean exists.
        gamma: Its rate, in money.
        maximum: How it was fitted: log p, log (q - 1), log gamma, their covariance, the likelihood.

    >>> Spending(6.25, 3.74, 15.44).mean(np.array([0.0, 2.0]), np.array([0.0, 22.35])).round(2).tolist()
    [35.22, 24.66]
    """

    PARAMETERS: ClassVar = ("p", "q", "gamma")

    p: float
    q: float
    gamma: float
    maximum: Maximum = UNKNOWN

    @classmethod
    def at(cls, point: Sequence[float], maximum: Maximum = UNKNOWN) -> Spending:
        """Return the model at log p, log (q - 1) and log gamma."""
        p, rest, gamma = np.exp(point).tolist()
        return cls(p, 1 + rest, gamma, maximum)

    def mean(self, number: FloatArray, amount: FloatArray) -> FloatArray:
        """Return the expected amount of the next purchase.

        Args:
            number: Purchases with an amount so far, 0 and more.
            amount: Their mean amount, in money; any number where there are none.

        Returns:
            One amount per customer.
        """
        return np.asarray(self.p * self.rate(number, amount) / (self.shape(number) - 1), dtype=np.float64)

    def shape(self, number: FloatArray) -> FloatArray:
        """Return the shape of what is known of each customer's rate, given the purchases so far."""
        return np.asarray(self.q + self.p * number, dtype=np.float64)

    def rate(self, number: FloatArray, amount: FloatArray) -> FloatArray:
        """Return the rate, in money, of what is known of each customer's rate."""
        return np.asarray(self.gamma + np.where(number > 0, number * amount, 0.0), dtype=np.float64)


def fit_spending(number: FloatArray, amount: FloatArray, drawing: Drawing = POINT_ONLY) -> Spending:
    """Fit the model by maximum likelihood.

    Customers without a positive mean amount say nothing and are left out.

    Args:
        number: Purchases with an amount, one per customer.
        amount: Their mean amount, in money.
        drawing: How the bootstrap draws where the curvature of the likelihood gives no intervals.

    Returns:
        The model.

    Raises:
        RefusedError: Fewer than ten customers have a positive amount, or none differs from another.
    """
    known = (number > 0) & (amount > 0) & np.isfinite(amount)
    number, amount = number[known], amount[known]
    if len(amount) < LEAST or float(amount.min()) == float(amount.max()):
        raise RefusedError(
            f"Only {len(amount)} customers have amounts to learn spending from, or all amounts are equal: "
            "give more purchases."
        )
    unit = float(np.exp(np.log(amount).mean()))
    terms = partial(_terms, number, amount / unit)
    found = maximise(terms, np.log([5.0, 2.0, 0.4]), np.ones(len(amount)), drawing)
    moved = float(np.log(unit))
    found = msgspec.structs.replace(
        found,
        point=(*found.point[:-1], found.point[-1] + moved),
        low=_moved(found.low, moved),
        high=_moved(found.high, moved),
        log_likelihood=found.log_likelihood - len(amount) * moved,
    )
    return Spending.at(found.point, found)


def _moved(ends: tuple[float | None, ...], by: float) -> tuple[float | None, ...]:
    """Return the ends of intervals with that of log gamma, the last, in the unit of the amounts again."""
    return (*ends[:-1], *(end if end is None else end + by for end in ends[-1:]))


def _terms(number: FloatArray, amount: FloatArray, point: FloatArray) -> tuple[FloatArray, ...]:
    """Return the log-likelihood of every customer and its derivatives by log p, log (q - 1) and log gamma."""
    p, rest, gamma = np.exp(point)
    q = 1 + rest
    shape, total = p * number, number * amount
    known = np.log(gamma + total)
    whole = (
        gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)
        + shape * np.log(total) - np.log(amount) - (shape + q) * known
    )  # fmt: skip
    joint = psi(shape + q)
    slopes = (
        shape * (joint - psi(shape) + np.log(total) - known),
        rest * (joint - psi(q) + np.log(gamma) - known),
        q - gamma * (shape + q) / (gamma + total),
    )
    return (whole, *slopes)
