"""How good predictions are: ranking, probabilities, classes, ordered classes, gain.

Every score takes optional weights, one per row; a resample is a vector of weights
(`intervals.bootstrap`). A score that its rows do not define (one class only) is NaN.

They agree with scikit-learn and scoringrules to nine digits (`bench/oracles.py`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SMALLEST = 1e-15
"""Probabilities are kept this far from 0 and 1 in a logarithm."""


class Ranking:
    """Rows sorted by score once, so that each ranking measure is one pass for any weights.

    Args:
        truth: Whether each row is positive.
        scores: Score of each row, higher meaning more likely positive; no NaN.

    >>> ranking = Ranking([True, False, True, False], [0.9, 0.5, 0.5, 0.1])
    >>> ranking.auc(), round(ranking.average_precision(), 4)
    (0.875, 0.8333)
    """

    def __init__(self, truth: ArrayLike, scores: ArrayLike) -> None:
        values = np.asarray(scores, dtype=np.float64)
        if np.isnan(values).any():
            raise ValueError("a score is NaN")
        self._order = np.argsort(-values, kind="stable")
        ranked = values[self._order]
        self._starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]])) if len(ranked) else _EMPTY
        self._truth = np.asarray(truth, dtype=np.float64)[self._order]

    def auc(self, weights: ArrayLike | None = None) -> float:
        """Return the area under the ROC curve: the share of (positive, negative) pairs ranked right.

        A tied pair counts half (Hanley and McNeil 1982).
        """
        positive, negative = self._counts(weights)
        pairs = float(positive.sum() * negative.sum())
        if pairs <= 0:
            return math.nan
        below = negative.sum() - np.cumsum(negative)
        return _dot(positive, below + negative / 2) / pairs

    def average_precision(self, weights: ArrayLike | None = None) -> float:
        """Return the mean precision over positives, tied rows taken together, not interpolated."""
        positive, negative = self._counts(weights)
        whole = float(positive.sum())
        if whole <= 0:
            return math.nan
        found = np.cumsum(positive)
        taken = found + np.cumsum(negative)
        precision = np.divide(found, taken, out=np.zeros_like(found), where=taken > 0)
        return _dot(positive, precision) / whole

    def gain(self, shares: ArrayLike, values: ArrayLike | None = None, weights: ArrayLike | None = None) -> FloatArray:
        """Return the share of positives (or of `values`) in the best `shares` of rows by score.

        Tied rows are taken in equal parts, so the curve does not depend on their order.

        Args:
            shares: Shares of rows, 0 to 1.
            values: What is to be reached, one number per row, such as revenue; the
                positives where None.
            weights: One per row.

        Returns:
            One share per entry of `shares`; NaN where there is nothing to reach.
        """
        asked = np.asarray(shares, dtype=np.float64)
        weight = self._weights(weights)
        amount = self._truth if values is None else np.asarray(values, dtype=np.float64)[self._order]
        if len(weight) == 0 or not _dot(weight, amount) > 0:
            return np.full(asked.shape, math.nan)
        reached, whole = self._reached(asked, weight, amount)
        return np.asarray(reached / whole, dtype=np.float64)

    def brought(self, shares: ArrayLike, values: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
        """Return what the best `shares` of rows by score bring, per row of all; tied rows are taken in equal parts.

        Args:
            shares: Shares of rows, 0 to 1.
            values: What each row brings; it may be below 0, as refunds are.
            weights: One per row.

        Returns:
            One number per entry of `shares`, in the unit of `values`; NaN without rows.

        >>> Ranking([True, False], [0.9, 0.1]).brought([0.5, 1.0], [30.0, -10.0]).tolist()
        [15.0, 10.0]
        """
        asked, weight = np.asarray(shares, dtype=np.float64), self._weights(weights)
        whole = float(weight.sum())
        if not whole > 0:
            return np.full(asked.shape, math.nan)
        reached, _ = self._reached(asked, weight, np.asarray(values, dtype=np.float64)[self._order])
        return np.asarray(reached / whole, dtype=np.float64)

    def _reached(self, shares: FloatArray, weight: FloatArray, amount: FloatArray) -> tuple[FloatArray, float]:
        """Return the sum of amounts in the best shares of rows, and in all; both are given in order of the score."""
        rows = np.concatenate([[0.0], np.cumsum(np.add.reduceat(weight, self._starts))])
        reached = np.concatenate([[0.0], np.cumsum(np.add.reduceat(weight * amount, self._starts))])
        return np.asarray(np.interp(shares * rows[-1], rows, reached), dtype=np.float64), float(reached[-1])

    def reached(self, values: ArrayLike, weights: ArrayLike | None = None) -> float:
        """Return the share of `values` in the best rows by score, averaged over all shares of rows.

        It is the area under the curve of `gain`: 0.5 is chance.

        Args:
            values: What is to be reached, one number per row, such as revenue.
            weights: One per row.

        Returns:
            The area; NaN where there is nothing to reach.

        >>> Ranking([True, False], [0.9, 0.1]).reached([30.0, 10.0])
        0.625
        """
        weight = self._weights(weights)
        brought = weight * np.asarray(values, dtype=np.float64)[self._order]
        if len(weight) == 0 or not brought.sum() > 0:
            return math.nan
        rows = np.add.reduceat(weight, self._starts)
        reached = np.concatenate([[0.0], np.cumsum(np.add.reduceat(brought, self._starts))])
        return _dot(rows, reached[1:] + reached[:-1]) / (2 * float(rows.sum()) * float(reached[-1]))

    def roc(self, false_alarms: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
        """Return the share of positives above the score that lets these shares of negatives through.

        Tied rows are taken in equal parts: the curve runs straight between two distinct scores.

        Args:
            false_alarms: Shares of negatives, 0 to 1.
            weights: One per row.

        Returns:
            One share per entry; NaN where there is one class only.
        """
        positive, negative = (np.concatenate([[0.0], np.cumsum(part)]) for part in self._counts(weights))
        asked = np.asarray(false_alarms, dtype=np.float64)
        if positive[-1] <= 0 or negative[-1] <= 0:
            return np.full(asked.shape, math.nan)
        # of several positives at the same negatives the most: that is where the curve stands
        last = np.append(negative[1:] > negative[:-1], True)
        return np.asarray(np.interp(asked * negative[-1], negative[last], positive[last]) / positive[-1])

    def precision(self, found: ArrayLike, weights: ArrayLike | None = None) -> FloatArray:
        """Return the precision at the score that finds these shares of positives (Davis and Goadrich 2006).

        Args:
            found: Shares of positives, above 0 up to 1.
            weights: One per row.

        Returns:
            One share per entry; NaN without positives.
        """
        positive, negative = (np.concatenate([[0.0], np.cumsum(part)]) for part in self._counts(weights))
        wanted = np.asarray(found, dtype=np.float64) * positive[-1]
        if positive[-1] <= 0:
            return np.full(wanted.shape, math.nan)
        first = np.append(True, positive[1:] > positive[:-1])
        alarms = np.interp(wanted, positive[first], negative[first])
        return np.asarray(wanted / (wanted + alarms))

    def _weights(self, weights: ArrayLike | None) -> FloatArray:
        if weights is None:
            return np.ones(len(self._order))
        return np.asarray(weights, dtype=np.float64)[self._order]

    def _counts(self, weights: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
        """Return the weight of positives and of negatives per distinct score, best score first."""
        weight = self._weights(weights)
        if len(weight) == 0:
            return np.zeros(1), np.zeros(1)
        found = weight * self._truth
        positive = np.add.reduceat(found, self._starts)
        return positive, np.add.reduceat(weight - found, self._starts)


class CalibrationBins:
    """Rows binned by predicted probability once: bins of equal size, equal predictions together.

    Args:
        truth: Whether each row is positive.
        probabilities: Predicted probability of each row.
        bins: Most bins.

    Attributes:
        bins: Number of bins.
        codes: Bin of every row.
        truth: 1 for every row that is positive, else 0.
    """

    def __init__(self, truth: ArrayLike, probabilities: ArrayLike, bins: int = 10) -> None:
        self.truth = np.asarray(truth, dtype=np.float64)
        self._predicted = np.asarray(probabilities, dtype=np.float64)
        if len(self._predicted):
            steps = np.arange(1, bins) / bins
            cuts = np.unique(np.quantile(self._predicted, steps, method="inverted_cdf"))
            found = np.searchsorted(cuts, self._predicted, side="left")
            self.codes = np.unique(found, return_inverse=True)[1].reshape(-1)
        else:
            self.codes = _EMPTY
        self.bins = int(self.codes.max(initial=-1)) + 1

    def table(self, weights: ArrayLike | None = None) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return mean prediction, observed share and weight of every bin; NaN where a bin has no weight."""
        weight = _ones(weights, len(self.codes))
        whole, predicted, observed = (
            np.asarray(np.bincount(self.codes, weights=amount, minlength=self.bins), dtype=np.float64)
            for amount in (weight, weight * self._predicted, weight * self.truth)
        )
        blank = np.full(self.bins, math.nan)
        return (
            np.divide(predicted, whole, out=blank.copy(), where=whole > 0),
            np.divide(observed, whole, out=blank, where=whole > 0),
            whole,
        )

    def error(self, weights: ArrayLike | None = None) -> float:
        """Return the expected calibration error: the mean gap over bins, by weight (Naeini et al. 2015)."""
        predicted, observed, whole = self.table(weights)
        total = float(whole.sum())
        return float(np.nansum(np.abs(predicted - observed) * whole)) / total if total > 0 else math.nan


def auc(truth: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the area under the ROC curve, a tied pair counting half (Hanley and McNeil 1982).

    Args:
        truth: Whether each row is positive.
        scores: Score of each row, higher meaning more likely positive.
        weights: One per row.

    Returns:
        0 to 1, .5 for a blind guess; NaN where there is one class only.

    >>> auc([False, True, True], [0.1, 0.8, 0.1])
    0.75
    """
    return Ranking(truth, scores).auc(weights)


def average_precision(truth: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the average precision: the area under the precision-recall steps, not interpolated.

    Returns:
        0 to 1; about the share of positives for a blind guess; NaN without positives.

    >>> average_precision([True, False], [0.9, 0.1])
    1.0
    """
    return Ranking(truth, scores).average_precision(weights)


def gain_curve(truth: ArrayLike, scores: ArrayLike, shares: ArrayLike) -> FloatArray:
    """Return the share of positives in the best `shares` of rows by score; see `Ranking.gain`.

    >>> gain_curve([True, False, False, False], [4, 3, 2, 1], [0.25, 1.0]).tolist()
    [1.0, 1.0]
    """
    return Ranking(truth, scores).gain(shares)


def calibration_error(
    truth: ArrayLike, probabilities: ArrayLike, bins: int = 10, weights: ArrayLike | None = None
) -> float:
    """Return the expected calibration error over bins of equal size (Naeini et al. 2015).

    It is never below 0, and of a perfect model about sqrt(2 / pi) times the standard error of a bin.

    >>> calibration_error([False, True], [0.5, 0.5])
    0.0
    """
    return CalibrationBins(truth, probabilities, bins).error(weights)


def log_losses(truth: ArrayLike, probabilities: ArrayLike) -> FloatArray:
    """Return minus the natural logarithm of the probability given to the true class, per row.

    Args:
        truth: Class codes, 0 to classes - 1.
        probabilities: One row per row, one column per class.
    """
    given = np.asarray(probabilities, dtype=np.float64)
    codes = np.asarray(truth, dtype=np.int64)
    return np.asarray(-np.log(np.clip(given[np.arange(len(codes)), codes], SMALLEST, 1.0)), dtype=np.float64)


def brier_losses(truth: ArrayLike, probabilities: ArrayLike) -> FloatArray:
    """Return the squared error of the probabilities, per row (Brier 1950).

    With two classes it is that of the second class alone, with more the sum over classes.
    """
    given = np.asarray(probabilities, dtype=np.float64)
    errors = ((given - _indicator(truth, given.shape[1])) ** 2).sum(axis=1)
    return np.asarray(errors / 2 if given.shape[1] == 2 else errors, dtype=np.float64)


def rank_losses(truth: ArrayLike, probabilities: ArrayLike) -> FloatArray:
    """Return the ranked probability score per row (Epstein 1969), divided by classes - 1.

    Args:
        truth: Class codes, lowest class 0.
        probabilities: One row per row, one column per class in order.

    Returns:
        0 (certain and right) to 1 (certain of the far end).
    """
    given = np.asarray(probabilities, dtype=np.float64)
    gaps = np.cumsum(given - _indicator(truth, given.shape[1]), axis=1)[:, :-1]
    return np.asarray((gaps**2).sum(axis=1) / max(1, given.shape[1] - 1), dtype=np.float64)


def log_loss(truth: ArrayLike, probabilities: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the mean log loss in nats; see `log_losses`.

    >>> round(log_loss([0, 1], [[0.5, 0.5], [0.5, 0.5]]), 4)
    0.6931
    """
    return _mean(log_losses(truth, probabilities), weights)


def brier(truth: ArrayLike, probabilities: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the mean Brier score; see `brier_losses`.

    >>> brier([0, 1], [[0.5, 0.5], [0.5, 0.5]])
    0.25
    """
    return _mean(brier_losses(truth, probabilities), weights)


def ranked_probability_score(truth: ArrayLike, probabilities: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the mean ranked probability score; see `rank_losses`.

    >>> ranked_probability_score([0], [[0.0, 0.0, 1.0]])
    1.0
    """
    return _mean(rank_losses(truth, probabilities), weights)


def confusion(truth: ArrayLike, predicted: ArrayLike, classes: int, weights: ArrayLike | None = None) -> FloatArray:
    """Return the weight of rows by (true class, predicted class).

    >>> confusion([0, 1, 1], [0, 1, 0], 2).tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """
    codes = np.asarray(truth, dtype=np.int64) * classes + np.asarray(predicted, dtype=np.int64)
    counts = np.bincount(codes, weights=_ones(weights, len(codes)), minlength=classes * classes)
    return np.asarray(counts.reshape(classes, classes), dtype=np.float64)


def accuracy(table: FloatArray) -> float:
    """Return the share of rows predicted right, from a `confusion` table."""
    whole = float(table.sum())
    return float(np.trace(table)) / whole if whole > 0 else math.nan


def balanced_accuracy(table: FloatArray) -> float:
    """Return the mean recall over the classes that occur, from a `confusion` table."""
    recall = recalls(table)
    return float(np.nanmean(recall)) if np.isfinite(recall).any() else math.nan


def precisions(table: FloatArray) -> FloatArray:
    """Return per class the share of rows predicted as it that are of it; NaN where none are."""
    return _share(np.diagonal(table), table.sum(axis=0))


def recalls(table: FloatArray) -> FloatArray:
    """Return per class the share of its rows that are predicted as it; NaN where it has none."""
    return _share(np.diagonal(table), table.sum(axis=1))


def quadratic_kappa(table: FloatArray) -> float:
    """Return agreement beyond chance with squared distances of classes (Cohen 1968).

    Args:
        table: A `confusion` table, classes in order.

    Returns:
        1 for full agreement, 0 for chance; NaN where chance leaves nothing to gain.

    >>> quadratic_kappa(confusion([0, 1, 2], [0, 1, 2], 3))
    1.0
    """
    whole = float(table.sum())
    steps = np.arange(len(table))
    distance = (steps[:, None] - steps[None, :]) ** 2
    chance = float((distance * np.outer(table.sum(axis=1), table.sum(axis=0))).sum())
    return 1 - whole * float((distance * table).sum()) / chance if chance > 0 else math.nan


_EMPTY: IntArray = np.zeros(0, dtype=np.int64)


def _ones(weights: ArrayLike | None, rows: int) -> FloatArray:
    return np.ones(rows) if weights is None else np.asarray(weights, dtype=np.float64)


def _dot(first: FloatArray, second: FloatArray) -> float:
    """Return the sum of products without a linear algebra library: its threads cost more than they bring."""
    return float((first * second).sum())


def _mean(losses: FloatArray, weights: ArrayLike | None) -> float:
    weight = _ones(weights, len(losses))
    whole = float(weight.sum())
    return _dot(weight, losses) / whole if whole > 0 else math.nan


def _share(top: FloatArray, bottom: FloatArray) -> FloatArray:
    return np.asarray(np.divide(top, bottom, out=np.full(len(bottom), math.nan), where=bottom > 0))


def _indicator(truth: ArrayLike, classes: int) -> FloatArray:
    codes = np.asarray(truth, dtype=np.int64)
    return np.asarray(codes[:, None] == np.arange(classes)[None, :], dtype=np.float64)
