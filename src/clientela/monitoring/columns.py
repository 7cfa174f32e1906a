"""Columns as monitoring compares them: numbers, texts and times, and what kind each is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]

MOST_LEVELS = 200
"""A column with more different texts is no category but free text or an identifier."""

MOST_CODES = 60
"""Whole numbers with more different values are a quantity, not codes."""

LEAST_DIGITS, UNEVEN = 5, 0.15
"""Digits of numbers that are names, and how far (largest gap of distribution functions) they may be from evenly spread
over their range."""

NARROW, WIDELY = 0.5, 0.35
"""Part of the smallest within which all lie, and how far from evenly names may be spread there: no quantity of
thousands comes from a range so narrow, while regular customers may have the low numbers."""

EARLIEST, LATEST = 1_104_537_600.0, 2_208_988_800.0
"""Seconds since 1970 of the years 2005 and 2040, between which numbers are times."""

LEAST_NAMES = 50
"""Different values of a column, no two of them equal, from which they name its rows."""

UNITS = {"seconds": 1.0, "milliseconds": 1e3, "microseconds": 1e6}
"""Parts of a second in which times are counted."""

RISE = 4.0
"""Standard errors by which frequencies must rise after a fall, so that whole numbers are codes and not a count."""


class Kind(StrEnum):
    """What a column is for the comparison."""

    KEY = "key"
    CATEGORY = "category"
    NUMBER = "number"
    TEXT = "text"
    TIME = "time"


@dataclass(frozen=True)
class Side:
    """The rows of reference or batch, column by column.

    Attributes:
        rows: How many.
        numbers: Numbers and times (seconds since 1970, UTC); NaN is missing.
        texts: Keys, categories and texts in one writing; null is missing.
    """

    rows: int
    numbers: dict[str, Floats] = field(default_factory=dict)
    texts: dict[str, pl.Series] = field(default_factory=dict)

    def only(self, kept: Flags) -> Side:
        """Return the rows where `kept` holds."""
        mask = pl.Series(kept)
        numbers = {name: values[kept] for name, values in self.numbers.items()}
        return Side(int(kept.sum()), numbers, {name: values.filter(mask) for name, values in self.texts.items()})

    def missing(self, name: str) -> Flags:
        """Return which cells of a column are missing."""
        if name in self.numbers:
            return np.isnan(self.numbers[name])
        return self.texts[name].is_null().to_numpy()

    def holding(self, name: str, value: float | str) -> Flags:
        """Return which cells of a column hold a value."""
        if name in self.numbers:
            return np.asarray(self.numbers[name] == value)
        return (self.texts[name] == value).fill_null(value=False).to_numpy()

    def has(self, name: str) -> bool:
        """Tell whether there is such a column."""
        return name in self.numbers or name in self.texts

    def without(self, *names: str) -> Side:
        """Return the same rows without some columns."""
        numbers = {name: values for name, values in self.numbers.items() if name not in names}
        return Side(self.rows, numbers, {name: values for name, values in self.texts.items() if name not in names})

    def put(self, name: str, values: Floats | pl.Series) -> Side:
        """Return the same rows with one column set."""
        if isinstance(values, pl.Series):
            return Side(self.rows, self.numbers, {**self.texts, name: values})
        return Side(self.rows, {**self.numbers, name: values}, self.texts)


def written(series: pl.Series) -> pl.Series:
    """Return cells as text in one writing: whole numbers without a fraction, booleans in lower case.

    >>> written(pl.Series([1.0, 2.5, None])).to_list()
    ['1', '2.5', None]
    """
    kind = series.dtype
    if kind == pl.String:
        return series
    if kind in (pl.Float32, pl.Float64):
        whole = series.is_finite() & (series == series.floor()) & (series.abs() < 1e15)
        frame = pl.DataFrame({"x": series, "whole": whole})
        plain = pl.when("whole").then(pl.col("x").cast(pl.Int64, strict=False).cast(pl.String))
        return frame.select(plain.otherwise(pl.col("x").cast(pl.String)).alias(series.name))[series.name]
    if kind.is_nested() or kind in (pl.Binary, pl.Object):
        return pl.Series(series.name, [None if cell is None else str(cell) for cell in series])
    return series.cast(pl.String)


def seconds(series: pl.Series) -> Floats:
    """Return dates and times as seconds since 1970; NaN is missing, and so is what is no time.

    >>> import datetime
    >>> seconds(pl.Series([datetime.date(1970, 1, 2), None])).tolist()
    [86400.0, nan]
    """
    if series.dtype.is_numeric():
        return as_numbers(series) / UNITS.get(counted_in(series), np.nan)
    if series.dtype not in (pl.Date, pl.Datetime):
        return np.full(len(series), np.nan)
    stamps = series.cast(pl.Datetime("us"), strict=False)
    return stamps.cast(pl.Int64).cast(pl.Float64).fill_null(float("nan")).to_numpy() / 1e6


def as_numbers(series: pl.Series) -> Floats:
    """Return cells as numbers; what is none, and infinities, are missing.

    >>> as_numbers(pl.Series(["1.5", "x", "inf"])).tolist()
    [1.5, nan, nan]
    """
    if series.dtype.is_temporal() or series.dtype.is_nested():
        return np.full(len(series), np.nan)
    numbers = series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy().astype(np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def counted_in(series: pl.Series) -> str:
    """Return the part of a second in which a column counts times since 1970, "" where it does not.

    >>> counted_in(pl.Series([1_767_225_600_000, 1_767_312_000_000]))
    'milliseconds'
    """
    held = series.drop_nulls()
    if not series.dtype.is_numeric() or not len(held):
        return ""
    low, high = (float(edge) for edge in (held.to_numpy().min(), held.to_numpy().max()))
    if held.n_unique() >= 0.5 * (high - low):  # numbers in a row, or one
        return ""
    return next((unit for unit, parts in UNITS.items() if low / parts >= EARLIEST and high / parts <= LATEST), "")


def kind_of(series: pl.Series) -> Kind:
    """Tell what a column of the reference is.

    A column of whole numbers is codes where its frequencies rise again after they fell, by more than chance: counts
    and quantities have one hump, codes are in no order.

    >>> kind_of(pl.Series(["a", "b"] * 100))
    <Kind.CATEGORY: 'category'>
    """
    if series.dtype.is_temporal() and series.dtype not in (pl.Time, pl.Duration):
        return Kind.TIME
    if counted_in(series):
        return Kind.TIME
    held = series.drop_nulls()
    distinct = held.n_unique()
    if series.dtype.is_float():
        return _kind_of_real(held, distinct)
    if series.dtype.is_integer():
        return _kind_of_whole(held, distinct)
    if distinct == len(held) >= LEAST_NAMES:
        return Kind.KEY
    return Kind.CATEGORY if distinct <= MOST_LEVELS and distinct <= max(2, len(held) // 5) else Kind.TEXT


def _kind_of_real(held: pl.Series, distinct: int) -> Kind:
    if distinct > MOST_LEVELS and bool((held % 1 == 0).all()) and _named(held):
        return Kind.TEXT
    return Kind.CATEGORY if distinct == 1 and len(held) else Kind.NUMBER


def _kind_of_whole(held: pl.Series, distinct: int) -> Kind:
    if distinct == len(held) >= LEAST_NAMES and _running(held):
        return Kind.KEY
    if distinct > MOST_LEVELS and _named(held):
        return Kind.TEXT
    return Kind.CATEGORY if distinct <= MOST_CODES and _codes(held) else Kind.NUMBER


def _running(held: pl.Series) -> bool:
    """Whole numbers that are all different and long are identifiers, not quantities."""
    numbers = np.sort(held.to_numpy().astype(np.float64))
    return bool(np.median(np.abs(numbers)) >= numbers.size) or bool(np.diff(numbers).max(initial=0) == 1)


def _named(held: pl.Series) -> bool:
    """Long whole numbers with equally many digits, evenly spread, name customers or orders that come again."""
    levels = np.sort(held.unique().to_numpy().astype(np.float64))
    digits = len(f"{abs(levels[0]):.0f}"), len(f"{abs(levels[-1]):.0f}")
    even = (levels - levels[0]) / (levels[-1] - levels[0])
    gap = float(np.abs(even - np.linspace(0, 1, levels.size)).max())
    narrow = levels[-1] - levels[0] < NARROW * levels[0]
    return levels[0] > 0 and digits[0] == digits[1] >= LEAST_DIGITS and gap < (WIDELY if narrow else UNEVEN)


def _codes(held: pl.Series) -> bool:
    counts = held.value_counts().sort(held.name or "")
    frequency = counts["count"].to_numpy().astype(np.float64)
    if frequency.size <= 2:
        return True
    peak, fallen = frequency[0], False
    lowest = frequency[0]
    for count in frequency[1:]:
        fallen = fallen or count < peak - RISE * np.sqrt(peak + count)
        peak = max(peak, count)
        lowest = min(lowest, count) if fallen else count
        if fallen and count > lowest + RISE * np.sqrt(lowest + count):
            return True
    return False
