"""One measure of association on one scale, held against independent implementations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clientela.statistics.association import categorical_pairs, cramers_v, mixed_pairs, numeric_pairs


def ranks(values: np.ndarray) -> np.ndarray:
    """Return average ranks per column."""
    return np.apply_along_axis(stats.rankdata, 0, values)


@given(seed=st.integers(0, 10_000), n=st.integers(12, 300))
def test_spearman_agrees_with_scipy(seed: int, n: int) -> None:
    """Strength is scipy's Spearman adjusted for one degree of freedom, p-value scipy's own."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 9, (n, 3)) + np.outer(rng.integers(0, 3, n), [1, -1, 0])
    found = numeric_pairs(ranks(values))
    for i in range(3):
        for j in range(i):
            expected = stats.spearmanr(values[:, i], values[:, j])
            adjusted = max(0.0, 1 - (1 - expected.statistic**2) * (n - 1) / (n - 2))
            assert found.strength[i, j] == pytest.approx(np.sqrt(adjusted), abs=1e-9)
            assert found.p_value[i, j] == pytest.approx(expected.pvalue, abs=1e-9)
            assert found.sign[i, j] == np.sign(round(expected.statistic, 12))


def test_missing_values_leave_the_pair() -> None:
    """A pair uses the rows where both have a value; the correlation of a column with a copy of itself is 1."""
    values = np.arange(40.0)
    other = np.where(values % 4 == 0, np.nan, values)
    found = numeric_pairs(np.stack([values, other, np.full(40, np.nan), np.ones(40)], axis=1))
    assert found.rows[0, 1] == 30
    assert found.strength[0, 1] == pytest.approx(1)
    assert np.isnan(found.strength[0, 2])
    assert np.isnan(found.strength[0, 3])


@given(seed=st.integers(0, 10_000), r=st.integers(2, 6), k=st.integers(2, 6))
def test_corrected_v_agrees_with_its_formula(seed: int, r: int, k: int) -> None:
    """The bias-corrected V follows Bergsma's formula from scipy's chi-squared."""
    rng = np.random.default_rng(seed)
    table = rng.integers(1, 30, (r, k))
    chi = stats.chi2_contingency(table, correction=False)
    n = table.sum()
    phi = max(0.0, chi.statistic / n - (r - 1) * (k - 1) / (n - 1))
    smaller = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    strength, p_value = cramers_v(table)
    assert strength == pytest.approx(min(1, np.sqrt(phi / smaller)), abs=1e-9)
    assert p_value == pytest.approx(chi.pvalue, abs=1e-9)


def test_v_is_not_defined_without_variation() -> None:
    """One level, or fewer than ten rows, have no association."""
    assert np.isnan(cramers_v(np.array([[30, 20]]))[0])
    assert np.isnan(cramers_v(np.array([[2, 1], [1, 2]]))[0])


def test_v_of_all_different_rows_is_zero() -> None:
    """Where every row is a level of its own chance explains all."""
    assert cramers_v(np.eye(12))[0] == 0


def test_categorical_pairs_leave_missing_out() -> None:
    """Codes of -1 take no part; the matrix is symmetric."""
    rng = np.random.default_rng(2)
    codes = np.stack([rng.integers(-1, 3, 500), rng.integers(-1, 4, 500)], axis=1)
    both = (codes >= 0).all(axis=1)
    table = np.zeros((3, 4))
    np.add.at(table, (codes[both, 0], codes[both, 1]), 1)
    found = categorical_pairs(codes)
    assert found.rows[0, 1] == both.sum()
    assert found.strength[0, 1] == cramers_v(table)[0]
    assert found.strength[1, 0] == found.strength[0, 1]


@given(seed=st.integers(0, 10_000), groups=st.integers(2, 6))
def test_correlation_ratio_agrees_with_kruskal_and_wallis(seed: int, groups: int) -> None:
    """The p-value is scipy's, the strength epsilon squared of the ranks."""
    rng = np.random.default_rng(seed)
    codes = np.concatenate([np.arange(groups), rng.integers(0, groups, 120)])
    values = rng.normal(codes * 0.3, 1)
    found = mixed_pairs(codes[:, None], ranks(values[:, None]))
    h = stats.kruskal(*(values[codes == g] for g in range(groups)))
    n = values.size
    epsilon = 1 - (1 - h.statistic / (n - 1)) * (n - 1) / (n - groups)
    assert found.p_value[0, 0] == pytest.approx(h.pvalue, rel=1e-6)
    assert found.strength[0, 0] == pytest.approx(np.sqrt(max(epsilon, 0)), abs=1e-9)


def test_mixed_pairs_leave_missing_out() -> None:
    """Rows without category or number take no part, and a category that says the number all has strength 1."""
    codes = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, -1, 1])
    values = np.array([1.0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 9, np.nan])
    found = mixed_pairs(codes[:, None], values[:, None])
    assert found.rows[0, 0] == 10
    assert found.strength[0, 0] == pytest.approx(1)


def test_chance_alone_has_no_strength() -> None:
    """The correction takes away what chance gives: on average nothing is left of 30 levels by 30 levels."""
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 30, (600, 12))
    found = categorical_pairs(codes).strength
    assert found[np.triu_indices(12, 1)].mean() < 0.06
