"""Sets and intervals that hold the truth as often as they say, whatever the model and the distribution.

Nothing but ranks is used, so no moment need exist. What is asked is that the rows to come are drawn like the rows
that the thresholds come from (they may be exchanged); a change of the world breaks that, and no method mends it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


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


def class_thresholds(truth: ArrayLike, probabilities: ArrayLike, level: float) -> FloatArray:
    """Return one threshold per class, so that rows of each class are covered as often as those of any other.

    A class is strange to a row by 1 less its probability (Sadinle, Lei and Wasserman 2019); a threshold comes
    from the rows of its class alone (Mondrian, Vovk et al. 2005, 4.5).

    Args:
        truth: Class of every row, from 0.
        probabilities: One row per row, one column per class.
        level: Probability that the set holds the true class.

    Returns:
        One threshold per class; infinite for a class with too few rows, which is then in every set.
    """
    given = np.asarray(probabilities, dtype=np.float64)
    codes = np.asarray(truth, dtype=np.int64)
    return np.array([threshold(1 - given[codes == code, code], level) for code in range(given.shape[1])])


def class_sets(probabilities: ArrayLike, thresholds: ArrayLike) -> BoolArray:
    """Return which classes are in the set of every row; a row that is strange to all of them has none.

    To put the likeliest class in all the same would hold the commonest one more often than is said.

    >>> class_sets([[0.7, 0.3], [0.45, 0.55]], [0.6, 0.6]).tolist()
    [[True, False], [True, True]]
    """
    given = np.asarray(probabilities, dtype=np.float64)
    return np.asarray(1 - given <= np.asarray(thresholds, dtype=np.float64), dtype=np.bool_)


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
