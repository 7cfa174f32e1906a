"""Sets and intervals that hold the truth as often as they say, whatever the model and the distribution.

Nothing but ranks is used, so no moment need exist. What is asked is that the rows to come are drawn like the rows
that the thresholds come from (they may be exchanged); a change of the world breaks that, and no method mends it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
SLACK = 0.02
"""What a single model may hold less than the level: a threshold is never as exact as that."""
LUMPED = 0.01
"""p-value below which parts are taken to be held differently by more than chance."""
ERRORS = 2.0
"""Standard errors of a part's own share that are put down to chance."""
NORMAL = 1.4826
"""Standard deviation of a normal distribution in medians of distances from its median."""


def threshold(strangeness: ArrayLike, level: float) -> float:
    """Return the strangeness that one more row like these stays at or below with probability `level` or more.

    It is the ceil((n + 1) level)-th smallest of the n (Vovk, Gammerman and Shafer 2005, 2.2).

    Args:
        strangeness: How strange each row's truth is to the model, higher meaning stranger; of rows that the model
            has not seen.
        level: Probability wanted, between 0 and 1.

    Returns:
        The threshold; infinite where there are too few rows to promise the level.

    >>> threshold([3.0, 1.0, 2.0, 4.0], 0.8), threshold([1.0, 2.0], 0.8)
    (4.0, inf)
    """
    values = np.sort(np.asarray(strangeness, dtype=np.float64))
    # a hair is taken off, so that a product such as 20 x .95 that is whole stays whole
    rank = math.ceil((len(values) + 1) * level - 1e-9)
    return float(values[rank - 1]) if 0 < rank <= len(values) else math.inf


def steady_threshold(strangeness: ArrayLike, parts: ArrayLike, level: float) -> float:
    """Return a threshold for one more model, from rows that were answered by several.

    That of all rows together holds the level on average over the models. Where strangeness comes in lumps (a model
    of few categories), it may lie within a lump, and one more model whose lump lies a hair beyond holds far less
    (conditional validity, Vovk 2012; of folds, Bian and Barber 2023). Where it holds the parts differently by more
    than chance (Pearson's chi-square), it is raised until none holds less than the level by more than two points and
    two standard errors, were it stranger by as much as parts differ there (1.4826 times the median distance from
    their median).

    Args:
        strangeness: As in `threshold`.
        parts: Which model answered each row.
        level: Probability wanted, between 0 and 1.

    >>> values, parts = [1.0] * 80 + [2.0] * 20 + [1.0] * 80 + [1.5] * 20, [0] * 100 + [1] * 100
    >>> threshold(values, 0.9), round(steady_threshold(values, parts, 0.9), 2)
    (2.0, 2.37)
    """
    values, of = np.asarray(strangeness, dtype=np.float64), np.asarray(parts)
    found = threshold(values, level)
    if not min(_alike(values <= found, of), _alike(values < found, of)) < LUMPED:
        return found
    ends = []
    for part in np.unique(of):
        own = np.sort(values[of == part])
        least = level - SLACK - ERRORS * math.sqrt(level * (1 - level) / len(own))
        ends.append(own[max(0, math.ceil(len(own) * least - 1e-9) - 1)])
    apart = NORMAL * float(np.median(np.abs(ends - np.median(ends))))
    return max(found, float(max(ends)) + apart)


def _alike(held: BoolArray, parts: NDArray[np.generic]) -> float:
    """Return the p-value of "all parts are held alike" (Pearson 1900); 1 where there is nothing to tell."""
    _, of = np.unique(parts, return_inverse=True)
    rows, share = np.bincount(of), float(held.mean()) if len(held) else 0.0
    if len(rows) < 2 or not 0 < share < 1:
        return 1.0
    gaps = np.bincount(of, weights=held) - share * rows
    return float(chdtrc(len(rows) - 1, float((gaps**2 / (rows * share * (1 - share))).sum())))


def class_thresholds(truth: ArrayLike, probabilities: ArrayLike, parts: ArrayLike, level: float) -> FloatArray:
    """Return one threshold per class, so that rows of each class are covered as often as those of any other.

    A class is strange to a row by 1 less its probability (Sadinle, Lei and Wasserman 2019); a threshold comes
    from the rows of its class alone (Mondrian, Vovk et al. 2005, 4.5).

    Args:
        truth: Class of every row, from 0.
        probabilities: One row per row, one column per class.
        parts: Which model answered each row.
        level: Probability that the set holds the true class.

    Returns:
        One threshold per class; infinite for a class with too few rows, which is then in every set.
    """
    given, of = np.asarray(probabilities, dtype=np.float64), np.asarray(parts)
    codes = np.asarray(truth, dtype=np.int64)
    rows = [np.flatnonzero(codes == code) for code in range(given.shape[1])]
    return np.array([steady_threshold(1 - given[mine, code], of[mine], level) for code, mine in enumerate(rows)])


def class_sets(probabilities: ArrayLike, thresholds: ArrayLike) -> BoolArray:
    """Return which classes are in the set of every row; where a row is strange to all of them, the likeliest one.

    A set without a class tells nobody anything (Sadinle, Lei and Wasserman 2019, 2.4, who fill such sets by lower
    thresholds for all rows). Sets filled so hold the truth more often than is said where the likeliest class alone
    is right more often, and never less often.

    >>> class_sets([[0.7, 0.3], [0.45, 0.55], [0.55, 0.45]], [0.4, 0.5]).tolist()
    [[True, False], [False, True], [True, False]]
    """
    given = np.asarray(probabilities, dtype=np.float64)
    sets = 1 - given <= np.asarray(thresholds, dtype=np.float64)
    empty = np.flatnonzero(~sets.any(axis=1))
    sets[empty, given[empty].argmax(axis=1)] = True
    return np.asarray(sets, dtype=np.bool_)


class Mixture:
    """Amounts of money by class: what a row may bring where only the chances of its classes are known.

    Args:
        ladders: Per class some amounts that part its rows into equal steps, smallest first.

    >>> mixture = Mixture([[0.0], [10.0, 20.0, 30.0]])
    >>> mixture.quantile(np.array([[0.5, 0.5]]), 0.9).tolist()
    [30.0]
    """

    def __init__(self, ladders: Sequence[Sequence[float]]) -> None:
        steps = [np.sort(np.asarray(ladder, dtype=np.float64)) for ladder in ladders]
        self._amounts = np.unique(np.concatenate(steps))
        self._below = np.array([np.searchsorted(s, self._amounts, side="left") / max(1, len(s)) for s in steps])
        self._upto = np.array([np.searchsorted(s, self._amounts, side="right") / max(1, len(s)) for s in steps])

    def strangeness(self, probabilities: FloatArray, amounts: FloatArray) -> FloatArray:
        """Return how far from the middle each amount lies: the smallest central share of the mixture that holds it.

        Central intervals of the mixture of each row are nested, from the median (0) to all amounts known (1); an
        amount beyond them is stranger than 1, the further the stranger (Chernozhukov, Wüthrich and Zhu 2021, for
        the idea to rank by the foretold distribution).

        Args:
            probabilities: One row per row, one column per class.
            amounts: Amount of every row.
        """
        left, right = (np.searchsorted(self._amounts, amounts, side=side) for side in ("left", "right"))
        last = len(self._amounts) - 1
        below = _at(probabilities, self._below, np.minimum(left, last))
        below = np.where(left > last, 1.0, below)
        upto = np.where(right == 0, 0.0, _at(probabilities, self._upto, np.maximum(right - 1, 0)))
        inside = np.maximum(np.maximum(2 * below - 1, 1 - 2 * upto), 0.0)
        beyond = np.maximum(amounts - self._amounts[-1], self._amounts[0] - amounts)
        return np.asarray(np.where(beyond > 0, 1 + beyond, np.minimum(inside, 1.0)), dtype=np.float64)

    def interval(self, probabilities: FloatArray, limit: FloatArray | float) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the interval of every row that holds what is no stranger than `limit`.

        Args:
            probabilities: One row per row, one column per class.
            limit: A threshold of strangeness, one for all rows or one per row.
        """
        limits = np.broadcast_to(np.asarray(limit, dtype=np.float64), (len(probabilities),))
        inner = np.minimum(limits, 1.0)
        beyond = np.where(limits > 1, limits - 1, 0.0)
        low = self.quantile(probabilities, (1 - inner) / 2) - beyond
        high = self._reached(probabilities, (1 + inner) / 2) + beyond
        return low, high

    def quantile(self, probabilities: FloatArray, share: FloatArray | float) -> FloatArray:
        """Return the smallest amount that at least the share of the mixture of every row does not exceed."""
        return self._searched(probabilities, self._upto, np.asarray(share) - _HAIR, strict=False)

    def _reached(self, probabilities: FloatArray, share: FloatArray) -> FloatArray:
        """Return the largest amount that has at most the share of the mixture of every row below it."""
        return self._searched(probabilities, self._below, share + _HAIR, strict=True)

    def _searched(self, probabilities: FloatArray, table: FloatArray, share: FloatArray, *, strict: bool) -> FloatArray:
        last = len(self._amounts) - 1
        low, high = np.zeros(len(probabilities), dtype=np.int64), np.full(len(probabilities), last)
        # bisection: the mixture of a row is made only where it is looked at, never as a whole
        for _ in range(last.bit_length()):
            middle = (low + high + 1) // 2 if strict else (low + high) // 2
            found = _at(probabilities, table, middle)
            if strict:
                low, high = np.where(found <= share, middle, low), np.where(found <= share, high, middle - 1)
            else:
                low, high = np.where(found >= share, low, middle + 1), np.where(found >= share, middle, high)
            low, high = np.minimum(low, last), np.maximum(high, 0)
        return np.asarray(self._amounts[low])


_HAIR = 1e-12
"""What adding up chances in another order may change."""


def _at(probabilities: FloatArray, table: FloatArray, places: IntArray) -> FloatArray:
    """Return the mixture of every row at one place of a table (classes x places) each."""
    return np.asarray((probabilities * table[:, places].T).sum(axis=1), dtype=np.float64)


def ladder(amounts: ArrayLike, steps: int) -> FloatArray:
    """Return at most so many amounts that part the given ones into equal steps, the largest among them.

    >>> ladder([5.0, 1.0, 3.0, 2.0], 2).tolist()
    [2.0, 5.0]
    """
    values = np.sort(np.asarray(amounts, dtype=np.float64))
    if len(values) <= steps:
        return values
    places = np.ceil(np.arange(1, steps + 1) / steps * len(values)).astype(np.int64) - 1
    return np.asarray(values[places])
