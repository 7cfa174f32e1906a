"""Tests of the scores against scikit-learn and against their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from clientela.statistics import scores


def _case(seed: int, rows: int = 300, classes: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, rows)
    probabilities = rng.dirichlet(np.ones(classes), rows)
    return truth, probabilities, rng.integers(0, 4, rows).astype(float)


@pytest.mark.parametrize("digits", [1, 2, 8])
def test_auc_and_average_precision_equal_scikit_learn(digits: int) -> None:
    """With and without ties and weights both ranking measures equal scikit-learn's."""
    rng = np.random.default_rng(digits)
    truth = rng.random(500) < 0.3
    score = np.round(rng.random(500) + 0.2 * truth, digits)
    weights = rng.integers(1, 5, 500).astype(float)
    assert scores.auc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score))
    assert scores.auc(truth, score, weights) == pytest.approx(
        metrics.roc_auc_score(truth, score, sample_weight=weights)
    )
    assert scores.average_precision(truth, score) == pytest.approx(metrics.average_precision_score(truth, score))
    assert scores.average_precision(truth, score, weights) == pytest.approx(
        metrics.average_precision_score(truth, score, sample_weight=weights)
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=30))
def test_auc_is_the_share_of_pairs_and_weights_are_copies(rows: list[tuple[bool, int, int]]) -> None:
    """The AUC counts pairs, ties half; a weight of k is the row k times, 0 the row left out."""
    truth, score, weight = map(np.array, zip(*rows, strict=True))
    copies = np.repeat(np.arange(len(rows)), weight)
    positives, negatives = score[copies][truth[copies]], score[copies][~truth[copies]]
    found = scores.auc(truth, score, weight)
    if len(positives) == 0 or len(negatives) == 0:
        assert math.isnan(found)
        return
    gaps = positives[:, None] - negatives[None, :]
    assert found == pytest.approx((gaps > 0).mean() + 0.5 * (gaps == 0).mean())
    assert scores.auc(truth, -score, weight) == pytest.approx(1 - found)
    assert scores.average_precision(truth, score, weight) == pytest.approx(
        scores.average_precision(truth[copies], score[copies])
    )


def test_a_score_that_is_no_number_is_refused() -> None:
    """NaN cannot be ranked and says so."""
    with pytest.raises(ValueError, match="NaN"):
        scores.Ranking([True, False], [0.1, math.nan])


@pytest.mark.parametrize("classes", [2, 4])
def test_losses_equal_scikit_learn(classes: int) -> None:
    """Log loss and Brier score equal scikit-learn's for two classes and for more, weights too."""
    truth, probabilities, weights = _case(3, classes=classes)
    labels = list(range(classes))
    for weight in (None, weights):
        assert scores.log_loss(truth, probabilities, weight) == pytest.approx(
            metrics.log_loss(truth, probabilities, labels=labels, sample_weight=weight)
        )
        brier = (
            metrics.brier_score_loss(truth, probabilities[:, 1], sample_weight=weight)
            if classes == 2
            else metrics.brier_score_loss(truth, probabilities, labels=labels, sample_weight=weight)
        )
        assert scores.brier(truth, probabilities, weight) == pytest.approx(brier)


def test_ranked_probability_score_of_two_classes_is_brier() -> None:
    """With two classes the ranked probability score is the Brier score."""
    truth, probabilities, weights = _case(5, classes=2)
    assert scores.ranked_probability_score(truth, probabilities, weights) == pytest.approx(
        scores.brier(truth, probabilities, weights)
    )


def test_ranked_probability_score_knows_distance() -> None:
    """Being certain of a neighbour costs less than being certain of the far end."""
    near = scores.ranked_probability_score([0], [[0.0, 1.0, 0.0]])
    far = scores.ranked_probability_score([0], [[0.0, 0.0, 1.0]])
    assert (near, far) == (0.5, 1.0)


def test_class_measures_equal_scikit_learn() -> None:
    """Accuracy, balanced accuracy, precision, recall and quadratic kappa equal scikit-learn's."""
    truth, probabilities, weights = _case(7)
    predicted = np.where(np.arange(300) % 3 == 0, truth, probabilities.argmax(axis=1))
    for weight in (None, weights):
        table = scores.confusion(truth, predicted, 4, weight)
        assert table == pytest.approx(metrics.confusion_matrix(truth, predicted, sample_weight=weight))
        assert scores.accuracy(table) == pytest.approx(metrics.accuracy_score(truth, predicted, sample_weight=weight))
        assert scores.balanced_accuracy(table) == pytest.approx(
            metrics.balanced_accuracy_score(truth, predicted, sample_weight=weight)
        )
        assert scores.quadratic_kappa(table) == pytest.approx(
            metrics.cohen_kappa_score(truth, predicted, weights="quadratic", sample_weight=weight)
        )
        assert scores.precisions(table) == pytest.approx(
            metrics.precision_score(truth, predicted, average=None, sample_weight=weight)
        )
        assert scores.recalls(table) == pytest.approx(
            metrics.recall_score(truth, predicted, average=None, sample_weight=weight)
        )


def test_what_rows_do_not_define_is_nan() -> None:
    """No rows, no positives or a single class give NaN, never a number or a warning."""
    nothing = np.zeros((0, 2))
    empty = scores.confusion([], [], 2)
    found = [
        scores.auc([], []),
        scores.average_precision([False], [0.1]),
        scores.average_precision([], []),
        scores.calibration_error([], []),
        scores.log_loss([], nothing),
        scores.accuracy(empty),
        scores.balanced_accuracy(empty),
        scores.quadratic_kappa(empty),
        scores.gain_curve([], [], [0.5])[0],
        scores.gain_curve([False], [1.0], [0.5])[0],
    ]
    assert all(math.isnan(value) for value in found)


def test_calibration_error_of_known_gaps() -> None:
    """Two bins that are .1 and .3 off by equal weight give .2; equal predictions share a bin."""
    predicted = np.repeat([0.2, 0.8], 10)
    truth = np.concatenate([np.arange(10) < 3, np.arange(10) < 5])
    bins = scores.CalibrationBins(truth, predicted, bins=5)
    assert bins.bins == 2
    assert bins.error() == pytest.approx(0.2)
    assert bins.error(np.concatenate([np.ones(10), np.zeros(10)])) == pytest.approx(0.1)


def test_calibration_bins_have_equal_size() -> None:
    """Distinct predictions fall into bins of equal size that cover every row."""
    rng = np.random.default_rng(2)
    predicted = rng.random(1000)
    means, observed, weight = scores.CalibrationBins(rng.random(1000) < predicted, predicted).table()
    assert weight.tolist() == [100.0] * 10
    assert np.all(np.diff(means) > 0)
    assert np.abs(means - observed).max() < 0.2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.floats(0, 9)), min_size=2, max_size=30),
    st.integers(0, 2**31),
)
def test_gain_curve_rises_and_ignores_the_order_of_ties(rows: list[tuple[bool, int, float]], seed: int) -> None:
    """The gain curve goes from 0 to 1, never falls, and tied rows are taken in equal parts."""
    truth, score, revenue = map(np.array, zip(*rows, strict=True))
    shares = np.linspace(0, 1, 7)
    mixed = np.random.default_rng(seed).permutation(len(rows))
    for values in (None, revenue):
        curve = scores.Ranking(truth, score).gain(shares, values)
        if (truth if values is None else values).sum() == 0:
            assert np.isnan(curve).all()
            continue
        assert curve[0] == 0
        assert curve[-1] == pytest.approx(1)
        assert np.all(np.diff(curve) >= -1e-12)
        again = scores.Ranking(truth[mixed], score[mixed]).gain(shares, None if values is None else values[mixed])
        assert again == pytest.approx(curve)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0, 100), st.integers(0, 3)), min_size=1, max_size=40),
)
def test_what_is_reached_is_the_area_under_the_gain_curve(rows: list[tuple[int, float, int]]) -> None:
    """The mean share of values over all depths is the area under `gain`; nothing to reach is NaN."""
    score, values, weights = map(np.array, zip(*rows, strict=True))
    ranking = scores.Ranking(np.zeros(len(rows)), score)
    found = ranking.reached(values, weights)
    if not (weights * values).sum() > 0:
        assert np.isnan(found)
        return
    levels = np.unique(score)[::-1]
    depths = np.concatenate([[0], np.cumsum([weights[score == level].sum() for level in levels])]) / weights.sum()
    assert found == pytest.approx(np.trapezoid(ranking.gain(depths, values, weights), depths))


def test_gain_of_a_perfect_order_reaches_all_first() -> None:
    """A perfect order reaches every positive in as many rows as there are positives."""
    assert scores.gain_curve([True, True, False, False], [4, 3, 2, 1], [0.25, 0.5]).tolist() == [0.5, 1.0]
