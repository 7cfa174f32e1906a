"""From a table of purchases to customers: what counts as a purchase, what was known when, whatever the table's size."""

from collections.abc import Callable
from datetime import date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clientela.domain.errors import ColumnError, InputError, RefusedError
from clientela.models.lifetime import purchases
from clientela.models.lifetime.purchases import HISTORY, LATER, Reckoning, Window, customers, open_ledger
from clientela.tables.frames import from_frame

NAMES = ("who", "when", "paid")


def rows_of(*rows: tuple[str | None, str | None, float | None]) -> pl.DataFrame:
    """Return a table of purchases, days as text."""
    return pl.DataFrame(rows, schema={"who": pl.String, "when": pl.String, "paid": pl.Float64}, orient="row")


def taken(frame: pl.DataFrame, *windows: Window) -> tuple[list[pl.DataFrame], Reckoning]:
    """Return customers of the windows, and what became of the rows."""
    with from_frame(frame) as table:
        return customers(open_ledger(table, *NAMES), windows)


SHOP = rows_of(
    ("b", "2026-01-01", 5.0),
    ("a", "2026-01-01 09:00:00", 10.0),
    ("a", "2026-01-01 17:30:00", 20.0),
    ("a", "2026-01-15", 8.0),
    ("a", "2026-02-12", 4.0),
    ("a", "2026-03-05", 7.0),
    ("c", "2026-03-01", 9.0),
    ("b", "2026-03-20", 1.0),
)


def test_a_customer_is_what_was_known_at_the_cut() -> None:
    """Rows of a day are one purchase; recency and age are in weeks; what came later is kept apart."""
    [found], told = taken(SHOP, Window(date(2026, 2, 26), date(2026, 3, 26)))
    first, second = found.rows(named=True)
    assert found.columns == ["visitor", *HISTORY, *LATER]
    assert first == {
        "visitor": "a",
        "frequency": 2.0,
        "recency": 6.0,
        "age": 8.0,
        "mean_amount": 6.0,
        "first_amount": 30.0,
        "last_amount": 4.0,
        "largest_amount": 30.0,
        "recent_purchases": 3.0,
        "recent_spend": 42.0,
        "previous_spend": 4.0,
        "later_purchases": 1.0,
        "later_spend": 7.0,
    }
    assert (second["visitor"], second["frequency"], second["mean_amount"], second["later_spend"]) == ("b", 0, 0, 1)
    assert told == Reckoning(8, 0, 7, 1, 0, 0.0, 0.0, 64.0, 0)


def test_what_comes_after_the_cut_changes_nothing_before_it() -> None:
    """Other purchases after the cut leave every column of the history as it was."""
    window = Window(date(2026, 2, 26), date(2026, 3, 26))
    other = SHOP.with_columns(pl.when(pl.col("when") > "2026-02-27").then(999.0).otherwise("paid").alias("paid"))
    [before], _ = taken(SHOP, window)
    [after], _ = taken(other, window)
    assert_frame_equal(before.select("visitor", *HISTORY), after.select("visitor", *HISTORY))
    assert not before["later_spend"].equals(after["later_spend"])


def test_returns_are_taken_off_their_day_or_left_out() -> None:
    """A day below zero, or at zero with a return, is no purchase; a free item is; part returned lowers the amount."""
    frame = rows_of(
        ("a", "2026-01-01", 10.0),
        ("a", "2026-01-01", -4.0),
        ("a", "2026-01-08", -6.0),
        ("a", "2026-01-15", 0.3),
        ("a", "2026-01-15", -0.1),
        ("a", "2026-01-15", -0.2),
        ("a", "2026-01-22", 0.0),
        ("z", "2026-01-22", -5.0),
    )
    [found], told = taken(frame, Window(date(2026, 1, 22), date(2026, 1, 22)))
    assert found["visitor"].to_list() == ["a"]
    assert found.select("frequency", "first_amount", "last_amount").row(0) == (1.0, 6.0, 0.0)
    assert (told.purchases, told.returns, told.free, told.total) == (2, 3, 1, 6.0)
    assert (round(told.returned, 9), round(told.negative, 9)) == (-11.0, -15.3)


def test_rows_that_say_nothing_are_counted() -> None:
    """Rows without visitor, day or finite amount are left out and counted."""
    frame = rows_of(
        ("a", "2026-01-01", 1.0),
        (None, "2026-01-01", 1.0),
        (" ", "2026-01-01", 1.0),
        ("a", "soon", 1.0),
        ("a", None, 1.0),
        ("a", "2026-01-01", None),
        ("a", "2026-01-01", float("nan")),
        ("a", "2026-01-01", float("inf")),
    )
    [found], told = taken(frame, Window(date(2026, 1, 1), date(2026, 1, 1)))
    assert found.height == 1
    assert (told.rows, told.left_out, told.purchases, told.total) == (8, 7, 1, 1.0)


@pytest.mark.parametrize(
    "when", [date(2026, 1, 1), datetime.fromisoformat("2026-01-01 23:59:00"), "2026-01-01", "2026-01-01T08:30"]
)
def test_days_may_be_stored_in_any_way(when: object) -> None:
    """Dates, times and text of both give the same day."""
    frame = pl.DataFrame({"who": [17850.0], "when": [when], "paid": [3]})
    with from_frame(frame) as table:
        ledger = open_ledger(table, *NAMES)
        [found], _ = customers(ledger, [Window(ledger.last, ledger.last)])
    assert ledger.first == ledger.last == date(2026, 1, 1)
    assert found["visitor"].to_list() == ["17850"]


def test_a_large_table_is_worked_on_in_parts(
    monkeypatch: pytest.MonkeyPatch, shop: Callable[..., tuple[pl.DataFrame, object]]
) -> None:
    """Parts of the visitors, and days summed while reading, give what one piece gives."""
    frame = shop(300, 1)[0].rename({"customer": "who", "day": "when", "amount": "paid"})
    windows = Window(date(2025, 9, 1), date(2025, 12, 20)), Window(date(2025, 12, 20), date(2025, 12, 20))
    whole, told = taken(frame, *windows)
    monkeypatch.setattr(purchases, "PART_ROWS", frame.height // 4)
    monkeypatch.setattr(purchases, "PENDING_ROWS", 10)
    parted, also = taken(frame, *windows)
    for one, other in zip(whole, parted, strict=True):
        assert_frame_equal(one, other)
    assert (also.rows, also.purchases, also.merged) == (told.rows, told.purchases, told.merged)
    assert also.total == pytest.approx(told.total)


@pytest.mark.parametrize(
    ("names", "error", "words"),
    [
        (("whom", "when", "paid"), ColumnError, "did you mean 'who'"),
        (("who", "when", "when"), InputError, "three different columns"),
        (("when", "who", "paid"), RefusedError, "is a date"),
        (("paid", "when", "who"), InputError, "must hold numbers"),
    ],
)
def test_columns_that_do_not_fit_are_named(names: tuple[str, str, str], error: type[Exception], words: str) -> None:
    """A missing column, one named twice, times that are none and amounts that are none end with a sentence."""
    with from_frame(SHOP) as table, pytest.raises(error, match=words):
        open_ledger(table, *names)


def test_a_table_without_customers_gives_none() -> None:
    """Where every row lacks something, there are no customers and all rows are counted as left out."""
    [found], told = taken(rows_of((None, "2026-01-01", 1.0)), Window(date(2026, 1, 1), date(2026, 1, 1)))
    assert found.is_empty()
    assert (told.rows, told.left_out, told.purchases) == (1, 1, 0)
