"""Pairs of numbers of which one is never above the other, but for a few rows."""

from __future__ import annotations

import numpy as np
import pytest

from clientela.audit.formulas.inequalities import find_inequalities


def test_a_part_cut_off_at_its_whole_is_found_without_telling_names() -> None:
    """A share of an amount, above it on a few rows, is found with exactly these rows."""
    rng = np.random.default_rng(1)
    whole = np.round(np.exp(rng.normal(3, 0.7, 4000)), 2)
    part = np.round(whole * rng.uniform(0.5, 1, 4000), 2)
    part[:8] = whole[:8] * 1.5
    found = find_inequalities({"u": part, "v": whole}, 1e-3, 0)
    assert [(item.part, item.whole, item.wrong) for item in found] == [("u", "v", 8)]


@pytest.mark.parametrize("seed", range(10))
def test_two_numbers_that_merely_lie_apart_keep_no_order(seed: int) -> None:
    """Neither the tail of two correlated bells nor that of two independent counts is an order."""
    rng = np.random.default_rng(seed)
    common = 3 * rng.normal(size=4000)
    bells = {"a": common + rng.normal(38, 3, 4000), "b": common + rng.normal(50, 3, 4000)}
    counts = {"a": rng.poisson(2, 4000).astype(float), "b": rng.poisson(12, 4000).astype(float)}
    assert find_inequalities(bells, 1e-3, 0) == ()
    assert find_inequalities(counts, 1e-3, 0) == ()
