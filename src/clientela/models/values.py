"""Cells of a column read as numbers, texts, truths or moments, whatever their storage."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

YES = ("yes", "true", "1", "1.0", "y", "t", "ja", "oui", "si", "wahr", "buyer", "converted", "positive", "success")
NO = ("no", "false", "0", "0.0", "n", "f", "nein", "non", "falsch", "none", "negative", "failure")
"""Words for the two answers of a yes-or-no question, lower case."""

MONTHS = (
    ("january", "jan", "januar", "janvier", "janv", "enero", "ene", "gennaio", "gen"),
    ("february", "feb", "februar", "février", "févr", "fevrier", "fév", "febrero", "febbraio"),
    ("march", "mar", "märz", "maerz", "mär", "mrz", "mars", "marzo"),
    ("april", "apr", "avril", "avr", "abril", "abr", "aprile"),
    ("may", "mai", "mayo", "maggio", "mag"),
    ("june", "jun", "juni", "juin", "junio", "giugno", "giu"),
    ("july", "jul", "juli", "juillet", "juil", "julio", "luglio", "lug"),
    ("august", "aug", "août", "aout", "agosto", "ago"),
    ("september", "sep", "sept", "septembre", "septiembre", "settembre", "set"),
    ("october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre", "ott"),
    ("november", "nov", "novembre", "noviembre"),
    ("december", "dec", "dezember", "dez", "décembre", "déc", "decembre", "diciembre", "dic", "dicembre"),
)
"""Names of the months in five languages, lower case."""

HUGE = 1e30
"""Numbers are cut here, so that their squares and cubes stay finite."""

_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Letters of scripts that put no blanks between words: Thai, Lao, Burmese, kana, Han."""
_WORD = re.compile(rf"([{_UNSPACED}]+)|[^\W_{_UNSPACED}]+")
_PLAIN = (pl.List, pl.Array, pl.Struct, pl.Binary, pl.Object, pl.Null, pl.Duration)


def readable(dtype: pl.DataType) -> bool:
    """Tell whether cells of this type can be read at all (no lists, records or bytes)."""
    return not isinstance(dtype, _PLAIN)


def numbers(series: pl.Series) -> FloatArray:
    """Return the cells as numbers; NaN for what is missing, infinite or no number.

    >>> numbers(pl.Series(["1.5", "x", None])).tolist()
    [1.5, nan, nan]
    """
    if series.dtype.is_temporal():
        return seconds(series)
    if series.dtype == pl.String:
        series = series.str.strip_chars()
    elif not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
        series = series.cast(pl.String, strict=False)
    found = series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy().astype(np.float64)
    found[~np.isfinite(found)] = np.nan
    return np.asarray(np.clip(found, -HUGE, HUGE), dtype=np.float64)


def texts(series: pl.Series) -> pl.Series:
    """Return the cells as text; null for what is missing or blank.

    A whole number reads the same however it is stored: 1, 1.0 and "1" are "1".

    >>> texts(pl.Series([1.0, 2.5, None])).to_list()
    ['1', '2.5', None]
    """
    if series.dtype.is_float():
        nan = series.is_nan() | series.is_null()
        whole = series.cast(pl.Int64, strict=False)
        same = (whole.cast(pl.Float64) == series).fill_null(value=False)
        text = whole.cast(pl.String).zip_with(same, series.cast(pl.String))
        return text.set(nan.fill_null(value=True), None)
    text = series.cast(pl.String, strict=False)
    return text.set((text.str.strip_chars() == "").fill_null(value=True), None)


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text in lower case; where a script has no blanks, every two letters that are neighbours.

    >>> sorted(words_of("Red shoes, RED_laces"))
    ['laces', 'red', 'shoes']
    """
    found: set[str] = set()
    for run in _WORD.finditer(text.casefold()):
        word = run.group()
        if run.group(1) and len(word) > 2:
            found.update(word[place : place + 2] for place in range(len(word) - 1))
        else:
            found.add(word)
    return frozenset(found)


def truths(series: pl.Series) -> FloatArray:
    """Return yes as 1, no as 0, anything else as NaN.

    >>> truths(pl.Series(["Yes", "no", "?"])).tolist()
    [1.0, 0.0, nan]
    """
    words = texts(series).str.to_lowercase().str.strip_chars()
    found = np.full(len(series), np.nan)
    found[words.is_in(list(YES)).fill_null(value=False).to_numpy()] = 1.0
    found[words.is_in(list(NO)).fill_null(value=False).to_numpy()] = 0.0
    return found


def moments(series: pl.Series) -> pl.Series:
    """Return the cells as wall-clock times; null for what is no date or time.

    >>> moments(pl.Series(["2026-11-05 13:00:00", "soon"])).dt.hour().to_list()
    [13, None]
    """
    if series.dtype == pl.Date:
        return series.cast(pl.Datetime("us"))
    if isinstance(series.dtype, pl.Datetime):
        return series.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    if series.dtype != pl.String:
        return pl.Series(series.name, [None] * len(series), dtype=pl.Datetime("us"))
    text = series.str.strip_chars().str.replace("T", " ", literal=True)
    day = text.str.to_datetime("%Y-%m-%d", strict=False, time_unit="us")
    minute = text.str.to_datetime("%Y-%m-%d %H:%M", strict=False, time_unit="us")
    second = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    return second.zip_with(second.is_not_null(), minute.zip_with(minute.is_not_null(), day))


def seconds(series: pl.Series) -> FloatArray:
    """Return dates and times as seconds since 1970 (times of day: since midnight); NaN for what is none."""
    ticks, unit = (series.cast(pl.Int64), 1e9) if series.dtype == pl.Time else (moments(series).cast(pl.Int64), 1e6)
    return ticks.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64) / unit


def months(series: pl.Series) -> FloatArray | None:
    """Return months that are written out as their number from 1; None where most cells are no months.

    Without a year they are taken as months of one year.

    >>> found = months(pl.Series(["Feb", "June", "Dez.", None]))
    >>> None if found is None else found.tolist()
    [2.0, 6.0, 12.0, nan]
    """
    if series.dtype != pl.String:
        return None
    words = texts(series).str.to_lowercase().str.strip_chars(" .")
    names = {name: float(number) for number, group in enumerate(MONTHS, 1) for name in group}
    found = words.replace_strict(names, default=None, return_dtype=pl.Float64)
    if found.null_count() > words.null_count() or found.n_unique() < 2:
        return None
    return np.asarray(found.fill_null(float("nan")).to_numpy(), dtype=np.float64)
