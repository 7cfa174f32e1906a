"""How far a key says what stands in another column."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.dependency import agreement, chance_of_equal, key_agreement, neighbour_agreement, pair_counts

CODES = st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 3)), min_size=2, max_size=40)


@given(CODES)
def test_pairs_agree_with_counting_one_by_one(rows: list[tuple[int, int]]) -> None:
    """Counts from sizes are those of looking at every pair."""
    pairs = [(a, b) for a, b in itertools.combinations(rows, 2) if a[0] == b[0] >= 0]
    key, value = (np.array(part) for part in zip(*rows, strict=True))
    assert pair_counts(key, value) == (sum(a[1] == b[1] for a, b in pairs), len(pairs))
    every = list(itertools.combinations(value, 2))
    assert chance_of_equal(value) == pytest.approx(sum(a == b for a, b in every) / len(every))


def test_unrelated_columns_agree_by_chance_only() -> None:
    """Corrected for chance, an unrelated key says nothing and its own copy all."""
    rng = np.random.default_rng(1)
    key, value = rng.integers(0, 200, 5000), rng.integers(0, 3, 5000)
    chance = chance_of_equal(value)
    assert agreement(*pair_counts(key, value), chance) == pytest.approx(0, abs=0.02)
    assert agreement(*pair_counts(key, key % 3), chance_of_equal(key % 3)) == 1


def test_what_is_not_defined_is_nan() -> None:
    """No pairs, a constant value, a single row and unique keys have no answer."""
    assert np.isnan(agreement(0, 0, 0.5))
    assert np.isnan(agreement(5, 5, 1.0))
    assert np.isnan(chance_of_equal(np.array([1])))
    assert np.isnan(neighbour_agreement(np.array([1, 2]), np.array([1, 1])))


def test_every_key_weighs_the_same() -> None:
    """A heap of equal rows with one key does not outvote the keys with two rows."""
    key = np.array([0] * 100 + [1, 1, 2, 2])
    value = np.array([0] * 100 + [1, 2, 3, 4])
    share, keys, pairs = key_agreement(key, value)
    assert share == pytest.approx(1 / 3)
    assert (keys, pairs) == (3, 4952)
    assert key_agreement(np.array([0, 1, -1]), np.array([0, 0, 0]))[1:] == (0, 0.0)
