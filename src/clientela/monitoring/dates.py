"""Times that are written otherwise than in the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, cells
from clientela.monitoring.case import Found
from clientela.monitoring.columns import UNITS, Floats, Kind, as_numbers, seconds, written
from clientela.monitoring.contract import Term
from clientela.monitoring.ways import LEAST_STRANGE, RESTORED, Mended

SERIAL = 25_569
"""1970-01-01 as a workbook counts days."""

TIME_FORMATS = (
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M %p",
    "%d %b %Y %H:%M:%S", "%d %b %Y %H:%M", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M", "%b %d, %Y %H:%M:%S", "%b %d, %Y",
    "%d %b %Y", "%d-%b-%Y", "%d.%m.%y %H:%M:%S", "%d.%m.%y %H:%M", "%m/%d/%y %H:%M:%S", "%m/%d/%y %H:%M",
    "%d.%m.%y", "%m/%d/%y", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%Y%m%d%H%M%S",
    "%Y-%m-%dT%H:%M:%S%#z", "%Y-%m-%d %H:%M:%S%#z", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d",
)  # fmt: skip


def mend_times(baseline: Baseline, term: Term, series: pl.Series) -> tuple[Mended, Found | None]:
    """Return the times of a batch in seconds since 1970, and how they are written where that is new."""
    unit = dict(baseline.facts.dates).get(term.name, "")
    if series.dtype.is_numeric():
        return _counted(term, as_numbers(series), unit) if unit in UNITS else _epoch(term, as_numbers(series))
    if series.dtype.is_temporal() and unit not in UNITS:
        return cells(series, Kind.TIME), None
    values, found = (cells(series, Kind.TIME), None) if series.dtype.is_temporal() else _told_time(term, series)
    if unit in UNITS:
        evidence, what = {"unit": unit, "share": 1.0}, f"is written as dates, before as {unit} since 1970"
        return values, Found(Cause.DTYPE_FORMAT, (term.name,), evidence, what=what)
    return values, found


def _counted(term: Term, numbers: Floats, unit: str) -> tuple[Mended, Found | None]:
    """Return times that the reference counts in a unit, of which some may be counted in another one."""
    values, other = numbers / UNITS[unit], ""
    odd = ~np.isnan(values) & ~_near(term, values)
    for name, parts in UNITS.items():
        fits = odd & _near(term, numbers / parts)
        if fits.sum() > RESTORED * odd.sum():
            other, values = name, np.where(fits, numbers / parts, values)
            break
    if not other or odd.sum() < LEAST_STRANGE:
        return values, None
    evidence = {"rows": int(odd.sum()), "share": float(odd.mean()), "unit": other, "before": unit}
    what = f"counts {other} where it counted {unit}"
    return values, Found(Cause.UNIT_SCALE, (term.name,), evidence, odd, (Cause.DTYPE_FORMAT,), what)


def _told_time(term: Term, series: pl.Series) -> tuple[Floats, Found | None]:
    texts = written(series).str.strip_chars()
    values = np.full(len(series), np.nan)
    used: dict[str, int] = {}
    open_ = texts.is_not_null().to_numpy()
    for forms in (TIME_FORMATS[-3:], TIME_FORMATS[:-3]):
        while open_.any() and (best := _best_form(term, texts, forms, open_)) is not None:
            form, read, fits = best
            values[fits] = read[fits]
            used[form] = used.get(form, 0) + int(fits.sum())
            open_ = open_ & ~fits
    if open_.any():
        numbers = as_numbers(texts)
        for unit, factor in UNITS.items():
            fits = open_ & _near(term, numbers / factor)
            if fits.sum() >= LEAST_STRANGE:
                values[fits], used[f"{unit} since 1970"] = numbers[fits] / factor, int(fits.sum())
                break
    return values, _time_found(term, texts, values, used)


def _best_form(
    term: Term, texts: pl.Series, forms: Sequence[str], open_: NDArray[np.bool_]
) -> tuple[str, Floats, NDArray[np.bool_]] | None:
    """Return the form that reads most of the cells that are open, the nearest to the reference's end where two do.

    Day and month are told apart only by cells whose day is beyond the twelfth, so forms are held against each other.
    """
    best: tuple[tuple[float, float], str, Floats, NDArray[np.bool_]] | None = None
    for form in forms:
        read = seconds(texts.str.to_datetime(form, strict=False))
        fits = open_ & ~np.isnan(read) & _near(term, read)
        if fits.sum() < max(1, 0.02 * texts.len()):
            continue
        rank = (float(fits.sum()), -float(np.median(np.abs(read[fits] - term.high))))
        if best is None or rank > best[0]:
            best = (rank, form, read, fits)
    return best[1:] if best is not None else None


def _near(term: Term, values: Floats) -> NDArray[np.bool_]:
    reach = 3 * 365 * 86400.0
    with np.errstate(invalid="ignore"):
        return (values > term.low - reach) & (values < term.high + reach)


def _epoch(term: Term, numbers: Floats) -> tuple[Mended, Found | None]:
    for unit, factor in UNITS.items():
        if np.mean(_near(term, numbers / factor)) > RESTORED:
            what = f"is written as {unit} since 1970"
            evidence = {"unit": unit, "share": 1.0}
            return numbers / factor, Found(Cause.DTYPE_FORMAT, (term.name,), evidence, what=what)
    days = (np.where(np.abs(numbers) < 10 * SERIAL, numbers, np.nan) - SERIAL) * 86_400.0
    if np.mean(_near(term, days)) > RESTORED:
        what = "is written as a workbook's number of days"
        return days, Found(Cause.DTYPE_FORMAT, (term.name,), {"unit": "days", "share": 1.0}, what=what)
    texts = written(pl.Series(numbers, nan_to_null=True))
    for form in ("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d"):
        read = seconds(texts.str.to_datetime(form, strict=False))
        if np.mean(_near(term, read)) > RESTORED:
            what = f"is written as one number ({form})"
            return read, Found(Cause.DTYPE_FORMAT, (term.name,), {"format": form, "share": 1.0}, what=what)
    return np.full(numbers.size, np.nan), Found(
        Cause.UNKNOWN, (term.name,), {"share": 1.0}, None, (Cause.DTYPE_FORMAT,), "holds numbers where times stood"
    )


def _time_found(term: Term, texts: pl.Series, values: Floats, used: Mapping[str, int]) -> Found | None:
    odd = texts.is_not_null().to_numpy() & np.isnan(values)
    main = max(used, key=lambda form: used[form], default="")
    others = {form: count for form, count in used.items() if form not in TIME_FORMATS[-3:]}
    count = sum(others.values()) or int(odd.sum())
    if not used or count < LEAST_STRANGE:
        evidence = {"rows": int(odd.sum()), "examples": texts.filter(pl.Series(odd)).to_list()[:3]}
        found = Found(
            Cause.UNKNOWN, (term.name,), evidence, odd, (Cause.DTYPE_FORMAT,), "holds cells that are no times"
        )
        return found if odd.sum() >= LEAST_STRANGE else None
    form = max(others, key=lambda item: others[item], default=main)
    evidence = {"rows": count, "share": count / max(1, len(texts)), "format": form}
    return Found(Cause.DTYPE_FORMAT, (term.name,), evidence, what=f"is written in another order of date ({form})")
