"""Rows that repeat, against what rows that are nearly equal lead to expect.

Counts agree with grouping by pandas to nine digits (`bench/oracles.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientela.statistics.lattices import unit_of

Codes = NDArray[np.int64]
Hashes = NDArray[np.uint64]

Floats = NDArray[np.float64]

MOST_COLUMNS = 12
STRETCHES = 50


@dataclass(frozen=True)
class Repeats:
    """Repeats of whole rows.

    Attributes:
        expected: Groups of equal rows to expect at least.
        found: Groups of equal rows.
        column: Column whose differences set the nearly equal rows apart.
        alike: Groups of rows that are equal in all other columns.
    """

    expected: float
    found: int
    column: int
    alike: int


def row_hashes(codes: Codes, seed: int = 0) -> Hashes:
    """Return one hash per cell, shape of `codes`; the sum along a row (modulo 2^64) is the row's.

    Args:
        codes: Integers from 0, shape (rows, columns).
        seed: Seed of the random numbers behind the hashes.
    """
    generator = np.random.default_rng(seed)
    hashes = np.empty(codes.shape, dtype=np.uint64)
    for column in range(codes.shape[1]):
        words = generator.integers(0, 2**64, int(codes[:, column].max(initial=0)) + 1, dtype=np.uint64)
        hashes[:, column] = words[codes[:, column]]
    return hashes


def expected_repeats(codes: Codes, seed: int = 0) -> Repeats | None:
    """Say how many groups of equal rows there should be, going by rows that differ in one column only.

    Among rows that agree in all columns but one, that column agrees at least as often as
    among rows at random, unless repeats were taken out: agreement elsewhere makes agreement
    likelier, not rarer. One pair per group of such rows is counted, so that pairs are
    independent. Of all columns the one that leads to expect most is taken.

    Args:
        codes: Integers from 0, shape (rows, columns).
        seed: Seed of the hashes.

    Returns:
        The expectation, or None with fewer than two rows or two columns that vary.

    >>> plain = np.random.default_rng(1).integers(0, 4, (2000, 5))
    >>> found = expected_repeats(np.unique(plain, axis=0))
    >>> found.found, found.expected > 50
    (0, True)
    """
    rows = codes.shape[0]
    chances = np.array([_chance(codes[:, i]) for i in range(codes.shape[1])]) if rows > 1 else np.empty(0)
    varied = np.flatnonzero(chances < 1)
    if varied.size < 2:
        return None
    hashes = row_hashes(codes, seed)
    whole = hashes.sum(axis=1, dtype=np.uint64)
    found, best = _groups(whole), Repeats(0.0, 0, int(varied[0]), 0)
    for column in sorted(varied, key=lambda i: -chances[i])[:MOST_COLUMNS]:
        alike = _groups(whole - hashes[:, column])
        if alike * chances[column] >= best.expected:
            best = Repeats(float(alike * chances[column]), found, int(column), alike)
    return best


def expected_coincidences(values: Floats) -> float:
    """Return how many pairs of equal numbers there should be at least, going by how close together they lie.

    In each stretch of the sorted numbers that holds as many of them, m numbers on c places of their decimal unit make
    m(m - 1) / (2c) equal pairs where all places are as likely, and more where they are not (birthdays). Numbers
    that repeats were taken out of lie less close together than before: the expectation is on the safe side.

    Args:
        values: Finite numbers.

    Returns:
        Pairs; 0 where the numbers fill half of the places or more, as running numbers do.

    >>> round(expected_coincidences(np.random.default_rng(1).permutation(100_000)[:2000] / 100.0))
    20
    """
    ordered = np.sort(values)
    unit = unit_of(np.unique(values))
    if ordered.size < STRETCHES or (ordered[-1] - ordered[0]) / unit < 2 * ordered.size:
        return 0.0
    ends = np.linspace(0, ordered.size - 1, STRETCHES + 1).astype(np.int64)
    rows, places = np.diff(ends).astype(np.float64), np.maximum(np.diff(ordered[ends]) / unit, 1.0)
    thin = rows <= 0.5 * places
    return float((rows * (rows - 1) / 2 / places)[thin].sum())


def _chance(codes: Codes) -> float:
    counts = np.bincount(codes).astype(np.float64)
    return float((counts * (counts - 1)).sum() / (codes.size * (codes.size - 1.0)))


def _groups(hashes: Hashes) -> int:
    return int((np.unique(hashes, return_counts=True)[1] > 1).sum())
