"""The bounded sample as number arrays that checks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.column import Field, Storage

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MOST_LEVELS = 40
BINS = 24
MOST_DISTINCT_SHARE = 0.5
LARGEST = 1e70
"""Numbers beyond count as this large: fourth powers of larger ones, summed over the rows, overflow."""


@dataclass(frozen=True)
class Arrays:
    """The sample's columns as arrays, one entry per row of the sample.

    Attributes:
        numbers: Finite numbers of numeric, boolean, date and timestamp columns (true = 1, times in
            seconds since 1970), at most `LARGEST` from zero; NaN where there is none.
        identity: Exact value as a code from 0 per column; a missing cell is a value of its own, code 0.
        bins: Column in at most `BINS` bins of about equal size, or its `MOST_LEVELS` most frequent
            values; code 0 is missing.
        ranked: Columns that count as numeric in relations.
        grouped: Columns that count as categorical in relations.
    """

    numbers: Mapping[str, Floats]
    identity: Mapping[str, Codes]
    bins: Mapping[str, Codes]
    ranked: tuple[str, ...]
    grouped: tuple[str, ...]

    def finite(self, name: str) -> Floats:
        """Return the finite numbers of a column, without the missing ones."""
        values = self.numbers[name]
        return values[~np.isnan(values)]

    def missing(self, name: str) -> NDArray[np.bool_]:
        """Mark the rows where a column has no cell."""
        mask: NDArray[np.bool_] = self.identity[name] == 0
        return mask

    def ranks(self) -> Floats:
        """Return average ranks of the ranked columns, shape (rows, columns), NaN where missing."""
        ranks = [_ranks(self.numbers[name], self.identity[name]) for name in self.ranked]
        return np.stack(ranks, axis=1) if ranks else np.empty((0, 0))

    def levels(self) -> Codes:
        """Return codes of the grouped columns, shape (rows, columns), -1 where missing."""
        codes = [self.bins[name] - 1 for name in self.grouped]
        return np.stack(codes, axis=1) if codes else np.empty((0, 0), dtype=np.int64)


def to_arrays(sample: pl.DataFrame, fields: tuple[Field, ...]) -> Arrays:
    """Turn the sample into arrays; columns of other storage (lists, bytes) are compared as text."""
    numbers: dict[str, Floats] = {}
    identity: dict[str, Codes] = {}
    bins: dict[str, Codes] = {}
    ranked, grouped = [], []
    for field in fields:
        series = sample.get_column(field.name)
        identity[field.name] = _identity(series, field.storage)
        if field.storage.numeric or field.storage.temporal or field.storage is Storage.BOOLEAN:
            numbers[field.name] = _numbers(series, field.storage)
        if field.storage.numeric or field.storage.temporal:
            bins[field.name] = _quantile_bins(numbers[field.name])
            ranked.append(field.name)
            continue
        bins[field.name] = _frequent(identity[field.name])
        distinct = int(identity[field.name].max(initial=0))
        if distinct <= max(MOST_LEVELS, MOST_DISTINCT_SHARE * series.len()):
            grouped.append(field.name)
    return Arrays(numbers, identity, bins, tuple(ranked), tuple(grouped))


def _numbers(series: pl.Series, storage: Storage) -> Floats:
    if storage is Storage.DATE:
        series = series.cast(pl.Date).cast(pl.Datetime("us"))
    if storage.temporal:
        values = series.dt.epoch("us").cast(pl.Float64).to_numpy() / 1e6
    else:
        values = series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(values), np.clip(values, -LARGEST, LARGEST), np.nan)


def _identity(series: pl.Series, storage: Storage) -> Codes:
    plain = series if storage is not Storage.OTHER else _as_text(series)
    codes = plain.rank("dense").cast(pl.Int64).fill_null(0)
    return codes.to_numpy().astype(np.int64)


def _as_text(series: pl.Series) -> pl.Series:
    return pl.Series(series.name, [None if item is None else str(item) for item in series], dtype=pl.String)


def _quantile_bins(values: Floats) -> Codes:
    """Bin numbers by quantiles; a value that fills a bin alone (an atom, such as zero) gets its own."""
    known = ~np.isnan(values)
    if not known.any():
        return np.zeros(values.size, dtype=np.int64)
    distinct = np.unique(values[known])
    if distinct.size <= BINS:
        edges = distinct[1:]
    else:
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, BINS + 1)[1:-1], method="inverted_cdf"))
        edges = np.unique(np.append(edges, np.nextafter(edges, np.inf)[np.isin(edges, _atoms(values[known]))]))
    codes = np.searchsorted(edges, values, side="right") + 1
    return np.where(known, codes, 0).astype(np.int64)


def _atoms(values: Floats) -> Floats:
    unique, counts = np.unique(values, return_counts=True)
    return unique[counts >= values.size / BINS]


def _frequent(codes: Codes) -> Codes:
    """Keep the most frequent values, the others together as one; 0 stays missing."""
    counts = np.bincount(codes)
    counts[0] = 0
    kept = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
    kept = kept[counts[kept] > 0]
    mapping = np.full(counts.size, kept.size + 1, dtype=np.int64)
    mapping[kept] = np.arange(1, kept.size + 1)
    mapping[0] = 0
    recoded = mapping[codes]
    return np.asarray(recoded, dtype=np.int64)


def _ranks(values: Floats, codes: Codes) -> Floats:
    """Rank numbers, ties sharing their average; `codes` stand in the same order, so nothing is sorted again."""
    known = ~np.isnan(values)
    counts = np.bincount(codes[known], minlength=1)
    last = np.cumsum(counts)
    ranks: Floats = np.where(known, (last - (counts - 1) / 2)[np.where(known, codes, 0)], np.nan)
    return ranks
