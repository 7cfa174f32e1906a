"""Tests of prediction sets, intervals of revenue, and their coverage."""

import numpy as np
import pytest

from clientela.models.covering import Cover, Known, cover, coverage, covered_ahead
from clientela.models.learning import Learned
from clientela.models.release import Release


def _known(rows: int, seed: int, *, money: bool = True) -> Known:
    rng = np.random.default_rng(seed)
    drive = rng.normal(size=rows)
    codes = (drive + rng.logistic(size=rows) > 1).astype(np.int64)
    chance = 1 / (1 + np.exp(1.5 - drive))
    amounts = np.where(codes > 0, 10 * (1 + rng.pareto(0.9, rows)), 0.0)
    chances = np.column_stack([1 - chance, chance])
    return Known(codes, np.arange(rows), "row", chances, (drive > 0.7).astype(np.int64), amounts if money else None)


def test_sets_and_intervals_hold_what_they_promise_under_tails_without_a_mean() -> None:
    """Nine of ten classes and amounts of new rows are held, per group, though the amounts have no mean."""
    settled = cover(_known(4000, 1), np.arange(4000) % 5)
    for one in covered_ahead(settled, _known(6000, 2), "later", ("no", "yes")):
        assert one.covered.value == pytest.approx(0.9, abs=0.025), one


def test_coverage_is_measured_on_rows_that_set_no_threshold() -> None:
    """Coverage is told for all rows and per group, and without money for sets alone."""
    found = coverage(_known(1000, 3), np.arange(1000) % 5, "folds", ("no", "yes"))
    assert [(one.what, one.group) for one in found] == [
        (what, group) for what in ("classes", "revenue") for group in ("", "no", "yes")
    ]
    bare = coverage(_known(1000, 3, money=False), np.arange(1000) % 5, "folds", ("no", "yes"))
    assert {one.what for one in bare} == {"classes"}


def test_unknown_revenue_counts_nowhere() -> None:
    """Rows whose revenue is not known set no threshold and are not counted as missed."""
    known = _known(1000, 4)
    known.revenue[::2] = np.nan
    found = coverage(known, np.arange(1000) % 5, "folds", ("no", "yes"))
    money = next(one for one in found if one.what == "revenue")
    assert money.covered.n == 500
    assert money.covered.value == pytest.approx(0.9, abs=0.05)


def test_few_rows_promise_nothing_and_say_so() -> None:
    """With five rows of a class no threshold is possible: it is in every set, the interval has no end."""
    few = _known(12, 5)
    settled = cover(few, np.zeros(12, dtype=np.int64))
    assert None in settled.classes
    low, high = Cover(0.9, (None, None), (None, None), ((0.0,), (5.0,))).intervals(few.probabilities, few.classes)
    assert np.isinf(low).all()
    assert np.isinf(high).all()


def test_a_release_keeps_its_thresholds(learned: Learned, tmp_path: object) -> None:
    """What was settled is stored beside the model and comes back the same."""
    learned.release.save(tmp_path)
    assert Release.load(tmp_path).cover == learned.release.cover
    assert learned.release.cover is not None
    assert len(learned.release.cover.classes) == 3
