"""A letter that marks cancelled rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from clientela.audit.auditing import understand
from clientela.audit.cancelling import find_mark
from clientela.audit.checking import Context
from clientela.audit.options import AuditOptions
from clientela.domain.roles import Ask
from clientela.tables.frames import from_frame


def orders(rows: int) -> pl.DataFrame:
    """Return orders of which a twentieth is cancelled, with a letter and an amount below zero."""
    rng = np.random.default_rng(2)
    back = rng.random(rows) < 0.05
    number = [f"{'R' if gone else ''}{500_000 + i}" for i, gone in enumerate(back)]
    return pl.DataFrame({"order_no": number, "pieces": rng.integers(1, 9, rows) * np.where(back, -1, 1)})


def test_a_letter_that_goes_with_amounts_below_zero(context_of: Callable[..., Context]) -> None:
    """The letter, the amount and the rows are told; a letter that goes with nothing is not."""
    frame = orders(2000)
    mark = find_mark(context_of(frame).facts)
    assert mark is not None
    assert (mark.column, mark.sign, mark.amount) == ("order_no", "R", "pieces")
    assert mark.rows == frame.filter(pl.col("order_no").str.starts_with("R")).height
    assert (mark.share, mark.without) == (1.0, 0.0)
    assert find_mark(context_of(frame.with_columns(pl.col("pieces").shuffle(1))).facts) is None
    assert find_mark(context_of(frame.with_columns(pl.col("pieces").abs())).facts) is None


def test_rows_are_counted_on_the_whole_table() -> None:
    """Where the audit works on a sample the marked rows are still exact."""
    frame = orders(5000)
    with from_frame(frame) as table:
        mark = find_mark(understand(table, Ask(), AuditOptions(sample_rows=1500)).facts)
    assert mark is not None
    assert mark.rows == frame.filter(pl.col("order_no").str.starts_with("R")).height
