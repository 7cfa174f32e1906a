"""Columns read once, asked for parts of their rows."""

import numpy as np
import polars as pl
import pytest

from clientela.models.reading import Readings
from clientela.models.recipe import fit_recipe, unseen

CELLS = pl.DataFrame(
    {
        "number": ["1", " 2.5", "x", None, "1e400", "7"] * 5,
        "word": ["a", "b", " ", None, "a", "ä"] * 5,
        "day": ["2026-01-31", "2026-02-01 10:00", None, "soon", "2026-03-05", "1900-01-01"] * 5,
        "truth": [True, False, None, True, True, False] * 5,
    }
)


@pytest.mark.parametrize("rows", [[], [0], [29, 3, 3, 7, 8], list(range(30))])
def test_part_of_the_rows_reads_as_a_frame_of_them(rows: list[int]) -> None:
    """Recipe and matrices of some rows are those of a frame that holds just these rows."""
    taken, alone = Readings(CELLS).take(np.array(rows, dtype=np.int64)), CELLS[rows]
    recipe = fit_recipe(taken, CELLS.columns)
    assert recipe == fit_recipe(alone, CELLS.columns)
    whole = fit_recipe(CELLS, CELLS.columns)
    assert np.array_equal(whole.trees(taken), whole.trees(alone), equal_nan=True)
    assert np.array_equal(whole.lines(taken), whole.lines(alone))
    assert len(taken) == len(rows)


def test_taking_twice_counts_within_what_was_taken() -> None:
    """Rows taken from rows taken are counted from the start of the latter, also after the column has been read."""
    first = Readings(CELLS).take(np.array([5, 3, 1]))
    assert first["number"].numbers[[0, 2]].tolist() == [7.0, 2.5]
    assert first.take(np.array([2]))["number"].numbers.tolist() == [2.5]


def test_columns_are_read_once() -> None:
    """All parts share what was read of a column: the very same array stands behind them."""
    cells = Readings(CELLS)
    parts = [cells.take(np.array([place])) for place in range(2)]
    assert parts[0]["word"].column is parts[1]["word"].column is cells["word"].column


def test_unseen_counts_new_categories_and_numbers_beyond() -> None:
    """A missing cell is nothing new; a new word, and a number or day beyond all before, is."""
    cells = Readings(pl.DataFrame({"word": ["a"] * 6 + ["b", None, "a"], "size": [1.0, 2, 3, 4, 5, 6, 0.5, None, 3]}))
    before, after = np.arange(6), np.arange(6, 9)
    assert unseen(cells["word"], before, after) == 1
    assert unseen(cells["size"], before, after) == 1
