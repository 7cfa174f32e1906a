"""Tests that may be looked at as often as one likes, and what looking costs a test that may not.

Sources: Robbins (1970), Statistical methods related to the law of the iterated logarithm; Waudby-Smith, Arbour,
Sinha, Kennedy and Ramdas (2024), Time-uniform central limit theory and asymptotic confidence sequences (the mixture
and its tuning); Armitage, McPherson and Rowe (1969) for repeated looks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

NODES = 401
"""Points of the grid on which the density of a walk is carried from look to look."""


def tuning(planned: float, level: float = 0.95) -> float:
    """Return the mixture's parameter that makes the boundary tightest at a planned size.

    Args:
        planned: Information at which the answer is expected, in effective units (1 / (1/n1 + 1/n2)).
        level: Confidence level.

    Returns:
        The parameter, in effective units.

    >>> round(tuning(1000), 1)
    121.8
    """
    c = 2 * math.log(1 / (1 - level))
    root = c
    for _ in range(100):
        root = c + math.log1p(root)
    return planned / root


def sequence_bound(information: ArrayLike, parameter: float, level: float = 0.95) -> Floats:
    """Return the normal score beyond which a look rejects, however many looks there are.

    Args:
        information: Effective units at the look (1 / (1/n1 + 1/n2)).
        parameter: From `tuning`, fixed before the first look.
        level: Confidence level over all looks together.

    Returns:
        Scores.

    >>> float(sequence_bound(1000, tuning(1000)).round(3))
    3.035
    """
    held = np.asarray(information, float)
    return np.asarray(np.sqrt((held + parameter) / held * (2 * math.log(1 / (1 - level)) + np.log1p(held / parameter))))


def sequence_p(score: ArrayLike, information: ArrayLike, parameter: float) -> Floats:
    """Return the p-value of one look that stays valid over all looks; the smallest so far may be kept.

    Args:
        score: Normal score at the look.
        information: Effective units at the look.
        parameter: From `tuning`.

    Returns:
        Values from 0 to 1.

    >>> float(sequence_p(3.035, 1000, tuning(1000)).round(2))
    0.05
    """
    held = np.asarray(information, float)
    log_e = 0.5 * np.square(score) * held / (held + parameter) - 0.5 * np.log1p(held / parameter)
    return np.asarray(np.exp(-np.maximum(log_e, 0.0)))


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
