"""Tests of choosing, calibrating and cutting."""

import numpy as np
import pytest
from scipy.special import expit

from clientela.models.odds import LINE, TREES, staged
from clientela.models.result import TargetKind
from clientela.models.settling import BLEND, Scale, settle


def _odds(rows: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    true = rng.normal(size=(rows, 1)) - 1
    return true, (rng.random(rows) < expit(true[:, 0])).astype(np.int64)


def test_the_better_learner_is_chosen_and_the_blend_where_it_helps() -> None:
    """A learner that knows more wins; two with independent errors are blended, and so are twins."""
    true, codes = _odds()
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(2, *true.shape))
    assert settle(TargetKind.BINARY, codes, {TREES: true, LINE: true * 0 - 1}).chosen == TREES
    assert settle(TargetKind.BINARY, codes, {TREES: true * 0 - 1, LINE: true}).chosen == LINE
    assert settle(TargetKind.BINARY, codes, {TREES: true + noise[0], LINE: true + noise[1]}).chosen == BLEND
    assert settle(TargetKind.BINARY, codes, {TREES: true, LINE: true}).weight == 0.5


def test_calibration_mends_overconfidence_and_leaves_the_rest() -> None:
    """Log-odds twice too large are halved; right ones and senseless ones are left alone."""
    true, codes = _odds()
    wild = settle(TargetKind.BINARY, codes, {TREES: 2 * true}, weights=(1.0,))
    assert wild.scales[0].slope == pytest.approx(0.5, abs=0.06)
    assert settle(TargetKind.BINARY, codes, {TREES: true}, weights=(1.0,)).scales == (Scale(),)
    assert settle(TargetKind.BINARY, codes, {TREES: -true}, weights=(1.0,)).scales == (Scale(),)


def test_rows_are_cut_so_that_classes_keep_their_size() -> None:
    """As many rows are put into each ordered class as there are; two without order go by their chances."""
    rng = np.random.default_rng(8)
    drive = rng.normal(size=3000)
    codes = np.searchsorted([1.0, 1.8], drive + rng.normal(size=3000)).astype(np.int64)
    odds = {TREES: np.column_stack([2 * drive - 2, 2 * drive - 4])}
    settled = settle(TargetKind.ORDERED, codes, odds, weights=(1.0,))
    found = settled.classes(settled.probabilities(odds))
    assert np.bincount(found) == pytest.approx(np.bincount(codes), abs=5)
    plain = settle(TargetKind.CLASSES, codes % 2, {TREES: np.column_stack([drive, drive])}, weights=(1.0,))
    chances = plain.probabilities({TREES: np.array([[5.0, 5.0], [-5.0, -5.0]])})
    assert plain.classes(chances).tolist() == [1, 0]


def test_small_classes_without_order_are_named() -> None:
    """As many rows are put into each class without order as there are, though none of the small ones is likelier."""
    rng = np.random.default_rng(9)
    true = rng.normal(size=(3000, 3)) * 0.7 - np.array([0.0, 2.0, 2.3])
    chances = np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)
    codes = (chances.cumsum(axis=1) < rng.random((3000, 1))).sum(axis=1)
    odds = {LINE: np.log(chances / (1 - chances)) * np.array([-1, 1, 1])}
    settled = settle(TargetKind.CLASSES, codes, odds, weights=(0.0,))
    found = settled.probabilities(odds)
    assert np.bincount(found.argmax(axis=1), minlength=3)[1:].max() < 100
    put = settled.classes(found)
    assert np.bincount(put) == pytest.approx(np.bincount(codes), abs=15)
    assert all((put == code)[codes == code].mean() > 1.3 * np.mean(codes == code) for code in (1, 2))


def test_expected_revenue_weighs_class_means() -> None:
    """Expected revenue is the mean of each class by its probability; an unseen class counts as the average row."""
    true, codes = _odds(400)
    revenue = np.where(codes > 0, 50.0, 0.0)
    revenue[0] = np.nan
    settled = settle(TargetKind.BINARY, codes, {TREES: true}, revenue, weights=(1.0,))
    assert settled.means == (0.0, 50.0)
    assert settled.revenue(np.array([[0.5, 0.5]])).tolist() == [25.0]
    unknown = np.where(codes > 0, np.nan, 7.0)
    assert settle(TargetKind.BINARY, codes, {TREES: true}, unknown, weights=(1.0,)).means == (7.0, 7.0)
    nothing = np.full(400, np.nan)
    assert settle(TargetKind.BINARY, codes, {TREES: true}, nothing, weights=(1.0,)).means == (0.0, 0.0)


def test_a_candidate_that_is_named_alone_is_taken() -> None:
    """Where only one candidate is asked for it is settled, the blend included."""
    rng = np.random.default_rng(3)
    odds = rng.normal(size=(400, 1))
    codes = (rng.random(400) < expit(odds[:, 0])).astype(np.int64)
    for weight, chosen in ((1.0, TREES), (0.0, LINE), (0.25, BLEND)):
        settled = settle(TargetKind.BINARY, codes, {TREES: odds, LINE: -odds}, weights=(weight,))
        assert settled.chosen == chosen


def test_periods_count_as_one_observation_each() -> None:
    """Trees that win by far in one long period and lose in two short ones are not trusted alone."""
    true, codes = _odds(6000)
    periods = np.repeat([0, 1, 2], [5000, 500, 500])
    wise = (periods == 0)[:, None]
    odds = {TREES: np.where(wise, true, 0.5 * true), LINE: np.where(wise, 0.6 * true, true)}
    assert settle(TargetKind.BINARY, codes, odds).weight >= 0.75
    assert settle(TargetKind.BINARY, codes, odds, periods=periods).weight <= 0.5


def test_boosting_stops_where_later_rounds_do_harm() -> None:
    """The stage with the lowest loss is taken, and rows without log-odds take no part."""
    true, codes = _odds()
    noise = np.random.default_rng(1).normal(size=true.shape)
    odds = {staged(0.25): 0.5 * true, staged(0.5): true, TREES: true + noise, LINE: true}
    odds = {name: np.vstack([values, np.full((5, 1), np.nan)]) for name, values in odds.items()}
    settled = settle(TargetKind.BINARY, np.concatenate([codes, np.zeros(5, dtype=np.int64)]), odds)
    assert settled.stage == 0.5
    assert settled.scales == (Scale(),)


def _walked(step: float, seed: int, rows: int = 700) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Return codes whose share moves by so much in log-odds in the last fifth, foretold by the share before."""
    rng = np.random.default_rng(seed)
    periods = np.repeat([-1, 0, 1, 2, 3], rows // 5)
    codes = (rng.random(rows) < expit(-1.2 + step * (periods == 3))).astype(np.int64)
    shares = np.array([codes[periods < period].mean() if period >= 0 else np.nan for period in periods])
    return codes, {LINE: np.log(shares / (1 - shares))[:, None]}, periods


def test_chances_are_moved_in_time_only_beyond_chance() -> None:
    """Where nothing changes, one or two tables in a hundred are moved, luck of the past counted in; a leap always."""

    def moved(step: float, seed: int) -> Scale:
        codes, odds, periods = _walked(step, seed)
        return settle(TargetKind.BINARY, codes, odds, weights=(0.0,), periods=periods).scales[0]

    assert np.mean([moved(0, seed) != Scale() for seed in range(300)]) < 0.03
    leapt = moved(1.5, 0)
    assert leapt.slope == 1
    assert 0.5 < leapt.intercept < 1.5
