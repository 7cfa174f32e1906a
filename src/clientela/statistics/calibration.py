"""The interval of a calibration error, which chance alone makes larger than it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from clientela.domain.estimate import Estimate
from clientela.statistics.intervals import LEVEL
from clientela.statistics.scores import CalibrationBins, FloatArray

HALVINGS = 10
MOST_TIMES = 1e3
"""The smooth gaps are not stretched beyond so many times."""
STEPS = 30
PRIOR = 0.01
"""Inverse variance of intercept and slope about those of a right model."""
SMALLEST = 1e-6
"""Mean predictions of bins are kept this far from 0 and 1 in a logarithm."""


def calibration_estimate(
    bins: CalibrationBins, units: NDArray[Any], resamples: int = 500, seed: int = 0, unit: str = "row"
) -> Estimate:
    """Return the expected calibration error with its interval, by resampling whole units.

    The gap of a bin is the true one and chance, and the mean of their sizes is above the mean of the true sizes: a
    percentile interval hardly ever holds the truth of a good model. So a test is inverted (Lehmann and Romano 2005,
    3.5): gaps of some shape are shrunk or stretched, chance is added, and those sizes are kept under which the error
    seen is not among the 2.5 % smallest or largest.

    What the shape is matters: the fewer bins a gap of the same mean size is in, the more chance adds to it. At the high
    end gaps are those of log-odds that are off by a slope and an intercept (Cox 1958), in all bins; at the low end
    those seen, each less one standard error, most of which vanish where a model is off in a few bins only.

    Chance is binomial, about shares that the line expects: resamples know of no chance in a bin without a positive.
    Resamples of units tell how many rows a bin has, and how much more than binomial the shares vary.

    Args:
        bins: Rows binned by prediction.
        units: Unit of every row.
        resamples: Number of resamples.
        seed: Seed.
        unit: What a unit is, for the name of the method.

    Returns:
        The error as it is seen, and the ends for the error without chance.
    """
    names, codes = np.unique(units, return_inverse=True)
    codes = codes.reshape(-1)
    predicted, observed, weight = bins.table()
    gaps, shares = predicted - observed, weight / max(1.0, weight.sum())
    rng = np.random.default_rng(seed)
    drawn, counts = np.zeros((resamples, bins.bins)), np.zeros((resamples, bins.bins))
    for index in range(resamples):
        times = np.bincount(rng.integers(0, len(names), size=len(names)), minlength=len(names))
        expected, found, counts[index] = bins.table(times[codes].astype(np.float64))
        drawn[index] = np.nan_to_num(expected - found - gaps, nan=0.0)
    value = bins.error()
    method = f"bootstrap by {unit}, test inverted"
    if len(names) < 2 or resamples == 0:
        return Estimate(value, np.nan, np.nan, len(names), method, LEVEL)
    likely = _recalibrated(predicted, observed, weight)
    sizes = likely * (1 - likely) / np.maximum(weight, 1)
    wider = np.sqrt(max(1.0, (shares**2 * drawn.var(axis=0)).sum() / max((shares**2 * sizes).sum(), SMALLEST**2)))
    rows = np.maximum(counts, 1).astype(np.int64)
    chance = wider * (likely - rng.binomial(rows, likely) / rows)
    spread = predicted - likely
    few = np.sign(gaps) * np.maximum(0.0, np.abs(gaps) - wider * np.sqrt(sizes))
    varied = counts / counts.sum(axis=1, keepdims=True)
    ends = ((few if few.any() else spread, 0.5 + LEVEL / 2), (spread, 0.5 - LEVEL / 2))
    low, high = (
        float((shares * np.abs(shape)).sum()) * _times(shape, varied, chance, (share, value)) for shape, share in ends
    )
    return Estimate(value, min(low, value), max(high, value), len(names), method, LEVEL)


def _recalibrated(predicted: FloatArray, observed: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the shares that log-odds moved by an intercept and a slope expect in every bin, by Newton's method.

    The prior keeps them finite where shares are 0 or 1.
    """
    odds = logit(np.clip(predicted, SMALLEST, 1 - SMALLEST))
    columns, right = np.column_stack([np.ones_like(odds), odds]), np.array([0.0, 1.0])
    point = right
    for _ in range(STEPS):
        expected = expit(columns @ point)
        bent = (columns.T * (weight * expected * (1 - expected))) @ columns + PRIOR * np.eye(2)
        step = np.linalg.solve(bent, columns.T @ (weight * (observed - expected)) - PRIOR * (point - right))
        point = point + np.clip(step, -1, 1)
    return np.asarray(expit(columns @ point), dtype=np.float64)


def _times(gaps: FloatArray, shares: FloatArray, chance: FloatArray, asked: tuple[float, float]) -> float:
    """Return how many times the gaps must be as large, so that a share of the errors is below the one seen.

    Gaps hold one number per bin, shares of rows and chance one row per resample.
    """
    share, seen = asked

    def reached(times: float) -> float:
        errors = (shares * np.abs(times * gaps + chance)).sum(axis=1)
        return float(np.quantile(errors, share, method="weibull"))

    if reached(0.0) >= seen:
        return 0.0
    low, high = 0.0, 1.0
    while high < MOST_TIMES and reached(high) < seen:
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < seen else (low, middle)
    return (low + high) / 2
