"""What is common to rows of decisions and of outcomes: read, turned into numbers, gathered by visitor, doubts noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from clientela.domain.column import Storage
from clientela.domain.errors import InputError, quoted
from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.experiments.columns import Columns
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.result import Doubt, Trouble
from clientela.tables.condition import Condition, Missing, Negated
from clientela.tables.derivation import AboveZero, AsNumber, Derivation, Same
from clientela.tables.table import Table

ARM, TIME, VALUE, EVENT, SHARPER, KEY = "arm", "time", "value", "event", "sharper", "visitor"

ONCE = (Goal.CONVERSION, Goal.RETENTION)
"""Goals that count a visitor once, however often."""


class Making:
    """What is known while rows become units: columns, options, and the doubts and notes that come up."""

    def __init__(self, columns: Columns, options: ExperimentOptions) -> None:
        self.columns = columns
        self.options = options
        self.doubts: list[Doubt] = []
        self.notes: list[str] = []
        self._products: tuple[Table, pl.DataFrame] | None = None

    def products(self, table: Table, besides: Sequence[str] = ()) -> pl.DataFrame:
        """Return `Table.products` of what came of it, together with earlier data; asked once for one table.

        Args:
            table: The rows.
            besides: Columns whose numbers are counted too.
        """
        if self._products is None or self._products[0] is not table:
            names = [part.name for part in table.fields if part.name in (VALUE, EVENT)]
            together = [name for name in names if name == VALUE] + named(table, "c")
            asked = [*names, *besides, *named(table, "c")]
            self._products = (table, table.products(asked, together if len(together) > 1 else []))
        return self._products[1]

    def doubt(self, code: Trouble, severity: Severity, told: tuple[str, str], **evidence: object) -> None:
        """Note a doubt; `told` is its title and the advice."""
        self.doubts.append(Doubt(code, severity, (), told[0], evidence, told[1]))


def read(table: Table, wanted: dict[str, str | None], what: str) -> Table:
    """Return columns of a table under our own names; `what` it holds is for the error where it has no rows."""
    if not table.rows:
        raise InputError(
            f"The table of {what} has no rows: an experiment needs who was shown what, and what came of it."
        )
    return table.derive({ours: Same(theirs) for ours, theirs in wanted.items() if theirs is not None})


def changed(table: Table, columns: Mapping[str, Derivation], condition: Condition | None = None) -> Table:
    """Return a table with some columns derived anew or added, and the rows where a condition holds."""
    held: dict[str, Derivation] = {part.name: Same(part.name) for part in table.fields}
    return table.derive({**held, **columns}, condition)


def filled(table: Table, name: str) -> tuple[Table, int]:
    """Return the rows where a column has a cell, and how many have none."""
    # a condition that holds everywhere is asked once only: where no cell is missing, engines know it without reading
    lost = changed(table, {}, Missing(name)).rows
    return (changed(table, {}, Negated(Missing(name))) if lost else table), lost


def rows_of(table: Table) -> pl.DataFrame:
    """Return all rows in memory."""
    parts = list(table.batches(1_000_000))
    return pl.concat(parts) if parts else pl.DataFrame(schema=[part.name for part in table.fields])


def named(table: Table, kind: str) -> list[str]:
    """Return our names of columns of a kind: "c" for earlier data, "b" for segments, "g" for guards."""
    return [part.name for part in table.fields if part.name[0] == kind and part.name[1:].isdigit()]


def results(table: Table, making: Making) -> dict[str, str | None]:
    """Return our names of the columns that say what came of it, after a look at their types."""
    columns = making.columns
    storage = {part.name: part.storage for part in table.fields}
    wanted: dict[str, str | None] = {VALUE: columns.outcome}
    if making.options.goal is Goal.TIME_TO_CHECKOUT:
        wanted[EVENT] = columns.event
    wanted |= {f"g{i}": name for i, name in enumerate(columns.guards)}
    for name in filter(None, wanted.values()):
        if not countable(storage[name]):
            if all(part[name].null_count() == part.height for part in table.batches(1_000_000, [name])):
                raise InputError(_none_known(name, table.rows))
            raise InputError(
                f"The column {quoted(name)} holds {storage[name].value}, not numbers: name a column with the outcome."
            )
    return wanted


def _none_known(name: str, rows: int) -> str:
    return (
        f"The outcome {quoted(name)} is missing in all {rows:,} rows: nothing can be said; look whether outcomes have "
        "been written at all."
    )


def countable(storage: Storage) -> bool:
    """Tell whether values of this type can be averaged."""
    return storage.numeric or storage is Storage.BOOLEAN


def firsts(frame: pl.DataFrame) -> list[pl.Expr]:
    """Return what is taken of a visitor's first decision: variant, earlier data, segments, time."""
    ordered = TIME in frame.columns
    kept = [name for name in frame.columns if name == ARM or name[0] in "cb" and name[1:].isdigit()]
    first = [(pl.col(name).sort_by(TIME, nulls_last=True) if ordered else pl.col(name)).first() for name in kept]
    return first + ([pl.col(TIME).min()] if ordered else [])


def gathered(frame: pl.DataFrame, making: Making, first: list[pl.Expr]) -> pl.DataFrame:
    """Return one row per visitor: what `first` takes, and outcomes added up (the largest, for a yes or no)."""
    once = making.options.goal in ONCE
    summed: list[pl.Expr] = [(pl.col(VALUE) > 0).sum().cast(pl.Float64).alias("orders")]
    if making.options.goal is Goal.TIME_TO_CHECKOUT:
        summed += _first_end(EVENT in frame.columns)
    else:
        summed.append(pl.col(VALUE).max() if once else pl.col(VALUE).sum())
    guards = [pl.col(name) for name in frame.columns if name[0] == "g" and name[1:].isdigit()]
    summed += [pl.when(guard.count() > 0).then(guard.sum()) for guard in guards]
    return frame.group_by(KEY, maintain_order=True).agg(*first, *summed)


def _first_end(known: bool) -> list[pl.Expr]:
    """Return the shortest time that ended in the event, else the longest watch, and whether it ended."""
    if not known:
        return [pl.col(VALUE).min()]
    ended = pl.col(VALUE).filter(pl.col(EVENT) > 0).min()
    return [pl.coalesce(ended, pl.col(VALUE).max()), pl.col(EVENT).max()]


def numbered(table: Table, making: Making, guards: Sequence[str]) -> Table:
    """Turn what came of it, and some guards, into finite numbers; what is none is missing, and counted."""
    columns, goal = making.columns, making.options.goal
    names = [part.name for part in table.fields if part.name in (VALUE, EVENT)] + list(guards)
    counted = dict(making.products(table, guards).select("column", "n").iter_rows())
    for name in guards:
        lost = table.rows - counted[name]
        if lost:
            making.notes.append(without(lost, table.rows, columns.guards[int(name[1:])]))
    if counted.get(VALUE) == 0 and goal is not Goal.TIME_TO_CHECKOUT:
        raise InputError(_none_known(columns.outcome or "", table.rows))
    made: dict[str, Derivation] = {name: AsNumber(name) for name in names if counted[name] < table.rows}
    if goal in ONCE and VALUE in names:
        made[VALUE] = AboveZero(VALUE)
    return changed(table, made) if made else table


def without(lost: int, rows: int, guard: str) -> str:
    """Return the note that rows have no cell of a guard."""
    return f"{lost:,} of {rows:,} rows have no {quoted(guard)}; whoever has none at all is left out there."


def told_missing(making: Making, lost: int, rows: int, rates: Iterable[tuple[str, float]]) -> None:
    """Note that rows without an outcome were set aside, with their share in each arm."""
    making.doubt(
        Trouble.MISSING_OUTCOME,
        Severity.WARNING,
        (
            f"{lost:,} of {rows:,} rows have no outcome and were set aside.",
            "Say whether a missing outcome means none (then write 0) or was lost; lost ones may differ by variant.",
        ),
        rows=lost,
        **{f"missing in {arm}": rate for arm, rate in list(rates)[:6]},
    )


def nothing_missing(frame: pl.DataFrame, making: Making) -> pl.DataFrame:
    """Set aside rows without an outcome, and tell of them by arm."""
    lost = frame[VALUE].null_count()
    if lost:
        rates = frame.group_by(ARM).agg(pl.col(VALUE).is_null().mean()).sort(ARM).rows()
        told_missing(making, lost, frame.height, rates)
    return frame.filter(pl.col(VALUE).is_not_null())
