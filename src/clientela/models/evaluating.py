"""Measures of predictions for rows that the model has not seen, with intervals by resampling units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clientela.models.result import (
    CalibrationPoint,
    GainPoint,
    Metric,
    RevenueGroup,
    Target,
    TargetKind,
)
from clientela.models.values import FloatArray, IntArray
from clientela.statistics import scores
from clientela.statistics.calibration import calibration_estimate
from clientela.statistics.heavy_means import mean_of_amounts
from clientela.statistics.intervals import bootstrap_each, sure_share, wilson

SHARES = (0.01, 0.02, 0.05, *(step / 10 for step in range(1, 11)))
LOWER_IS_BETTER = {"log_loss", "brier", "calibration_error", "ranked_probability_score", "revenue_mae"}

RANKED = {"auc", "average_precision"}
"""Measures of how the rows of one class stand among all: means over the rarer one, however many the others are."""


@dataclass(frozen=True)
class Judged:
    """Rows with their truth, and how to resample them.

    Attributes:
        target: What is predicted.
        codes: Class of every row.
        units: Independent unit of every row.
        unit: "visitor" or "row".
        resamples: Resamples behind an interval.
        seed: Seed.
        revenue: Revenue of every row, NaN where unknown, or None.
    """

    target: Target
    codes: IntArray
    units: IntArray
    unit: str
    resamples: int
    seed: int
    revenue: FloatArray | None = None

    def of(self, rows: IntArray) -> Judged:
        """Return the same for some of the rows."""
        revenue = None if self.revenue is None else self.revenue[rows]
        return Judged(self.target, self.codes[rows], self.units[rows], self.unit, self.resamples, self.seed, revenue)


@dataclass(frozen=True)
class Predicted:
    """What a model says of the rows.

    Attributes:
        model: Name of the model.
        split: Name of the split.
        probabilities: One column per class.
        classes: Class each row is put into, or None where that is not asked.
        revenue: Expected revenue, or None.
    """

    model: str
    split: str
    probabilities: FloatArray
    classes: IntArray | None = None
    revenue: FloatArray | None = None


def measure(judged: Judged, predicted: Predicted, names: tuple[str, ...] = ()) -> tuple[Metric, ...]:
    """Return the measures of one model on one split.

    Ranking measures and calibration are of "anything above the first class"; log loss,
    Brier score and ranked probability score are of all classes.

    Args:
        judged: Truth.
        predicted: Predictions for the same rows.
        names: Measures wanted; all that apply where empty.

    Returns:
        The measures, "auc" first.
    """
    above = judged.codes > 0
    chance = 1 - predicted.probabilities[:, 0]
    ranking = scores.Ranking(above, chance)
    bins = scores.CalibrationBins(above, chance)
    losses = _losses(judged, predicted)
    confusions = predicted.classes is not None

    def all_of(weights: FloatArray) -> dict[str, float]:
        whole = float(weights.sum())
        found = {"auc": ranking.auc(weights)}
        if not names or "average_precision" in names:
            found["average_precision"] = ranking.average_precision(weights)
        if not names or "calibration_error" in names:
            found["calibration_error"] = bins.error(weights)
        found |= {
            name: float((weights * values).sum()) / whole
            for name, values in losses.items()
            if not names or name in names
        }
        return found | (_of_classes(judged, predicted, weights) if confusions and not names else {})

    wanted = tuple(all_of(np.ones(len(above))))
    fewer = fewer_units(judged.units, above)
    estimates = bootstrap_each(
        lambda weights: np.array(list(all_of(weights).values())),
        judged.units,
        judged.resamples,
        judged.seed,
        judged.unit,
        [len(fewer) if name in RANKED else None for name in wanted],
    )
    found = dict(zip(wanted, estimates, strict=True))
    found["auc"] = sure_share(found["auc"], fewer)
    if "calibration_error" in found:
        found["calibration_error"] = calibration_estimate(
            bins, judged.units, judged.resamples, judged.seed, judged.unit
        )
    return tuple(
        Metric(name, predicted.model, predicted.split, estimate, name not in LOWER_IS_BETTER)
        for name, estimate in found.items()
    )


def fewer_units(units: IntArray, above: NDArray[np.bool_]) -> IntArray:
    """Return the units with a row of the rarer answer, each once: what the interval of a ranking rests on."""
    return np.unique(units[above if 2 * np.count_nonzero(above) < len(above) else ~above])


def _losses(judged: Judged, predicted: Predicted) -> Mapping[str, FloatArray]:
    found = {
        "log_loss": scores.log_losses(judged.codes, predicted.probabilities),
        "brier": scores.brier_losses(judged.codes, predicted.probabilities),
    }
    if judged.target.kind is TargetKind.ORDERED:
        found["ranked_probability_score"] = scores.rank_losses(judged.codes, predicted.probabilities)
    if judged.revenue is not None and predicted.revenue is not None:
        found["revenue_mae"] = np.abs(np.nan_to_num(judged.revenue, nan=0.0) - predicted.revenue)
    return found


def _of_classes(judged: Judged, predicted: Predicted, weights: FloatArray) -> dict[str, float]:
    classes = predicted.probabilities.shape[1]
    chosen = predicted.classes if predicted.classes is not None else predicted.probabilities.argmax(axis=1)
    table = scores.confusion(judged.codes, chosen, classes, weights)
    found = {"accuracy": scores.accuracy(table), "balanced_accuracy": scores.balanced_accuracy(table)}
    if judged.target.kind is TargetKind.ORDERED:
        found["quadratic_kappa"] = scores.quadratic_kappa(table)
    return found


def groups(judged: Judged, classes: IntArray) -> tuple[tuple[RevenueGroup, ...], tuple[tuple[int, ...], ...]]:
    """Describe every class and how well it is told.

    Args:
        judged: Truth.
        classes: Class each row was put into, out of sample.

    Returns:
        One group per class, and the confusion table of counts.
    """
    count = len(judged.target.classes)
    table = scores.confusion(judged.codes, classes, count)

    def rates(weights: FloatArray) -> FloatArray:
        found = scores.confusion(judged.codes, classes, count, weights)
        return np.concatenate([scores.precisions(found), scores.recalls(found), found.sum(axis=1) / found.sum()])

    found = bootstrap_each(rates, judged.units, judged.resamples, judged.seed, judged.unit)
    precision, recall, share = found[:count], found[count : 2 * count], found[2 * count :]
    precision = tuple(sure_share(one, judged.units[classes == code]) for code, one in enumerate(precision))
    recall = tuple(sure_share(one, judged.units[judged.codes == code]) for code, one in enumerate(recall))
    described = tuple(
        RevenueGroup(
            name=name,
            rows=int(table[code].sum()),
            share=share[code],
            **_money(judged, code),
            precision=precision[code],
            recall=recall[code],
            confused_with=_confused(judged.target, table, code),
        )
        for code, name in enumerate(judged.target.classes)
    )
    return described, tuple(tuple(int(cell) for cell in row) for row in table)


def _money(judged: Judged, code: int) -> dict[str, Any]:
    """Return what the rows of a class are worth."""
    rows = judged.codes == code
    if judged.revenue is None or not np.isfinite(judged.revenue[rows]).any():
        return {"low": None, "high": None, "mean_revenue": None, "revenue_share": None}
    rows &= np.isfinite(judged.revenue)
    values = judged.revenue[rows]
    whole = float(np.nansum(judged.revenue))
    mean = mean_of_amounts(values, judged.units[rows], judged.resamples, judged.seed, judged.unit)
    return {
        "low": float(values.min()),
        "high": float(values.max()),
        "mean_revenue": mean,
        "revenue_share": float(values.sum()) / whole if whole > 0 else None,
    }


def _confused(target: Target, table: FloatArray, code: int) -> str | None:
    """Return the class that rows of this one are most often taken for."""
    missed = table[code].copy()
    missed[code] = 0
    return target.classes[int(missed.argmax())] if missed.sum() > 0 else None


def calibration(judged: Judged, probabilities: FloatArray) -> tuple[CalibrationPoint, ...]:
    """Return predicted against observed share of anything above the first class, in ten bins."""
    bins = scores.CalibrationBins(judged.codes > 0, 1 - probabilities[:, 0])
    predicted, observed, rows = bins.table()
    if judged.unit == "row":
        found = tuple(wilson(round(share * n), n) for share, n in zip(observed, rows, strict=True))
    else:
        resampled = bootstrap_each(
            lambda weights: bins.table(weights)[1], judged.units, judged.resamples, judged.seed, judged.unit
        )
        found = tuple(sure_share(one, judged.units[bins.codes == index]) for index, one in enumerate(resampled))
    return tuple(
        CalibrationPoint(float(predicted[index]), estimate, int(rows[index])) for index, estimate in enumerate(found)
    )


def gain(judged: Judged, probabilities: FloatArray) -> tuple[GainPoint, ...]:
    """Return the share of buyers, and of revenue, in the best rows by score."""
    ranking = scores.Ranking(judged.codes > 0, 1 - probabilities[:, 0])
    found = bootstrap_each(
        lambda weights: ranking.gain(SHARES, weights=weights),
        judged.units,
        judged.resamples,
        judged.seed,
        judged.unit,
    )
    reached = None
    if judged.revenue is not None:
        reached = ranking.gain(SHARES, values=np.nan_to_num(judged.revenue, nan=0.0))
    return tuple(GainPoint(share, found[index], _known(reached, index)) for index, share in enumerate(SHARES))


def _known(reached: FloatArray | None, index: int) -> float | None:
    return None if reached is None or math.isnan(reached[index]) else float(reached[index])
