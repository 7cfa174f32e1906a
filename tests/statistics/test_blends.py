"""Sums of a column and a weighted sum of others."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from clientela.statistics.blends import MixedSums, blended, products_of, slopes
from clientela.statistics.cumulants import POWERS

RNG = np.random.default_rng(3)
SPENT = np.where(RNG.random(400) < 0.4, RNG.lognormal(1, 1, 400), 0.0)
OTHERS = np.column_stack([SPENT + RNG.normal(0, 2, 400), RNG.normal(40, 3, 400), RNG.gamma(1, 1, 400)])
ORIGINS = (1.0, 0.5, 39.0, 0.0)


def mixed(rows: slice, columns: int) -> MixedSums:
    """Return the sums of some rows, with as many of the others."""
    values = np.column_stack([SPENT, OTHERS[:, :columns]])[rows] - ORIGINS[: columns + 1]
    none = SPENT[rows] == 0
    keys = [(0,), (0, 0), (0, 0, 0), *products_of(columns + 1)]
    zeros = {key: float(values[none][:, key].prod(1).sum()) for key in keys if 0 not in key}
    largest = tuple(tuple(row) for row in values[np.argsort(-np.abs(values[:, 0]))[:5]].tolist())
    sums = {key: float(values[:, key].prod(1).sum()) for key in keys}
    return MixedSums(len(values), ORIGINS[: columns + 1], sums, {(): float(none.sum()), **zeros}, largest)


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_blended_sums_are_those_of_the_blended_column(columns: int) -> None:
    """All powers, over all rows and over zeros, and the largest rows, are those of a column made of the others."""
    weights, centres = [0.7, -0.2, 1.5][:columns], [0.1, 40.0, 1.0][:columns]
    second = (OTHERS[:, :columns] - centres) @ weights
    found = blended(mixed(slice(None), columns), weights, centres)
    u, w = SPENT - found.origin[0], second - found.origin[1]
    for i, j in POWERS:
        assert found.sums[i, j] == pytest.approx(float((u**i * w**j).sum()), rel=1e-9, abs=1e-6)
    none = SPENT == 0
    assert found.zeros == pytest.approx([float((w[none] ** power).sum()) for power in range(4)], rel=1e-9, abs=1e-6)
    order = np.argsort(-np.abs(u))[:5]
    assert np.array(found.largest) == pytest.approx(np.column_stack([u, w])[order])


def test_slopes_are_those_of_least_squares() -> None:
    """The slopes of the sums, added up from parts, are those of the rows; one column alone needs none."""
    parts = mixed(slice(0, 150), 3) + mixed(slice(150, 400), 3)
    design = np.column_stack([np.ones(400), OTHERS])
    assert slopes(parts) == pytest.approx(np.linalg.lstsq(design, SPENT, rcond=None)[0][1:].tolist())
    assert parts.means() == pytest.approx([SPENT.mean(), *OTHERS.mean(0)])
    assert slopes(mixed(slice(None), 1)) == [1.0]


def test_sums_about_other_origins_are_not_added() -> None:
    """Sums that are taken from elsewhere have no sum."""
    one = mixed(slice(None), 1)
    other = MixedSums(one.n, (0.0, 0.0), one.sums, one.zeros)
    with pytest.raises(ValueError, match="different origins"):
        _ = one + other


def test_products_stand_in_the_order_of_the_request() -> None:
    """Every product of up to three columns stands once, powers of the first alone left out."""
    found = products_of(3)
    every = {tuple(sorted(kept)) for power in (1, 2, 3) for kept in product(range(3), repeat=power)}
    assert len(found) == len(set(found))
    assert set(found) == {kept for kept in every if any(kept)}
