"""Synthetic rows: a Gaussian copula over columns of mixed kinds.

Every column keeps its own distribution, missing cells and ties included; how columns go together is one matrix of
correlations (Sklar 1959, Nelsen 2006). What lies beyond correlations, such as a dependence that turns back, is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri
from sklearn.covariance import ledoit_wolf

from clientela.models.values import FloatArray, IntArray, numbers, texts

_shrunk: Any = ledoit_wolf
LEAST_ROWS = 5
"""A text held by fewer rows is not said again: it may name a person (the usual threshold of statistical offices)."""
DRAWN = 4_000
STEPS = 4
MOST = 0.99
DECIMALS = 6


@dataclass(frozen=True)
class Margin:
    """The distribution of one column: its values in order, and where each begins.

    Attributes:
        name: Column name.
        dtype: Storage of the column.
        values: Numbers in rising order, each once; none for texts.
        texts: Texts, the commonest first; none for numbers.
        starts: Share of rows before each value; missing cells come last.
        smooth: Cells are interpolated where a value is held by at most so large a share of rows; 0 for never.
        decimals: Decimal places of the cells.
    """

    name: str
    dtype: pl.DataType
    values: FloatArray
    texts: tuple[str, ...]
    starts: FloatArray
    smooth: float = 0.0
    decimals: int = 0

    def places(self, series: pl.Series) -> IntArray:
        """Return the place of every cell among the values; their number where missing or not among them."""
        if not self.texts and not len(self.values):
            return np.zeros(len(series), dtype=np.int64)
        if self.texts:
            known = {text: place for place, text in enumerate(self.texts)}
            found = texts(series).replace_strict(known, default=len(known), return_dtype=pl.Int64)
            return found.fill_null(len(known)).to_numpy().astype(np.int64)
        cells = _numbers(series)
        return np.where(np.isnan(cells), len(self.values), np.searchsorted(self.values, cells)).astype(np.int64)

    def scores(self, places: IntArray) -> FloatArray:
        """Return the normal score of the middle of each place."""
        ends = np.append(self.starts[1:], 1.0)
        middle = (self.starts + ends) / 2
        return np.asarray(ndtri(np.clip(middle, 1e-6, 1 - 1e-6))[places], dtype=np.float64)

    def places_at(self, shares: FloatArray) -> IntArray:
        """Return the place at which so large a share of rows comes before."""
        found = np.searchsorted(self.starts, shares, side="right") - 1
        return np.asarray(np.clip(found, 0, len(self.starts) - 1), dtype=np.int64)

    def cells(self, shares: FloatArray) -> pl.Series:
        """Return the cells at shares of the distribution, stored as the column is."""
        places = self.places_at(shares)
        absent = places == (len(self.texts) or len(self.values))
        if not self.texts and not len(self.values):
            return pl.Series(self.name, [None] * len(shares), self.dtype)
        if self.texts:
            words = np.array([*self.texts, ""], dtype=object)[places]
            return pl.Series(
                self.name, [None if gone else word for word, gone in zip(words, absent, strict=True)], pl.String
            )
        held = np.minimum(places, len(self.values) - 1)
        found = self.values[held]
        if self.smooth:
            after = self.values[np.minimum(held + 1, len(self.values) - 1)]
            ends = np.append(self.starts[1:], 1.0)[held]
            wide = np.maximum(ends - self.starts[held], 1e-12)
            found = np.where(wide <= self.smooth, found + (after - found) * (shares - self.starts[held]) / wide, found)
        found = np.where(absent, np.nan, np.round(found, self.decimals))
        return _stored(pl.Series(self.name, found, nan_to_null=True), self.dtype)


@dataclass(frozen=True)
class Copula:
    """Margins, and how they go together.

    Attributes:
        margins: One per column.
        root: Lower triangle whose square is the matrix of correlations.
    """

    margins: tuple[Margin, ...]
    root: FloatArray

    def draw(self, rows: int, seed: int) -> pl.DataFrame:
        """Return so many synthetic rows."""
        drawn = np.random.default_rng(seed).standard_normal((rows, len(self.margins)))
        shares = ndtr(np.einsum("ij,kj->ik", drawn, self.root))
        return pl.DataFrame([margin.cells(shares[:, place]) for place, margin in enumerate(self.margins)])


def fit_copula(frame: pl.DataFrame, columns: Sequence[str], whole: pl.DataFrame, seed: int) -> Copula:
    """Fit a Gaussian copula to rows.

    The correlations are those at which rows drawn from the copula have the correlations of scores of the rows given,
    found by drawing (Cario and Nelson 1997); where rows are few they are pulled towards none (Ledoit and Wolf 2004).

    Args:
        frame: Rows that more are wanted of.
        columns: Columns to make.
        whole: All rows known: a text is used only where `LEAST_ROWS` of them hold it.
        seed: Seed.

    Returns:
        The copula.

    >>> frame = pl.DataFrame({"n": [1, 2, 2, 3], "who": ["ann", "bob", "cem", "dee"]})
    >>> made = fit_copula(frame, ["n", "who"], frame, 0).draw(3, 0)
    >>> made["n"].is_in([1, 2, 3]).all(), made["who"].to_list()
    (True, [None, None, None])
    """
    margins = tuple(_margin(frame[name], whole[name]) for name in columns)
    wanted = _correlations(
        np.column_stack([margin.scores(margin.places(frame[margin.name])) for margin in margins]), shrink=True
    )
    drawn = np.random.default_rng(seed).standard_normal((DRAWN, len(margins)))
    held = wanted
    root = _root(held)
    for _ in range(STEPS):
        shares = ndtr(drawn @ root.T)
        scores = [margin.scores(margin.places_at(shares[:, place])) for place, margin in enumerate(margins)]
        held = np.clip(held + wanted - _correlations(np.column_stack(scores), shrink=False), -MOST, MOST)
        root = _root(held)
    return Copula(margins, root)


def _margin(series: pl.Series, whole: pl.Series) -> Margin:
    if series.dtype.is_numeric() or series.dtype.is_temporal() or series.dtype == pl.Boolean:
        cells = _numbers(series)
        known = cells[~np.isnan(cells)]
        values, counts = np.unique(known, return_counts=True)
        exact = (place for place in range(DECIMALS) if np.array_equal(np.round(values, place), values))
        # of fractions, those seen once stand for all near them; what is seen again is a value of its own
        smooth = 1.5 / len(series) if series.dtype.is_float() else 0.0
        return Margin(
            series.name, series.dtype, values, (), _starts(counts, len(series)), smooth, next(exact, DECIMALS)
        )
    counted = texts(whole).drop_nulls().value_counts(name="rows").filter(pl.col("rows") >= LEAST_ROWS)
    said = texts(series)
    held = said.filter(said.is_in(counted[series.name].to_list())).value_counts(name="rows")
    ranked = held.sort(["rows", series.name], descending=[True, False])
    names = tuple(ranked[series.name].to_list())
    return Margin(series.name, series.dtype, np.zeros(0), names, _starts(ranked["rows"].to_numpy(), len(series)))


def _starts(counts: IntArray, rows: int) -> FloatArray:
    """Return the share of rows before each value, and before the missing ones at the end."""
    return np.asarray(np.concatenate([[0.0], np.cumsum(counts)]) / max(rows, 1), dtype=np.float64)


def _numbers(series: pl.Series) -> FloatArray:
    """Return cells as numbers: seconds for dates and times, 1 and 0 for yes and no; NaN where missing."""
    return numbers(series.cast(pl.Float64) if series.dtype == pl.Boolean else series)


def _stored(series: pl.Series, dtype: pl.DataType) -> pl.Series:
    if dtype == pl.Boolean:
        return series.cast(pl.Int8).cast(pl.Boolean)
    if dtype == pl.Time:
        return (series * 1e9).cast(pl.Int64).cast(dtype)
    if dtype.is_temporal():
        made = (series * 1e6).cast(pl.Int64).cast(pl.Datetime("us"))
        zone = getattr(dtype, "time_zone", None)
        return (made.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null") if zone else made).cast(
            dtype
        )
    return series.cast(dtype, strict=False)


def _correlations(scores: FloatArray, *, shrink: bool) -> FloatArray:
    """Return the correlations of columns; 0 with one that does not vary."""
    spread = scores.std(axis=0)
    standard = np.where(spread > 0, (scores - scores.mean(axis=0)) / np.where(spread > 0, spread, 1.0), 0.0)
    found = _shrunk(standard)[0] if shrink and len(scores) > 1 else standard.T @ standard / len(standard)
    found = np.array(found, dtype=np.float64)
    deviations = np.sqrt(np.maximum(np.diag(found), 1e-12))
    found = found / np.outer(deviations, deviations)
    found[:, spread == 0] = 0.0
    found[spread == 0, :] = 0.0
    np.fill_diagonal(found, 1.0)
    return np.asarray(found, dtype=np.float64)


def _root(correlations: FloatArray) -> FloatArray:
    """Return the lower triangle of the nearest matrix that can be one of correlations (eigenvalues cut at 0)."""
    values, vectors = np.linalg.eigh((correlations + correlations.T) / 2)
    whole = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    deviations = np.sqrt(np.diag(whole))
    return np.asarray(np.linalg.cholesky(whole / np.outer(deviations, deviations)), dtype=np.float64)
