"""The rows and columns a model learns from, checked before anything is fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from clientela.domain.column import BY_A_PERSON, Column, Role
from clientela.domain.errors import ColumnError, InputError, RefusedError, listed, quoted
from clientela.domain.roles import Roles
from clientela.models import splitting
from clientela.models.fitting import Task
from clientela.models.options import ModelOptions
from clientela.models.reading import Readings
from clientela.models.recipe import Moment, fit_recipe, unseen, why_left_out
from clientela.models.result import LeftOut, Split, Target
from clientela.models.splitting import Parted
from clientela.models.target import codes_of, work_out
from clientela.models.values import FloatArray, IntArray, numbers, texts
from clientela.tables.table import ROW, Table

LEAST_ROWS = 30
MOSTLY = 0.5
"""A column most of whose later cells hold nothing seen before is left out."""
SEVERAL = 2
CURRENCIES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MAD MXN MYR NGN NOK "
    "NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD UYU VND ZAR € $ £ ¥"
)
"""Codes (ISO 4217) and signs of the money that shops take most."""
MOST_OF_ALL = 0.5
"""A row with more of the revenue than this is pointed out."""

_WHY = {
    Role.IDENTIFIER: "it tells rows or visitors apart and says nothing about new ones",
    Role.REVENUE: "revenue is what is predicted",
    Role.OUTCOME: "it is known only after the outcome",
    Role.TREATMENT: "it says what was shown, which is decided, not known",
    Role.IGNORED: "it is set to be ignored",
}


@dataclass(frozen=True)
class Prepared:
    """Rows, columns and splits, ready to learn from.

    Attributes:
        frame: Rows learned from, with their position.
        target: What is predicted.
        codes: Class of every row.
        revenue: Revenue of every row in money, NaN where unknown, or None.
        columns: Columns used.
        clock: Time column, where it is among them.
        left_out: Columns not used, with reasons.
        groups: Independent unit of every row.
        parts: Folds.
        split: Their description.
        ahead: Periods in order of time, each with the rows before it to learn from, and a description of the last
            one, which is measured on; None where there is no time.
        notes: Sentences about limits.
    """

    frame: pl.DataFrame
    target: Target
    codes: IntArray
    revenue: FloatArray | None
    columns: tuple[str, ...]
    clock: str | None
    left_out: tuple[LeftOut, ...]
    groups: IntArray
    parts: tuple[Parted, ...]
    split: Split
    ahead: tuple[tuple[Parted, ...], Split] | None
    notes: tuple[str, ...]

    @cached_property
    def cells(self) -> Readings:
        """The rows as recipes read them."""
        return Readings(self.frame)

    def task(self, options: ModelOptions) -> Task:
        """Return what is to be learned from these rows."""
        return Task(
            frame=self.frame,
            columns=self.columns,
            clock=self.clock,
            kind=self.target.kind,
            classes=len(self.target.classes),
            codes=self.codes,
            seed=options.seed,
            threads=options.threads,
            units=self.groups,
        )


def label_of(table: Table, roles: Roles) -> str:
    """Return the name of the label.

    Raises:
        InputError: No label is set.
        ColumnError: The table has no such column.
    """
    if roles.label is None:
        raise InputError("No label is set: name the column to predict.")
    names = [field.name for field in table.fields]
    if roles.label not in names:
        raise ColumnError.missing(roles.label, names, "label column")
    return roles.label


def with_label(frame: pl.DataFrame, label: str) -> pl.DataFrame:
    """Return the rows whose label is known."""
    series = frame[label]
    known = texts(series).is_not_null()
    if series.dtype.is_float():
        known &= series.is_finite().fill_null(value=False)
    return frame.filter(known)


def prepare(frame: pl.DataFrame, roles: Roles, options: ModelOptions) -> Prepared:
    """Work out target, columns and splits.

    Args:
        frame: Rows whose label is known.
        roles: Settled roles.
        options: Options of the stage.

    Returns:
        What is to be learned from.

    Raises:
        RefusedError: There is too little to learn from, and why.
    """
    if len(frame) < LEAST_ROWS:
        raise RefusedError(
            f"The label {quoted(roles.label or '')} has a value in too few rows: {len(frame)}, where at least "
            f"{LEAST_ROWS} are needed to learn from."
        )
    folds = options.folds_of(len(frame))
    target, notes = work_out(frame, roles, folds)
    target, revenue = _revenue(frame, target)
    codes = codes_of(target, frame[target.label])
    cells = Readings(frame)
    columns, clock, left_out = _columns(cells, roles, target)
    groups = splitting.group_rows(frame, roles)
    fold = splitting.folds(codes, groups, frame[ROW].to_list(), folds, options.seed)
    parts = splitting.parts(fold)
    ahead, why = _ahead(frame, roles, codes, groups)
    if ahead is not None:
        columns, dated = _lasting(cells, columns, clock, ahead[0])
        left_out += dated
    said = (*notes, *why, *_repeats(groups, roles), *_infinite(frame, columns), *_money(revenue, target, cells))
    split = splitting.describe_folds(parts, visitors=roles.visitor is not None)
    return Prepared(frame, target, codes, revenue, columns, clock, left_out, groups, parts, split, ahead, said)


def _revenue(frame: pl.DataFrame, target: Target) -> tuple[Target, FloatArray | None]:
    if target.revenue is None or target.revenue not in frame.columns:
        return replace(target, revenue=None), None
    values = numbers(frame[target.revenue])
    if not np.isfinite(values).any():
        return replace(target, revenue=None), None
    return target, values


def _columns(cells: Readings, roles: Roles, target: Target) -> tuple[tuple[str, ...], str | None, tuple[LeftOut, ...]]:
    """Return the columns used, the time column where it is one of them, and the columns left out."""
    used: list[str] = []
    left_out: list[LeftOut] = []
    for column in roles.columns:
        if column.name in (target.label, roles.time):
            continue
        why = _why(cells, column, target)
        if why is None:
            used.append(column.name)
        else:
            left_out.append(LeftOut(column.name, why))
    clock = roles.time if _tells_cycles(cells, roles.time) else None
    if clock is not None:
        used.append(clock)
    elif roles.time is not None and roles.time != target.label:
        left_out.append(LeftOut(roles.time, "it orders the rows; it has no cycle within a week to learn from"))
    if not used:
        reasons = "; ".join(f"{quoted(item.column)}: {item.reason}" for item in left_out[:5])
        raise RefusedError(f"No column is left to learn from ({reasons or 'the label is the only one'}).")
    return tuple(used), clock, tuple(left_out)


def _why(cells: Readings, column: Column, target: Target) -> str | None:
    name, role = column.name, column.role
    if role is Role.IGNORED and name in cells.columns:
        # the audit sets aside what has nothing to tell: say that rather than that it was set aside
        return why_left_out(cells[name]) or _set_aside(column)
    if role is not Role.FEATURE:
        return _WHY.get(role, f"its role is {role.value}")
    if name == target.revenue:
        return _WHY[Role.REVENUE]
    if name not in cells.columns:
        return "it is not in the table"
    return why_left_out(cells[name])


def _set_aside(column: Column) -> str:
    """Say who set a column aside, and why where it was the audit."""
    by_audit = column.reason not in ("", BY_A_PERSON)
    return f"the audit set it aside: {column.reason}" if by_audit else _WHY[Role.IGNORED]


def _tells_cycles(cells: Readings, time: str | None) -> bool:
    """Tell whether the time column has a weekday or an hour that varies."""
    if time is None or time not in cells.columns or why_left_out(cells[time]) is not None:
        return False
    step = fit_recipe(cells, [time], clock=time).steps[0]
    return isinstance(step, Moment) and "days" not in step.parts


def _ahead(
    frame: pl.DataFrame, roles: Roles, codes: IntArray, groups: IntArray
) -> tuple[tuple[tuple[Parted, ...], Split] | None, tuple[str, ...]]:
    times = splitting.time_of(frame, roles)
    if times is None:
        return None, ("No time column is known, so quality on later visits could not be measured.",)
    told: tuple[str, ...] = ()
    if roles.time is not None and frame[roles.time].dtype.is_numeric():
        told = (f"The time {quoted(roles.time)} holds numbers: rows with larger ones are taken as later.",)
    found = splitting.forward(times, codes, groups)
    return (None, (*told, found)) if isinstance(found, str) else (found, told)


def _lasting(
    cells: Readings, columns: tuple[str, ...], clock: str | None, parts: tuple[Parted, ...]
) -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
    """Part the columns into those whose later cells are like earlier ones and those that only name a time.

    A month, a running number or this week's campaign tells rows of the past apart, and holds nothing
    of the next period that a model has seen. Judged on features alone, on the periods
    before the last one where there are any.
    """
    judged = parts[:-1] or parts
    rows = sum(len(part.test) for part in judged)
    lasting, dated = [], []
    for name in columns:
        new = 0.0 if name == clock else sum(unseen(cells[name], part.train, part.test) for part in judged) / rows
        if new > MOSTLY:
            why = f"{new:.0%} of its later cells hold nothing seen before: it names a time, not a kind of row"
            dated.append(LeftOut(name, why))
        else:
            lasting.append(name)
    if not lasting:
        raise RefusedError(
            f"The columns {listed([item.column for item in dated])} only name a time: no column is left to learn from."
        )
    return tuple(lasting), tuple(dated)


def _repeats(groups: IntArray, roles: Roles) -> tuple[str, ...]:
    extra = len(groups) - (int(groups.max()) + 1)
    if roles.visitor is not None or extra == 0:
        return ()
    return (f"{extra:,} rows equal another row in every column; equal rows are kept on one side of every split.",)


def _infinite(frame: pl.DataFrame, columns: tuple[str, ...]) -> tuple[str, ...]:
    found = [name for name in columns if frame.schema[name].is_float() and frame[name].is_infinite().any()]
    return (f"Infinite values in {listed(found)} are read as missing.",) if found else ()


def _money(revenue: FloatArray | None, target: Target, cells: Readings) -> tuple[str, ...]:
    """Say what makes sums of revenue mean something else than they seem to."""
    return (*_lonely(revenue, target), *_refunds(revenue, target), *_currencies(revenue, target, cells))


def _refunds(revenue: FloatArray | None, target: Target) -> tuple[str, ...]:
    """Say where amounts are negative, as refunds are."""
    if revenue is None or not (revenue < 0).any():
        return ()
    rows, lost = int((revenue < 0).sum()), float(revenue[revenue < 0].sum())
    lowest = f", and are in the class {quoted(target.classes[0])} with those of nothing" if target.edges else ""
    said = (
        f"{rows:,} {'row has' if rows == 1 else 'rows have'} a negative {quoted(target.revenue or '')}, {lost:,.2f} "
        f"together{lowest}: expected revenue is after refunds; leave them out, or book them on the visit they are of."
    )
    return (said,)


def _currencies(revenue: FloatArray | None, target: Target, cells: Readings) -> tuple[str, ...]:
    """Say where a column names several currencies beside the amounts."""
    if revenue is None:
        return ()
    for name in cells.columns:
        words = [word.strip().upper() for word in cells[name].column.words] if name not in (target.revenue, ROW) else []
        if len(words) >= SEVERAL and set(words) <= set(CURRENCIES.split()):
            told = listed(sorted(set(words)))
            said = (
                f"{quoted(name)} names several currencies ({told}): amounts of {quoted(target.revenue or '')} in "
                "different money are added up as if they were one; convert them first."
            )
            return (said,)
    return ()


def _lonely(revenue: FloatArray | None, target: Target) -> tuple[str, ...]:
    """Say where a single row has most of the revenue."""
    if revenue is None:
        return ()
    amounts = np.clip(np.nan_to_num(revenue, nan=0.0), 0.0, None)
    largest, whole = float(amounts.max()), float(amounts.sum())
    if largest <= MOST_OF_ALL * whole:
        return ()
    share, name = f"{largest / whole:.1%}", quoted(target.revenue or "")
    return (
        f"One row has {share} of all {name}, {largest:,.2f}: what is said of revenue rests on it; check that cell.",
    )
