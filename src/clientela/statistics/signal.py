"""What one column alone knows about a label, measured on rows it was not learned from.

Areas, intervals and out-of-fold means agree with MLstatkit and scikit-learn to nine digits (`bench/oracles.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.domain.estimate import Estimate

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

SMOOTHING = 5.0


def cell_auc(positives: Floats, negatives: Floats, scores: Floats, level: float = 0.95) -> Estimate:
    """Return the area under the ROC curve of rows that lie in cells with one score each.

    Args:
        positives: Positive rows per cell.
        negatives: Negative rows per cell.
        scores: Score per cell; equal scores are ties and count half.
        level: Confidence level of the interval.

    Returns:
        The area with the interval of DeLong, DeLong and Clarke-Pearson (1988); all NaN
        where one side has no rows.

    >>> cell_auc(np.array([0.0, 9.0]), np.array([9.0, 0.0]), np.array([0.1, 0.9])).value
    1.0
    """
    n_positive, n_negative = float(positives.sum()), float(negatives.sum())
    n = int(n_positive + n_negative)
    if n_positive == 0 or n_negative == 0:
        return Estimate(np.nan, np.nan, np.nan, n, "DeLong", level)
    _, group = np.unique(scores, return_inverse=True)
    up, down = _sums(group, positives), _sums(group, negatives)
    below = (np.cumsum(down) - down / 2) / n_negative
    above = (n_positive - np.cumsum(up) + up / 2) / n_positive
    area = float((up * below).sum() / n_positive)
    spread = _variance(up, below, area) / n_positive + _variance(down, above, area) / n_negative
    half = float(-special.ndtri((1 - level) / 2) * np.sqrt(spread))
    return Estimate(area, max(0.0, area - half), min(1.0, area + half), n, "DeLong", level)


def _sums(group: Codes, weights: Floats) -> Floats:
    return np.bincount(group, weights=weights).astype(np.float64)


def _variance(weights: Floats, values: Floats, centre: float) -> float:
    return float((weights * (values - centre) ** 2).sum() / max(weights.sum() - 1, 1))


def ranked_auc(order: Codes, positive: NDArray[np.bool_], level: float = 0.95) -> Estimate:
    """Return the area under the ROC curve of a column's own order, whichever direction is better.

    Args:
        order: Dense rank of the value per row, from 0.
        positive: Whether the row is positive.
        level: Confidence level of the interval.

    Returns:
        As `cell_auc`; nothing is learned but the direction.

    >>> ranked_auc(np.array([0, 1, 2, 3]), np.array([True, True, False, False])).value
    1.0
    """
    size = int(order.max(initial=0)) + 1
    ups = np.bincount(order[positive], minlength=size).astype(np.float64)
    downs = np.bincount(order[~positive], minlength=size).astype(np.float64)
    rising = cell_auc(ups, downs, np.arange(float(size)), level)
    return cell_auc(ups, downs, -np.arange(float(size)), level) if rising.value < 0.5 else rising


def out_of_fold(codes: Codes, positive: NDArray[np.bool_], fold: Codes) -> tuple[Floats, Floats, Floats]:
    """Score each cell (fold, code) by the label's mean in the same code outside the fold.

    Means are shrunk towards the mean outside the fold with the weight of five rows (Micci-Barreca 2001),
    so that rare codes do not pretend to know.

    Args:
        codes: Code of the column per row, from 0 (missing is a code of its own).
        positive: Whether the row is positive.
        fold: Fold per row, from 0.

    Returns:
        Positive rows, negative rows and score per cell, as `cell_auc` takes them.
    """
    levels, folds = int(codes.max(initial=0)) + 1, int(fold.max(initial=0)) + 1
    cell = fold * levels + codes
    counts = np.bincount(cell, minlength=folds * levels).reshape(folds, levels).astype(np.float64)
    ups = np.bincount(cell[positive], minlength=folds * levels).reshape(folds, levels).astype(np.float64)
    outside, outside_ups = counts.sum(axis=0) - counts, ups.sum(axis=0) - ups
    mean = (outside_ups.sum(axis=1) / np.maximum(outside.sum(axis=1), 1))[:, None]
    scores = (outside_ups + SMOOTHING * mean) / (outside + SMOOTHING)
    # The mean outside a fold moves against the fold's own share; taking it away keeps folds comparable.
    return ups.ravel(), (counts - ups).ravel(), (scores - mean).ravel()


def pooled_auc(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve that several scores reach together by their best weighted sum.

    Weights by least squares (Fisher 1936), with a small ridge for scores that say the same. A cheap estimate of what
    a model would reach; what columns say only together is not in it.

    Args:
        scores: Scores learned on other rows, shape (rows, scores).
        positive: Whether the row is positive.

    >>> yes = np.array([True, False] * 10)
    >>> pooled_auc(np.stack([yes * 1.0, np.arange(20.0)], axis=1), yes)
    1.0
    """
    centred = scores - scores.mean(axis=0)
    scaled = centred / np.maximum(scores.std(axis=0), 1e-12)
    target = positive - positive.mean()
    ridge = 1e-3 * len(scores) * np.eye(scaled.shape[1])
    weights = np.linalg.solve(scaled.T @ scaled + ridge, scaled.T @ target)
    order = np.unique(np.round(scaled @ weights, 12), return_inverse=True)[1]
    return float(ranked_auc(order, positive).value)
