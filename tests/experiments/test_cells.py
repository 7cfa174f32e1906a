"""Cells that a calculation can use, and one sentence for all others."""

import math

import polars as pl
import pytest

from clientela.domain.errors import InputError
from clientela.experiments.cells import complete, numbers


def test_missing_cells_are_counted_and_an_empty_column_is_named() -> None:
    """Some missing cells are counted; a column without any cell is called empty."""
    frame = pl.DataFrame({"some": [1, None, 3], "none": [None, None, None], "all": [1, 2, 3]})
    complete(frame, ["all"])
    with pytest.raises(InputError, match="1 of 3 cells of 'some' are missing"):
        complete(frame, ["all", "some"])
    with pytest.raises(InputError, match="'none' is empty"):
        complete(frame, ["none"])


def test_numbers_are_read_and_words_are_not() -> None:
    """Whole numbers, fractions and yes or no are numbers; text is not."""
    frame = pl.DataFrame({"count": [1, 2], "share": [0.5, -1e50], "yes": [True, False], "text": ["1", "b"]})
    assert [numbers(frame, name).tolist() for name in ("count", "share", "yes")] == [[1, 2], [0.5, -1e50], [1, 0]]
    with pytest.raises(InputError, match="'text' holds no numbers"):
        numbers(frame, "text")


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1e51])
def test_numbers_that_cannot_be_added_are_refused(wrong: float) -> None:
    """Infinite, undefined and huge numbers are told in one sentence."""
    with pytest.raises(InputError, match="infinite, undefined or beyond"):
        numbers(pl.DataFrame({"reward": [0.0, wrong]}), "reward")
