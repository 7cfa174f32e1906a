"""The small readable tree."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.models.partition import MOST_VALUES, Branch, Limits, grow

LIMITS = Limits(leaves=6, depth=3, least_rows=20, seed=0)
RNG = np.random.default_rng(7)


def branches(branch: Branch | None) -> Iterator[Branch]:
    """Yield all questions of a tree."""
    if branch is not None:
        yield branch
        yield from branches(branch.yes)
        yield from branches(branch.no)


def depth(branch: Branch | None) -> int:
    """Return the longest way through a tree."""
    return 0 if branch is None else 1 + max(depth(branch.yes), depth(branch.no))


def test_a_planted_bound_is_found_and_rounded() -> None:
    """A jump at 37.2134 in noise is found and said with at most three digits, off by little."""
    x = RNG.uniform(0, 100, 4000)
    target = np.where(x > 37.2134, 1.0, 0.0) + RNG.normal(0, 0.3, 4000)
    found = grow(pl.DataFrame({"noise": RNG.normal(size=4000), "x": x}), target, LIMITS)
    assert found is not None
    assert found.column == "x"
    assert found.value == pytest.approx(37.2134, abs=0.5)
    assert float(f"{found.value:.3g}") == found.value


def test_zero_is_the_bound_where_zero_parts_the_rows() -> None:
    """Between 0 and the next value the bound is 0, the number a person would name."""
    x = np.repeat([0.0, 17.5, 30.0], 100)
    found = grow(pl.DataFrame({"x": x}), (x > 0).astype(float), LIMITS)
    assert found is not None
    assert (found.operator, found.value) == ("<=", 0.0)


def test_whole_numbers_get_whole_bounds() -> None:
    """A column of counts is never asked for a fraction."""
    x = RNG.integers(0, 30, 2000)
    found = grow(pl.DataFrame({"x": x}), np.sqrt(x) + RNG.normal(0, 0.2, 2000), LIMITS)
    bounds = [branch.value for branch in branches(found)]
    assert bounds
    assert all(bound == int(bound) for bound in bounds)


def test_the_planted_set_of_categories_is_listed() -> None:
    """Two of six values that stand out are listed, all others are not."""
    values = RNG.choice(list("abcdef"), 3000)
    target = np.isin(values, ["b", "e"]) + RNG.normal(0, 0.3, 3000)
    found = grow(pl.DataFrame({"v": values}), target, LIMITS)
    assert found is not None
    assert (found.operator, found.values) == ("in", ("b", "e"))


def test_the_shorter_side_is_listed() -> None:
    """Where many values are high and one is low, the one is listed."""
    values = RNG.choice(list("abcdef"), 3000)
    found = grow(pl.DataFrame({"v": values}), (values != "c").astype(float), LIMITS)
    assert found is not None
    assert found.values == ("c",)


def test_rare_values_are_never_listed_and_lists_stay_short() -> None:
    """Of a thousand values eight are high: at most `MOST_VALUES` are listed, none of them rare."""
    common = RNG.choice([f"v{i}" for i in range(40)], 4000)
    values = np.where(RNG.random(4000) < 0.2, [f"rare{i}" for i in range(4000)], common)
    high = np.array([int(v[1:]) < 8 if v[0] == "v" else 0 for v in values], dtype=float)
    listed = [value for branch in branches(grow(pl.DataFrame({"v": values}), high, LIMITS)) for value in branch.values]
    assert listed
    assert not any(value.startswith("rare") for value in listed)
    assert all(len(b.values) <= MOST_VALUES for b in branches(grow(pl.DataFrame({"v": values}), high, LIMITS)))


def test_missing_cells_are_a_question_of_their_own() -> None:
    """Where only being unknown matters, that is what is asked, for numbers and for text."""
    gone = RNG.random(1000) < 0.3
    for column in (pl.Series("x", RNG.normal(size=1000)), pl.Series("x", RNG.choice(list("ab"), 1000))):
        frame = pl.DataFrame({"x": column.set(pl.Series(gone), None)})
        found = grow(frame, gone.astype(float), LIMITS)
        assert found is not None
        assert (found.operator, found.missing, found.missing_seen) == ("missing", True, True)


@pytest.mark.parametrize("like_high", [True, False])
def test_missing_cells_go_where_they_fit(like_high: bool) -> None:
    """Rows without a value join the side whose target they share."""
    x = np.repeat([1.0, 2.0, np.nan], 300)
    target = np.where(np.isnan(x), float(like_high), x - 1)
    found = grow(pl.DataFrame({"x": x}), target, LIMITS)
    assert found is not None
    assert found.operator == "<="
    assert found.missing is not like_high


def test_infinite_and_huge_values_do_no_harm() -> None:
    """Infinities count as missing and values beyond single precision are told apart."""
    x = np.array([1e20, 1.00000001e20, np.inf, -np.inf] * 50)
    found = grow(pl.DataFrame({"x": x}), (x == 1.00000001e20).astype(float), LIMITS)
    assert found is not None
    assert found.value is not None
    assert 1e20 <= found.value < 1.00000001e20


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"x": [1.0] * 100}),
        pl.DataFrame({"x": pl.Series([None] * 100, dtype=pl.String)}),
        pl.DataFrame({"x": [f"id{i}" for i in range(100)]}),
        pl.DataFrame({"x": list(range(30))}),
        pl.DataFrame(),
    ],
)
def test_nothing_to_part_gives_no_tree(frame: pl.DataFrame) -> None:
    """Constant, empty, all-different or too few rows give None."""
    assert grow(frame, np.arange(frame.height, dtype=float), LIMITS) is None


def test_a_target_without_spread_gives_no_tree() -> None:
    """Where nothing differs nothing is asked."""
    assert grow(pl.DataFrame({"x": range(500)}), np.ones(500), LIMITS) is None


def test_a_cut_that_cannot_be_said_is_left_for_the_next_column() -> None:
    """Of a column of many equal values only a few can be listed; the plain column is asked instead."""
    values = RNG.choice([f"v{i:02}" for i in range(50)], 5000)
    high = np.array([int(v[1:]) % 2 for v in values], dtype=float)
    frame = pl.DataFrame({"many": values, "plain": high * 0.4 + RNG.normal(0, 0.3, 5000)})
    found = grow(frame, high, LIMITS)
    assert found is not None
    assert found.column == "plain"


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 3), st.integers(5, 60))
def test_limits_hold(seed: int, leaves: int, deep: int, least: int) -> None:
    """No tree has more leaves, conditions or smaller leaves than asked for."""
    rng = np.random.default_rng(seed)
    x, v = rng.integers(0, 8, 300), rng.choice(list("abcd"), 300)
    frame = pl.DataFrame({"x": x, "v": v})
    found = grow(frame, rng.normal(size=300) + x, Limits(leaves, deep, least, seed))
    assert depth(found) <= deep
    assert len(list(branches(found))) < leaves

    def check(branch: Branch | None, inside: np.ndarray) -> None:
        assert inside.sum() >= least
        if branch is not None:
            holds = x <= branch.value if branch.value is not None else np.isin(v, branch.values)
            check(branch.yes, inside & holds)
            check(branch.no, inside & ~holds)

    check(found, np.ones(300, dtype=bool))


@given(st.integers(0, 10_000))
def test_units_do_not_matter(seed: int) -> None:
    """A column in other units is parted into the same rows where no rounding is needed."""
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 9, 400)
    target = rng.normal(size=400) + x
    one = grow(pl.DataFrame({"x": x}), target, LIMITS)
    other = grow(pl.DataFrame({"x": x * 1000}), target, LIMITS)
    for first, second in zip(branches(one), branches(other), strict=True):
        assert ((x <= first.value) == (x * 1000 <= second.value)).all()


def test_the_same_seed_gives_the_same_tree() -> None:
    """Growing twice gives equal records, as plain data too."""
    x = RNG.normal(size=(800, 3))
    frame = pl.DataFrame({f"x{i}": x[:, i] for i in range(3)})
    first, second = grow(frame, x.sum(axis=1), LIMITS), grow(frame, x.sum(axis=1), LIMITS)
    assert first is not None
    assert first == second
    assert first.to_dict()["yes"]["column"] in frame.columns
