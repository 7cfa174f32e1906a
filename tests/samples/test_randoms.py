"""Tests of the random numbers by position."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clientela.samples.randoms import Permutation, pick, stream


@given(st.integers(-(2**70), 2**70), st.integers(0, 10**9))
def test_numbers_do_not_depend_on_neighbours(seed: int, start: int) -> None:
    """A number is the same whether it is drawn alone or with others, and lies strictly inside 0 to 1."""
    line = stream(seed).named("some")
    positions = start + np.arange(40)
    together = line.uniform(positions)
    alone = np.concatenate([line.uniform(positions[i : i + 1]) for i in range(40)])
    assert np.array_equal(together, alone)
    assert ((together > 0) & (together < 1)).all()


def test_numbers_are_uniform_and_streams_unrelated() -> None:
    """100,000 numbers pass Kolmogorov-Smirnov; neighbours, names and seeds do not correlate."""
    positions = np.arange(100_000)
    first = stream(3).named("a").uniform(positions)
    assert stats.kstest(first, "uniform").pvalue > 0.001
    others = [first[1:], stream(3).named("b").uniform(positions[1:]), stream(4).named("a").uniform(positions[1:])]
    for other in others:
        assert abs(np.corrcoef(first[: len(other)], other)[0, 1]) < 0.015
    assert stats.kstest(stream(3).named("n").normal(positions), "norm").pvalue > 0.001


def test_names_are_read_to_the_end() -> None:
    """Names that differ in one letter, or in order, give different streams."""
    keys = {stream(1).named(name).key for name in ("ab", "ba", "a", "", "abc")}
    keys.add(stream(1).named("a").named("b").key ^ 1)
    assert len(keys) == 6


def test_choice_follows_shares_by_kind() -> None:
    """Options come as often as their shares say, kind by kind; shares need not sum to one."""
    shares = np.array([[1.0, 2.0, 1.0], [0.0, 0.0, 5.0]])
    kinds = np.arange(20_000) % 2
    chosen = stream(8).choice(np.arange(20_000), shares, kinds)
    assert set(chosen[kinds == 1]) == {2}
    counts = np.bincount(chosen[kinds == 0])
    assert stats.chisquare(counts, [2500, 5000, 2500]).pvalue > 0.001


def test_pick_takes_the_option_the_number_falls_into() -> None:
    """Numbers are cut at the cumulated shares."""
    assert pick(np.array([0.1, 0.3, 0.9]), np.array([0.2, 0.3, 0.5])).tolist() == [0, 1, 2]


@given(st.integers(1, 3000), st.integers(0, 1000))
def test_permutation_is_one_to_one_and_reversible(size: int, seed: int) -> None:
    """Every position goes to another one inside the range, and comes back."""
    shuffle = Permutation(size, stream(seed))
    moved = shuffle.forward(np.arange(size))
    assert sorted(moved.tolist()) == list(range(size))
    assert np.array_equal(shuffle.backward(moved), np.arange(size))


def test_permutation_shuffles() -> None:
    """Where a position goes has no relation to where it was, nor do neighbours stay near."""
    size = 50_000
    moved = Permutation(size, stream(5)).forward(np.arange(size))
    assert abs(stats.spearmanr(moved, np.arange(size)).statistic) < 0.02
    assert np.abs(np.diff(moved)).mean() == pytest.approx(size / 3, rel=0.03)
