"""Tests of the measures and their intervals."""

import numpy as np
import pytest

from clientela.models import evaluating
from clientela.models.evaluating import Judged, Predicted
from clientela.models.result import Target, TargetKind
from clientela.statistics import scores

TARGET = Target(TargetKind.ORDERED, "group", ("none", "low", "high"))


def _case(rows: int = 600, unit: str = "row") -> tuple[Judged, Predicted]:
    rng = np.random.default_rng(9)
    drive = rng.normal(size=rows)
    codes = np.searchsorted([0.5, 1.5], drive + 0.7 * rng.normal(size=rows)).astype(np.int64)
    chances = np.column_stack([1 / (1 + np.exp(2 * drive - 1)), np.full(rows, 0.1), np.zeros(rows)])
    chances[:, 2] = np.clip(1 - chances.sum(axis=1), 0, 1)
    chances /= chances.sum(axis=1, keepdims=True)
    units = np.arange(rows) if unit == "row" else np.arange(rows) // 3
    revenue = np.where(codes > 0, 10.0 * codes, 0.0)
    judged = Judged(TARGET, codes, units, unit, resamples=40, seed=1, revenue=revenue)
    return judged, Predicted("m", "s", chances, np.searchsorted([0.5, 1.5], drive), revenue=chances @ [0, 10, 20])


@pytest.mark.parametrize("unit", ["row", "visitor"])
def test_measures_are_the_scores_with_intervals(unit: str) -> None:
    """Each measure equals its score and lies in its interval, made by the unit."""
    judged, predicted = _case(unit=unit)
    found = {metric.name: metric for metric in evaluating.measure(judged, predicted)}
    assert next(iter(found)) == "auc"
    assert found["auc"].estimate.value == pytest.approx(scores.auc(judged.codes > 0, 1 - predicted.probabilities[:, 0]))
    assert found["log_loss"].estimate.value == pytest.approx(scores.log_loss(judged.codes, predicted.probabilities))
    assert found["revenue_mae"].estimate.value == pytest.approx(np.abs(judged.revenue - predicted.revenue).mean())
    assert not found["log_loss"].higher_is_better
    assert found["quadratic_kappa"].higher_is_better
    for metric in found.values():
        assert metric.estimate.low <= metric.estimate.value <= metric.estimate.high
        assert metric.estimate.method.startswith(f"bootstrap by {unit}")


def test_groups_tell_size_money_and_confusion() -> None:
    """A group has its rows, money and the class it is taken for; its share of revenue adds up to one."""
    judged, predicted = _case()
    groups, table = evaluating.groups(judged, predicted.classes)
    assert [group.rows for group in groups] == np.bincount(judged.codes).tolist()
    assert sum(map(sum, table)) == 600
    assert sum(group.revenue_share for group in groups) == pytest.approx(1)
    assert (groups[2].low, groups[2].high, groups[2].mean_revenue.value) == (20.0, 20.0, 20.0)
    assert groups[2].confused_with == "low"
    assert groups[1].recall.value == pytest.approx(table[1][1] / sum(table[1]))


def test_a_class_never_missed_is_confused_with_none() -> None:
    """Perfect predictions leave nothing to confuse, and no revenue leaves no money."""
    judged, _ = _case()
    bare = Judged(TARGET, judged.codes, judged.units, "row", 10, 1)
    groups, _ = evaluating.groups(bare, judged.codes)
    assert [group.confused_with for group in groups] == [None] * 3
    assert groups[0].mean_revenue is None


def test_calibration_and_gain_are_curves_over_all_rows() -> None:
    """Calibration points cover all rows in rising order; the gain curve ends at everything."""
    for unit in ("row", "visitor"):
        judged, predicted = _case(unit=unit)
        points = evaluating.calibration(judged, predicted.probabilities)
        assert sum(point.rows for point in points) == 600
        assert [p.predicted for p in points] == sorted(p.predicted for p in points)
        curve = evaluating.gain(judged, predicted.probabilities)
        assert curve[-1].reached.value == pytest.approx(1)
        assert curve[-1].revenue == pytest.approx(1)
        assert curve[3].reached.value > 0.1
    free = Judged(TARGET, judged.codes, judged.units, "row", 10, 1, revenue=np.zeros(600))
    assert evaluating.gain(free, predicted.probabilities)[0].revenue is None


def test_a_share_of_none_or_all_has_a_width() -> None:
    """Of a class of five visitors never found, and a bin without a positive, more than 0 is possible."""
    codes = np.repeat([0, 2], [190, 10])
    judged = Judged(TARGET, codes, np.arange(200) // 2, "visitor", 30, 1)
    groups, _ = evaluating.groups(judged, np.zeros(200, dtype=np.int64))
    assert groups[2].recall.value == 0
    assert groups[2].recall.high == pytest.approx(0.4345, abs=1e-4)
    assert groups[0].recall.low == pytest.approx(95 / (95 + 1.96**2), abs=1e-4)
    chance = np.linspace(0.9, 0.1, 200)
    points = evaluating.calibration(judged, np.column_stack([chance, 1 - chance, 0 * chance]))
    assert points[0].observed.value == 0
    assert points[0].observed.high > 0.2


def test_ranking_measures_of_few_positives_hold() -> None:
    """Where about 12 of 800 rows are positive, intervals of AUC and average precision hold as often as they say."""
    asked = Target(TargetKind.BINARY, "bought", ("no", "yes"))

    def drawn(seed: int, rows: int) -> tuple[Judged, Predicted]:
        rng = np.random.default_rng(seed)
        drive = rng.normal(size=rows)
        chance = 1 / (1 + np.exp(5.1 - 1.5 * drive))
        judged = Judged(asked, (rng.random(rows) < chance).astype(np.int64), np.arange(rows), "row", 150, seed)
        return judged, Predicted("m", "s", np.column_stack([1 - chance, chance]))

    names = ("average_precision",)
    judged, predicted = drawn(10**6, 1_000_000)
    ranking = scores.Ranking(judged.codes > 0, predicted.probabilities[:, 1])
    truth = {"auc": ranking.auc(), "average_precision": ranking.average_precision()}
    cases = [case for case in (drawn(seed, 800) for seed in range(200)) if case[0].codes.sum() > 3]
    found = [metric for case in cases for metric in evaluating.measure(*case, names) if metric.name in truth]
    missed = [metric for metric in found if metric.estimate.excludes(truth[metric.name])]
    for name in truth:
        assert sum(metric.name == name for metric in missed) <= 0.07 * len(cases)
