"""One measure of association on one scale for every pair of columns.

Numeric pairs: Spearman's rank correlation. Categorical pairs: Cramér's V. Mixed pairs: the
correlation ratio of the ranks. Each is corrected for the size that chance alone gives it
and lies between 0 (none) and 1 (one says the other).

Strengths and p-values agree with dython, scipy and statsmodels to nine digits (`bench/oracles.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

LEAST_ROWS = 10

_CSR: Callable[..., Any] = sparse.csr_array


@dataclass(frozen=True)
class Strengths:
    """Association of every column of one set with every column of another.

    Attributes:
        strength: 0 to 1, corrected for size; NaN where it is not defined.
        sign: 1 or -1 for numeric pairs, 0 else.
        p_value: Of no association, by the large-sample distribution; NaN where not defined.
        rows: Rows where both columns have a value.
    """

    strength: Floats
    sign: NDArray[np.int64]
    p_value: Floats
    rows: NDArray[np.int64]


def numeric_pairs(ranks: Floats) -> Strengths:
    """Associate numeric columns with each other by Spearman's rank correlation.

    Columns are ranked over their own values; a pair then uses the rows where both have one.
    The squared correlation is adjusted for one degree of freedom (Ezekiel 1930).

    Args:
        ranks: Average ranks, shape (rows, columns), NaN where there is no value.

    Returns:
        Square arrays, (columns, columns).
    """
    there = ~np.isnan(ranks)
    centred = np.where(there, ranks - _column_means(ranks), 0.0)
    n = _over(there, there)
    total = _over(centred, there)
    squares = _over(centred**2, there)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = centred.T @ centred - total * total.T / n
        first = squares - total**2 / n
        second = first.T
        enough = (n >= LEAST_ROWS) & (first > 1e-9 * squares) & (second > 1e-9 * squares.T) & (first > 0) & (second > 0)
        correlation = np.clip(np.where(enough, covariance / np.sqrt(first * second), np.nan), -1, 1)
        adjusted = 1 - (1 - correlation**2) * (n - 1) / (n - 2)
        t = np.abs(correlation) * np.sqrt((n - 2) / np.maximum(1 - correlation**2, 1e-300))
        p_value = 2 * special.stdtr(np.maximum(n - 2, 1), -t)
    return Strengths(
        np.sqrt(np.maximum(adjusted, 0)), np.nan_to_num(np.sign(correlation)).astype(np.int64), p_value, n.astype(int)
    )


def _over(values: Floats | NDArray[np.bool_], there: NDArray[np.bool_]) -> Floats:
    """Sum each column of `values` over the rows where each column of `there` is set.

    Most columns are set everywhere; only the others need a product.
    """
    gaps = ~there.all(axis=0)
    sums = np.repeat(values.sum(axis=0, dtype=np.float64)[:, np.newaxis], there.shape[1], axis=1)
    sums[:, gaps] = values.T.astype(np.float64) @ there[:, gaps].astype(np.float64)
    return sums


def _column_means(values: Floats) -> Floats:
    there = ~np.isnan(values)
    counts = np.maximum(there.sum(axis=0), 1)
    means: Floats = np.where(there, values, 0.0).sum(axis=0) / counts
    return means


def cramers_v(table: NDArray[np.int64] | Floats) -> tuple[float, float]:
    """Measure the association of two categorical columns by the bias-corrected V (Bergsma 2013).

    Args:
        table: Counts by (level of the first, level of the second).

    Returns:
        The measure, 0 to 1, and the p-value of the chi-squared test; NaN where a column has
        one level only or there are fewer than ten rows.

    >>> cramers_v(np.array([[50, 0], [0, 50]]))[0]
    1.0
    """
    counts = np.asarray(table, dtype=np.float64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    n = counts.sum()
    if n < LEAST_ROWS or min(counts.shape) < 2:
        return np.nan, np.nan
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    chi = float(((counts - expected) ** 2 / expected).sum())
    r, k = counts.shape
    phi = max(0.0, chi / n - (r - 1) * (k - 1) / (n - 1))
    smaller = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    strength = float(np.sqrt(min(phi / smaller, 1.0))) if smaller > 0 else 0.0
    return round(strength, 12), float(special.chdtrc((r - 1) * (k - 1), chi))


def categorical_pairs(codes: Codes) -> Strengths:
    """Associate categorical columns with each other by the bias-corrected V.

    Args:
        codes: Levels from 0, shape (rows, columns), -1 where there is no value.

    Returns:
        Square arrays, (columns, columns).
    """
    size = codes.shape[1]
    levels = codes.max(axis=0, initial=-1) + 2
    shifted = np.ascontiguousarray((codes + 1).T)
    strength, p_value = np.full((size, size), np.nan), np.full((size, size), np.nan)
    rows = np.zeros((size, size), dtype=np.int64)
    for i in range(size):
        scaled = shifted[i] * levels.max(initial=1)
        for j in range(i, size):
            counts = np.bincount(scaled + shifted[j], minlength=int(levels[i] * levels.max()))
            table = counts.reshape(int(levels[i]), int(levels.max()))[1:, 1:]
            strength[i, j], p_value[i, j] = cramers_v(table)
            strength[j, i], p_value[j, i] = strength[i, j], p_value[i, j]
            rows[i, j] = rows[j, i] = table.sum()
    return Strengths(strength, np.zeros((size, size), dtype=np.int64), p_value, rows)


def mixed_pairs(codes: Codes, ranks: Floats) -> Strengths:
    """Associate categorical with numeric columns by the correlation ratio of the ranks.

    The squared ratio is corrected for the number of levels (epsilon squared, Kelley 1935);
    the p-value is that of Kruskal and Wallis (1952).

    Args:
        codes: Levels from 0, shape (rows, categorical columns), -1 where there is no value.
        ranks: Average ranks, shape (rows, numeric columns), NaN where there is no value.

    Returns:
        Arrays of shape (categorical columns, numeric columns).
    """
    there = ~np.isnan(ranks)
    centred = np.where(there, ranks - _column_means(ranks), 0.0)
    filled = codes >= 0
    n = _over(there, filled).T
    total = _over(centred, filled).T
    squares = _over(centred**2, filled).T
    between, groups = _between(codes, centred, there)
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = squares - total**2 / n
        ratio = np.where(whole > 1e-9 * squares, (between - total**2 / n) / whole, np.nan)
        enough = (n >= LEAST_ROWS) & (groups >= 2) & (n > groups)
        ratio = np.clip(np.where(enough, ratio, np.nan), 0, 1)
        corrected = 1 - (1 - ratio) * (n - 1) / (n - groups)
        p_value = special.chdtrc(np.maximum(groups - 1, 1), ratio * (n - 1))
    p_value = np.where(np.isnan(ratio), np.nan, p_value)
    return Strengths(np.sqrt(np.maximum(corrected, 0)), np.zeros(n.shape, dtype=np.int64), p_value, n.astype(int))


def _between(codes: Codes, centred: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Sum, over the levels of each categorical column, total squared over rows; and count the levels met."""
    rows, size = codes.shape
    levels = codes.max(axis=0, initial=-1) + 1
    starts = np.concatenate([[0], np.cumsum(levels)])
    row, column = np.nonzero(codes >= 0)
    level = codes[row, column] + starts[column]
    members = _CSR((np.ones(row.size), (level, row)), shape=(int(starts[-1]), rows))
    sums = np.asarray(members @ centred)
    gaps = ~there.all(axis=0)
    counts = np.repeat(np.asarray(members.sum(axis=1)).reshape(-1, 1), there.shape[1], axis=1)
    counts[:, gaps] = np.asarray(members @ there[:, gaps].astype(np.float64))
    parts = np.divide(sums**2, counts, out=np.zeros_like(sums), where=counts > 0)
    between, groups = np.zeros((size, centred.shape[1])), np.zeros((size, centred.shape[1]))
    for j in range(size):
        between[j] = parts[starts[j] : starts[j + 1]].sum(axis=0)
        groups[j] = (counts[starts[j] : starts[j + 1]] > 0).sum(axis=0)
    return between, groups
