"""Maximum likelihood with intervals: the maximum, the curvature there, a bootstrap where the curvature says little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import threadpoolctl
from numpy.typing import NDArray
from scipy.special import ndtri

from clientela.domain.errors import RefusedError
from clientela.models.optimising import lowest
from clientela.models.values import FloatArray

Terms = Callable[[FloatArray], tuple[FloatArray, ...]]
"""From parameters to the log-likelihood of every unit, followed by its derivative by each parameter."""

Loss = Callable[[FloatArray], tuple[float, FloatArray]]
"""From parameters to what shall be low, and its slope."""

_threads: Any = threadpoolctl.threadpool_limits

STEP = 1e-4
POLISHES = 20
SETTLED = 1e-7
"""A step shorter than this, on the scale of the parameters, ends the polishing."""
MOST_ERROR = 1.0
"""A standard error beyond this, of a parameter's logarithm, says that the likelihood is not near a parabola."""
FLATTEST = 1 / 16
"""Curvature below which a direction counts as flat: a standard error of 4 on the logarithmic scale."""
FARTHEST = 8.0
"""How far a parameter may go from the start, on its logarithmic scale (a factor of 3,000), before it meets a wall."""
MOST = 12.0
"""How far it is looked at all."""
WALL = 0.01
"""How steeply the wall rises."""
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


@dataclass(frozen=True)
class Drawing:
    """How a bootstrap draws.

    Attributes:
        resamples: How many resamples; with 0 there are no intervals where it is needed.
        seed: Their seed.
    """

    resamples: int = 0
    seed: int = 0


POINT_ONLY = Drawing()
UNKNOWN = Maximum()
"""Stands where parameters were given, not fitted."""


def maximise(terms: Terms, start: FloatArray, counts: FloatArray, drawing: Drawing) -> Maximum:
    """Find where a likelihood is highest, and how well that is known.

    A quasi-Newton search is polished by Newton's method on differences of the exact slopes.
    Intervals are normal on the given scale, from the curvature (Fisher 1925); where that is
    not positive, or a standard error is beyond `MOST_ERROR`, they are percentiles of a bootstrap over units
    (Efron 1979).

    Args:
        terms: The log-likelihood of every unit and its slopes.
        start: Where to begin.
        counts: How many units each term stands for.
        drawing: How the bootstrap draws, where it is needed.

    Returns:
        The maximum.

    Raises:
        RefusedError: There is none.
    """
    # Several threads for four parameters only wait for each other.
    with _threads(limits=1, user_api="blas"):
        return _maximised(terms, start, counts, drawing)


def _maximised(terms: Terms, start: FloatArray, counts: FloatArray, drawing: Drawing) -> Maximum:
    point, value, bend = _highest(terms, start, counts)
    units = int(counts.sum())
    covariance, told = _inverse(bend * units)
    told &= np.abs(point - start) < FARTHEST - 1
    errors = np.sqrt(np.diag(covariance))
    if told.all() and errors.max() <= MOST_ERROR:
        far = float(ndtri(0.5 + LEVEL / 2)) * errors
        low, high, method = point - far, point + far, "likelihood"
    else:
        low, high = _percentiles(terms, start, point, counts, drawing)
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


def _loss(terms: Terms, counts: FloatArray, start: FloatArray, wall: float) -> Loss:
    """Return the negative mean log-likelihood, and its slope, as a function of the parameters.

    Far from the start rises a wall, so that a parameter of which the likelihood says nothing stays finite.
    """
    shares = counts / counts.sum()

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        away = point - start
        over = np.sign(away) * np.maximum(np.abs(away) - FARTHEST, 0.0)
        # Not a matrix product: short ones wait for threads where the machine is busy.
        mean = np.array([float((shares * part).sum()) for part in terms(start + np.clip(away, -MOST, MOST))])
        return float(wall * (over**2).sum()) - float(mean[0]), 2 * wall * over - mean[1:]

    return loss


def _highest(terms: Terms, start: FloatArray, counts: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    """Return the maximum, the mean log-likelihood there, and its negative curvature per unit."""
    loss, bare = (_loss(terms, counts, start, wall) for wall in (WALL, 0.0))
    point, value = lowest(loss, start)
    bend = _curvature(bare, point)
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
        bend = _curvature(bare, point)
    if not (np.isfinite(value) and np.isfinite(point).all()):
        raise RefusedError("The likelihood has no maximum: these purchases do not follow the model.")
    return point, -bare(point)[0], bend


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
    terms: Terms, start: FloatArray, point: FloatArray, counts: FloatArray, drawing: Drawing
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the intervals by fitting again with units drawn with replacement."""
    rng = np.random.default_rng(drawing.seed)
    shares = counts / counts.sum()
    draws = []
    for _ in range(drawing.resamples):
        drawn = rng.multinomial(int(counts.sum()), shares).astype(np.float64)
        draws.append(lowest(_loss(terms, drawn, start, WALL), point)[0])
    if not draws:
        return np.full(len(point), np.nan), np.full(len(point), np.nan)
    # of n draws the k-th smallest stands for k / (n + 1) of them; numpy's own way takes ends that are too near
    low, high = np.quantile(np.array(draws), [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0, method="weibull")
    return np.minimum(low, point), np.maximum(high, point)
