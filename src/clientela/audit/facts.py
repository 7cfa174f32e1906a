"""What the table seam says about the table, asked once and shared by all checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from clientela.audit.arrays import Arrays, to_arrays
from clientela.audit.options import AuditOptions
from clientela.domain.column import Field, Storage
from clientela.domain.letters import letter
from clientela.domain.progress import Progress
from clientela.domain.reading import ReadColumn, Reading
from clientela.domain.roles import Ask
from clientela.tables.table import ROW, Table

PROBABILITIES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
TOP = 30
EXACT_DISTINCT = 100_000
"""Quantiles and top values of columns with more distinct values than this come from the sample."""


@dataclass(frozen=True)
class ColumnFacts:
    """One column in numbers; see `Table.summary` for what each means.

    Cells that hold NaN or nothing but blanks count as missing here: among `nulls`, not among `nans` and `blanks`.
    """

    name: str
    storage: Storage
    letter: str
    rows: int
    nulls: int
    nans: int
    infinite: int
    distinct: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    deviation: float | None
    zeros: int
    negatives: int
    whole: int
    first: str | None
    last: str | None
    shortest: int
    longest: int
    blanks: int
    top: tuple[tuple[str, int], ...] = ()
    quantiles: tuple[tuple[float, float], ...] = ()
    masks: tuple[tuple[str, int], ...] = ()
    read: ReadColumn = field(default_factory=lambda: ReadColumn("", "", "", Storage.TEXT))

    @property
    def filled(self) -> int:
        """Rows with a cell."""
        return self.rows - self.nulls

    @property
    def unique_share(self) -> float:
        """Distinct values per row with a cell; 0 for an empty column."""
        return self.distinct / self.filled if self.filled else 0.0

    def count_of(self, value: str) -> int | None:
        """Return how many rows hold this value (as text), where it is among the most frequent."""
        return dict(self.top).get(value)


@dataclass(frozen=True)
class Facts:
    """Everything the checks know about the table before roles are known.

    Attributes:
        table: The table, for the few requests that depend on what was found.
        reading: How it was read.
        ask: What a person said.
        options: Options of the audit.
        rows: Rows of the table.
        columns: By name, in table order.
        sample: Bounded sample, all columns.
        arrays: The sample as arrays.
        duplicates: The row of `Table.duplicates` over all columns.
    """

    table: Table
    reading: Reading
    ask: Ask
    options: AuditOptions
    rows: int
    columns: Mapping[str, ColumnFacts]
    sample: pl.DataFrame
    arrays: Arrays
    duplicates: Mapping[str, int]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in table order."""
        return tuple(self.columns)

    def stored(self, *storages: Storage) -> tuple[ColumnFacts, ...]:
        """Return the columns with one of these storages that have any value."""
        return tuple(c for c in self.columns.values() if c.storage in storages and c.filled > 0)

    @property
    def numeric(self) -> tuple[ColumnFacts, ...]:
        """Integer and number columns that have any value."""
        return self.stored(Storage.INTEGER, Storage.NUMBER)

    @property
    def text(self) -> tuple[ColumnFacts, ...]:
        """Text columns that have any value."""
        return self.stored(Storage.TEXT)

    @property
    def sampled(self) -> int:
        """Rows of the sample."""
        return self.sample.height

    @property
    def scale(self) -> float:
        """Rows of the table per row of the sample."""
        return self.rows / self.sampled if self.sampled else 1.0

    def strings(self, name: str) -> pl.Series:
        """Return the sampled cells of a text column that are not null."""
        return self.sample.get_column(name).drop_nulls()


def gather(table: Table, ask: Ask, options: AuditOptions, progress: Progress) -> Facts:
    """Ask the table for all facts once.

    Args:
        table: The table.
        ask: What a person said.
        options: Options; `sample_rows` bounds the sample.
        progress: Told what is going on.

    Returns:
        The facts.
    """
    fields = table.fields
    progress.update("summary of columns", 0.0)
    columns = {row["column"]: row for row in table.summary().iter_rows(named=True)}
    progress.update("sample", 0.2)
    sample = _emptied(table.sample(options.sample_rows, options.seed).drop(ROW), columns)
    arrays = to_arrays(sample, fields)
    progress.update("frequent values and quantiles", 0.3)
    top = _top(table, fields, columns, sample)
    quantiles = _quantiles(table, fields, columns, arrays)
    text = [f.name for f in fields if f.storage is Storage.TEXT]
    masks = _pairs(table.masks(text, 10), "mask") if text else {}
    progress.update("repeated rows", 0.5)
    duplicates = table.duplicates().row(0, named=True) if fields else {"extra": 0, "repeated": 0, "largest": 0}
    read = {column.name: column for column in table.reading.columns}
    facts = {}
    for index, item in enumerate(fields):
        values = top.get(item.name, ())
        row = _without_voids(columns[item.name], values, sample.get_column(item.name))
        known = read.get(item.name, ReadColumn(item.name, item.name, letter(index), item.storage))
        facts[item.name] = ColumnFacts(
            name=item.name,
            storage=item.storage,
            letter=known.letter or letter(index),
            **{key: row[key] or 0 for key in _COUNTS},
            **{key: row[key] for key in _PLACED},
            first=row["first"],
            last=row["last"],
            top=tuple(pair for pair in values if pair[0].strip() and pair[0] != "nan"),
            quantiles=quantiles.get(item.name, ()),
            masks=tuple(pair for pair in masks.get(item.name, ()) if pair[0].strip()),
            read=known,
        )
    return Facts(table, table.reading, ask, options, table.rows, facts, sample, arrays, duplicates)


def _emptied(sample: pl.DataFrame, columns: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    """Return the sample with nothing where a cell holds NaN or nothing but blanks."""
    cells = [pl.col(n).fill_nan(None) for n in sample.columns if columns[n]["nans"] and sample[n].dtype.is_float()]
    texts = [n for n in sample.columns if columns[n]["blanks"] and sample[n].dtype == pl.String]
    cells += [pl.when(pl.col(n).str.strip_chars() != "").then(pl.col(n)).alias(n) for n in texts]
    return sample.with_columns(cells) if cells else sample


def _without_voids(
    row: Mapping[str, Any], values: tuple[tuple[str, int], ...], sampled: pl.Series
) -> Mapping[str, Any]:
    """Return the numbers of a column with NaN and blanks counted as missing."""
    nans, blanks = row["nans"] or 0, row["blanks"] or 0
    if not nans and not blanks:
        return row
    kinds = (nans > 0) + (max(1, sum(not value.strip() for value, _ in values)) if blanks else 0)
    changed = {
        "nulls": row["nulls"] + nans + blanks,
        "nans": 0,
        "blanks": 0,
        "distinct": max(row["distinct"] - kinds, 0),
    }
    if blanks:
        known = sampled.drop_nulls()
        changed["first"] = known.min() if known.len() else None
        changed["shortest"] = (known.str.len_chars().min() if known.len() else 0) or 0
    return {**row, **changed}


_PLACED = ("distinct", "minimum", "maximum", "mean", "deviation")
_COUNTS = ("rows", "nulls", "nans", "infinite", "zeros", "negatives", "whole", "shortest", "longest", "blanks")


def _top(
    table: Table, fields: tuple[Field, ...], summary: Mapping[str, Mapping[str, int]], sample: pl.DataFrame
) -> dict[str, tuple[tuple[str, int], ...]]:
    few = [f.name for f in fields if _cheap(summary[f.name]) and f.storage is not Storage.OTHER]
    found = _pairs(table.top_values(few, TOP), "value") if few else {}
    scale = table.rows / max(sample.height, 1)
    for item in fields:
        if item.name in found or item.storage is not Storage.TEXT:
            continue
        counts = sample.get_column(item.name).drop_nulls().value_counts(sort=True, name="n").head(TOP)
        found[item.name] = tuple((value, round(n * scale)) for value, n in counts.iter_rows() if n > 1)
    return found


def _cheap(row: Mapping[str, int]) -> bool:
    return row["distinct"] <= EXACT_DISTINCT


def _pairs(frame: pl.DataFrame, value: str) -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for column, text, count in frame.select("column", value, "count").iter_rows():
        found.setdefault(column, []).append((text, count))
    return {name: tuple(pairs) for name, pairs in found.items()}


def _quantiles(
    table: Table, fields: tuple[Field, ...], summary: Mapping[str, Mapping[str, int]], arrays: Arrays
) -> dict[str, tuple[tuple[float, float], ...]]:
    numeric = [f.name for f in fields if f.storage.numeric]
    exact = [name for name in numeric if _cheap(summary[name])]
    found: dict[str, list[tuple[float, float]]] = {}
    if exact:
        frame = table.quantiles(exact, PROBABILITIES).drop_nulls("value")
        for column, probability, value in frame.select("column", "probability", "value").iter_rows():
            found.setdefault(column, []).append((probability, value))
    for name in numeric:
        if name in exact:
            continue
        values = np.quantile(arrays.finite(name), PROBABILITIES, method="inverted_cdf")
        found[name] = [(p, float(v)) for p, v in zip(PROBABILITIES, values, strict=True)]
        found[name][0] = (0.0, float(summary[name]["minimum"]))
        found[name][-1] = (1.0, float(summary[name]["maximum"]))
    return {name: tuple(pairs) for name, pairs in found.items()}
