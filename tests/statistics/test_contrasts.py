"""Two means compared."""

from __future__ import annotations

import numpy as np
import pytest

from clientela.statistics.contrasts import (
    bound,
    contrast_score,
    difference_interval,
    p_value,
    ratio_interval,
    skewness,
)
from clientela.statistics.cumulants import Cumulants, from_moments, from_values


def gamma(n: int, scale: float, seed: int) -> Cumulants:
    """Return the cumulants of a gamma sample."""
    return from_values(np.random.default_rng(seed).gamma(2, scale, n)).cumulants()


def test_a_score_of_normal_arms_is_the_plain_one() -> None:
    """Without skew, and with many rows, the score is difference over standard error."""
    rng = np.random.default_rng(1)
    first, second = (from_values(rng.normal(mean, 1, 4000)).cumulants() for mean in (0.05, 0))
    plain = float((first.mean - second.mean) / np.sqrt(first.variance / 4000 + second.variance / 4000))
    assert float(contrast_score(first, second)) == pytest.approx(plain, abs=0.01)
    assert float(contrast_score(second, first)) == pytest.approx(-float(contrast_score(first, second)))


@pytest.mark.parametrize(("seed", "reach"), [(1, 1.0), (2, 1.96), (3, 3.0)])
def test_an_end_of_an_interval_is_just_rejected(seed: int, reach: float) -> None:
    """At the ends of both intervals the score is the bound; the difference and the ratio lie within."""
    first, second = gamma(300, 11, seed), gamma(80, 10, seed + 1)
    low, high = difference_interval(first, second, reach)
    assert float(contrast_score(first, second, low)) == pytest.approx(reach, abs=1e-6)
    assert float(contrast_score(first, second, high)) == pytest.approx(-reach, abs=1e-6)
    assert low < first.mean - second.mean < high
    below, above = ratio_interval(first, second, reach)
    assert float(contrast_score(first, second, 0.0, below)) == pytest.approx(reach, abs=1e-6)
    assert float(contrast_score(first, second, 0.0, above)) == pytest.approx(-reach, abs=1e-6)
    assert below < first.mean / second.mean < above


def test_values_that_may_be_negative_keep_their_variance() -> None:
    """Profits around zero: the variance does not fall with the mean, on whichever side of zero an arm lies."""
    rng = np.random.default_rng(1)
    arms = [from_values(rng.normal(mean, 1, 500)).cumulants() for mean in (0.1, -0.1)]
    low, high = difference_interval(arms[0], arms[1], 1.96)
    error = np.sqrt(arms[0].variance / 500 + arms[1].variance / 500)
    assert float(high - low) == pytest.approx(2 * 1.96 * float(error), rel=0.01)


def test_many_pairs_are_judged_as_each_alone() -> None:
    """Arrays of arms give what each pair gives."""
    alone = [(gamma(200, 11, seed), gamma(150, 10, seed + 50)) for seed in range(3)]
    names = ("n", "mean", "variance", "third", "fourth")
    arms = [Cumulants(*(np.array([float(getattr(pair[i], n)) for pair in alone]) for n in names)) for i in range(2)]
    low, high = difference_interval(arms[0], arms[1], 2.0)
    for place, pair in enumerate(alone):
        ends = difference_interval(*pair, 2.0)
        assert (low[place], high[place]) == pytest.approx((float(ends[0]), float(ends[1])))


def test_without_variance_nothing_is_excluded() -> None:
    """Two constant arms leave every difference possible; a mean of zero has no ratio."""
    same = from_values(np.ones(20)).cumulants()
    low, high = difference_interval(same, same, 1.96)
    assert (float(low), float(high)) == (-np.inf, np.inf)
    assert np.isnan(float(contrast_score(same, same)))
    centred = from_values(np.array([-1.0, 1.0])).cumulants()
    assert np.isnan(float(ratio_interval(centred, centred, 1.96)[0]))


def test_an_arm_without_any_outcome_can_be_judged() -> None:
    """Nobody bought in the holdout: the difference still has a finite interval that holds the truth."""
    bought = np.zeros(4000)
    bought[:80] = 1
    first, second = from_values(bought).cumulants(), from_values(np.zeros(400)).cumulants()
    low, high = (float(end) for end in difference_interval(first, second, 1.96))
    assert 0.01 < low < 0.02
    assert 0.022 < high < 0.03
    assert 0 < float(contrast_score(first, second)) < 4


def test_each_tail_keeps_its_level_where_a_plain_test_does_not() -> None:
    """Rare purchases, a holdout of a twentieth: both tails of the score are near 2.5 %, Welch's upper one is not."""
    rng = np.random.default_rng(5)
    runs, rate = 20_000, 0.02
    arms = []
    for n in (38_000, 2_000):
        share = rng.binomial(n, rate, runs) / n
        arms.append(from_moments(np.float64(n), [share] * 4))
    score = contrast_score(arms[0], arms[1])
    welch = (arms[0].mean - arms[1].mean) / np.sqrt(arms[0].variance / 38_000 + arms[1].variance / 2_000)
    assert 0.02 < (score > bound(0.95)).mean() < 0.03
    assert 0.02 < (score < -bound(0.95)).mean() < 0.03
    assert (welch > bound(0.95)).mean() > 0.03


def test_p_values_do_not_underflow() -> None:
    """A score of 22.5 has a p-value near 1e-112, a score of zero one of 1."""
    assert 1e-113 < float(p_value(22.5)) < 1e-111
    assert float(p_value(0)) == 1.0
    assert float(p_value(bound(0.9))) == pytest.approx(0.1)


def test_skewness_of_equal_arms_cancels() -> None:
    """Two arms of one size have no skew in their difference; a small one has that of its mean."""
    arm = gamma(500, 10, 1)
    assert float(skewness(arm, arm)) == 0.0
    assert float(skewness(gamma(100_000, 10, 1), gamma(50, 10, 2))) < -0.1
