"""How surprising the way values fell to two arms is, were every way equally likely.

Where both arms come from one distribution, each split of all values together is as likely as any other, whatever that
distribution is: a permutation test keeps its level exactly, also where a few values make up the mean. Its tail is
computed here, not drawn: the sum that the second arm got, given how many units it got, by a saddlepoint.

Values are the largest of both arms as they are, the zeros, and two points that stand for all others with the same
first three moments (Gauss quadrature).

Sources: Fisher (1935) and Pitman (1937) for the permutation test; Robinson (1982), Davison and Hinkley (1988) for its
saddlepoint; Skovgaard (1987) for the double saddlepoint; Barndorff-Nielsen (1986) for the normal score r*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from clientela.statistics.cumulants import Cumulants, Part

Floats = NDArray[np.float64]

STEPS = 60
HALVINGS = 30
INSIDE = 1 - 1e-6
"""A sum this near the least or largest possible one counts as being there."""

BEYOND = 1.64
"""Farthest a score may lie on the other side of the mean: 19 of 20 splits, as where one value in 20 units is all."""

FLAT = 1e-3
"""Scores nearer to 0 than this are not corrected: the correction is of their own size there, and cancels."""


@dataclass(frozen=True)
class Pool:
    """All values of two arms together, as points; arrays whose last axis runs over the points.

    Attributes:
        first: Units of the first arm.
        second: Units of the second.
        mean: Mean of all values.
        deviation: Their standard deviation; NaN where none differs.
        places: Each point in standard deviations from the mean.
        counts: Units at each point.
    """

    first: Floats
    second: Floats
    mean: Floats
    deviation: Floats
    places: Floats
    counts: Floats

    @property
    def n(self) -> Floats:
        """Units in all."""
        return np.asarray(self.first + self.second)

    def power(self, power: int) -> Floats:
        """Return the mean of a power of the places: 3 for the skewness."""
        return np.asarray((self.counts * self.places**power).sum(-1) / self.n)


def pooled(first: Cumulants, second: Cumulants, ratio: Floats, difference: Floats) -> Pool:
    """Return both arms together after (first - difference) / ratio brought the first to where the second is.

    Args:
        first: One arm; or many, as arrays.
        second: The other.
        ratio: What the first is divided by, above 0.
        difference: What is taken off before.

    Returns:
        The pool.
    """
    brought = 1 / ratio, -difference / ratio
    zeros = (first.zeros.moved(*brought), second.zeros)
    rest = _two_points(first.rest.moved(*brought) + second.rest)
    # zeros stay one point where they are equal in both arms, as they are unless something was taken off them
    nothing = _two_points(zeros[0] + zeros[1])
    factor, by = (np.asarray(part)[..., None] for part in brought)
    largest = np.concatenate(np.broadcast_arrays(first.largest * factor + by, second.largest + 0 * factor), -1)
    there = ~np.isnan(largest)
    values = np.concatenate([np.where(there, largest, 0.0), rest[0], nothing[0]], -1)
    counts = np.concatenate([there.astype(float), rest[1], nothing[1]], -1)
    n = first.n + second.n
    mean = (counts * values).sum(-1) / n
    away = values - mean[..., None]
    deviation = np.sqrt((counts * away**2).sum(-1) / n)
    known = np.where(deviation > 0, deviation, np.nan)
    return Pool(first.n, second.n, mean, known, away / known[..., None], counts)


def permuted_score(pool: Pool, second: Floats) -> Floats:
    """Return the normal score of the mean that the second arm got.

    Args:
        pool: All values.
        second: Mean of the second arm.

    Returns:
        Standard normal where the lots decided; positive where the second arm got more.
    """
    low, high = _reach(pool)
    asked = pool.second * (second - pool.mean) / pool.deviation
    target = np.clip(asked, low * INSIDE, high * INSIDE)
    level, slope, gain = _tilted(pool, target)
    _, info = _moments(pool, level, slope)
    root = np.sign(slope) * np.sqrt(2 * np.maximum(gain, 0.0))
    with np.errstate(all="ignore"):
        spread = np.maximum(info[0] * info[2] - info[1] ** 2, 0.0) * pool.n / (pool.first * pool.second)
        corrected = root + np.log(slope * np.sqrt(spread) / root) / root
        # at an end of what is possible the chance is that of one split: half of it counts, as with all ties
        end = -np.sign(root) * ndtri(0.5 * np.exp(-root * root / 2))
    # near the middle of splits that one value parts in two heaps the correction runs away
    corrected = np.where(corrected * root < 0, np.clip(corrected, -BEYOND, BEYOND), corrected)
    score = np.where(np.abs(root) < FLAT, root, corrected)
    return np.asarray(np.where(target == asked, score, end))


def _two_points(part: Part) -> tuple[Floats, Floats]:
    """Return two values and how many units stand at each, with the part's mean, variance and skew."""
    deviation = np.sqrt(part.variance)
    some = np.where(deviation > 0, deviation, 1.0)
    skew = np.clip(np.where(deviation > 0, part.third / some**3, 0.0), -1e6, 1e6)
    reach = np.sqrt(skew * skew + 4)
    # of two roots whose product is -1 the smaller one follows from the larger without cancelling
    large = (np.abs(skew) + reach) / 2
    left, right = np.where(skew > 0, -1 / large, -large), np.where(skew > 0, large, 1 / large)
    share = right / (right - left)
    values = np.stack([part.mean + deviation * left, part.mean + deviation * right], -1)
    return values, np.stack([part.n * share, part.n * (1 - share)], -1)


def _reach(pool: Pool) -> tuple[Floats, Floats]:
    """Return the least and the largest sum of places that the second arm can get."""
    order = np.argsort(pool.places, -1)
    counts, places = (np.take_along_axis(part, order, -1) for part in (pool.counts, pool.places))

    def filled(counts: Floats, places: Floats) -> Floats:
        before = np.cumsum(counts, -1) - counts
        return np.asarray((np.clip(pool.second[..., None] - before, 0, counts) * places).sum(-1))

    return filled(counts, places), filled(counts[..., ::-1], places[..., ::-1])


def _logits(pool: Pool, level: Floats, slope: Floats) -> Floats:
    start = np.log(pool.second / pool.first)
    return np.asarray((level + start)[..., None] + slope[..., None] * pool.places)


def _moments(pool: Pool, level: Floats, slope: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats, Floats]]:
    """Return units and sum of places that the second arm expects, and their second derivatives."""
    share = expit(_logits(pool, level, slope))
    taken = pool.counts * share
    spread = taken * (1 - share)
    lever = spread * pool.places
    expected = taken.sum(-1), (taken * pool.places).sum(-1)
    return expected, (spread.sum(-1), lever.sum(-1), (lever * pool.places).sum(-1))


def _gain(pool: Pool, level: Floats, slope: Floats, target: Floats) -> Floats:
    cost = np.logaddexp(0.0, _logits(pool, level, slope)) - np.log(pool.n / pool.first)[..., None]
    return np.asarray(level * pool.second + slope * target - (pool.counts * cost).sum(-1))


def _tilted(pool: Pool, target: Floats) -> tuple[Floats, Floats, Floats]:
    """Return level and slope of the logistic regression of the arm on the place, and its log-likelihood ratio.

    Newton's steps, halved until they gain.
    """
    level, slope, gain = np.zeros_like(target), np.zeros_like(target), np.zeros_like(target)
    for _ in range(STEPS):
        expected, info = _moments(pool, level, slope)
        short = pool.second - expected[0], target - expected[1]
        square = np.maximum(info[0] * info[2] - info[1] ** 2, 1e-14 * info[0] * info[2] + 1e-300)
        up = (info[2] * short[0] - info[1] * short[1]) / square
        turn = (info[0] * short[1] - info[1] * short[0]) / square
        step = np.ones_like(target)
        for _ in range(HALVINGS):
            new = _gain(pool, level + step * up, slope + step * turn, target)
            worse = new < gain - 1e-9
            if not worse.any():
                break
            step = np.where(worse, step / 2, step)
        level, slope, gain = level + step * up, slope + step * turn, new
        if not (np.abs(short[0] * up + short[1] * turn) > 1e-10).any():
            break
    return level, slope, gain
