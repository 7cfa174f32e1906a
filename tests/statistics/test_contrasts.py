"""Two means compared."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.statistics import contrasts
from clientela.statistics.contrasts import (
    BETWEEN,
    bound,
    contrast_score,
    difference_interval,
    expected_outcomes,
    p_value,
    ratio_interval,
    ratio_score,
    variance_power,
)
from clientela.statistics.cumulants import Cumulants, Part, from_values, stacked


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
    assert float(ratio_score(first, second, below)) == pytest.approx(reach, abs=1e-6)
    assert float(ratio_score(first, second, above)) == pytest.approx(-reach, abs=1e-6)
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
    arms = [stacked([pair[place] for pair in alone]) for place in range(2)]
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
    assert 0.008 < low < 0.02
    assert 0.022 < high < 0.03
    assert 0 < float(contrast_score(first, second)) < 4


def counted(n: int, bought: np.ndarray, amounts: np.ndarray) -> Cumulants:
    """Return many arms of n visitors; `bought` of each spent the first so many of its `amounts`."""
    spent = np.where(np.arange(amounts.shape[1]) < bought[:, None], amounts, 0.0)
    largest = -np.sort(-spent, axis=1)[:, :20]
    rest = [(spent**power).sum(1) - (largest**power).sum(1) for power in (1, 2, 3)]
    kept = np.where(largest > 0, largest, np.nan)
    left = np.maximum(bought - 20, 0).astype(float)
    nothing = np.zeros(len(bought))
    return Cumulants.of(Part((n - bought).astype(float), nothing, nothing, nothing), Part.of(left, rest), kept)


@pytest.mark.parametrize("heavy", [0.0, 1.5])
def test_each_tail_keeps_its_level_where_a_plain_test_does_not(heavy: float) -> None:
    """Rare purchases, a holdout of a twentieth: both tails of the score are near 2.5 %, Welch's upper one is not.

    Also where orders are so unequal (the logarithm spreads by 1.5) that one of them decides the mean.
    """
    rng = np.random.default_rng(5)
    runs, rate = 3_000, 0.02
    sizes = 19_000, 1_000
    arms = []
    for n in sizes:
        bought = rng.binomial(n, rate, runs)
        arms.append(counted(n, bought, np.exp(rng.normal(0, heavy, (runs, bought.max())))))
    score = contrast_score(arms[0], arms[1])
    welch = (arms[0].mean - arms[1].mean) / np.sqrt(arms[0].variance / sizes[0] + arms[1].variance / sizes[1])
    assert 0.018 < (score > bound(0.95)).mean() < 0.032
    assert 0.018 < (score < -bound(0.95)).mean() < 0.032
    assert (welch > bound(0.95)).mean() > 0.04


@pytest.mark.parametrize(("more", "larger"), [(1.3, 1.0), (1.0, 1.3)])
def test_the_ratio_is_judged_right_however_it_came(more: float, larger: float) -> None:
    """A third more buyers, or orders a third larger: the true ratio is rejected about as often on either side."""
    rng = np.random.default_rng(6)
    runs, rate = 3_000, 0.02
    arms = []
    for n, rise, amount in ((19_000, more, larger), (1_000, 1.0, 1.0)):
        bought = rng.binomial(n, rate * rise, runs)
        arms.append(counted(n, bought, amount * rng.gamma(1, 1, (runs, bought.max()))))
    score = ratio_score(arms[0], arms[1], 1.3)
    assert 0.014 < (score > bound(0.95)).mean() < 0.036
    assert 0.014 < (score < -bound(0.95)).mean() < 0.036


def test_twice_as_many_buyers_are_missed_alike_on_both_sides() -> None:
    """Arms of one size, of which one is more skewed: each tail of the true ratio keeps its level."""
    rng = np.random.default_rng(16)
    arms = []
    for rate in (0.06, 0.03):
        bought = rng.binomial(2_000, rate, 4_000)
        arms.append(counted(2_000, bought, np.exp(rng.normal(0, 1, (4_000, bought.max())))))
    score = ratio_score(arms[0], arms[1], 2.0)
    assert 0.018 < (score > bound(0.95)).mean() < 0.032
    assert 0.018 < (score < -bound(0.95)).mean() < 0.032


@settings(max_examples=20)
@given(st.floats(0.3, 4.0), st.integers(0, 50))
def test_a_ratio_the_other_way_round_has_the_score_the_other_way_round(ratio: float, seed: int) -> None:
    """Which arm is called the first does not matter."""
    first, second = (gamma(300, 1.0, seed), gamma(200, 1.5, seed + 1))
    assert float(ratio_score(first, second, ratio)) == pytest.approx(
        -float(ratio_score(second, first, 1 / ratio)), abs=1e-6
    )


def test_arms_that_spread_otherwise_are_judged_by_their_own_spread() -> None:
    """The small arm spreads four times as wide: the score is near Welch's, not the one with a common spread."""
    rng = np.random.default_rng(2)
    first, second = from_values(rng.normal(0, 1, 4000)).cumulants(), from_values(rng.normal(0.5, 4, 200)).cumulants()
    welch = float((first.mean - second.mean) / np.sqrt(first.variance / 4000 + second.variance / 200))
    assert float(contrast_score(first, second)) == pytest.approx(welch, rel=0.1)


def test_p_values_do_not_underflow() -> None:
    """A score of 22.5 has a p-value near 1e-112, a score of zero one of 1."""
    assert 1e-113 < float(p_value(22.5)) < 1e-111
    assert float(p_value(0)) == 1.0
    assert float(p_value(bound(0.9))) == pytest.approx(0.1)


def test_outcomes_to_expect_are_those_of_the_smaller_arm() -> None:
    """One visitor in ten bought: of 50 visitors 5 were to be expected."""
    bought = np.zeros(1000)
    bought[:100] = 3
    second = np.zeros(50)
    second[:5] = 2
    assert float(expected_outcomes(from_values(bought).cumulants(), from_values(second).cumulants())) == pytest.approx(
        5
    )


def test_the_spread_follows_what_raised_the_mean() -> None:
    """Of shares more buyers raise the mean; of larger orders the amount does; where everybody buys nobody knows."""
    rng = np.random.default_rng(4)
    some, more = (from_values((rng.random(4000) < rate).astype(float)).cumulants() for rate in (0.1, 0.3))
    ratio = np.asarray(more.mean / some.mean)
    assert float(variance_power(more, some, ratio)) == pytest.approx(1.1, abs=0.02)
    spent = np.where(rng.random(40_000) < 0.2, rng.gamma(4, 10, 40_000), 0.0)
    small, large = from_values(spent).cumulants(), from_values(2 * spent).cumulants()
    assert float(variance_power(large, small, np.asarray(2.0))) > 1.8
    assert float(variance_power(large, small, np.asarray(1.0))) == BETWEEN
    whole = from_values(rng.gamma(4, 10, 4000)).cumulants()
    assert float(variance_power(whole, whole.moved(2.0), np.asarray(0.5))) == BETWEEN


def test_ends_are_found_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a score is nearly a straight line both ends are found in a dozen steps, of many effects at once."""
    rng = np.random.default_rng(9)
    arms = [stacked([from_values(rng.gamma(1, 1, 500)).cumulants() for _ in range(7)]) for _ in range(2)]
    steps = []
    monkeypatch.setattr(contrasts, "contrast_score", lambda *given: steps.append(1) or contrast_score(*given))
    low, high = difference_interval(*arms, 1.96)
    assert contrast_score(*arms, low) == pytest.approx(1.96, abs=1e-7)
    assert contrast_score(*arms, high) == pytest.approx(-1.96, abs=1e-7)
    assert 0 < len(steps) <= 12
