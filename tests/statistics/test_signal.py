"""What one column alone knows about a label."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.scores import auc
from clientela.statistics.signal import cell_auc, out_of_fold, ranked_auc


@given(seed=st.integers(0, 10_000), n=st.integers(20, 200))
def test_area_agrees_with_the_row_by_row_score(seed: int, n: int) -> None:
    """The area of cells is that of rows, ties included, whichever way round for the ranked one."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 8, n)
    positive = np.concatenate([[True, False], rng.random(n - 2) < 0.3])
    ups, downs = (np.bincount(codes[side], minlength=8).astype(float) for side in (positive, ~positive))
    area = auc(positive, codes.astype(float))
    assert cell_auc(ups, downs, np.arange(8.0)).value == pytest.approx(area)
    assert ranked_auc(codes, positive).value == pytest.approx(max(area, 1 - area))


def test_interval_covers_as_promised() -> None:
    """The interval holds the true area in about 95 of 100 repetitions."""
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        positive = np.arange(300) < 90
        order = np.argsort(np.argsort(rng.normal(positive * 1.0)))
        found = ranked_auc(order, positive)
        covered += found.low <= 0.76025 <= found.high
    assert 0.92 <= covered / 400 <= 0.98


def test_one_class_has_no_area() -> None:
    """Without negatives the area is not defined."""
    assert np.isnan(cell_auc(np.array([3.0]), np.array([0.0]), np.array([0.5])).value)


def test_noise_of_many_codes_knows_nothing_out_of_fold() -> None:
    """A code of its own for every third row does not pretend to know the label."""
    rng = np.random.default_rng(5)
    areas = []
    for _ in range(20):
        codes, fold = rng.integers(0, 300, 1000), rng.permutation(1000) % 5
        areas.append(cell_auc(*out_of_fold(codes, rng.random(1000) < 0.2, fold)).value)
    assert np.mean(areas) == pytest.approx(0.5, abs=0.02)


def test_a_telling_code_is_found_out_of_fold() -> None:
    """A code with a higher share outside the fold has it inside, too."""
    rng = np.random.default_rng(6)
    codes = rng.integers(0, 4, 4000)
    positive = rng.random(4000) < 0.1 + 0.2 * codes
    area = cell_auc(*out_of_fold(codes, positive, np.arange(4000) % 5)).value
    assert area == pytest.approx(auc(positive, codes.astype(float)), abs=0.01)
