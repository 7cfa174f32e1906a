"""The measures as other libraries compute them; runs in an environment of its own.

Takes `{measure: [inputs, ...]}` as JSON on standard input and gives `{measure: {"by": ..., "values": ...}}`.
Needs afd-measures, astropy, desbordante, dython, mlstatkit, phik, scikit-learn, scipy, scoringrules,
statsmodels and sympy.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from itertools import combinations, pairwise
from types import SimpleNamespace

import afd_measures
import astropy.stats
import desbordante
import numpy as np
import pandas as pd
import phik
import scoringrules
import statsmodels.api as sm
from dython.nominal import cramers_v
from MLstatkit import Delong_test
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.preprocessing import TargetEncoder
from statsmodels.sandbox.stats.runs import Runs
from statsmodels.stats import multitest, proportion
from statsmodels.stats import power as sample_size
from sympy.utilities.iterables import multiset_permutations

Numbers = Sequence[float]
Values = list[float]


def _wilson(successes: int, n: int, level: float) -> Numbers:
    return proportion.proportion_confint(successes, n, 1 - level, method="wilson")


def _bootstrap(top: Values, bottom: Values, resamples: int, seed: int) -> Numbers:
    """BCa by scipy from the very same draws, every row left out once for the acceleration.

    scipy says between which draws the ends lie; those are read as the k-th of n draws standing for k / (n + 1).
    """
    tops, bottoms, size = np.array(top), np.array(bottom), len(top)
    random = np.random.default_rng(seed)
    drawn = [random.integers(0, size, size=size) for _ in range(resamples)]
    draws = np.array([tops[rows].sum() / bottoms[rows].sum() for rows in drawn])
    found = stats.bootstrap(
        (tops, bottoms),
        lambda a, b: a.sum() / b.sum(),
        paired=True,
        vectorized=False,
        n_resamples=0,
        method="BCa",
        bootstrap_result=SimpleNamespace(bootstrap_distribution=draws),
    ).confidence_interval
    shares = np.interp([found.low, found.high], np.sort(draws), np.linspace(0, 1, resamples))
    return tops.sum() / bottoms.sum(), *stats.mstats.mquantiles(draws, shares, alphap=0, betap=0)


def _spearman(first: Values, second: Values) -> Numbers:
    model = sm.OLS(stats.rankdata(second), sm.add_constant(stats.rankdata(first))).fit()
    plain = stats.spearmanr(first, second)
    return math.sqrt(max(model.rsquared_adj, 0)), np.sign(round(plain.statistic, 12)), plain.pvalue


def _phi_k(first: Values, second: Values) -> Numbers:
    tenths = [pd.qcut(pd.Series(column), 10, labels=False) for column in (first, second)]
    return (phik.phik_from_array(*tenths, num_vars=[]),)


def _cramers_v(first: list[int], second: list[int]) -> Numbers:
    table = pd.crosstab(pd.Series(first), pd.Series(second))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cramers_v(first, second), sm.stats.Table(table, shift_zeros=False).test_nominal_association().pvalue


def _correlation_ratio(codes: list[int], values: Values) -> Numbers:
    levels = pd.get_dummies(pd.Series(codes)).astype(float)
    model = sm.OLS(stats.rankdata(values), levels.to_numpy()).fit()
    groups = [[v for c, v in zip(codes, values, strict=True) if c == level] for level in sorted(set(codes))]
    return math.sqrt(max(model.rsquared_adj, 0)), stats.kruskal(*groups).pvalue


def _mu(key: list[int], value: list[int]) -> Numbers:
    return (afd_measures.mu(pd.DataFrame({"key": key, "value": value}), "key", "value"),)


def _pairs(key: list[int], value: list[int]) -> Numbers:
    """Count pairs of rows through desbordante's g1, the share of pairs that do not break a dependency."""
    frame = pd.DataFrame({"nothing": 0, "key": key, "value": value})
    pairs = len(frame) * (len(frame) - 1) / 2
    same_key, chance = _desbordante(frame, 0, 1), _desbordante(frame, 0, 2)
    return pairs * (same_key - 1 + _desbordante(frame, 1, 2)), pairs * same_key, chance


def _desbordante(frame: pd.DataFrame, left: int, right: int) -> float:
    calculator = desbordante.afd_metric_calculation.algorithms.AFDMetricCalculator()
    calculator.load_data(table=frame)
    calculator.execute(metric="g1", lhs_indices=[left], rhs_indices=[right])
    return calculator.get_result()


def _delong(truth: list[int], scores: Values) -> Numbers:
    better = np.array(scores) * (1 if metrics.roc_auc_score(truth, scores) >= 0.5 else -1)
    _, _, (low, high), _, area, *_ = Delong_test(truth, better, np.arange(len(truth)))
    return area, low, high


def _ranking(truth: list[int], scores: Values, weights: Values) -> Numbers:
    return (
        metrics.roc_auc_score(truth, scores, sample_weight=weights),
        metrics.average_precision_score(truth, scores, sample_weight=weights),
    )


def _gain(truth: list[int], scores: Values) -> Numbers:
    wrong, right, _ = metrics.roc_curve(truth, scores, drop_intermediate=False)
    share = np.mean(truth)
    return np.interp([0.1, 0.2, 0.5, 0.9], right * share + wrong * (1 - share), right).tolist()


def _out_of_fold(codes: list[int], truth: list[int], fold: list[int]) -> Numbers:
    column, label, place = np.array(codes)[:, None], np.array(truth), np.array(fold)
    found = np.empty(len(codes))
    for number in np.unique(place):
        outside = place != number
        encoder = TargetEncoder(smooth=5.0, target_type="continuous").fit(column[outside], label[outside])
        found[~outside] = encoder.transform(column[~outside])[:, 0] - label[outside].mean()
    return found.tolist()


def _fences(values: Values) -> Numbers:
    low, middle, high = pd.Series(values).quantile([0.25, 0.5, 0.75])
    spread = stats.iqr(values)
    return low - 3 * max(spread, 2 * (middle - low)), high + 3 * max(spread, 2 * (high - middle))


def _top_share(values: Values) -> Numbers:
    ranked = sorted(values, reverse=True)
    return (math.fsum(ranked[: max(1, round(len(ranked) / 100))]) / math.fsum(ranked),)


def _histogram(values: Values) -> Numbers:
    """As many bins as astropy's Freedman-Diaconis width asks for between two percentiles, 5 to 24."""
    start, stop = pd.Series(values).quantile([0.01, 0.99])
    width = astropy.stats.freedman_bin_width(np.array(values))
    edges = np.linspace(start, stop, min(max(math.ceil((stop - start) / width), 5), 24) + 1)
    edges[0], edges[-1] = min(values), max(values)
    counts = pd.cut(pd.Series(values), edges, right=False).value_counts(sort=False).to_numpy().copy()
    counts[-1] += (np.array(values) == edges[-1]).sum()
    return [*edges, *counts]


def _size_for_shares(base: float, changed: float, power: float) -> Numbers:
    size = proportion.samplesize_proportions_2indep_onetail(changed - base, base, power, alpha=0.05)
    return (math.ceil(size),)


def _size_for_means(deviation: float, difference: float, power: float) -> Numbers:
    size = sample_size.normal_sample_size_one_tail(difference, power, 0.05 / 2, deviation * math.sqrt(2))
    return (math.ceil(size),)


def _runs_of_two(codes: list[int]) -> Numbers:
    found = Runs(np.array(codes))
    z, _ = found.runs_test(correction=False)
    ones, size = sum(codes), len(codes)
    expected = 2 * ones * (size - ones) / size + 1
    return found.n_runs, expected, (found.n_runs - expected) / z


def _runs_of_many(codes: list[int]) -> Numbers:
    """All orders, one by one."""
    counted = [1 + sum(a != b for a, b in pairwise(order)) for order in multiset_permutations(codes)]
    found = 1 + sum(a != b for a, b in pairwise(codes))
    return found, float(np.mean(counted)), float(np.std(counted))


def _losses(truth: list[int], chances: list[Values]) -> Numbers:
    given = np.array(chances)
    classes = list(range(given.shape[1]))
    two = given.shape[1] == 2
    brier = metrics.brier_score_loss(truth, given[:, 1] if two else given, labels=classes)
    ranked = scoringrules.rps_score(np.array(truth) + 1, given).mean() / (len(classes) - 1)
    return metrics.log_loss(truth, given, labels=classes), brier, ranked


def _classes(truth: list[int], told: list[int], weights: Values) -> Numbers:
    settings = {"sample_weight": weights}
    each = {"average": None, "zero_division": np.nan, **settings}
    return [
        metrics.accuracy_score(truth, told, **settings),
        metrics.balanced_accuracy_score(truth, told, **settings),
        metrics.cohen_kappa_score(truth, told, weights="quadratic", **settings),
        *metrics.precision_score(truth, told, **each),
        *metrics.recall_score(truth, told, **each),
    ]


def _calibration(truth: list[int], chances: Values) -> Numbers:
    observed, told = calibration_curve(truth, chances, n_bins=10, strategy="quantile")
    return (float(np.abs(observed - told).mean()),)


def _cut(sizes: list[int], numbers: Values) -> Numbers:
    """Of all orders of the levels, those that keep each in one piece."""
    orders = list(multiset_permutations([level for level, size in enumerate(sizes) for _ in range(size)]))
    pieces = sum(1 + sum(a != b for a, b in pairwise(order)) == len(sizes) for order in orders)
    assert len(orders[0]) == len(numbers)
    return (pieces / len(orders),)


def _edge(values: Values) -> Numbers:
    """Count again in the window of a tenth; the chance by scipy's exact test."""
    low = pd.Series(sorted(values))
    end = low[int(len(low) * 0.1)]
    inside, outer = int((low <= end).sum()), int((low <= low[0] + (end - low[0]) / 2).sum())
    return outer, inside, stats.binomtest(outer, inside, 1 / 3, alternative="greater").pvalue


def _repeats(rows: list[list[int]]) -> Numbers:
    """By grouping: rows that agree in all columns but one, times the chance that two rows agree in that one."""
    frame = pd.DataFrame(rows)
    expected = 0.0
    for column in frame:
        others = [name for name in frame if name != column]
        alike = int((frame.groupby(others).size() > 1).sum())
        equal = np.mean([a == b for a, b in combinations(frame[column], 2)])
        expected = max(expected, alike * equal)
    return expected, sum(times > 1 for times in Counter(map(tuple, rows)).values())


MEASURES: dict[str, tuple[Callable[..., Numbers], tuple[str, ...]]] = {
    "wilson": (_wilson, ("statsmodels",)),
    "bootstrap": (_bootstrap, ("scipy",)),
    "spearman": (_spearman, ("statsmodels", "scipy")),
    "spearman and phi_k": (_phi_k, ("phik",)),
    "cramers_v": (_cramers_v, ("dython", "statsmodels")),
    "correlation_ratio": (_correlation_ratio, ("statsmodels", "scipy")),
    "holm": (lambda p_values: multitest.multipletests(p_values, method="holm")[1].tolist(), ("statsmodels",)),
    "agreement": (_mu, ("afd-measures",)),
    "pairs of a key": (_pairs, ("desbordante",)),
    "delong": (_delong, ("mlstatkit",)),
    "ranking": (_ranking, ("scikit-learn",)),
    "gain": (_gain, ("scikit-learn",)),
    "out_of_fold": (_out_of_fold, ("scikit-learn",)),
    "fences": (_fences, ("pandas", "scipy")),
    "top_share": (_top_share, ()),
    "histogram": (_histogram, ("astropy", "pandas")),
    "size for shares": (_size_for_shares, ("statsmodels",)),
    "size for means": (_size_for_means, ("statsmodels",)),
    "runs of two": (_runs_of_two, ("statsmodels",)),
    "runs of many": (_runs_of_many, ("sympy",)),
    "losses": (_losses, ("scikit-learn", "scoringrules")),
    "classes": (_classes, ("scikit-learn",)),
    "calibration": (_calibration, ("scikit-learn",)),
    "cut": (_cut, ("sympy",)),
    "edge": (_edge, ("scipy",)),
    "repeats": (_repeats, ("pandas",)),
}


def main() -> None:
    """Compute what is asked on standard input."""
    found = {}
    for measure, cases in json.load(sys.stdin).items():
        compute, packages = MEASURES[measure]
        by = ", ".join(f"{name} {version(name)}" for name in packages) or "the standard library"
        values = [[float(number) for number in compute(**case)] for case in cases]
        found[measure] = {"by": by, "values": values}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
