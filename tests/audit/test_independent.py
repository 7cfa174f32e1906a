"""The audit's own sums and tests against scipy, scikit-learn and pandas, on drawn cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.spatial.distance import cdist
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import cohen_kappa_score, matthews_corrcoef, roc_auc_score

from clientela.audit import joint_gaps, leaks
from clientela.audit.checks import dates_done, encoding, gaps, moving, processing, reshaped
from clientela.audit.formulas import nearly
from clientela.audit.people.singling import single_out
from clientela.statistics import averages, dependency, outliers, signal

CLOSE = 1e-9
SEEDS = range(4)


def drawn_keys(seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a key of uneven size and a value that it says but for noise of its own rate."""
    rng = np.random.default_rng(seed)
    key = rng.choice(30, 600, p=rng.dirichlet(np.full(30, 2.0)))
    return key, np.where(rng.random(600) < rng.uniform(0.02, 0.3), rng.integers(0, 5, 600), key % 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_heaping_is_chi_squared_of_deviations(seed: int) -> None:
    """The index of dispersion is scipy's chi-squared of deviating rows by key, per degree of freedom."""
    key, value = drawn_keys(seed)
    frame = pd.DataFrame({"key": key, "value": value})
    frame = frame[frame.groupby("key")["value"].transform("size") >= 3]
    most = frame.groupby("key")["value"].agg(lambda held: held.value_counts().iloc[0])
    size = frame.groupby("key").size()
    table = np.stack([size - most, most])
    found = stats.chi2_contingency(table, correction=False)
    share, heaped = dependency.deviations(key, value)
    assert share == pytest.approx((size - most).sum() / size.sum(), rel=CLOSE)
    assert heaped == pytest.approx(found.statistic / found.dof, rel=CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_agreement_by_key_is_that_of_all_pairs(seed: int) -> None:
    """The mean over keys of equal pairs is pandas' count of all pairs; with one pair a key, Cohen's kappa on both."""
    key, value = drawn_keys(seed)
    frame = pd.DataFrame({"key": key, "value": value, "row": range(key.size)})
    both = frame.merge(frame, on="key")
    both = both[both["row_x"] < both["row_y"]]
    equal = (both["value_x"] == both["value_y"]).groupby(both["key"]).mean()
    found = dependency.key_agreement(key, value)
    assert found == pytest.approx((equal.mean(), equal.size, len(both)), rel=CLOSE)
    first, second = np.random.default_rng(seed).integers(0, 4, (2, 300))
    two = np.concatenate([first, second, second, first])
    share = dependency.key_agreement(np.tile(np.arange(600), 2), two)[0]
    chance = float(((np.bincount(np.concatenate([first, second])) / 600) ** 2).sum())
    kappa = cohen_kappa_score(two[:600], two[600:])
    assert dependency.agreement(share, 1.0, chance) == pytest.approx(kappa, rel=CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_predicts_gaps_is_tested_by_chi_squared(seed: int) -> None:
    """The p-value is scipy's without Yates' correction, the strength Bergsma's V of its statistic."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(1, 7, 500)
    mask = rng.random(500) < 0.1 + 0.04 * codes
    table = pd.crosstab(pd.Series(codes), pd.Series(mask)).to_numpy()
    found = stats.chi2_contingency(table, correction=False)
    strength, p_value = gaps._dependence(codes, mask)
    n, (r, k) = 500, table.shape
    phi = max(0.0, found.statistic / n - (r - 1) * (k - 1) / (n - 1))
    smaller = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    assert p_value == pytest.approx(found.pvalue, rel=CLOSE)
    assert strength == pytest.approx(np.sqrt(phi / smaller), rel=CLOSE)


def test_gaps_in_common_are_correlated_as_by_others() -> None:
    """The correlation of masks is scikit-learn's Matthews correlation, its p-value scipy's chi-squared."""
    rng = np.random.default_rng(3)
    shared = rng.random(400) < 0.2
    masks = np.stack([shared | (rng.random(400) < 0.1), shared, rng.random(400) < 0.3], axis=1)
    phi, p_values = joint_gaps.pairs(masks.astype(np.float64))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        table = pd.crosstab(masks[:, i], masks[:, j])
        assert phi[i, j] == pytest.approx(matthews_corrcoef(masks[:, i], masks[:, j]), rel=CLOSE)
        expected = stats.chi2_contingency(table, correction=False).pvalue
        assert p_values[i, j] == pytest.approx(expected, rel=CLOSE, abs=1e-300)


@pytest.mark.parametrize("seed", SEEDS)
def test_drift_is_tested_by_chi_squared(seed: int) -> None:
    """Two sides are held apart by scipy's chi-squared; the stability index is both of scipy's relative entropies."""
    rng = np.random.default_rng(seed)
    one, other = (rng.multinomial(size, rng.dirichlet(np.full(6, 9.0))).astype(float) for size in (400, 900))
    expected = stats.chi2_contingency(np.stack([one, other]), correction=False).statistic
    assert moving._apart(one, other) == pytest.approx(expected, rel=CLOSE)
    index = stats.entropy(one + 0.5, other + 0.5) + stats.entropy(other + 0.5, one + 0.5)
    assert moving.stability(one, other) == pytest.approx(
        max(0.0, index - 5 * (1 / 400 + 1 / 900)), rel=CLOSE, abs=CLOSE
    )


def test_normal_scores_are_those_of_scipy() -> None:
    """Ties share their average rank."""
    values = np.random.default_rng(4).integers(0, 40, 300).astype(float)
    expected = stats.norm.ppf(stats.rankdata(values) / 301)
    assert outliers.normal_scores(values) == pytest.approx(expected, rel=CLOSE, abs=CLOSE)


def test_unusual_rows_are_far_by_mahalanobis() -> None:
    """Rows are marked where scipy's distance passes chi-squared by Bonferroni and Tukey's outer fence of cube roots."""
    rng = np.random.default_rng(5)
    columns = rng.multivariate_normal(np.zeros(4), 0.8 + 0.2 * np.eye(4), 2000)
    columns[:6] *= np.array([3, -3, 3, -3])
    scores = np.stack([outliers.normal_scores(column) for column in columns.T], axis=1)
    correlation = np.corrcoef(scores.T)
    distance = cdist(scores, np.zeros((1, 4)), "mahalanobis", VI=np.linalg.inv(correlation)).ravel() ** 2
    roots = pd.Series(np.cbrt(distance))
    low, middle, high = roots.quantile([0.25, 0.5, 0.75])
    fence = high + 3 * max(high - low, 2 * (high - middle))
    expected = (distance > stats.chi2.isf(outliers.ERROR / 2000, 4)) & (roots > fence).to_numpy()
    assert expected.sum() >= 3
    assert (outliers.unusual_rows(scores, correlation) == expected).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_columns_together_reach_what_a_ridge_reaches(seed: int) -> None:
    """The pooled area is scikit-learn's for the scores of its own ridge regression."""
    rng = np.random.default_rng(seed)
    positive = rng.random(400) < 0.3
    scores = rng.normal(0, 1, (400, 5)) + positive[:, None] * rng.uniform(0, 1.5, 5)
    scaled = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    told = Ridge(alpha=0.4, fit_intercept=True).fit(scaled, positive).predict(scaled)
    assert signal.pooled_auc(scores, positive) == pytest.approx(roc_auc_score(positive, told), abs=1e-9)


@pytest.mark.parametrize("apart", [0.2, 1.0, 2.5])
def test_areas_on_the_scale_of_deviations(apart: float) -> None:
    """The area between two normal distributions leads back to how far they lie apart."""
    assert leaks.separation(float(stats.norm.cdf(apart / np.sqrt(2)))) == pytest.approx(apart, rel=CLOSE)


def test_the_middle_of_the_day_is_the_circular_mean() -> None:
    """Hours around midnight have their middle where scipy's circular mean lies, and its concentration."""
    hours = np.random.default_rng(6).normal(1.5, 3, 3000) % 24
    seconds = np.floor(hours * 3600) + 86_400 * np.arange(3000)
    found = dates_done._night(seconds)
    assert found is not None
    clock = seconds % 86_400 / 3600
    assert found["middle_hour"] == pytest.approx(stats.circmean(clock, high=24), rel=CLOSE)
    assert found["concentration"] == pytest.approx(1 - stats.circvar(clock, high=24), rel=CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_heaps_at_the_end_are_poisson_tails(seed: int) -> None:
    """A heap is one where scipy's Poisson tail from its own count on is under the error."""
    rng = np.random.default_rng(seed)
    for _ in range(40):
        counts = np.append(rng.integers(5, 60), rng.poisson(6, 30))
        rows, usual = int(counts[0]), float(counts[1:11].max())
        expected = rows >= 3 * usual and rows >= 5 and stats.poisson.sf(rows - 1, usual) < 1e-6
        assert processing._heap(counts, 1e-6) == expected


def test_random_codes_are_in_no_order_at_the_rate_stated() -> None:
    """Of orders drawn at random one in a hundred fails von Neumann's ratio; rising frequencies all do."""
    rng = np.random.default_rng(7)
    told = [encoding._in_no_order(rng.permutation(80).astype(float)) for _ in range(1500)]
    assert stats.binomtest(1500 - sum(told), 1500, encoding.SHUFFLED).pvalue > 1e-3
    assert not encoding._in_no_order(np.arange(80.0))


@pytest.mark.parametrize("seed", SEEDS)
def test_pairs_explain_what_a_regression_explains(seed: int) -> None:
    """Pairs looked at closely are those of which scikit-learn's regression explains enough, and far more than one."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.gamma(3, 2, (3, 400))
    values = np.stack([a + b + rng.normal(0, rng.uniform(0.1, 0.6), 400), a, b, c, 2 * a - c])
    expected = set()
    for at in range(5):
        for i in range(5):
            for j in range(i + 1, 5):
                if at not in (i, j):
                    both, *one = (
                        LinearRegression().fit(values[list(used)].T, values[at]).score(values[list(used)].T, values[at])
                        for used in ((i, j), (i,), (j,))
                    )
                    if both >= nearly.EXPLAINED and nearly.MORE * (1 - both) <= 1 - max(one):
                        expected.add((at, i, j))
    related = {"sum": nearly._related(values)}
    assert {(at, i, j) for at in range(5) for _, i, j in nearly._candidates(related, at)} == expected
    assert expected


def test_visitors_alone_are_groups_of_one(context_of: Callable[..., Any]) -> None:
    """Who is alone, and who is in a group under five, is what pandas counts."""
    rng = np.random.default_rng(8)
    columns = {"age": rng.integers(18, 80, 3000), "zip": rng.integers(100, 160, 3000), "job": rng.integers(0, 9, 3000)}
    frame = pl.DataFrame(columns).with_columns(pl.col("job", "zip").cast(pl.String))
    context = context_of(frame.with_columns(pages=pl.Series(rng.poisson(5, 3000))))
    found = single_out(context.facts, context.roles, ())
    assert found is not None
    sizes = frame.to_pandas().groupby(list(found.columns)).size()
    assert (found.alone, found.small) == ((sizes == 1).sum(), sizes[sizes < 5].sum())


def test_closeness_by_chance_is_that_of_shuffled_rows() -> None:
    """The share counted over all orders is the mean of many shuffles, within four standard errors."""
    rng = np.random.default_rng(9)
    y, guess = rng.gamma(2, 3, (2, 200))
    shuffled = [float((np.abs(rng.permutation(y) - guess) <= 0.5).mean()) for _ in range(800)]
    spread = float(np.std(shuffled)) / np.sqrt(800)
    assert nearly._by_chance(y, guess, 0.5) == pytest.approx(np.mean(shuffled), abs=4 * spread)


@pytest.mark.parametrize("seed", SEEDS)
def test_trends_are_tested_by_the_rank_correlation(seed: int) -> None:
    """The p-value is that of scipy's rank correlation, by the normal distribution."""
    rng = np.random.default_rng(seed)
    codes = np.clip(np.round(rng.normal(10, 3, 900) + np.linspace(0, seed, 900)), 1, 20).astype(np.int64)
    correlation = stats.spearmanr(codes, np.arange(900)).statistic
    assert moving._trend(codes) == pytest.approx(2 * stats.norm.sf(abs(correlation) * np.sqrt(899)), rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_line_of_averages_is_that_of_least_absolute_distance(seed: int) -> None:
    """Where three points in four lie on a line, slope and shift are those of a linear programme (six digits)."""
    rng = np.random.default_rng(seed)
    x, slack = rng.random(60), np.full(60, 1e-9)
    y = 3.0 * x - 0.7 + np.where(rng.random(60) < 0.25, rng.normal(0, 2, 60), 0.0)
    rows = np.column_stack([x, np.ones(60)])
    above, below = np.hstack([rows, -np.eye(60)]), np.hstack([-rows, -np.eye(60)])
    least = optimize.linprog(
        np.concatenate([[0, 0], 1 / slack]),
        A_ub=np.vstack([above, below]),
        b_ub=np.concatenate([y, -y]),
        bounds=[(None, None)] * 2 + [(0, None)] * 60,
    )
    assert averages._line(x, y, slack) == pytest.approx(least.x[:2], rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_rough_averages_are_judged_by_a_weighted_regression(seed: int) -> None:
    """The distance is the mean squared standard error, and what is taken has a slope near 1 by another regression."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(5, 80, 30).astype(float)
    rates = rng.uniform(0.1, 0.6, 30)
    totals = rng.binomial(sizes.astype(int), rates).astype(float)
    groups = averages.Groups(rates, sizes, totals, np.full(30, 1e-9), 0.22)
    fit = averages.near_fit(groups, float(rates.mean()))
    slope = np.polyfit(rates, totals / sizes, 1, w=np.sqrt(sizes))[0]
    scores = (totals / sizes - rates) / np.sqrt(0.22 / sizes)
    assert (fit is not None) == (abs(slope - 1) <= 0.2 and np.mean(scores**2) <= 1.2)
    if fit is not None:
        assert fit.distance == pytest.approx(np.mean(scores**2), rel=CLOSE)


def test_even_levels_are_tested_by_chi_squared(context_of: Callable[..., Any]) -> None:
    """The statistic and its lower tail are those of scipy for equal shares."""
    levels = np.repeat(np.arange(8), 100 + np.array([0, 1, -1, 2, 0, -2, 1, -1]))
    counts = np.bincount(levels)
    facts = context_of(pl.DataFrame({"band": levels, "x": np.arange(levels.size)})).facts
    expected = stats.chisquare(counts).statistic
    tail = float(stats.chi2.cdf(expected, 7))
    assert reshaped._even(facts.columns["band"], tail * 0.999) is None
    found = reshaped._even(facts.columns["band"], tail * 1.001)
    assert found is not None
    assert found["chi_squared"] == pytest.approx(expected, rel=CLOSE)
