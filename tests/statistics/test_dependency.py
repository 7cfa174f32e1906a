"""How far a key says what stands in another column."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.dependency import (
    agreement,
    chance_of_equal,
    deviations,
    joint,
    key_agreement,
    neighbours,
    pair_counts,
)

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
    assert neighbours(np.array([1, 2, -1, -1]), 0)[0].size == 0
    assert np.isnan(deviations(np.array([0, 0, 1]), np.array([1, 2, 3]))).all()


def test_every_key_weighs_the_same() -> None:
    """A heap of equal rows with one key does not outvote the keys with two rows."""
    key = np.array([0] * 100 + [1, 1, 2, 2])
    value = np.array([0] * 100 + [1, 2, 3, 4])
    share, keys, pairs = key_agreement(key, value)
    assert share == pytest.approx(1 / 3)
    assert (keys, pairs) == (3, 4952)
    assert key_agreement(np.array([0, 1, -1]), np.array([0, 0, 0]))[1:] == (0, 0.0)


@given(CODES)
def test_neighbours_chain_the_rows_of_each_key(rows: list[tuple[int, int]]) -> None:
    """Every known key with n rows gives n - 1 pairs within itself, and no row is first or second twice."""
    key = np.array([row[0] for row in rows])
    first, second = neighbours(key, 3)
    assert (key[first] == key[second]).all()
    assert first.size == sum(max(0, (key == code).sum() - 1) for code in set(key.tolist()) if code >= 0)
    assert np.unique(first).size == first.size
    assert np.unique(second).size == second.size


def test_noise_is_spread_and_versions_heap() -> None:
    """Cells changed at random deviate in all keys alike; the same number in few keys heaps there."""
    rng = np.random.default_rng(4)
    key = np.repeat(np.arange(300), 10)
    noisy = np.where(rng.random(3000) < 0.03, 1, 0)
    share, heaped = deviations(key, noisy)
    assert share == pytest.approx(noisy.mean())
    assert heaped == pytest.approx(1, abs=0.3)
    versions = np.where((key < 20) & (np.arange(3000) % 10 < 4), 1, 0)
    assert deviations(key, versions)[1] > 3
    assert deviations(key, np.zeros(3000, dtype=np.int64)) == (0.0, 0.0)


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), min_size=1, max_size=30))
def test_joint_codes_are_equal_where_all_parts_are(rows: list[tuple[int, int]]) -> None:
    """Two rows have one joint code exactly where both parts are known and equal."""
    first, second = (np.array(part) for part in zip(*rows, strict=True))
    codes = joint(first, second)
    for (i, a), (j, b) in itertools.combinations(enumerate(rows), 2):
        known = min(*a, *b) >= 0
        assert (codes[i] == codes[j] >= 0) == (a == b and known)
    assert ((codes < 0) == (np.minimum(first, second) < 0)).all()
