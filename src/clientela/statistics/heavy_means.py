"""The mean of amounts with a heavy tail: an upper end that counts in what has not been seen yet.

The largest amounts carry much of such a mean, and most samples hold none of the very largest: resampling what is there
cannot know of them, and its intervals end too low. Here the largest ones are taken for a generalised Pareto
distribution (Pickands 1975), and the upper end of the mean reaches as far as the likelihood of its two parameters
allows (after Johansson 2003, with the likelihood in place of the normal approximation).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clientela.domain.estimate import Estimate
from clientela.statistics.intervals import bootstrap_ratio

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

PART = 0.2
"""Share of the amounts that is taken for the tail."""
LEAST, MOST = 10, 60
"""Amounts in the tail: fewer tell nothing of it, more are not all of it, and the law holds at its end alone."""
SHAPES = np.linspace(-0.5, 0.9, 57)
"""Shapes looked at: from an end not far beyond the largest amount to a tail whose mean only just exists."""
SCALES = np.exp(np.linspace(-1.6, 1.6, 65))
"""Scales looked at, in those of an exponential tail with the same median."""
WITHIN = 3.841458820694124 / 2
"""Log likelihood below the highest that 95 % intervals of one number take in (chi-squared, half)."""
TWO_SIDED = 1.959963984540054


def mean_of_amounts(values: FloatArray, units: IntArray, resamples: int, seed: int, unit: str) -> Estimate:
    """Return the mean of amounts with its interval, the upper end widened where the tail is heavy.

    Args:
        values: Amounts, one per row.
        units: Independent unit of every row.
        resamples: Bootstrap resamples.
        seed: Seed.
        unit: What a unit is.

    Returns:
        The mean; its lower end is that of the bootstrap, its upper end the higher one of bootstrap and tail.
    """
    found = bootstrap_ratio(values, np.ones(len(values)), units, resamples, seed, unit)
    reach = _reach(np.sort(values))
    if reach is None or not found.value + reach > found.high:
        return found
    return replace(found, high=found.value + reach, method=f"{found.method}, generalised Pareto tail")


def _reach(values: FloatArray) -> float | None:
    """Return how far above their mean that of sorted amounts may lie; None where there is no tail to tell."""
    size = min(int(PART * len(values)), MOST)
    if size < LEAST:
        return None
    start = float(values[-size - 1])
    beyond = values[-size:] - start
    beyond = beyond[beyond > 0]
    if len(beyond) < LEAST:
        return None
    share, mean = len(beyond) / len(values), float(beyond.mean())
    further = share * (_highest_mean(beyond) - mean)
    # the variance of the amounts less that within the tail: how many of them are in the tail is chance too
    outside = np.where(values > start, start + mean, values)
    body = TWO_SIDED * float(outside.std()) / math.sqrt(len(values))
    return math.hypot(body, max(0.0, further))


def _highest_mean(beyond: FloatArray) -> float:
    """Return the highest mean of a generalised Pareto distribution that the likelihood of its draws allows."""
    scales = SCALES * float(np.median(beyond)) / math.log(2)
    shapes = np.where(np.abs(SHAPES) < 1e-9, 1e-9, SHAPES)[:, None]
    likely = np.empty((len(SHAPES), len(scales)))
    for place, scale in enumerate(scales.tolist()):
        likely[:, place] = _log_likelihood(shapes, scale, beyond)
    allowed = likely >= likely.max() - WITHIN
    means = scales[None, :] / (1 - shapes)
    return float(means[allowed].max())


def _log_likelihood(shapes: FloatArray, scale: float, beyond: FloatArray) -> FloatArray:
    inside = shapes * (beyond / scale)[None, :]
    possible = np.asarray((inside > -1).all(axis=1), dtype=np.bool_)
    logs = np.log1p(np.where(possible[:, None], inside, 0.0)).sum(axis=1)
    found = -len(beyond) * math.log(scale) - (1 + 1 / shapes[:, 0]) * logs
    return np.where(possible, found, -np.inf)
