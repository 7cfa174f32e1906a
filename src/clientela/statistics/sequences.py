"""Tests that may be looked at as often as one likes, and what looking costs a test that may not.

Sources: Robbins (1970), Statistical methods related to the law of the iterated logarithm; Waudby-Smith, Arbour,
Sinha, Kennedy and Ramdas (2024), Time-uniform central limit theory and asymptotic confidence sequences (the mixture
and its tuning); Wald (1945) for the stake on one effect; Armitage, McPherson and Rowe (1969) for repeated looks.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

STAKED = 0.75
"""Share of the evidence that is staked on the planned effect: a quarter spread over all sizes costs little there."""

HALVINGS = 60

NODES = 401
"""Points of the grid on which the density of a walk is carried from look to look."""


def evidence(score: ArrayLike, information: ArrayLike, planned: float, level: float = 0.95) -> Floats:
    """Return the factor by which a look speaks against no effect: on average at most 1 at every look, were there none.

    Three quarters of it are staked on the effect that a plan just finds, on either side, and one quarter on effects of
    all sizes (a normal mixture), both tightest at the planned size. So the interval is narrow where the answer is
    expected, and still closes in on the truth long after.

    Args:
        score: Normal score at the look.
        information: Effective units at the look (1 / (1/n1 + 1/n2)).
        planned: Effective units at which the answer is expected, fixed before the first look.
        level: Confidence level over all looks together.

    Returns:
        Factors; 1 / (1 - level) rejects.

    >>> round(float(evidence(2.78, 1000, 1000)), 1)
    20.4
    """
    share = np.asarray(information, float) / planned
    z = np.abs(np.asarray(score, float))
    effect = math.sqrt(2 * math.log(2 / (1 - level)))
    width = _width(level)
    walked = effect * z * np.sqrt(share)
    with np.errstate(over="ignore"):
        met = 0.5 * np.exp(walked - effect**2 * share / 2) * (1 + np.exp(-2 * walked))
        any_size = np.exp(0.5 * z * z * share / (share + width)) / np.sqrt(1 + share / width)
    return np.asarray(STAKED * met + (1 - STAKED) * any_size)


def sequence_bound(information: ArrayLike, planned: float, level: float = 0.95) -> Floats:
    """Return the normal score beyond which a look rejects, however many looks there are.

    Args:
        information: Effective units at the look (1 / (1/n1 + 1/n2)).
        planned: Effective units at which the answer is expected, fixed before the first look.
        level: Confidence level over all looks together.

    Returns:
        Scores.

    >>> float(sequence_bound(1000, 1000).round(2))
    2.77
    """
    held = np.asarray(information, float)
    # the normal mixture alone rejects beyond this
    share, width = held / planned, _width(level)
    need = 2 * math.log(1 / (1 - level) / (1 - STAKED)) + np.log1p(share / width)
    low, high = np.zeros(held.shape), np.sqrt((share + width) / share * need)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        short = evidence(middle, held, planned, level) < 1 / (1 - level)
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray(high)


def sequence_p(score: ArrayLike, information: ArrayLike, planned: float, level: float = 0.95) -> Floats:
    """Return the p-value of one look that stays valid over all looks; the smallest so far may be kept.

    Args:
        score: Normal score at the look.
        information: Effective units at the look.
        planned: As in `sequence_bound`.
        level: As in `sequence_bound`.

    Returns:
        Values from 0 to 1.

    >>> float(sequence_p(2.777, 1000, 1000).round(2))
    0.05
    """
    return np.asarray(np.minimum(1 / evidence(score, information, planned, level), 1.0))


@cache
def _width(level: float) -> float:
    """Return the normal mixture's parameter that is tightest at the planned size, as a share of it."""
    c = 2 * math.log(1 / (1 - level))
    root = c
    for _ in range(100):
        root = c + math.log1p(root)
    return 1 / root


def peeking_error(looks: int, level: float = 0.95) -> float:
    """Return how often a two-sided z-test that is looked at `looks` times, equally spaced, rejects without an effect.

    Args:
        looks: Number of looks, 1 or more.
        level: Level of each look.

    Returns:
        The chance that any look rejects, to about six digits.

    >>> round(peeking_error(5), 3)
    0.142
    """
    z = -float(ndtri((1 - level) / 2))
    grid = np.linspace(-1, 1, NODES)
    weights = _simpson(NODES)
    points = grid * z
    density = np.exp(-(points**2) / 2) / math.sqrt(2 * math.pi)
    step = z * 2 / (NODES - 1)
    inside = 2 * float(ndtr(z)) - 1
    for look in range(2, looks + 1):
        ahead = grid * z * math.sqrt(look)
        moved = np.exp(-((ahead[:, None] - points[None, :]) ** 2) / 2) / math.sqrt(2 * math.pi)
        density = moved @ (density * weights * step)
        points, step = ahead, z * math.sqrt(look) * 2 / (NODES - 1)
        inside = float((density * weights).sum() * step)
    return 1 - inside


def _simpson(nodes: int) -> Floats:
    weights = np.ones(nodes)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return weights / 3
