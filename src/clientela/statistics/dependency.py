"""How far a key says what stands in another column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Places = NDArray[np.intp]
Floats = NDArray[np.float64]


def neighbours(key: Codes, seed: int) -> tuple[Places, Places]:
    """Pair every row with the next one of its key, in random order within the key.

    A key with n rows gives n - 1 pairs, so a key weighs as its rows do, not as their square, and a
    nearly unique key has hardly a pair and so explains nothing by being unique.

    Args:
        key: Code of the key per row; rows with -1 are left out.
        seed: Seed of the order.

    Returns:
        Places of the first and of the second row of each pair.

    >>> [part.tolist() for part in neighbours(np.array([5, -1, 7, 7]), 0)]
    [[2], [3]]
    """
    mixed = np.random.default_rng(seed).permutation(key.size)
    order = mixed[np.argsort(key[mixed], kind="stable")]
    order = order[key[order] >= 0]
    same = key[order[1:]] == key[order[:-1]]
    return order[:-1][same], order[1:][same]


def agreement(equal_pairs: float, pairs: float, chance: float) -> float:
    """Return how much oftener two rows of one key agree in a column than two rows at random.

    Only keys with two rows or more have pairs, so that a nearly unique key explains nothing
    by being unique. The scale is that of kappa (Cohen 1960) and of Goodman and Kruskal's tau (1954):
    where the key says the value, but for a share e of cells replaced by others of the column, it is (1 - e)^2.

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


def deviations(key: Codes, value: Codes) -> tuple[float, float]:
    """Return how many rows deviate from the commonest value of their key, and how they heap on some keys.

    Keys with three rows or more count, since two rows have no majority. The heaping is the index of
    dispersion of the deviations per key (Pearson's chi-squared against one rate for all keys, per degree of freedom).

    Args:
        key: Code of the key per row; rows with -1 are left out.
        value: Code of the value per row, any integers from 0.

    Returns:
        (share of rows that deviate; heaping: about 1 for cell noise, far above for keys with several
        versions); NaN where fewer than two keys have three rows, (0, 0) where nothing deviates.

    >>> deviations(np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([4, 4, 4, 7, 5, 5, 5, 7]))
    (0.25, 0.0)
    """
    known = key >= 0
    key, value = key[known], value[known]
    size = np.bincount(key)
    width = int(value.max(initial=0)) + 1
    both, counts = np.unique(key * width + value, return_counts=True)
    most = np.zeros(size.size, dtype=np.int64)
    np.maximum.at(most, both // width, counts)
    size, most = size[size >= 3].astype(np.float64), most[size >= 3]
    if size.size < 2:
        return float("nan"), float("nan")
    odd = size - most
    rate = float(odd.sum() / size.sum())
    if rate == 0:
        return 0.0, 0.0
    surplus = (odd - size * rate) ** 2 / (size * rate * (1 - rate))
    return rate, float(surplus.sum()) / (size.size - 1)


def joint(*codes: Codes) -> Codes:
    """Return one code from 0 per combination of codes (each from 0; -1 in any gives -1).

    >>> joint(np.array([0, 0, 1, -1]), np.array([3, 3, 3, 3])).tolist()
    [0, 0, 1, -1]
    """
    known = np.all([part >= 0 for part in codes], axis=0)
    both = np.zeros(int(known.sum()), dtype=np.int64)
    for part in codes:
        chosen = part[known]
        both = both * (int(chosen.max(initial=0)) + 1) + chosen
        if int(both.max(initial=0)) <= 4 * both.size:
            # Counting is quicker than sorting where codes are few.
            both = (np.cumsum(np.bincount(both) > 0) - 1)[both] if both.size else both
        else:
            both = np.unique(both, return_inverse=True)[1]
    found = np.full(known.size, -1, dtype=np.int64)
    found[known] = both
    return found
