"""Whether numbers lie evenly between 0 and 1."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clientela.statistics.uniformity import uniform_p


@pytest.mark.parametrize("size", [20, 100, 2000])
@pytest.mark.parametrize("power", [1.0, 1.1, 1.3])
def test_the_p_value_is_near_the_exact_one(size: int, power: float) -> None:
    """Even and uneven numbers of several sizes have the p-value that scipy finds exactly, to .02, small to .001."""
    random = np.random.default_rng(size)
    for _ in range(20):
        values = random.random(size) ** power
        exact = float(stats.kstest(values, "uniform", method="exact").pvalue)
        assert uniform_p(values) == pytest.approx(exact, abs=0.001 if exact < 0.02 else 0.02)


def test_a_heap_is_not_uniform() -> None:
    """Equal numbers are as uneven as can be."""
    assert uniform_p(np.full(100, 0.5)) < 1e-6
