"""Whether a distribution ends in a cliff: many values up to a point, and none beyond.

The p-value is that of scipy's exact binomial test to nine digits (`bench/oracles.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

WINDOW = 0.1
"""Share of the values that the window at the end holds."""

LINEAR = 1 / 3
"""Most that the outer half of the window holds where density falls to nothing in a straight line or faster:
a quarter with the end known, a third on a lattice of two steps."""

LEAST = 50


@dataclass(frozen=True)
class Edge:
    """The end of a distribution.

    Attributes:
        value: Last value before nothing.
        outer: Values in the outer half of the window.
        inside: Values in the window.
        width: Width of the window, in the unit of the values.
        heap: Whether the last value is half as frequent again as the next two, by more than two standard errors.
        p_value: Chance of so many in the outer half where density falls in a straight line to nothing.
    """

    value: float
    outer: int
    inside: int
    width: float
    heap: bool
    p_value: float


def edge(values: Floats, low: bool = True) -> Edge | None:
    """Hold the end of a distribution against one whose density falls to nothing in a straight line.

    The window reaches from the least value over a tenth of the values. Where density
    falls to nothing at least as fast as a straight line, its outer half holds at most a third of it; at a
    cliff it holds about a half (binomial). Bell shapes fall faster: a half is far off.

    Args:
        values: Finite numbers.
        low: The least value's end; else the largest value's.

    Returns:
        The edge, or None where there are too few values, or too few different ones in the window, to tell.

    >>> edge(np.arange(1000.0)).outer
    51
    """
    used = np.sort(values if low else -values)
    if used.size * WINDOW < LEAST:
        return None
    window = used[: int(np.searchsorted(used, used[int(used.size * WINDOW)], side="right"))]
    different, counts = np.unique(window, return_counts=True)
    width = float(different[-1] - different[0])
    if different.size < 2 or width <= 0:
        return None
    step = float(np.diff(different).min())
    if round(width / step) + 1 <= 20:
        # On a lattice of few steps both halves must hold as many of them.
        half = max((round(width / step) + 1) // 2, 2)
        bounds = different[0] + step * np.array([half - 0.5, 2 * half - 0.5])
    else:
        bounds = different[0] + np.array([width / 2, width])
    outer, inside = (int(n) for n in np.searchsorted(used, bounds, side="right"))
    if inside > used.size / 2:
        return None
    p_value = float(special.bdtrc(outer - 1, inside, LINEAR)) if outer else 1.0
    last, next_ = float(counts[0]), float(counts[1:3].mean())
    heap = last > 1.5 * next_ and last - next_ > 2 * float(np.sqrt(last + next_))
    return Edge(float(used[0] if low else -used[0]), outer, inside, width, heap, p_value)
