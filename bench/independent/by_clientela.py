"""The measures as Clientela computes them: numbers of one case in the order of `by_others.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import stats

from clientela.statistics import (
    association,
    cuts,
    dependency,
    edges,
    histogram,
    intervals,
    multiplicity,
    outliers,
    repeats,
    runs,
    signal,
)
from clientela.statistics import power as planning
from clientela.statistics import scores as measures

Numbers = Sequence[float]
Values = list[float]


def _ranks(*columns: Values) -> np.ndarray:
    return np.column_stack([stats.rankdata(column) for column in columns])


def _wilson(successes: int, n: int, level: float) -> Numbers:
    found = intervals.wilson(successes, n, level)
    return found.low, found.high


def _bootstrap(top: Values, bottom: Values, resamples: int, seed: int) -> Numbers:
    found = intervals.bootstrap_ratio(np.array(top), np.array(bottom), np.arange(len(top)), resamples, seed)
    return found.value, found.low, found.high


def _spearman(first: Values, second: Values) -> Numbers:
    found = association.numeric_pairs(_ranks(first, second))
    return found.strength[0, 1], found.sign[0, 1], found.p_value[0, 1]


def _bell(first: Values, second: Values) -> Numbers:
    # Of two normal columns Spearman's correlation is 6 / pi asin(rho / 2) (Pearson 1907).
    return (2 * np.sin(np.pi / 6 * association.numeric_pairs(_ranks(first, second)).strength[0, 1]),)


def _cramers_v(first: list[int], second: list[int]) -> Numbers:
    found = association.categorical_pairs(np.column_stack([first, second]))
    return found.strength[0, 1], found.p_value[0, 1]


def _correlation_ratio(codes: list[int], values: Values) -> Numbers:
    found = association.mixed_pairs(np.array(codes)[:, None], _ranks(values))
    return found.strength[0, 0], found.p_value[0, 0]


def _agreement(key: list[int], value: list[int]) -> Numbers:
    codes = np.array(value)
    return (dependency.agreement(*dependency.pair_counts(np.array(key), codes), dependency.chance_of_equal(codes)),)


def _pairs(key: list[int], value: list[int]) -> Numbers:
    return (*dependency.pair_counts(np.array(key), np.array(value)), dependency.chance_of_equal(np.array(value)))


def _delong(truth: list[int], scores: Values) -> Numbers:
    order = np.unique(scores, return_inverse=True)[1]
    found = signal.ranked_auc(order, np.array(truth) == 1)
    return found.value, found.low, found.high


def _ranking(truth: list[int], scores: Values, weights: Values) -> Numbers:
    ranking = measures.Ranking(truth, scores)
    return ranking.auc(weights), ranking.average_precision(weights)


def _gain(truth: list[int], scores: Values) -> Numbers:
    return [float(share) for share in measures.gain_curve(truth, scores, [0.1, 0.2, 0.5, 0.9])]


def _out_of_fold(codes: list[int], truth: list[int], fold: list[int]) -> Numbers:
    _, _, found = signal.out_of_fold(np.array(codes), np.array(truth) == 1, np.array(fold))
    return [float(score) for score in found.reshape(5, -1)[fold, codes]]


def _histogram(values: Values) -> Numbers:
    made, counts = histogram.histogram(np.array(values))
    return [float(number) for number in (*made, *counts)]


def _runs(codes: list[int]) -> Numbers:
    found = runs.runs_of(np.array(codes))
    return found.runs, found.expected, found.deviation


def _losses(truth: list[int], chances: list[Values]) -> Numbers:
    return (
        measures.log_loss(truth, chances),
        measures.brier(truth, chances),
        measures.ranked_probability_score(truth, chances),
    )


def _classes(truth: list[int], told: list[int], weights: Values) -> Numbers:
    table = measures.confusion(truth, told, max(*truth, *told) + 1, weights)
    whole = (measures.accuracy(table), measures.balanced_accuracy(table), measures.quadratic_kappa(table))
    return [*whole, *(float(share) for share in (*measures.precisions(table), *measures.recalls(table)))]


def _cut(numbers: Values, sizes: list[int]) -> Numbers:
    found = cuts.cut_of(np.array(numbers), np.repeat(np.arange(len(sizes)), sizes))
    return (np.exp(found.log_p),) if found else ()


def _edge(values: Values) -> Numbers:
    found = edges.edge(np.array(values))
    return (found.outer, found.inside, found.p_value) if found else ()


def _repeats(rows: list[list[int]]) -> Numbers:
    found = repeats.expected_repeats(np.array(rows))
    return (found.expected, found.found) if found else ()


MEASURES: dict[str, Callable[..., Numbers]] = {
    "wilson": _wilson,
    "bootstrap": _bootstrap,
    "spearman": _spearman,
    "spearman and phi_k": _bell,
    "cramers_v": _cramers_v,
    "correlation_ratio": _correlation_ratio,
    "holm": lambda p_values: multiplicity.holm(np.array(p_values)).tolist(),
    "agreement": _agreement,
    "pairs of a key": _pairs,
    "delong": _delong,
    "ranking": _ranking,
    "gain": _gain,
    "out_of_fold": _out_of_fold,
    "fences": lambda values: outliers.fences(np.array(values)),
    "top_share": lambda values: (outliers.top_share(np.array(values)),),
    "histogram": _histogram,
    "size for shares": lambda base, changed, power: (planning.two_proportion_size(base, changed, power),),
    "size for means": lambda deviation, difference, power: (planning.two_mean_size(deviation, difference, power),),
    "runs of two": _runs,
    "runs of many": _runs,
    "losses": _losses,
    "classes": _classes,
    "calibration": lambda truth, chances: (measures.calibration_error(truth, chances),),
    "cut": _cut,
    "edge": _edge,
    "repeats": _repeats,
}


def compute(measure: str, inputs: dict[str, Any]) -> list[float]:
    """Return the numbers of one case."""
    return [float(number) for number in MEASURES[measure](**inputs)]
