"""What the purchase model misses of who spends more: trees that move its expectation from customer to customer."""

from __future__ import annotations

from functools import cached_property

import lightgbm
import msgspec
import numpy as np
import polars as pl

from clientela.models.lifetime.purchases import HISTORY
from clientela.models.values import FloatArray

ROUNDS = 100
FOLDS = 5
ROWS_PER_LEAF = 200
LEAST = 1000
"""Customers that a correction is learned from at least."""
LEAST_BUYERS = 100
"""How many of them must have bought after the cut."""
POWER = 1.5
"""Between 1 (numbers) and 2 (amounts): many zeros and a heavy tail (Tweedie 1984)."""
FLOOR = 1e-3
"""Share of the mean below which an expectation counts as that share, where its loss is taken."""


class Correction(msgspec.Struct, frozen=True, dict=True):
    """A factor on the expected spend of a customer.

    Attributes:
        trees: LightGBM's own text; the trees add to the logarithm of the expectation.
        shift: Added too, so that the total over the customers learned from stays what it was.
    """

    trees: str
    shift: float

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """The trees, read from their text once."""
        return lightgbm.Booster(model_str=self.trees)

    def factor(self, matrix: FloatArray) -> FloatArray:
        """Return the factor of every customer of a `matrix_of`."""
        added = self.booster.predict(matrix, raw_score=True, num_threads=1)
        return np.asarray(np.exp(np.asarray(added) + self.shift), dtype=np.float64)


def matrix_of(history: pl.DataFrame, purchases: FloatArray, amount: FloatArray, alive: FloatArray) -> FloatArray:
    """Return what the trees see: the model's own answers, and what is known of the customer.

    Args:
        history: Customers at a cut.
        purchases: Expected purchases per week.
        amount: Expected amount of a purchase.
        alive: Probability of still buying.

    Returns:
        One line per customer.
    """
    known = history.select(HISTORY).to_numpy()
    silent = known[:, HISTORY.index("age")] - known[:, HISTORY.index("recency")]
    return np.column_stack([np.log(np.maximum(purchases, 1e-12)), np.log(amount), alive, silent, known])


def fit_correction(matrix: FloatArray, base: FloatArray, spend: FloatArray, seed: int) -> Correction:
    """Learn a correction from spend that came, few leaves and small steps.

    The total is left to the purchase model: one stretch of time cannot tell level from season.

    Args:
        matrix: What the trees see of every customer.
        base: Expected spend by the purchase model.
        spend: What came.
        seed: Seed.

    Returns:
        The correction.
    """
    settings = {
        "objective": "tweedie",
        "tweedie_variance_power": POWER,
        "learning_rate": 0.03,
        "num_leaves": 7,
        "min_data_in_leaf": int(np.clip(len(spend) // 50, 20, ROWS_PER_LEAF)),
        "lambda_l2": 5.0,
        "feature_fraction": 0.5,
        "boost_from_average": False,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "num_threads": 1,
        "verbosity": -1,
    }
    unit = max(float(spend.mean()), 1e-12)
    start = np.log(np.maximum(base / unit, FLOOR))
    data = lightgbm.Dataset(matrix, label=spend / unit, init_score=start, params=settings)
    plain = Correction(lightgbm.train(settings, data, num_boost_round=ROUNDS).model_to_string(), 0.0)
    moved = float((base * plain.factor(matrix)).sum())
    return Correction(plain.trees, float(np.log(base.sum() / moved)))


def crossed_factors(matrix: FloatArray, base: FloatArray, spend: FloatArray, seed: int) -> FloatArray:
    """Return the factor of every customer by a correction that has not seen what came of them."""
    fold = np.random.default_rng(seed).permutation(len(spend)) % FOLDS
    factors = np.empty(len(spend))
    for index in range(FOLDS):
        other = fold != index
        factors[~other] = fit_correction(matrix[other], base[other], spend[other], seed).factor(matrix[~other])
    return factors


def deviance(spend: FloatArray, expected: FloatArray) -> FloatArray:
    """Return the Tweedie deviance of every customer: lowest on average where the expectation is the mean.

    >>> deviance(np.array([0.0, 4.0]), np.array([4.0, 4.0])).tolist()
    [8.0, 0.0]
    """
    floor = FLOOR * float(expected.mean())
    mean = np.maximum(expected, floor)
    own = np.where(spend > 0, np.maximum(spend, 0.0) ** (2 - POWER) / ((1 - POWER) * (2 - POWER)), 0.0)
    parts = own - spend * mean ** (1 - POWER) / (1 - POWER) + mean ** (2 - POWER) / (2 - POWER)
    return np.asarray(2 * parts, dtype=np.float64)
