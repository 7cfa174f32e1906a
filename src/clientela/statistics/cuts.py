"""Whether a category is a number cut into intervals.

The chance agrees with counting all orders by sympy to nine digits (`bench/oracles.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

NOISE = 0.02
"""Share of neighbours, sorted by the number, that may change their level beyond one change per edge."""


@dataclass(frozen=True)
class Cut:
    """A category as intervals of a number.

    Attributes:
        levels: Codes of the levels, lowest interval first.
        edges: Least number of each interval but the first.
        share: Share of rows whose level is that of their interval.
        log_p: Natural logarithm of the chance that levels spread over the distinct numbers at random
            would lie in one piece each.
    """

    levels: tuple[int, ...]
    edges: tuple[float, ...]
    share: float
    log_p: float


def cut_of(numbers: Floats, levels: Codes, order: NDArray[np.intp] | None = None) -> Cut | None:
    """Find the intervals of a number that a category names.

    The null model spreads the levels over the distinct numbers at random: of all
    m! / (m1! ... mk!) arrangements k! keep each level in one piece.

    Args:
        numbers: Finite numbers, one per row.
        levels: Level per row, any integers from 0.
        order: Rows sorted by number, where the caller knows it.

    Returns:
        The intervals; None where the levels do not lie in pieces or there are fewer than two.

    >>> cut = cut_of(np.array([1.0, 2.0, 3.0, 9.0]), np.array([7, 7, 4, 4]))
    >>> cut.levels, cut.edges, cut.share
    ((7, 4), (3.0,), 1.0)
    """
    order = np.argsort(numbers, kind="stable") if order is None else order
    x, level = numbers[order], levels[order]
    changes = int((level[1:] != level[:-1]).sum())
    if changes == 0 or changes > int(levels.max()) + NOISE * level.size:
        return None
    counts = np.bincount(level)
    used = np.flatnonzero(counts)
    middle = np.bincount(level, weights=np.arange(level.size))[used] / counts[used]
    ranked = used[np.argsort(middle, kind="stable")]
    place = np.zeros(counts.size, dtype=np.int64)
    place[ranked] = np.arange(ranked.size)
    ranks = place[level]
    edges = np.array([_edge(x, ranks, i) for i in range(ranked.size - 1)])
    if (np.diff(edges) <= 0).any():
        return None
    told = np.searchsorted(edges, x, side="right")
    per_level = np.bincount(np.searchsorted(edges, np.unique(x), side="right"), minlength=ranked.size)
    log_p = special.gammaln(ranked.size + 1) + special.gammaln(per_level + 1).sum()
    log_p -= special.gammaln(per_level.sum() + 1)
    share = float((told == ranks).mean())
    return Cut(tuple(int(i) for i in ranked), tuple(float(e) for e in edges), share, float(log_p))


def _edge(x: Floats, ranks: Codes, below: int) -> float:
    """Return the number that parts the ranks up to `below` from those above with the fewest rows on the wrong side."""
    balance = np.cumsum(np.where(ranks <= below, 1, -1))
    last = int(np.argmax(balance))
    return float(x[min(last + 1, x.size - 1)])
