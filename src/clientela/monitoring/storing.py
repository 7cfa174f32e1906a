"""Columns that read well and are stored or written otherwise than in the reference: the reading of the file tells."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from clientela.domain.column import Storage
from clientela.domain.incident import Cause
from clientela.domain.reading import WAYS_APART
from clientela.monitoring.baseline import Baseline
from clientela.monitoring.case import FLOOR, Found
from clientela.monitoring.columns import Floats, Kind, Side, seconds
from clientela.tables.table import Table

COERCED = {
    "decimal_comma": (Cause.DTYPE_FORMAT, "a decimal comma"),
    "thousands": (Cause.DTYPE_FORMAT, "thousands separators"),
    "currency": (Cause.DTYPE_FORMAT, "a currency sign"),
    "percent": (Cause.DTYPE_FORMAT, "a percent sign"),
    "stray_space": (Cause.CATEGORY_FORMAT, "blanks around it"),
    "id_precision_lost": (Cause.PRECISION, "digits lost"),
    "date_as_text": (Cause.DTYPE_FORMAT, "another order of the date"),
    "null_word": (Cause.NULL_SEMANTICS, "a word for missing"),
    "encoding_damage": (Cause.ENCODING, "a wrong character set"),
}
WAYS = ("decimal_comma", "currency", "percent")
"""Ways of writing that all cells of a column share, so that their end is a change of how it is stored."""

LEAST = 5
FEW = 20
"""Filled cells below which the way of writing tells nothing."""

WHOLE, AS_TEXT = "a fraction on whole numbers", "text where numbers were stored"


MONTH_FIRST, EITHER = "month", "?"

DAYS = "year-month-day"

MOST_WAYS, HOUR = 4, 60
"""Ways of writing dates from which any way may come, and the minutes by which summer time moves a zone."""

Matched = Mapping[str, str]


def search_storing(baseline: Baseline, table: Table, matched: Matched, side: Side, told: set[str]) -> list[Found]:
    """Return columns that are stored as another type, or whose cells are written in another way.

    Args:
        baseline: What the batch is held against.
        table: The batch.
        matched: Name in the batch by name in the reference.
        side: The batch, as it is compared.
        told: Columns whose cells had to be mended; they are left out.
    """
    found = _stored(baseline, table, matched, side)
    found += _dates(baseline, table, matched, side, told | {column for item in found for column in item.columns})
    for look in (_coerced, _plainer):
        found += look(baseline, table, matched, told | {column for item in found for column in item.columns})
    return found


def turned(baseline: Baseline, table: Table, matched: Matched, name: str, values: Floats) -> Floats:
    """Return times whose day and month are put the other way round, where the reference has the month first.

    A short batch may fit both orders: no day in it is beyond the twelfth, and it was read with the day first.
    """
    before = dict(baseline.facts.dates).get(name, "")
    if not (before.startswith(MONTH_FIRST) and _written(table).get(matched[name], "").startswith(EITHER)):
        return values
    stamps = pl.Series("t", values * 1e6).fill_nan(None).cast(pl.Int64).cast(pl.Datetime("us"))
    parts = [stamps.dt.year(), stamps.dt.day(), stamps.dt.month()]
    first = pl.select(pl.datetime(*parts, time_unit="us")).to_series()
    return seconds(first) + seconds(stamps) % 86_400.0


def _written(table: Table) -> dict[str, str]:
    return {column.name: column.dates for column in table.reading.columns if column.dates}


def _dates(baseline: Baseline, table: Table, matched: Matched, side: Side, told_of: set[str]) -> list[Found]:
    """A column of dates written in another national order, with other marks, or with another zone."""
    now, found = _written(table), []
    for name, before in baseline.facts.dates:
        after = now.get(matched.get(name, ""), "")
        either = EITHER in before + after and before[-5:] == after[-5:]  # the marks are the same
        if not after or after == before or either or name in told_of:
            continue
        ways, known = after.split(WAYS_APART), before.split(WAYS_APART)
        new = [way for way in ways if way not in known]
        if new and len(known) < MOST_WAYS and not _summer(baseline, side, name, new, known):
            evidence = {"way": f"{before} to {after}", "now": after, "before": before}
            whole = {"share": 1.0} if len(new) == len(ways) else {}
            what = f"is written as {after}, before as {before}"
            cut = after == DAYS and all(way.startswith(DAYS) for way in known)
            cause, others = (Cause.PRECISION, (Cause.DTYPE_FORMAT,)) if cut else (Cause.DTYPE_FORMAT, ())
            found.append(Found(cause, (name,), whole | evidence, None, others, what))
    return found


def _summer(baseline: Baseline, side: Side, name: str, new: Sequence[str], known: Sequence[str]) -> bool:
    """Tell whether zones moved by the hour that summer time makes, in a batch of another time than the reference."""
    term, values = baseline.contract.term(name), side.numbers[name]
    middle = float(np.nanmedian(values)) if not np.isnan(values).all() else float("nan")
    if term.low <= middle <= term.high:
        return False
    before = {way[:-6]: _offset(way) for way in known}
    gaps = [_offset(way) - before.get(way[:-6], math.nan) for way in new]
    return all(abs(gap) == HOUR for gap in gaps)


def _offset(way: str) -> float:
    """Return the minutes of the zone with which dates are written, NaN where it is none in hours and minutes."""
    found = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", way[-6:].lstrip("r"))
    return float(f"{found[1]}{int(found[2]) * HOUR + int(found[3])}") if found else math.nan


def _stored(baseline: Baseline, table: Table, matched: Matched, side: Side) -> list[Found]:
    """A column of the same kind of file that is stored as another type, its values intact."""
    if table.reading.format != baseline.facts.format or not table.rows:
        return []
    untyped = {column.name for column in table.reading.columns if set(column.kinds) == {"text"}}
    stored = {field.name: field.storage for field in table.fields}
    found = []
    for term in baseline.contract.terms:
        now = stored.get(matched.get(term.name, ""))
        before, share = Storage(term.storage), {"share": 1.0}
        if now is Storage.NUMBER and before is Storage.INTEGER and (term.nulls or not side.missing(term.name).any()):
            if term.name in side.texts or bool(np.all(np.nan_to_num(side.numbers[term.name]) % 1 == 0)):
                found.append(Found(Cause.DTYPE_FORMAT, (term.name,), share | {"way": WHOLE}, what=f"has {WHOLE}"))
        elif now is Storage.TEXT and before.numeric and matched[term.name] not in untyped and _reads(side, term.name):
            found.append(Found(Cause.DTYPE_FORMAT, (term.name,), share | {"way": AS_TEXT}, what=f"has {AS_TEXT}"))
    return found


def _reads(side: Side, name: str) -> bool:
    return name in side.numbers and not bool(np.isnan(side.numbers[name]).all())


def _coerced(baseline: Baseline, table: Table, matched: Matched, told_of: set[str]) -> list[Found]:
    """A column that reads well may still be written otherwise: the reading counted every cell it changed."""
    before = {(name, what) for name, what, count in baseline.facts.coercions if count >= LEAST}
    back = {new: old for old, new in matched.items()}
    found = []
    for column in table.reading.columns:
        name = back.get(column.name)
        for what, count in column.coercions.items():
            if name is None or name in told_of or what not in COERCED or (name, what) in before:
                continue
            if count >= max(LEAST, FLOOR * table.rows):
                cause, words = COERCED[what]
                if what == "null_word" and baseline.contract.term(name).kind is Kind.KEY:
                    cause = Cause.KEY_BREAK
                evidence = {"rows": count, "share": count / max(1, table.rows), "way": what}
                others = (Cause.NULL_SEMANTICS,) if cause is Cause.KEY_BREAK else ()
                found.append(Found(cause, (name,), evidence, None, others, f"is written with {words}"))
                told_of = told_of | {name}
    return found


def _plainer(baseline: Baseline, table: Table, matched: Matched, told_of: set[str]) -> list[Found]:
    """A column that was mostly written in a way that no cell of it has any more, and that reads well without it."""
    usual = baseline.facts.format == table.reading.format
    columns = {column.name: column for column in table.reading.columns}
    found = []
    for name, what, count in baseline.facts.coercions:
        column = columns.get(matched.get(name, ""))
        if not usual or what not in WAYS or name in told_of or column is None or what in column.coercions:
            continue
        filled = table.rows - column.coercions.get("blank", 0)
        if count < 0.5 * baseline.facts.rows or filled < FEW or column.storage is Storage.TEXT:
            continue
        if what == "decimal_comma" and column.storage is not Storage.NUMBER:
            continue  # whole numbers have no mark
        cause, words = COERCED[what]
        evidence = {"rows": filled, "share": filled / table.rows, "way": f"no {what}"}
        found.append(Found(cause, (name,), evidence, None, (), f"is no longer written with {words}"))
    return found
