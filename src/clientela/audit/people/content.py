"""Cells that speak of single people although the column's name does not: phones, plates, births, places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import mentions, vocabulary
from clientela.domain.column import Storage

Floats = NDArray[np.float64]

NEARLY_ALL = 0.95
"""Share of cells of one shape, from which the shape is that of the column."""

LEAST = 20
EMBEDDED = 3
"""Cells with an e-mail address or phone number inside other text from which free text holds personal data."""

DIFFERENT = 0.5
"""Share of different cells below which a column of numbers names things rather than people."""

YEAR = 365.25 * 86_400
LONG = 30.0
"""Years that births cover at least, and no dates of a business do."""

CHILD = 10.0

_ZERO = r"^\s*\(?0\d{1,5}\)?([ ./\-]+\(?\d{2,8}\)?){1,5}\s*$"
_SPACED = r"^\s*(\(\d{2,3}\) ?|\d{1,5} )\(?\d{2,5}\)?([ \-]\d{2,5}){0,3}\s*$"
_DATE = r"^\s*\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\s*$"
_IN_TEXT = r"(\+|\b00)\d{1,3}[ \-/.()]*\d[\d \-/.()]{6,14}\d|\b\(?0\d{2,5}\)?[ /\-]\d{3,}[\d \-/]{2,}\d"
_WORDS = r"\p{L}{2,}[^\p{L}]+\p{L}{2,}"
_PLATES = (
    r"^[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2} \d{1,4}[EH]?$",
    r"^[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}$",
    r"^[A-HJ-PR-Y]{2}\d{2} [A-HJ-PR-Z]{3}$",
    r"^\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}$",
    r"^[A-HJ-NPR-TV-Z]{2} \d{3} ?[A-HJ-NPR-TV-Z]{2}$",
)
"""Germany and Austria, France, Britain, Spain, Italy: letters that plates never have are what tells them."""

_AREAS = (
    (35, 71, -11, 40),
    (24, 60, -130, -60),
    (-56, -5, -75, -34),
    (8, 36, 68, 98),
    (18, 54, 98, 146),
    (-48, -10, 112, 179),
)
"""Latitudes and longitudes of Europe, North and South America, South and East Asia, Australia; none is near zero."""

_MEASURED = vocabulary(
    "temp, temperature, humidity, feuchte, pressure, druck, weight, gewicht, price, preis, rate, score, index, age, "
    "alter, amount, betrag, duration, dauer, speed, power, percent, pct, share, ratio, mean, avg"
)


def phone_numbers(cells: pl.Series) -> float:
    """Return the share of cells that are phone numbers as people write them in their own country; 0 for other columns.

    With a leading zero and separators; or without one, where nearly all cells have one number of digits, are parted
    by blanks or brackets, and differ: a code or an amount is not written so.
    """
    if cells.is_empty() or cells.n_unique() < max(LEAST, DIFFERENT * cells.len()):
        return 0.0
    digits = cells.str.count_matches(r"\d")
    long = (digits >= 8) & (digits <= 12) & ~cells.str.contains(_DATE)
    national = _share(cells.str.contains(_ZERO) & long)
    if national >= NEARLY_ALL:
        return national
    spaced = cells.str.contains(_SPACED) & long & (digits <= 11)
    usual = int(digits.mode().sort()[0])
    alike = _share(spaced & (digits == usual))
    return alike if alike >= NEARLY_ALL else 0.0


def phones_in_text(cells: pl.Series) -> float:
    """Return the share of cells with a phone number inside words, where there are three such cells; else 0."""
    found = int((cells.str.contains(_IN_TEXT) & cells.str.contains(_WORDS)).sum())
    return found / cells.len() if found >= EMBEDDED else 0.0


def plates(cells: pl.Series) -> float:
    """Return the share of cells that are licence plates of one country; 0 for other columns."""
    if cells.n_unique() < max(LEAST, DIFFERENT * cells.len()):
        return 0.0
    return next((s for plate in _PLATES if (s := _share(cells.str.contains(plate))) >= NEARLY_ALL), 0.0)


def _share(flags: pl.Series) -> float:
    return int(flags.sum()) / max(flags.len(), 1)


def births(facts: Facts, column: ColumnFacts) -> bool:
    """Tell whether dates without a clock are those of births: thirty years of them that ended ten years ago."""
    if column.storage is not Storage.DATE or column.distinct < max(LEAST, 0.05 * column.filled):
        return False
    seconds = facts.arrays.finite(column.name)
    if seconds.size < LEAST:
        return False
    low, high = (float(value) / YEAR for value in np.quantile(seconds, [0.02, 0.98]))
    now = datetime.now(UTC).timestamp() / YEAR
    return high - low >= LONG and high <= now - CHILD and low >= now - 110


def precise_places(facts: Facts, left: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of neighbouring columns that are latitude and longitude, in either order.

    Both have four to seven decimals, differ on most rows, and lie together where people live.
    """
    numbers = list(facts.columns.values())
    taken: set[str] = set()
    for one, other in pairwise(numbers):
        if {one.name, other.name} & {*left, *taken} or not (_fine(facts, one) and _fine(facts, other)):
            continue
        x, y = facts.arrays.numbers[one.name], facts.arrays.numbers[other.name]
        known = ~np.isnan(x) & ~np.isnan(y)
        if known.sum() >= LEAST and (_inhabited(x[known], y[known]) or _inhabited(y[known], x[known])):
            taken |= {one.name, other.name}
            yield one.name, other.name


def _fine(facts: Facts, column: ColumnFacts) -> bool:
    if column.storage is not Storage.NUMBER or mentions(column.name, _MEASURED):
        return False
    if column.minimum is None or column.maximum is None or max(-column.minimum, column.maximum) > 180:
        return False
    if column.distinct < max(LEAST, DIFFERENT * column.filled):
        return False
    values = facts.arrays.finite(column.name)
    rounded = np.abs(values - np.round(values, 7)) < 1e-9
    coarse = np.abs(values - np.round(values, 3)) < 1e-9
    return bool(rounded.mean() >= NEARLY_ALL and coarse.mean() <= 1 - DIFFERENT)


def _inhabited(latitude: Floats, longitude: Floats) -> bool:
    return any(
        float(((latitude >= a) & (latitude <= b) & (longitude >= c) & (longitude <= d)).mean()) >= NEARLY_ALL
        for a, b, c, d in _AREAS
    )
