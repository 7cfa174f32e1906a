"""Classes as a few questions show them: what may be asked, which columns are kept, which cells are joined."""

from __future__ import annotations

import numpy as np
import polars as pl
from sklearn.metrics import adjusted_rand_score

from clientela.segments.result import Condition
from clientela.segments.rules import fulfilled
from clientela.segments.shown import MOST_LEVELS, Asked, askable, narrowed, shown


def visits(rows: int = 1500) -> tuple[pl.DataFrame, np.ndarray]:
    """Return visits of two kinds that several columns show, and one that shows nothing; some cells missing."""
    rng = np.random.default_rng(0)
    kind = (rng.random(rows) < 0.5).astype(int)
    frame = pl.DataFrame({f"n{place}": rng.normal(size=rows) + 1.5 * kind for place in range(3)})
    page = np.where(rng.random(rows) < 0.8, np.where(kind == 1, "sale", "home"), rng.choice(list("pqr"), rows))
    gone = pl.Series(rng.random(rows) < np.where(kind == 1, 0.1, 0.6))
    orders = pl.Series(rng.poisson(3, rows)).set(gone, None)
    return frame.with_columns(page=pl.Series(page), orders=orders, noise=rng.normal(size=rows)), kind


def found(
    frame: pl.DataFrame, codes: np.ndarray, lines: int, some: np.ndarray | None = None
) -> tuple[np.ndarray, Asked]:
    """Return classes and lines, every column a source of its own."""
    few = np.arange(frame.height) if some is None else some
    return shown(narrowed(askable(frame, range(frame.width)), codes, few), lines)


def test_every_visit_lies_in_one_cell() -> None:
    """Numbers lie between their rounded quarters, whole ones at whole bounds; rare values and gaps have own cells."""
    many = [f"v{place:02}" for place in range(12) for _ in range(40 - place)]
    frame = pl.DataFrame({"seconds": np.linspace(0, 1, len(many)), "orders": np.arange(len(many)) % 9, "page": many})
    frame = frame.with_columns(pl.when(pl.int_range(pl.len()) < 10).then(None).otherwise(pl.all()).name.keep())
    seconds, orders, page = askable(frame, (0, 1, 2))
    assert all(bound == int(bound) for bound in orders.bounds)
    assert len(page.levels) == MOST_LEVELS
    for column in (seconds, orders, page):
        assert np.array_equal(column.matrix.sum(axis=1), np.ones(frame.height))
        assert (column.codes[:10] == column.missing).all()
        assert (column.codes[10:] < column.missing).all()
    cut = fulfilled((Condition("seconds", ">", seconds.bounds[1]),), frame)
    assert np.array_equal(cut, (seconds.codes >= 2) & (seconds.codes < seconds.others))
    assert set(frame["page"].to_numpy()[page.codes == page.others]) == {"v00", "v09", "v10", "v11"}


def test_lines_hold_as_rules_hold() -> None:
    """Each line is fulfilled by the very visits that the rules of segments say, visits without a value included."""
    frame, kind = visits()
    for lines in (3, 6, 12):
        _, asked = found(frame, kind, lines)
        assert 0 < len(asked.conditions) <= lines
        for place, condition in enumerate(asked.conditions):
            assert np.array_equal(asked.holds[:, place] > 0, fulfilled((condition,), frame)), condition


def test_lines_tell_classes() -> None:
    """Classes found on half of the visits come back on the others, as a function of the lines alone."""
    frame, kind = visits()
    some = np.arange(0, frame.height, 2)
    codes, asked = found(frame, kind, 8, some)
    assert adjusted_rand_score(kind[1::2], codes[1::2]) > 0.6
    same = np.unique(asked.holds, axis=0, return_inverse=True)[1].reshape(-1)
    assert all(len(set(codes[same == one].tolist())) == 1 for one in range(int(same.max()) + 1))


def test_columns_that_tell_nothing_are_not_asked() -> None:
    """Joining cells of noise loses least, so that few lines leave it out."""
    frame, kind = visits()
    _, asked = found(frame, kind, 5)
    assert "noise" not in {condition.column for condition in asked.conditions}


def test_one_column_of_a_source_is_kept() -> None:
    """Columns of one join say the same twice: the one that tells more stays."""
    frame, kind = visits()
    few = narrowed(askable(frame.select("n0", "noise", "page"), (0, 0, 1)), kind, np.arange(frame.height))
    assert {column.name for column in few.kept} == {"n0", "page"}


def test_numbers_are_joined_side_by_side() -> None:
    """Where the middle of a number tells a class, its ends, though alike, stay apart: one line could not name both."""
    rng = np.random.default_rng(1)
    value = rng.random(2000)
    middle = ((value > 0.25) & (value < 0.75)).astype(int)
    frame = pl.DataFrame({"a": value, "b": rng.normal(size=2000) + 2 * middle})
    _, asked = found(frame, middle, 3)
    assert sum(condition.column == "a" for condition in asked.conditions) == 2


def test_nothing_is_asked_where_all_cells_are_the_same() -> None:
    """A column of one value, or without any, has no line."""
    frame = pl.DataFrame({"a": ["x"] * 60, "b": pl.Series([None] * 60, dtype=pl.Float64)})
    codes, asked = found(frame, np.arange(60) % 2, 5)
    assert asked.conditions == ()
    assert set(codes.tolist()) == {0}
