"""Cliffs at the end of a distribution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from clientela.statistics.edges import edge

Floats = np.ndarray
Draw = Callable[[np.random.Generator], Floats]


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.normal(0, 1, 4000),
        lambda rng: rng.lognormal(0, 1, 4000),
        lambda rng: rng.triangular(0, 1, 2, 4000),
        lambda rng: rng.gamma(2, 1, 4000),
        lambda rng: rng.poisson(40, 4000).astype(float),
    ],
)
def test_a_density_that_falls_to_nothing_has_no_cliff(draw: Draw) -> None:
    """In 50 tables the least p-value at a natural end stays above one in a thousand."""
    found = [edge(draw(np.random.default_rng(seed))) for seed in range(50)]
    assert min(item.p_value for item in found if item is not None) > 1e-3


def test_a_cliff_is_seen_at_either_end() -> None:
    """A bell cut at its shoulder ends in a cliff there and not at the other end."""
    values = np.random.default_rng(3).normal(50, 10, 6000)
    cut = values[values > 44]
    low, high = edge(cut), edge(cut, low=False)
    assert low is not None
    assert high is not None
    assert low.value == pytest.approx(44, abs=0.1)
    assert low.p_value < 1e-8
    assert not low.heap
    assert high.p_value > 0.01
    mirrored = edge(-cut, low=False)
    assert mirrored is not None
    assert (mirrored.value, mirrored.outer) == (-low.value, low.outer)


def test_a_cliff_on_a_lattice() -> None:
    """Whole numbers end in a cliff too."""
    values = np.random.default_rng(4).poisson(40, 9000).astype(float)
    found = edge(values[values >= 38])
    assert found is not None
    assert (found.value, found.p_value < 1e-6, found.heap) == (38, True, False)


def test_a_heap_is_told() -> None:
    """Values moved to the bound make a heap there."""
    found = edge(np.maximum(np.random.default_rng(5).normal(50, 10, 6000), 35))
    assert found is not None
    assert found.heap


@pytest.mark.parametrize("values", [np.arange(50.0), np.ones(2000), np.repeat([1.0, 2.0], 2000)])
def test_too_little_to_tell(values: Floats) -> None:
    """Few values or few different ones tell nothing about an end."""
    assert edge(values) is None
