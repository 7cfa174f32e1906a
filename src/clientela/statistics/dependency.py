"""How far a key says what stands in another column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


def agreement(equal_pairs: float, pairs: float, chance: float) -> float:
    """Return how much oftener two rows of one key agree in a column than two rows at random.

    Only keys with two rows or more have pairs, so that a nearly unique key explains nothing
    by being unique. The scale is that of kappa (Cohen 1960) and of Goodman and Kruskal's tau (1954).

    Args:
        equal_pairs: Pairs of rows of one key with the same value.
        pairs: Pairs of rows of one key.
        chance: Chance that two rows at random have the same value, 0 to 1.

    Returns:
        1 where the key says the value, about 0 where it says nothing; NaN without pairs or
        where all values are equal.

    >>> agreement(10, 10, 0.5)
    1.0
    """
    if pairs <= 0 or chance >= 1:
        return float("nan")
    return (equal_pairs / pairs - chance) / (1 - chance)


def pair_counts(key: Codes, value: Codes) -> tuple[float, float]:
    """Count pairs of rows with the same key, and those of them with the same value.

    Args:
        key: Code of the key per row; rows with -1 are left out.
        value: Code of the value per row, any integers from 0.

    Returns:
        (equal pairs, pairs).

    >>> pair_counts(np.array([0, 0, 0, 1]), np.array([5, 5, 6, 6]))
    (1.0, 3.0)
    """
    known = key >= 0
    key, value = key[known], value[known]
    size = np.bincount(key).astype(np.float64)
    _, both = np.unique(key * (int(value.max(initial=0)) + 1) + value, return_counts=True)
    return float((both * (both - 1.0) / 2).sum()), float((size * (size - 1) / 2).sum())


def neighbour_agreement(key: Codes, value: Codes) -> float:
    """Estimate the share of equal pairs among rows of one key from neighbours only, in one pass.

    Args:
        key: Code of the key per row, sorted.
        value: Code of the value per row, in the same order.

    Returns:
        Share of neighbours of one key that are equal; NaN where no key repeats.

    >>> neighbour_agreement(np.array([0, 0, 0, 1]), np.array([5, 5, 6, 6]))
    0.5
    """
    same = key[1:] == key[:-1]
    count = int(same.sum())
    return float((value[1:] == value[:-1])[same].sum() / count) if count else float("nan")


def chance_of_equal(value: Codes) -> float:
    """Return the chance that two different rows at random have the same value.

    >>> chance_of_equal(np.array([0, 0, 1, 1]))
    0.3333333333333333
    """
    n = value.size
    if n < 2:
        return float("nan")
    counts = np.bincount(value).astype(np.float64)
    return float((counts * (counts - 1)).sum() / (n * (n - 1.0)))


def key_agreement(key: Codes, value: Codes) -> tuple[float, int, float]:
    """Return the mean share of equal pairs per key, every repeated key weighing the same.

    A heap of rows with one key (zeros, say) then counts no more than a key with two rows.

    Args:
        key: Code of the key per row; rows with -1 are left out.
        value: Code of the value per row, any integers from 0.

    Returns:
        (share of equal pairs, repeated keys, pairs of rows with the same key); NaN where no key repeats.

    >>> key_agreement(np.array([0, 0, 0, 1, 1]), np.array([5, 5, 6, 6, 6]))
    (0.6666666666666666, 2, 4.0)
    """
    known = key >= 0
    key, value = key[known], value[known]
    size = np.bincount(key).astype(np.float64)
    width = int(value.max(initial=0)) + 1
    both, counts = np.unique(key * width + value, return_counts=True)
    equal = np.bincount(both // width, weights=counts * (counts - 1.0) / 2, minlength=size.size)
    pairs = size * (size - 1) / 2
    repeated = pairs > 0
    if not repeated.any():
        return float("nan"), 0, 0.0
    return float((equal[repeated] / pairs[repeated]).mean()), int(repeated.sum()), float(pairs.sum())
