"""From a table of purchases to one row per customer: what was known at a moment, what came after it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from clientela.domain.column import Storage
from clientela.domain.errors import ColumnError, InputError, RefusedError, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.domain.record import Record
from clientela.models.values import moments, texts
from clientela.tables.table import Table

VISITOR = "visitor"
WEEK = 7
RECENT = 13
"""Weeks before a cut that count as recent: a quarter."""
PART_ROWS = 20_000_000
"""Rows worked on at a time; larger tables are parted by the hash of the visitor."""
PENDING_ROWS = 2_000_000
"""Rows of batches put together before purchases of a day are summed."""
NUMBERS = (Storage.INTEGER, Storage.NUMBER)

HISTORY = (
    "frequency",
    "recency",
    "age",
    "mean_amount",
    "first_amount",
    "last_amount",
    "largest_amount",
    "recent_purchases",
    "recent_spend",
)
"""Columns with what is known of a customer at a cut."""
LATER = ("previous_spend", "later_purchases", "later_spend")
"""Columns with the spend in as many days before the cut as are looked at after it, and with what came then."""


@dataclass(frozen=True)
class Window(Record):
    """A moment, and the time after it.

    Attributes:
        cut: Last day that is known.
        end: Last day of the time after it; the cut itself where nothing after it is known.
    """

    cut: date
    end: date

    @property
    def weeks(self) -> float:
        """Length of the time after the cut, in weeks."""
        return (self.end - self.cut).days / WEEK


@dataclass(frozen=True)
class Reckoning(Record):
    """What became of the rows of a table of purchases.

    Attributes:
        rows: Rows of the table; of visits those that bought.
        left_out: Rows without a visitor, a day or an amount.
        purchases: Days on which a visitor bought.
        merged: Rows beyond the first of a visitor and day.
        returns: Visitor's days whose amounts sum below zero, or to zero with a negative one among them.
        returned: Sum of those days, in money (0 or below).
        negative: Sum of all negative amounts, in money (0 or below).
        total: Sum of the purchases, in money.
        free: Purchases of amount 0.
    """

    rows: int
    left_out: int
    purchases: int
    merged: int
    returns: int
    returned: float
    negative: float
    total: float
    free: int


@dataclass(frozen=True)
class Ledger:
    """A table of purchases whose columns and days have been found fit.

    Attributes:
        table: One row per purchase, or per line of one.
        visitor: Column that tells customers apart.
        time: Column with the day or time of the purchase.
        amount: Column with the amount in money; negative for returns.
        first: Earliest day.
        last: Latest day: up to it everybody was watched.
        visits: Whether rows are visits: one without an amount is no purchase.
    """

    table: Table
    visitor: str
    time: str
    amount: str
    first: date
    last: date
    visits: bool = False


def open_ledger(table: Table, visitor: str, time: str, amount: str, *, visits: bool = False) -> Ledger:
    """Check the columns of a table of purchases and find its first and last day.

    Raises:
        ColumnError: A column is not there.
        InputError: One column is named twice, or the amount is no number.
        RefusedError: No cell of the time column is a date.
    """
    storage = {field.name: field.storage for field in table.fields}
    for name in (visitor, time, amount):
        if name not in storage:
            raise ColumnError.missing(name, storage)
    if len({visitor, time, amount}) < 3:
        raise InputError("Visitor, time and amount must be three different columns.")
    if storage[amount] not in NUMBERS:
        raise InputError(f"The amount column {quoted(amount)} holds {storage[amount]}, and must hold numbers.")
    ends: list[date] = []
    for batch in table.batches(columns=[time]):
        days = moments(batch[time]).drop_nulls().dt.date()
        ends += [day for day in (days.min(), days.max()) if isinstance(day, date)]
    if not ends:
        raise RefusedError(f"No cell of the time column {quoted(time)} is a date such as 2026-11-05.")
    return Ledger(table, visitor, time, amount, min(ends), max(ends), visits)


def customers(
    ledger: Ledger, windows: Sequence[Window], progress: Progress = SILENT
) -> tuple[list[pl.DataFrame], Reckoning]:
    """Sum up purchases per customer, once for every window.

    The rows of a visitor on one day are one purchase, whose amount is their sum, returns of
    that day taken off. A day that sums below zero, or to zero with a negative amount, is a
    return and no purchase. Rows are read in batches, and parts of the visitors at a time
    where the table is large, so that only one row per customer stays in memory.

    Args:
        ledger: The table.
        windows: Moments, each with the time after it.
        progress: Takes word of how far it is.

    Returns:
        One frame per window with `VISITOR`, `HISTORY` (times in weeks, frequency and mean
        amount of repeat purchases only, mean amount 0 where there is none) and `LATER`, a row for every
        customer with a purchase up to the cut, ordered by visitor; and what became of the rows.
    """
    parts = max(1, math.ceil(ledger.table.rows / PART_ROWS))
    found: list[list[pl.DataFrame]] = [[] for _ in windows]
    reckonings = []
    for part in range(parts):
        progress.update("reading purchases", part / parts)
        days, rows = _days(_share(ledger.table, ledger.visitor, part, parts), ledger)
        bought = days.filter(~_is_return())
        reckonings.append(_reckoned(days, bought, rows))
        for place, window in enumerate(windows):
            found[place].append(_at(bought, window))
    frames = [pl.concat(frames).sort(VISITOR) for frames in found]
    return frames, _summed(reckonings)


def _share(table: Table, visitor: str, part: int, parts: int) -> Table:
    """Return the rows of one part of the visitors."""
    if parts == 1:
        return table
    below, _ = table.split((part + 1) / parts, 0, visitor)
    _, kept = below.split(part / parts, 0, visitor)
    return kept


def _days(table: Table, ledger: Ledger) -> tuple[pl.DataFrame, int]:
    """Return one row per visitor and day (visitor, day, amount, negative, rows), and the rows read."""
    pending: list[pl.DataFrame] = []
    held = rows = 0
    for batch in _batches(table, ledger):
        rows += batch.height
        pending.append(_by_day(batch.drop_nulls(["visitor", "day", "amount"])))
        held += pending[-1].height
        if held > PENDING_ROWS:
            pending = [_by_day(pl.concat(pending))]
            held = pending[0].height // 2
    return (_by_day(pl.concat(pending)) if pending else _EMPTY).sort(VISITOR, "day"), rows


_EMPTY = pl.DataFrame(
    schema={VISITOR: pl.String, "day": pl.Date, "amount": pl.Float64, "negative": pl.Float64, "rows": pl.Int64}
)


def _batches(table: Table, ledger: Ledger) -> Iterator[pl.DataFrame]:
    idle = (pl.col(ledger.amount) == 0).fill_null(value=False) if ledger.visits else pl.lit(value=False)
    for rows in table.batches(columns=[ledger.visitor, ledger.time, ledger.amount]):
        batch = rows.filter(~idle)
        amount = batch[ledger.amount].cast(pl.Float64)
        yield pl.DataFrame(
            {
                VISITOR: texts(batch[ledger.visitor]),
                "day": moments(batch[ledger.time]).dt.date(),
                "amount": amount.set(~amount.is_finite().fill_null(value=True), None),
            }
        ).with_columns(pl.min_horizontal("amount", 0.0).alias("negative"), pl.lit(1, pl.Int64).alias("rows"))


def _by_day(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.group_by(VISITOR, "day", maintain_order=True).agg(pl.col("amount", "negative", "rows").sum())


def _is_return() -> pl.Expr:
    """Tell days that are returns; sums of money are compared as cents, so that 0.1 + 0.2 - 0.3 is zero."""
    amount = pl.col("amount").round(6)
    return (amount < 0) | ((amount == 0) & (pl.col("negative") < 0))


def _reckoned(days: pl.DataFrame, bought: pl.DataFrame, rows: int) -> Reckoning:
    used = int(days["rows"].sum())
    total = float(bought["amount"].sum())
    return Reckoning(
        rows=rows,
        left_out=rows - used,
        purchases=bought.height,
        merged=used - days.height,
        returns=days.height - bought.height,
        returned=float(days["amount"].sum()) - total,
        negative=float(days["negative"].sum()),
        total=total,
        free=int((bought["amount"] == 0).sum()),
    )


def _summed(found: Sequence[Reckoning]) -> Reckoning:
    return Reckoning(*(sum(values) for values in zip(*(tuple(one.to_dict().values()) for one in found), strict=True)))


def _at(bought: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return one row per customer of one window."""
    day, amount = pl.col("day"), pl.col("amount")
    first = day.min()
    repeat = day > first
    recent = day > window.cut - timedelta(weeks=RECENT)
    known = (
        bought.filter(day <= window.cut)
        .group_by(VISITOR, maintain_order=True)
        .agg(
            frequency=repeat.sum().cast(pl.Float64),
            recency=(day.max() - first).dt.total_days() / WEEK,
            age=(pl.lit(window.cut) - first).dt.total_days() / WEEK,
            mean_amount=amount.filter(repeat).mean().fill_null(0.0),
            first_amount=amount.first(),
            last_amount=amount.last(),
            largest_amount=amount.max(),
            recent_purchases=recent.sum().cast(pl.Float64),
            recent_spend=amount.filter(recent).sum(),
            previous_spend=amount.filter(day > window.cut - (window.end - window.cut)).sum(),
        )
    )
    after = bought.filter((day > window.cut) & (day <= window.end)).group_by(VISITOR)
    later = after.agg(later_purchases=pl.len().cast(pl.Float64), later_spend=amount.sum())
    return known.join(later, on=VISITOR, how="left").with_columns(pl.col(LATER).fill_null(0.0))
