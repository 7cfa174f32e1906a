"""Measures of uplift beside plain sums, and what must hold whatever the score."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.statistics.uplift import (
    Trial,
    calibration,
    differing,
    doubly_robust_rewards,
    policy_gains,
    qini,
    ranking_gain,
)


def made(rows: int = 400, seed: int = 0, effect: float = 0.4) -> Trial:
    """Return a trial in which the upper half by score responds with `effect`, the lower with none."""
    rng = np.random.default_rng(seed)
    score = rng.random(rows)
    treated = rng.random(rows) < 0.5
    rewards = (rng.random(rows) < 0.3 + effect * treated * (score > 0.5)).astype(float)
    return Trial(treated, rewards, score, np.arange(rows))


def plain_area(scores: np.ndarray, trial: Trial) -> float:
    """Return the area between the Qini curve and its line, row by row."""
    order = np.argsort(-scores, kind="stable")
    xs, ys, there, kept, won, lost = [0.0], [0.0], 0.0, 0.0, 0.0, 0.0
    for place, row in enumerate(order):
        if trial.treated[row]:
            there, won = there + 1, won + trial.rewards[row]
        else:
            kept, lost = kept + 1, lost + trial.rewards[row]
        if place + 1 == len(order) or scores[order[place + 1]] != scores[row]:
            xs.append(there + kept)
            ys.append(won - (lost * there / kept if kept else 0.0))
    return float(np.trapezoid(ys, xs) - xs[-1] * ys[-1] / 2)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([1, 4, 1000]))
def test_qini_is_the_area_counted_row_by_row(seed: int, levels: int) -> None:
    """The coefficient is the curve's area by that of knowing the outcome, ties at once, however many there are."""
    trial = made(60, seed)
    trial = Trial(trial.treated, trial.rewards, np.round(trial.uplift * levels), trial.units)
    best = plain_area(np.where(trial.treated, trial.rewards, -trial.rewards), trial)
    found = qini(trial, 2).value
    assert found == pytest.approx(plain_area(trial.uplift, trial) / best, abs=1e-9)


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_only_the_order_of_scores_counts(seed: int) -> None:
    """A growing function of the score leaves Qini as it is; the same score for all is chance."""
    trial = made(80, seed)
    bent = Trial(trial.treated, trial.rewards, np.exp(3 * trial.uplift), trial.units)
    even = Trial(trial.treated, trial.rewards, np.zeros(80), trial.units)
    assert qini(bent, 2).value == qini(trial, 2).value
    assert qini(even, 2).value == pytest.approx(0.0, abs=1e-12)


def test_a_planted_order_is_found_and_its_opposite_too() -> None:
    """A score that ranks who responds has its interval above 0; turned round, below."""
    trial = made(2000)
    turned = Trial(trial.treated, trial.rewards, -trial.uplift, trial.units)
    assert qini(trial, 100).low > 0
    assert qini(turned, 100).high < 0


def test_nobody_responding_has_no_coefficient() -> None:
    """Where no outcome can be ranked the coefficient is NaN."""
    assert math.isnan(qini(Trial(np.tile([True, False], 20), np.zeros(40), np.arange(40.0), np.arange(40)), 5).value)


def test_ranking_gains_the_area_beyond_chance() -> None:
    """The gain is the mean over all shares of what treating the best share adds, less that share of the whole."""
    rng = np.random.default_rng(0)
    score, effects, one = rng.permutation(300).astype(float), rng.normal(size=300), np.zeros(300, dtype=np.int64)
    ranked = effects[np.argsort(-score)]
    curve = np.concatenate([[0.0], np.cumsum(ranked)]) / 300
    area = float(np.trapezoid(curve, dx=1 / 300) - curve[-1] / 2)
    found = ranking_gain(effects, score, one, np.arange(300))
    assert found.value == pytest.approx(area, abs=1e-12)
    half = 1.96 * np.std((np.argsort(np.argsort(score)) / 299 - 0.5) * (effects - effects.mean())) / math.sqrt(300)
    assert found.high - found.value == pytest.approx(half, rel=0.06)


def test_one_score_for_all_gains_nothing() -> None:
    """Where every visitor of a fold has the same score ranking gains exactly 0, whatever folds differ by."""
    folds = np.arange(100) % 5
    found = ranking_gain(np.random.default_rng(0).normal(size=100), folds * 1.0, folds, np.arange(100))
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_a_single_large_effect_is_not_sure() -> None:
    """Where one visitor brings all the effect, at the top of the ranking, the interval holds 0."""
    effects = np.zeros(500)
    effects[0] = 1000.0
    found = ranking_gain(effects, -np.arange(500.0), np.zeros(500, dtype=np.int64), np.arange(500))
    assert found.value > 0
    assert found.low < 0


def test_rows_of_a_unit_gain_together() -> None:
    """Four rows of each visitor are as sure as one row of each."""
    rng = np.random.default_rng(1)
    score, effects, one = rng.random(100), rng.normal(size=100), np.zeros(400, dtype=np.int64)
    alone = ranking_gain(effects, score, one[:100], np.arange(100))
    often = np.repeat(np.arange(100), 4)
    found = ranking_gain(effects[often], score[often], one, often)
    assert (found.n, alone.n) == (100, 100)
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=1e-9)


def test_groups_show_foreseen_beside_observed() -> None:
    """Groups rise by score, hold all rows, and the upper ones respond; Welch's interval is that of plain numpy."""
    trial = made(1000)
    groups = calibration(trial, 4)
    assert sum(group.observed.n for group in groups) == 1000
    assert [group.foreseen for group in groups] == sorted(group.foreseen for group in groups)
    top = np.argsort(trial.uplift)[750:]
    first, second = (trial.rewards[top[trial.treated[top] == side]] for side in (True, False))
    half = 1.959964 * math.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second))
    observed = groups[-1].observed
    assert observed.value == pytest.approx(first.mean() - second.mean())
    assert (observed.low, observed.high) == pytest.approx((observed.value - half, observed.value + half), abs=1e-6)


def test_groups_without_two_sides_are_left_out() -> None:
    """A group in which nobody was left untreated says nothing."""
    treated = np.arange(40) >= 20
    treated[:20:2] = True
    groups = calibration(Trial(treated, np.ones(40), np.arange(40.0), np.arange(40)), 2)
    assert [group.observed.n for group in groups] == [20]


def test_the_slope_of_a_calibrated_score_is_one() -> None:
    """Effects that are the score and noise give a slope near 1, half of the score 2, another score 0."""
    rng = np.random.default_rng(0)
    score, folds, units = rng.random(2000), rng.integers(0, 5, 2000), np.arange(2000)
    effects = score + rng.normal(0, 0.3, 2000)
    assert not differing(effects, score, folds, units).excludes(1.0)
    assert not differing(effects, score / 2, folds, units).excludes(2.0)
    assert not differing(effects, rng.random(2000), folds, units).excludes(0.0)


def test_the_slope_is_robust_and_clustered() -> None:
    """Its standard error is the sandwich that plain numpy gives; rows of one unit count together."""
    rng = np.random.default_rng(1)
    score, units = rng.random(300), np.repeat(np.arange(100), 3)
    effects = score + np.repeat(rng.normal(0, 1, 100), 3)
    found = differing(effects, score, np.zeros(300, dtype=np.int64), units)
    gaps = score - score.mean()
    slope = gaps @ (effects - effects.mean()) / (gaps @ gaps)
    pulls = (gaps * (effects - effects.mean() - slope * gaps)).reshape(100, 3).sum(axis=1)
    half = 1.959964 * math.sqrt((pulls**2).sum()) / (gaps @ gaps)
    assert found.value == pytest.approx(slope)
    assert found.high - found.value == pytest.approx(half, rel=1e-6)
    assert found.n == 100


def test_levels_between_folds_do_not_count() -> None:
    """Scores that differ between folds alone have no slope: what a fold's model lacks is not an effect."""
    folds = np.repeat(np.arange(5), 20)
    found = differing(np.arange(100.0), 0.1 + 0.7 * folds, folds, np.arange(100))
    assert math.isnan(found.value)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(0.1, 0.9))
def test_doubly_robust_rewards_are_unbiased(seed: int, chance: float) -> None:
    """Averaged over both possible draws, a visitor's reward is the true one, however wrong the foreseen is."""
    rng = np.random.default_rng(seed)
    off, on, guess_off, guess_on = rng.normal(size=(4, 5))
    foreseen, chances = (guess_off, guess_on), np.full(5, chance)
    low_if, high_if = doubly_robust_rewards(np.ones(5, dtype=bool), on, chances, foreseen)
    low_not, high_not = doubly_robust_rewards(np.zeros(5, dtype=bool), off, chances, foreseen)
    np.testing.assert_allclose(chance * low_if + (1 - chance) * low_not, off, atol=1e-9)
    np.testing.assert_allclose(chance * high_if + (1 - chance) * high_not, on, atol=1e-9)


def test_gains_of_a_policy_are_its_sums() -> None:
    """Leaving out whom treating harms gains over all what they lose; treating the others gains over none."""
    effects = np.random.default_rng(2).normal(0.1, 1.0, 500)
    chosen = np.arange(500) % 3 == 0
    over_all, over_none = policy_gains(effects, chosen, np.arange(500), 100)
    assert over_all.value == pytest.approx(-effects[~chosen].sum() / 500)
    assert over_none.value == pytest.approx(effects[chosen].sum() / 500)
    assert over_none.value - over_all.value == pytest.approx(effects.mean())
    assert over_all.low <= over_all.value <= over_all.high


def test_treating_all_gains_nothing_over_all() -> None:
    """The policy that treats everybody gains exactly nothing over it, and nobody's over none."""
    effects = np.arange(20.0)
    everybody, nobody = np.ones(20, dtype=bool), np.zeros(20, dtype=bool)
    assert policy_gains(effects, everybody, np.arange(20), 5)[0].value == 0
    assert policy_gains(effects, nobody, np.arange(20), 5)[1].value == 0
