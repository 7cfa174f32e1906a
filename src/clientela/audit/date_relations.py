"""Dates against what else a row says of time: parts of the calendar beside them, and dates that must follow."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from clientela.audit.afterwards import PLANNED
from clientela.audit.calendar_parts import NAMES
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import mentions, vocabulary, words
from clientela.audit.wording import plural
from clientela.domain.column import Storage

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

DAY = 86_400.0
LEAST_ROWS = 100
MOST_DATES = 5
HOLDS = 0.95
"""Share of rows on which a part of the calendar differs from the date by one and the same step."""

SHIFTED = 0.02
"""Share of rows from which a second step beside the first is a part of the rows that were shifted."""

YEARS = 365.25 * DAY
FAR = 20.0
"""Width of the tails in interquartile ranges from which a time between two dates belongs to no one's tail."""

_PARTS = (
    ("day of the week", vocabulary("weekday, day of week, dow, wochentag, dia semana, jour semaine, giorno"), 7),
    ("month", vocabulary("month, monat, mes, mois, mese, maand"), 12),
    ("hour", vocabulary("hour, stunde, hora, heure, ora, uur, std"), 24),
    ("year", vocabulary("year, jahr, ano, annee, anno, jaar"), 0),
    ("day of the month", vocabulary("day, tag, dia, jour, day of month, dag"), 31),
)
_SIZES = {part: size for part, _, size in _PARTS}


def disagreements(facts: Facts, name: str) -> list[dict[str, Any]]:
    """Find calendar columns that another date's part explains but for one constant step.

    A column counts that is named or worded as a part of the calendar. Null model: it has nothing to do with the date;
    a step would then hold on a share of rows like that of the commonest value. That 95 % of the rows differ by
    one step is the sign of a date (or the part) that was moved afterwards. Steps that come from counting (from 0 or
    from 1, weeks that begin on Sunday) are left out.

    Args:
        facts: What the table seam said.
        name: A date or timestamp column.
    """
    seconds = facts.arrays.numbers[name]
    found = []
    for column in facts.columns.values():
        part = _part(column)
        if part is None or (part == "hour" and facts.columns[name].storage is not Storage.TIMESTAMP):
            continue
        said, size = _said(facts, column, part), _SIZES[part]
        dates = _of_date(seconds, part)
        known = (said >= 0) & (dates >= 0)
        if known.sum() < LEAST_ROWS or np.unique(dates[known]).size < (3 if size else 2):
            continue
        step = (said - dates)[known]
        step = step % size if size else step
        steps, counts = np.unique(step, return_counts=True)
        share = float(counts.max()) / float(known.sum())
        usual = float(np.bincount(said[known] - said[known].min()).max()) / float(known.sum())
        most = int(steps[counts.argmax()])
        usual_steps = _counting(part, column, size)
        if share >= max(HOLDS, (1 + usual) / 2) and most not in usual_steps:
            shown = (most - usual_steps[0]) % size if size else most
            shown = shown - size if size and shown > size / 2 else shown
            what = f"{column.name} is {_by(shown, part)} than {name} says on {100 * share:.0f} % of rows"
            found.append({"sign": "calendar", "what": what, "column": column.name, "step": shown, "share": share})
    return found


def _part(column: ColumnFacts) -> str | None:
    if column.storage is Storage.TEXT and 4 <= column.distinct <= 12:
        said = {" ".join(words(value)) for value, _ in column.top}
        return next((part for part, names in NAMES.items() if said <= set(names)), None)
    if not column.storage.numeric or column.whole != column.filled or column.minimum is None:
        return None
    for part, names, size in _PARTS:
        if mentions(column.name, names):
            fits = (column.maximum or 0) <= size if size else 1900 <= column.minimum <= 2100
            return part if fits and column.minimum >= 0 and column.distinct >= 3 - (size == 0) else None
    return None


def _said(facts: Facts, column: ColumnFacts, part: str) -> Codes:
    if column.storage is not Storage.TEXT:
        return np.nan_to_num(facts.arrays.numbers[column.name], nan=-1.0).astype(np.int64)
    places = {value: NAMES[part][" ".join(words(value))] for value, _ in column.top}
    cells = facts.sample.get_column(column.name).replace_strict(places, default=-1, return_dtype=pl.Int64)
    return np.asarray(cells.fill_null(-1).to_numpy(), dtype=np.int64)


def _of_date(seconds: Floats, part: str) -> Codes:
    """Return the part of the calendar from 0 (years as they are), -1 unknown."""
    known = ~np.isnan(seconds)
    days = np.floor(np.nan_to_num(seconds) / DAY).astype(np.int64)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    parts = {
        "day of the week": (days + 3) % 7,
        "month": months.astype(np.int64) % 12,
        "hour": (np.nan_to_num(seconds) % DAY // 3600).astype(np.int64),
        "year": dates.astype("datetime64[Y]").astype(np.int64) + 1970,
        "day of the month": (dates - months).astype(np.int64),
    }
    return np.where(known, parts[part], -1)


def _counting(part: str, column: ColumnFacts, size: int) -> tuple[int, ...]:
    """Return the steps that come from the way to count, the likeliest first: from 0, from 1, from Sunday."""
    if column.storage is Storage.TEXT or part in ("year", "hour"):
        return (0,)
    if part == "day of the week":
        return (1, 0, 2) if column.minimum else (0, 1)
    if not column.minimum:
        return (0,)
    return (1,) if column.maximum == size else (1, 0)


def _by(step: int, part: str) -> str:
    unit = {"day of the week": "day", "day of the month": "day"}.get(part, part)
    return f"{abs(step)} {unit}{'s' if abs(step) > 1 else ''} {'later' if step > 0 else 'earlier'}"


def out_of_step(facts: Facts, name: str, error: float) -> list[dict[str, Any]]:
    """Find rows where a date lies years from another one that usually follows it closely.

    Pairs of dates of which one does not come before the other on nearly all rows and whose distance is at most 90
    days on three rows of four. Rows count that lie 20 interquartile ranges and half a year beyond, or as far on the
    wrong side; they must be more than a typing error or two (five rows). A distance of more than half a year that is
    the same to within 30 days on half of the rows is no one's habit either, unless a name says that the date was set
    ahead (a term, an expiry).

    Args:
        facts: What the table seam said.
        name: The earlier date.
        error: Chance that unrelated dates are called out of step.
    """
    found: list[dict[str, Any]] = []
    dates = [c.name for c in facts.stored(Storage.DATE, Storage.TIMESTAMP)[:MOST_DATES]]
    for early, late in permutations(dates, 2):
        if early != name:
            continue
        between = facts.arrays.numbers[late] - facts.arrays.numbers[early]
        between = between[~np.isnan(between)]
        if between.size < LEAST_ROWS:
            continue
        low, middle, high = (float(value) for value in np.percentile(between, (25, 50, 75)))
        follows = float((between >= -DAY).mean())
        chance = float(special.bdtrc(int((between >= -DAY).sum()) - 1, int(between.size), 0.5))
        width = max(high - low, DAY)
        if abs(middle) > YEARS / 2:
            found += _years_apart(late, name, middle, high - low)
            continue
        if middle < 0 or high > 90 * DAY or follows < 0.5 or chance >= error:
            continue
        far = np.abs(between - middle) > max(FAR * width, YEARS / 2)
        rows = int(far.sum())
        if rows >= max(5, SHIFTED / 10 * between.size) and rows < between.size / 4:
            lies = "after" if float(np.median(between[far])) > 0 else "before"
            years = abs(float(np.median(between[far]))) / YEARS
            what = (
                f"{late} follows within {max(1, round(high / DAY))} days on most rows but lies about "
                f"{years:.1f} years {lies} it on {rows} sampled"
            )
            found.append({"sign": "out of step", "what": what, "column": late, "rows": rows, "years": years})
    return found


def _years_apart(late: str, early: str, middle: float, width: float) -> list[dict[str, Any]]:
    """Tell a long distance that hardly differs between the rows; told at the earlier date only."""
    if middle < 0 or width > 30 * DAY or mentions(late, PLANNED) or mentions(early, PLANNED):
        return []
    years = middle / YEARS
    what = (
        f"{late} lies {years:.1f} years after it, to within {plural(max(1, round(width / DAY)), 'day')} on half of rows"
    )
    return [{"sign": "out of step", "what": what, "column": late, "years": years}]
