"""Tests of the digests of rows that a model has met."""

import numpy as np
import polars as pl

from clientela.models.met import digests, met, packed


def test_visitors_and_rows_are_known_again() -> None:
    """Rows of a visitor are one; without a visitor the cells count, however they are stored; order means nothing."""
    rows = pl.DataFrame({"who": ["a", "b", "a", None, None], "x": [1, 2, 3, 4, 5], "y": ["p", None, "q", "r", "s"]})
    found = digests(rows, "who", ("x", "y"))
    assert found[0] == found[2]
    assert len(set(found.tolist())) == 4
    known = packed(found[:4])
    assert len(known) == 4 * 3
    later = pl.DataFrame({"who": ["b", "new", None, None], "x": ["9", "1", "4", "6"], "y": ["z", "p", "r", "s"]})
    assert met(digests(later, "who", ("x", "y")), known).tolist() == [True, False, True, False]


def test_nothing_is_known_of_nothing() -> None:
    """No rows have no digests, and nothing is among them."""
    empty = pl.DataFrame({"x": []}, schema={"x": pl.Int64})
    assert packed(digests(empty, None, ("x",))) == b""
    assert not met(np.array([7], dtype=np.uint32), b"").any()
