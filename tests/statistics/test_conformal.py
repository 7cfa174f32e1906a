"""Tests of conformal sets and intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.conformal import Mixture, class_sets, class_thresholds, ladder, steady_threshold, threshold


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0.5, 0.95))
def test_a_threshold_covers_one_more_row(values: list[float], level: float) -> None:
    """Of n + 1 rows, each in turn left out, at least the level stays at or below the others' threshold."""
    rows = np.array(values)
    kept = [rows[index] <= threshold(np.delete(rows, index), level) for index in range(len(rows))]
    assert np.mean(kept) >= level - 1e-9


def test_each_class_is_covered_as_often_as_any_other() -> None:
    """A model that is wrong about a rare class holds it as often as the common one."""
    rng = np.random.default_rng(4)
    rows = 40_000
    drive = rng.normal(size=rows)
    codes = (drive + rng.normal(size=rows) > 1.6).astype(np.int64)
    chance = 1 / (1 + np.exp(4 - drive))
    given_to = np.column_stack([1 - chance, chance])
    half = rows // 2
    limits = class_thresholds(codes[:half], given_to[:half], np.arange(half) % 5, 0.9)
    held = class_sets(given_to[half:], limits)
    covered = held[np.arange(half), codes[half:]]
    assert [covered[codes[half:] == code].mean() for code in (0, 1)] == pytest.approx([0.9, 0.9], abs=0.02)


def test_a_class_with_too_few_rows_is_in_every_set() -> None:
    """Nothing can be promised of a class with eight rows at 90 %, so it is never ruled out."""
    chances = np.tile([0.99, 0.01], (60, 1))
    limits = class_thresholds(np.repeat([0, 1], [52, 8]), chances, np.arange(60) % 5, 0.9)
    assert limits[1] == np.inf
    assert class_sets(chances, limits)[:, 1].all()


def test_no_set_is_empty() -> None:
    """A row that is strange to all classes gets the likeliest one; other sets stay as the thresholds have them."""
    chances = np.array([[0.5, 0.3, 0.2], [0.2, 0.75, 0.05], [0.1, 0.45, 0.45]])
    assert class_sets(chances, [0.3, 0.3, 0.6]).tolist() == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


def test_lumps_of_strangeness_are_held_whole() -> None:
    """A fifth of the rows are alike to each model, each a hair off: the model of all rows holds the level still.

    The threshold of all rows together lies between the lumps of the five models, and the model of all rows, which
    is off by half as much, misses a fifth of the rows with it in one of five samples.
    """
    rng = np.random.default_rng(3)
    missed: dict[str, list[bool]] = {"steady": [], "plain": []}
    for _ in range(300):
        parts, off = np.arange(1500) % 5, rng.normal(0.5, 0.01, 5)
        values = np.where(rng.random(1500) < 0.2, off[parts], 0.2 * rng.random(1500))
        released = off.mean() + rng.normal(0, 0.005)
        missed["steady"].append(released > steady_threshold(values, parts, 0.9))
        missed["plain"].append(released > threshold(values, 0.9))
    assert np.mean(missed["plain"]) > 0.15
    assert np.mean(missed["steady"]) < 0.02


def test_smooth_strangeness_keeps_its_threshold() -> None:
    """Where nothing comes in lumps, the threshold of all rows stays in nearly all samples, however few the rows."""
    rng = np.random.default_rng(4)
    for rows in (60, 1500):
        drawn = [rng.random(rows) for _ in range(200)]
        kept = [steady_threshold(one, np.arange(rows) % 5, 0.9) == threshold(one, 0.9) for one in drawn]
        assert np.mean(kept) > 0.95


@given(
    st.lists(st.lists(st.integers(-3, 9), min_size=1, max_size=6), min_size=2, max_size=3),
    st.integers(-6, 14),
    st.floats(0, 1.5),
    st.integers(0, 1000),
)
def test_an_interval_holds_what_is_no_stranger(ladders: list[list[int]], amount: int, limit: float, seed: int) -> None:
    """An amount is in the interval of a limit where, and only where, its strangeness is at most the limit."""
    mixture = Mixture(ladders)
    chances = np.random.default_rng(seed).dirichlet(np.ones(len(ladders)), 1)
    strange = mixture.strangeness(chances, np.array([float(amount)]))[0]
    low, high = mixture.interval(chances, limit)
    if abs(strange - limit) > 1e-9:
        assert (low[0] <= amount <= high[0]) == (strange <= limit)


def test_a_ladder_keeps_the_largest_amount() -> None:
    """Many amounts become few in equal steps, the largest among them; few stay as they are."""
    assert ladder(np.arange(1000.0), 4).tolist() == [249.0, 499.0, 749.0, 999.0]
    assert ladder([2.0, 1.0], 4).tolist() == [1.0, 2.0]
