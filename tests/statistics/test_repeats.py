"""Repeats of rows against nearly equal rows."""

from __future__ import annotations

import numpy as np
import pytest

from clientela.statistics.repeats import expected_repeats, row_hashes


def test_equal_rows_and_only_they_have_equal_hashes() -> None:
    """The sum of the hashes is the row's: equal for equal rows, different for all others."""
    codes = np.random.default_rng(1).integers(0, 5, (3000, 6))
    sums = row_hashes(codes).sum(axis=1, dtype=np.uint64)
    assert np.unique(sums).size == np.unique(codes, axis=0).shape[0]


def test_independent_columns_repeat_at_least_as_expected() -> None:
    """Over 20 tables of independent columns the groups found are no fewer than those expected."""
    for seed in range(20):
        codes = np.random.default_rng(seed).integers(0, 6, (2000, 6))
        found = expected_repeats(codes)
        assert found is not None
        assert found.expected <= found.found + 4 * np.sqrt(found.found)


@pytest.mark.parametrize("codes", [np.zeros((1, 3), dtype=np.int64), np.zeros((9, 3), dtype=np.int64)])
def test_nothing_varies(codes: np.ndarray) -> None:
    """One row, or columns that are all constant, lead to expect nothing."""
    assert expected_repeats(codes) is None
