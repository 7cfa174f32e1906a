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
PRIOR = 1.0
"""Inverse variance of intercept and slope about those of a right model."""
FLAT = 1e-4
"""Gaps below this have no shape that could be stretched: all are then taken as equal."""
LUCKY = 0.16
"""Share of the errors of a right model below which an error seen is luck: one standard deviation."""
SMALLEST = 1e-6
"""Mean predictions of bins are kept this far from 0 and 1 in a logarithm."""


def calibration_estimate(
    bins: CalibrationBins, units: NDArray[Any], resamples: int = 500, seed: int = 0, unit: str = "row"
) -> Estimate:
    """Return the expected calibration error with its interval, by resampling whole units.

    The gap of a bin is the true one and chance, and the mean of their sizes is above the mean of the true sizes: a
    percentile interval hardly ever holds the truth of a good model. So a test is inverted (Lehmann and Romano 2005,
    3.5): gaps of some shape are shrunk or stretched, chance is added, and those sizes are kept under which the error
    seen is not among the 2.5 % smallest or largest; near 0, where none is too small, not among the 5 % largest (after
    Feldman and Cousins 1998, so that as much is held there).

    What the shape is matters: the fewer bins a gap of the same mean size is in, the more chance adds to it. At the high
    end gaps are those of log-odds that are off by a slope and an intercept (Cox 1958), in all bins; at the low end
    those seen, each less one standard error, most of which vanish where a model is off in a few bins only.

    An error that is smaller than luck explains shows no better model: the high end is then that of an error which a
    right model would undercut once in six times (Cowan et al. 2011).

    Chance is that of yes or no about shares that the line expects: resamples know of no chance in a bin without a
    positive. Rows of one unit are alike: in a share of the units one draw decides all rows. How large it is, tell
    products of two residuals of a unit (the moment estimate of Liang and Zeger 1986), in resamples of units, so that
    what is known of it counts in; so does how many rows a bin has.

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
    times, counts = np.zeros((resamples, len(names))), np.zeros((resamples, bins.bins))
    for index in range(resamples):
        times[index] = np.bincount(rng.integers(0, len(names), size=len(names)), minlength=len(names))
        counts[index] = np.bincount(bins.codes, weights=times[index][codes], minlength=bins.bins)
    value = bins.error()
    method = f"bootstrap by {unit}, test inverted"
    if len(names) < 2 or resamples == 0:
        return Estimate(value, np.nan, np.nan, len(names), method, LEVEL)
    likely = _recalibrated(predicted, observed, weight)
    chance = likely - _drawn(bins, likely, codes, times, rng)
    spread = predicted - likely
    if np.abs(spread).max() < FLAT:
        spread = np.ones_like(spread)
    few = np.sign(gaps) * np.maximum(0.0, np.abs(gaps) - chance.std(axis=0))
    varied = counts / counts.sum(axis=1, keepdims=True)
    least = float(np.quantile((varied * np.abs(chance)).sum(axis=1), LUCKY))
    ends = ((few if few.any() else spread, LEVEL, value), (spread, 0.0, max(value, least)))
    low, high = (
        float((shares * np.abs(shape)).sum()) * _times(shape, varied, chance, (share, seen))
        for shape, share, seen in ends
    )
    return Estimate(value, min(low, value), max(high, value), len(names), method, LEVEL)


def _drawn(
    bins: CalibrationBins, likely: FloatArray, units: NDArray[Any], times: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Return shares of yes by chance, a row per resample and a column per bin.

    Args:
        bins: Rows binned.
        likely: Share expected in every bin.
        units: Unit of every row, from 0.
        times: How often each resample has each unit.
        rng: Source of chance.
    """
    shares: FloatArray = likely[bins.codes]
    many: int = times.shape[1]
    off = bins.truth - shares
    seen = np.bincount(units, off, many) ** 2 - np.bincount(units, off**2, many)
    # the most that products can be: of two rows that one draw decides, both are yes as often as the rarer
    order = np.lexsort((shares, units))
    size = np.bincount(units, minlength=many)
    after = size[units[order]] - 1 - (np.arange(len(units)) - (np.cumsum(size) - size)[units[order]])
    both = 2 * np.bincount(units[order], shares[order] * after, many)
    most = both - np.bincount(units, shares, many) ** 2 + np.bincount(units, shares**2, many)
    whole = times @ most
    together = np.clip(np.divide(times @ seen, whole, out=np.zeros(len(times)), where=whole > 0), 0, 1)
    rows = np.maximum(np.bincount(bins.codes, minlength=bins.bins), 1)
    found = np.zeros((len(times), bins.bins))
    for index, share in enumerate(together.tolist()):
        luck = rng.random(len(units))
        if share > 0:
            alike = rng.random(size=many) < share
            luck = np.where(alike[units], rng.random(size=many)[units], luck)
        found[index] = np.bincount(bins.codes, weights=luck < shares, minlength=bins.bins) / rows
    return found


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

    Gaps hold one number per bin, shares of rows and chance one row per resample. The share asked is that without gaps;
    it grows by 2.5 % until the middle error is two deviations above that without gaps.
    """
    share, seen = asked
    null = (shares * np.abs(chance)).sum(axis=1)
    usual = float(np.median(null))
    clear = 2 * (float(np.quantile(null, 1 - LUCKY)) - usual)

    def reached(times: float) -> float:
        errors = (shares * np.abs(times * gaps + chance)).sum(axis=1)
        above = float(np.median(errors)) - usual
        more = (1 - LEVEL) / 2 * (min(1.0, max(0.0, above / clear)) if clear > 0 else 1.0)
        return float(np.quantile(errors, share + more, method="weibull"))

    if reached(0.0) >= seen:
        return 0.0
    low, high = 0.0, 1.0
    while high < MOST_TIMES and reached(high) < seen:
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < seen else (low, middle)
    return (low + high) / 2
