"""The score of a split of all values between two arms."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import hypergeom

from clientela.statistics.cumulants import from_values
from clientela.statistics.permuted import permuted_score, pooled

ONE, NONE = np.asarray(1.0), np.asarray(0.0)


def score_of(first: np.ndarray, second: np.ndarray) -> float:
    """Return the score of the second arm."""
    arms = from_values(first).cumulants(), from_values(second).cumulants()
    return float(permuted_score(pooled(*arms, ONE, NONE), np.asarray(second.mean())))


@pytest.mark.parametrize("rank", [100, 1000, 17_000, 18_500])
def test_the_score_is_that_of_all_splits(rank: int) -> None:
    """Twelve and six visitors: the score is that of the share of all 18,564 splits that lie beyond the one seen."""
    values = np.random.default_rng(1).gamma(1, 1, 18)
    splits = np.array(list(combinations(range(18), 6)))
    sums = values[splits].sum(axis=1)
    seen = splits[np.argsort(sums)[rank]]
    exact = ndtri((sums < values[seen].sum() - 1e-9).mean() + 0.5 / len(sums))
    assert score_of(np.delete(values, seen), values[seen]) == pytest.approx(exact, abs=0.05)


@pytest.mark.parametrize("bought", [0, 1, 3, 12, 20])
def test_counts_have_the_score_of_fisher(bought: int) -> None:
    """Of 60 buyers among 1,000 visitors an arm of 100 got some: half of the chance of exactly as many is counted."""
    first, second = np.zeros(900), np.zeros(100)
    first[: 60 - bought], second[:bought] = 1, 1
    chance = hypergeom(1000, 60, 100)
    exact = ndtri(chance.cdf(bought) - 0.5 * chance.pmf(bought))
    assert score_of(first, second) == pytest.approx(exact, abs=0.08)


def test_points_stand_for_all_values() -> None:
    """The pool has the mean, the spread and the skew of the values, though most are summed up in two points."""
    rng = np.random.default_rng(2)
    first, second = (np.where(rng.random(n) < 0.4, rng.lognormal(0, 1.2, n), 0.0) for n in (600, 90))
    pool = pooled(from_values(first).cumulants(), from_values(second).cumulants(), np.asarray(2.0), NONE)
    values = np.concatenate([first / 2, second])
    assert float(pool.counts.sum()) == pytest.approx(values.size)
    assert float(pool.mean) == pytest.approx(values.mean())
    assert float(pool.deviation) == pytest.approx(values.std())
    assert float(pool.power(3)) == pytest.approx((((values - values.mean()) / values.std()) ** 3).mean())


def test_one_large_order_is_no_effect() -> None:
    """In ten of eleven splits the larger arm gets the order that outweighs all: that it did says nothing."""
    rng = np.random.default_rng(8)
    small, large = np.zeros(20), np.zeros(200)
    small[:2], large[:20] = rng.gamma(1, 100, 2), rng.gamma(1, 100, 20)
    large[0] = 200_000
    assert abs(score_of(small, large)) < 1.65
