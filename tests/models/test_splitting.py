"""Tests of parting rows without recognising anyone."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.domain.column import Column, Role, Storage
from clientela.domain.errors import RefusedError
from clientela.domain.roles import Roles
from clientela.models import splitting


def _roles(names: list[str], **special: str) -> Roles:
    ids = set(special.values())
    columns = tuple(Column(n, Storage.TEXT, Role.IDENTIFIER if n in ids else Role.FEATURE) for n in names)
    return Roles(columns, **special)


def test_visitors_and_equal_rows_are_one_group() -> None:
    """Rows of a visitor belong together; rows without one belong to their equals, the visit id aside."""
    frame = pl.DataFrame({"id": [1, 2, 3, 4, 5], "who": ["a", None, "a", None, None], "x": [1, 2, 3, 2, None]})
    found = splitting.group_rows(frame, _roles(["id", "who", "x"], visitor="who", visit="id"))
    assert found.tolist() == [0, 1, 0, 1, 2]
    assert splitting.group_rows(frame.select("x"), _roles(["x"])).tolist() == [0, 1, 2, 1, 3]
    assert splitting.group_rows(frame.select("id"), _roles(["id"], visit="id")).tolist() == [0, 1, 2, 3, 4]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 2)), min_size=20, max_size=80), st.integers(0, 99))
def test_folds_keep_groups_whole(rows: list[tuple[int, int]], seed: int) -> None:
    """No group is in two folds, every row is in one, and the same seed gives the same folds."""
    keys, codes = map(np.array, zip(*rows, strict=True))
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    groups = np.argsort(np.argsort(first))[inverse]
    if groups.max() < 3:
        with pytest.raises(RefusedError):
            splitting.folds(codes, groups, range(len(codes)), 4, seed)
        return
    fold = splitting.folds(codes, groups, range(len(codes)), 4, seed)
    assert all(len(set(fold[groups == group])) == 1 for group in np.unique(groups))
    assert set(fold) == {0, 1, 2, 3}
    assert fold.tolist() == splitting.folds(codes, groups, range(len(codes)), 4, seed).tolist()
    parts = splitting.parts(fold)
    assert sorted(np.concatenate([part.test for part in parts])) == list(range(len(codes)))


def test_folds_spread_classes_evenly() -> None:
    """Each fold gets its share of a rare class, and another seed deals otherwise."""
    codes = (np.arange(1000) % 50 == 0).astype(int)
    groups = np.arange(1000)
    fold = splitting.folds(codes, groups, range(1000), 5, 1)
    assert np.bincount(fold[codes == 1]).tolist() == [4] * 5
    assert fold.tolist() != splitting.folds(codes, groups, range(1000), 5, 2).tolist()


def test_forward_split_tests_on_the_last_fifth_by_strangers() -> None:
    """The last fifth of time is tested; earlier rows of its visitors leave training where enough stay."""
    times = np.arange(200.0)
    times[0] = np.nan
    codes = np.arange(200) % 2
    groups = np.arange(200)
    groups[10] = 190
    found = splitting.forward(times, codes, groups)
    assert not isinstance(found, str)
    parts, split = found
    part = parts[-1]
    assert part.test.min() > part.train.max()
    assert 10 not in part.train
    assert 0 not in part.train
    assert "1 earlier rows" in split.detail
    alone = splitting.forward(np.arange(200.0), codes, np.arange(200))
    assert not isinstance(alone, str)
    assert "no visitor is on both sides" in alone[1].detail
    same = splitting.forward(np.arange(200.0), codes, np.arange(200) % 3)
    assert not isinstance(same, str)
    assert "stay in training" in same[1].detail


def test_periods_before_the_last_one_are_answered_by_their_past() -> None:
    """Three periods of equal length lie before the last fifth, each after all it is learned from; none overlap."""
    found = splitting.forward(np.arange(300.0), np.arange(300) % 2, np.arange(300))
    assert not isinstance(found, str)
    parts = found[0]
    assert [len(part.test) for part in parts] == [40, 40, 40, 60]
    assert all(part.train.max() < part.test.min() for part in parts)
    assert np.unique(np.concatenate([part.test for part in parts])).size == 180
    rare = np.zeros(300, dtype=np.int64)
    rare[[*range(0, 120, 5), *range(240, 300, 5)]] = 1
    late = splitting.forward(np.arange(300.0), rare, np.arange(300))
    assert not isinstance(late, str)
    assert len(late[0]) == 1, "periods with one answer only are left out"


def test_forward_split_says_where_it_is_not_possible() -> None:
    """A future without buyers cannot be tested on, and says so."""
    codes = (np.arange(200) < 50).astype(int)
    assert "lacks rows of one side" in str(splitting.forward(np.arange(200.0), codes, np.arange(200)))
    assert "same time" in str(splitting.forward(np.zeros(200), codes, np.arange(200)))


def test_time_is_a_number_that_orders_rows(visits: pl.DataFrame, roles_of: Callable[..., Roles]) -> None:
    """Timestamps and numbers order rows; words do not, and neither does no column."""
    roles = roles_of(visits, "bought")
    found = splitting.time_of(visits, roles)
    assert found is not None
    assert np.all(np.diff(found) > 0)
    assert splitting.time_of(visits.with_columns(time=pl.lit("soon")), roles) is None
    assert splitting.time_of(visits.with_columns(time=pl.int_range(pl.len())), roles) is not None
    assert splitting.time_of(visits.drop("time"), roles) is None
    named = splitting.time_of(visits.with_columns(time=pl.Series(["Mar", "Oktober"] * (len(visits) // 2))), roles)
    assert named is not None
    assert np.unique(named).tolist() == [3, 10]


def test_splits_are_described() -> None:
    """The description says whether visitors or equal rows stay together."""
    parts = splitting.parts(np.array([0, 1, 0, 1]))
    assert splitting.describe_folds(parts, visitors=True).name == "folds by visitor"
    assert "equal rows" in splitting.describe_folds(parts, visitors=False).detail
