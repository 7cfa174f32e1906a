"""Maximum likelihood with intervals: the maximum, the curvature there, a bootstrap where the curvature says little."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from clientela.domain.errors import RefusedError
from clientela.models.optimising import lowest
from clientela.models.values import FloatArray

Terms = Callable[[FloatArray], tuple[FloatArray, ...]]
"""From parameters to the log-likelihood of every unit, followed by its derivative by each parameter."""

Loss = Callable[[FloatArray], tuple[float, FloatArray]]
"""From parameters to what shall be low, and its slope."""

STEP = 1e-4
POLISHES = 20
SETTLED = 1e-7
"""A step shorter than this, on the scale of the parameters, ends the polishing."""
MOST_ERROR = 1.0
"""A standard error beyond this, of a parameter's logarithm, says that the likelihood is not near a parabola."""
FLATTEST = 1 / 16
"""Curvature below which a direction counts as flat: a standard error of 4 on the logarithmic scale."""
MOST_FLAT = 0.01
"""Share of a parameter that may lie in flat directions before nothing is said of it."""
LEVEL = 0.95


class Maximum(msgspec.Struct, frozen=True):
    """Where a likelihood is highest.

    Attributes:
        point: The parameters there, on the scale they were sought on (mostly logarithms).
        covariance: Inverse curvature there; directions in which the likelihood is flat count as known.
        low: Lower ends of the 95 % intervals of the parameters, same scale; None where the likelihood hardly
            depends on the parameter.
        high: Upper ends, likewise.
        method: How the intervals were made: "likelihood" or "bootstrap by customer".
        log_likelihood: Its value.
        units: How many customers it was fitted on.
    """

    point: tuple[float, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    method: str = ""
    log_likelihood: float = 0.0
    units: int = 0


UNKNOWN = Maximum()
"""Stands where parameters were given, not fitted."""


def maximise(terms: Terms, start: FloatArray, counts: FloatArray, resamples: int, seed: int) -> Maximum:
    """Find where a likelihood is highest, and how well that is known.

    A quasi-Newton search is polished by Newton's method on differences of the exact slopes.
    Intervals are normal on the given scale, from the curvature (Fisher 1925); where that is
    not positive, or a standard error is beyond `MOST_ERROR`, they are percentiles of a bootstrap over units
    (Efron 1979).

    Args:
        terms: The log-likelihood of every unit and its slopes.
        start: Where to begin.
        counts: How many units each term stands for.
        resamples: Bootstrap resamples; intervals are NaN where they are 0 and needed.
        seed: Their seed.

    Returns:
        The maximum.

    Raises:
        RefusedError: There is none.
    """
    point, value, bend = _highest(terms, start, counts)
    units = int(counts.sum())
    covariance, told = _inverse(bend * units)
    errors = np.sqrt(np.diag(covariance))
    if told.all() and errors.max() <= MOST_ERROR:
        far = float(ndtri(0.5 + LEVEL / 2)) * errors
        low, high, method = point - far, point + far, "likelihood"
    else:
        low, high = _percentiles(terms, point, counts, resamples, seed)
        told &= np.isfinite(low)
        method = "bootstrap by customer"
    return Maximum(
        tuple(point.tolist()),
        tuple(tuple(line) for line in covariance.tolist()),
        _where(told, low),
        _where(told, high),
        method,
        float(value) * units,
        units,
    )


def _where(known: NDArray[np.bool_], ends: FloatArray) -> tuple[float | None, ...]:
    return tuple(end if told else None for told, end in zip(known, ends.tolist(), strict=True))


def _loss(terms: Terms, counts: FloatArray) -> Loss:
    """Return the negative mean log-likelihood, and its slope, as a function of the parameters."""
    shares = counts / counts.sum()

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        # Not a matrix product: short ones wait for threads where the machine is busy.
        mean = np.array([float((shares * part).sum()) for part in terms(point)])
        return -float(mean[0]), -mean[1:]

    return loss


def _highest(terms: Terms, start: FloatArray, counts: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    """Return the maximum, the mean log-likelihood there, and its negative curvature per unit."""
    loss = _loss(terms, counts)
    point, value = lowest(loss, start)
    bend = _curvature(loss, point)
    for _ in range(POLISHES):
        slope = loss(point)[1]
        step = np.linalg.pinv(bend, rcond=1e-8, hermitian=True) @ slope
        trial = point - step * min(1.0, 1.0 / max(1e-300, float(np.abs(step).max())))
        moved = loss(trial)[0]
        if not moved <= value:
            break
        point, value = trial, moved
        if float(np.abs(step).max()) < SETTLED:
            break
        bend = _curvature(loss, point)
    if not (np.isfinite(value) and np.isfinite(point).all()):
        raise RefusedError("The likelihood has no maximum: these purchases do not follow the model.")
    return point, -value, bend


def _curvature(loss: Loss, point: FloatArray) -> FloatArray:
    width = len(point)
    steps = STEP * np.eye(width)
    found = np.array([(loss(point + step)[1] - loss(point - step)[1]) / (2 * STEP) for step in steps])
    return np.asarray((found + found.T) / 2, dtype=np.float64)


def _inverse(bend: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the inverse of a curvature, flat directions left out, and which parameters have no part in these."""
    values, vectors = np.linalg.eigh(bend)
    steep = values > FLATTEST
    inverse = (vectors[:, steep] / values[steep]) @ vectors[:, steep].T
    flat = (vectors[:, ~steep] ** 2).sum(axis=1)
    return np.asarray(inverse, dtype=np.float64), np.asarray(flat < MOST_FLAT, dtype=np.bool_)


def _percentiles(
    terms: Terms, point: FloatArray, counts: FloatArray, resamples: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the intervals by fitting again with units drawn with replacement."""
    rng = np.random.default_rng(seed)
    shares = counts / counts.sum()
    draws = []
    for _ in range(resamples):
        drawn = rng.multinomial(int(counts.sum()), shares).astype(np.float64)
        draws.append(lowest(_loss(terms, drawn), point)[0])
    if not draws:
        return np.full(len(point), np.nan), np.full(len(point), np.nan)
    low, high = np.quantile(np.array(draws), [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0)
    return np.minimum(low, point), np.maximum(high, point)
