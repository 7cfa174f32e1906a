"""What codes stand for values: categories as numbers, categories spread over flags, digests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os.path import commonprefix
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.processing import ERROR
from clientela.audit.draws import draws
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.formulas.recoding import one_to_one
from clientela.audit.lexicon import CALENDAR, UNITS, mentions, vocabulary, words
from clientela.audit.wording import clause, plural, several
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity
from clientela.statistics.uniformity import uniform_p

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

FEW = 50
"""Codes up to which a dip in the frequencies alone tells a category; with more, all of them must jump."""

MOST_CODES = 1_000
SHUFFLED = 1e-2
"""Error at which the jumps from code to code are those of codes in random order."""

CATEGORY = vocabulary(
    "category, type, kind, channel, browser, region, country, device, platform, source, medium, brand, department, "
    "gender, sex, language, occupation, profession, marital, kategorie, typ, art, kanal, gerat, land, plattform, "
    "quelle, marke, abteilung, geschlecht, sprache, beruf, categoria, tipo, canal, pais, dispositivo, fuente, marca, "
    "genero, idioma, categorie, pays, appareil, genre, langue, canale, paese, lingua, kanaal, taal, warengruppe, "
    "branche, industry, sector, payment method, payment type, zahlungsart"
)
YES_NO = (
    ("true", "false"),
    ("1", "0"),
    ("yes", "no"),
    ("y", "n"),
    ("t", "f"),
    ("ja", "nein"),
    ("wahr", "falsch"),
    ("oui", "non"),
    ("vrai", "faux"),
    ("si", "no"),
    ("sí", "no"),
    ("1.0", "0.0"),
    ("j", "n"),
)
LEAST_RANKED, LEAST_COUNT = 10, 10
MOST_FLAGS = 400
HEXADECIMAL = 16
LEAST_DIGEST, SHORT_DIGEST = 8, 6
LEAST_SHORT = 50
POOLED = 45.0
"""Chi-squared of sixteen random digits is above this once in ten thousand times."""

MOST = 0.95


def label_encoded(context: Context) -> Checked:
    """Find categories written as running numbers.

    Whole numbers without gap from -1, 0 or 1 (a code for missing aside), three or more. Null models: frequencies of an
    amount rise and fall once,
    so a dip between two peaks that Poisson noise does not explain (shared among columns)
    says the order means nothing; with more than fifty codes the steps from code to code must besides be
    as large as in random order (ratio of von Neumann 1941, 1 %). Or each number
    goes with one word of a text column and back (rule, 99 % of rows). Or frequencies of ten codes or more never rise
    from code to code, though Poisson noise would let some of them do so (product over neighbours, shared among
    columns): codes given by frequency. Or the name is that of a category
    (channel, type, region) and there are fifty codes at most (rule). In columns that belong to a
    key, keys are counted. Names of counts and times are left out.
    """
    tested = [c for c in context.measured if _running(context, c) and not mentions(c.name, UNITS | CALENDAR)]
    bound = float(-special.ndtri(ERROR / max(sum(c.distinct for c in tested), FEW)))
    found: dict[str, dict[str, Any]] = {}
    for column in tested:
        how = _code_evidence(context, column, bound, ERROR / len(tested))
        if how is not None:
            found[column.name] = {"codes": column.distinct, "least": column.minimum, "largest": column.maximum} | how
    names, finding = tuple(found), None
    if names:
        title = f"{clause(names, 'holds', 'hold')} categories written as numbers: 2 is not twice 1."
        advice = "Treat them as categories, and ask for the list that says what each number means."
        finding = Finding("label_encoded", Severity.NOTICE, names, title, found, advice)
    return conclude("label_encoded", [finding], len(tested), "running whole numbers whose frequencies jump")


def _code_evidence(context: Context, column: ColumnFacts, bound: float, error: float) -> dict[str, Any] | None:
    beside = _beside(context.facts, column)
    if beside is not None:
        return {"words_in": beside}
    values = draws(context, column.name)
    if _jumps(values, bound):
        return {}
    if values.size and _by_frequency(np.unique(values, return_counts=True)[1].astype(np.float64), error):
        return {"by": "frequency"}
    named = mentions(column.name, CATEGORY) and column.distinct <= FEW and column.name != context.roles.label
    return {"by": "name"} if named else None


def _by_frequency(counts: Floats, error: float) -> bool:
    """Whether frequencies fall from the first code to the last more steadily than noise lets those of counts fall."""
    if (np.diff(counts) > 0).any() or (counts >= LEAST_COUNT).sum() < LEAST_RANKED:
        return False
    counts = counts[counts >= LEAST_COUNT]
    # The drops that were seen are no smaller than those to be expected: the chance is on the safe side.
    kept = special.ndtr(-np.diff(counts) / np.sqrt(counts[1:] + counts[:-1]))
    return bool(np.log(kept).sum() < np.log(error))


def _running(context: Context, column: ColumnFacts) -> bool:
    if column.minimum is None or column.maximum is None or column.minimum not in (-1.0, 0.0, 1.0):
        return False
    whole = column.whole == column.filled - column.nans - column.infinite
    if not whole or not 3 <= column.distinct <= MOST_CODES:
        return False
    gaps = column.maximum - column.minimum + 1 - column.distinct
    # Codes from 1 on may stand beside -1 for what is unknown.
    return gaps == 0 or (gaps == 1 and column.minimum == -1 and not bool((context.finite(column.name) == 0).any()))


def _jumps(values: Floats, bound: float) -> bool:
    if values.size == 0:
        return False
    counts = np.bincount((values - values.min()).astype(np.int64)).astype(np.float64)
    if values.min() == -1:
        counts = counts[1 + int(counts[1] == 0) :]
    return _dip(counts) > bound and (counts.size <= FEW or _in_no_order(counts))


def coded(values: Floats, error: float) -> bool:
    """Whether frequencies of whole numbers dip and jump as those of codes in no order, gaps between codes aside.

    Args:
        values: Finite numbers.
        error: Chance at which an amount whose density rises and falls once is called so.
    """
    if values.size == 0 or (values != np.floor(values)).any():
        return False
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    if counts.size < 3 or counts.mean() < 5:
        return False
    return _dip(counts) > float(-special.ndtri(error / counts.size)) and _in_no_order(counts)


def _dip(counts: Floats) -> float:
    """Return how far, in standard errors, the deepest valley lies below the lower of the peaks around it."""
    left, right = np.maximum.accumulate(counts), np.maximum.accumulate(counts[::-1])[::-1]
    peak = np.minimum(left, right)
    return float(((peak - counts) / np.sqrt(np.maximum(peak + counts, 1))).max())


def _in_no_order(counts: Floats) -> bool:
    """Whether ranks of the frequencies step from code to code as in random order (mean 2, deviation 2/sqrt(n))."""
    ranks = pl.Series(counts).rank().to_numpy()
    ratio = float((np.diff(ranks) ** 2).sum() / ((ranks - ranks.mean()) ** 2).sum())
    return bool(ratio > 2 + float(special.ndtri(SHUFFLED)) * 2 / np.sqrt(counts.size))


def _beside(facts: Facts, column: ColumnFacts) -> str | None:
    """Return the text column whose words go one to one with the numbers."""
    for other in facts.text:
        if other.distinct != column.distinct or mentions(other.name, CALENDAR):
            continue
        if one_to_one(facts.arrays.identity[column.name], facts.arrays.identity[other.name]) is not None:
            return other.name
    return None


def one_hot(context: Context) -> Checked:
    """Find groups of 0/1 columns that are never 1 together: one category spread over columns.

    Null model: independent flags of these shares meet in n p q rows (Poisson, error shared among all pairs); a flag
    joins a group where it meets none of it although chance would have it, or none by the name it shares with
    the group. Words for yes and no and 0 and 1 stored as text count as flags. Three columns at least, of which
    rows without any (a column dropped, a value not seen) may be left;
    two are enough where their names begin or end alike. Missing cells count as 0.
    """
    facts = context.facts
    flags = [c for c in facts.columns.values() if _flag(c) and c.name != context.roles.label][:MOST_FLAGS]
    groups = _exclusive(facts, [c.name for c in flags]) if len(flags) >= 2 else []
    finding = None
    if groups:
        names = tuple(name for name in facts.names if any(name in group for group in groups))
        title = f"{several(groups[0])} are one category spread over {plural(len(groups[0]), 'column')} of 0 and 1."
        advice = "Read them as one column; where one of them is 1 on every row, dropping one loses nothing."
        ones = [_ones(facts, group).any(axis=1).mean() for group in groups]
        evidence = {"groups": groups, "rows": facts.sampled, "share_with_one": [float(share) for share in ones]}
        finding = Finding("one_hot", Severity.INFO, names, title, evidence, advice)
    tested = len(flags) if len(flags) >= 2 else 0
    return conclude("one_hot", [finding], tested, "0/1 columns that are never 1 together")


def _flag(column: ColumnFacts) -> bool:
    if column.storage is Storage.TEXT:
        words_of = {word.strip().lower() for word, _ in column.top}
        return column.distinct == len(words_of) == 2 and any(words_of == {yes, no} for yes, no in YES_NO)
    numeric = column.storage.numeric or column.storage is Storage.BOOLEAN
    return numeric and column.distinct == 2 and column.filled > 0 and (column.minimum, column.maximum) == (0, 1)


def _ones(facts: Facts, names: Sequence[str]) -> NDArray[np.bool_]:
    return np.stack([_one(facts, name) for name in names], axis=1)


def _one(facts: Facts, name: str) -> NDArray[np.bool_]:
    if name in facts.arrays.numbers:
        return np.asarray(facts.arrays.numbers[name] == 1)
    cells = facts.sample.get_column(name).str.strip_chars().str.to_lowercase()
    return np.asarray(cells.is_in([yes for yes, _ in YES_NO]).fill_null(False).to_numpy(), dtype=np.bool_)


def _exclusive(facts: Facts, names: list[str]) -> list[list[str]]:
    ones = _ones(facts, names).astype(np.float64)
    together, shares = ones.T @ ones, ones.mean(axis=0)
    # Rows in which chance must have let flags meet, so that meeting in none is no chance.
    least = float(-np.log(ERROR) + np.log(len(names) * (len(names) - 1) / 2))
    left, groups = sorted(range(len(names)), key=lambda i: -shares[i]), []
    while left:
        group = [left[0]]
        for i in left[1:]:
            expected = float(ones.shape[0] * shares[i] * shares[group].sum())
            alike = any(_alike(names[i], names[j]) for j in group)
            if together[i, group].sum() == 0 and (expected >= least or alike):
                group.append(i)
        apart = [i for i in left if i not in group and together[i, group].sum() == 0]
        if apart and bool((ones[:, [*group, *apart]].sum(axis=1) == 1).all()):
            group += apart
        left = [i for i in left if i not in group]
        if _is_category(ones[:, group], [names[i] for i in group], least):
            groups.append([names[i] for i in sorted(group)])
    return groups


def _is_category(ones: Floats, names: list[str], least: float) -> bool:
    shares = ones.mean(axis=0)
    expected = ones.shape[0] * (shares.sum() ** 2 - (shares**2).sum()) / 2
    # Of two that leave rows without any, one column was dropped: chance would have let them meet.
    two = len(names) == 2 and _alike(names[0], names[1])
    return bool(expected >= least) and (two or len(names) >= 3)


def _alike(one: str, other: str) -> bool:
    """Whether two names of two words or more begin or end alike."""
    first, second = words(one), words(other)
    return min(len(first), len(second)) >= 2 and (first[0] == second[0] or first[-1] == second[-1])


def hashed(context: Context) -> Checked:
    """Find digests: what is left of values that went through a hash.

    Text of one length, behind a prefix that all cells share, on 95 % of cells:

    - hexadecimal digits of one case, eight or more (six, where fifty differ), all
      sixteen of them about equally frequent in the different
      values, as random ones are (chi-squared against equal shares at most twice its mean), at each place (no
      running numbers, no dates);
    - as long as a digest in base 64, digits, small and capital letters mixed (rule); or eight signs of base 64 or more,
      repeating from row to row, with as many capitals, small letters and digits as random ones have (chi-squared);
    - UUIDs of version 3 or 5, which are digests of a name (rule). Version 4 is random and no digest.

    Whole numbers that fill 32, 63 or 64 bits evenly (Kolmogorov-Smirnov, 1 %, ends within a hundredth).
    """
    facts = context.facts
    text = [c for c in facts.text if c.longest >= SHORT_DIGEST and c.distinct >= 5]
    numbers = [c for c in facts.columns.values() if c.storage.numeric and c.distinct >= 20]
    found: dict[str, str] = {}
    for column in text:
        if (how := _digest(facts.strings(column.name), column)) is not None:
            found[column.name] = how
    for column in numbers:
        if (how := _bits(facts, column)) is not None:
            found[column.name] = how
    finding = None
    if found:
        names = tuple(found)
        title = f"{clause(names, 'is', 'are')} hashed: the values were replaced by digests of fixed length."
        advice = (
            "Equal values stay equal, so they can be joined and counted, but not read; ask for the salt before joining."
        )
        finding = Finding("hashed", Severity.NOTICE, names, title, dict(found), advice)
    tested = len(facts.text) + len(numbers)
    return conclude(
        "hashed", [finding], tested, "hexadecimal and base 64 text of one length, numbers that fill 32 or 64 bits"
    )


_HEXADECIMAL = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_BASE_64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_NAMED_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[35][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_LABEL = re.compile(r"^[A-Za-z0-9]{1,12}[_:$-]|^0x|^\\x")
_BASE_64_LENGTHS = frozenset({22, 24, 27, 28, 43, 44, 86, 88})
"""Lengths of 16, 20, 32 and 64 bytes in base 64, with and without padding."""


def _digest(cells: pl.Series, column: ColumnFacts) -> str | None:
    lengths = cells.str.len_chars()
    usual = int(lengths.mode().sort()[0]) if cells.len() else 0
    least = SHORT_DIGEST if column.distinct >= LEAST_SHORT else LEAST_DIGEST
    if usual < least or int((lengths == usual).sum()) < MOST * cells.len():
        return None
    values = cells.filter(lengths == usual).unique().sort().to_list()
    prefix = _LABEL.match(commonprefix(values[:: max(1, len(values) // 50)]))
    if prefix is not None and not _NAMED_UUID.fullmatch(values[0]):
        values = [value[prefix.end() :] for value in values]
    few = values[:: max(1, len(values) // 2000)]
    if _share(few, _NAMED_UUID) >= MOST:
        return "UUIDs made from a name"
    if len(few[0]) >= least and _share(few, _HEXADECIMAL) >= MOST and _random_digits(few):
        return f"{len(few[0])} hexadecimal digits"
    if len(few) >= LEAST_SHORT and column.unique_share < 0.99 and _random_signs(few):
        return "a short digest in base 64"
    return "a digest in base 64" if len(few[0]) in _BASE_64_LENGTHS and _random_letters(few, column) else None


def _share(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.fullmatch(value) is not None for value in values) / len(values)


def _random_digits(values: Sequence[str]) -> bool:
    """Whether the sixteen digits are about equally frequent, over all places and at each of them."""
    digits = [[int(char, HEXADECIMAL) for char in value] for value in values if _HEXADECIMAL.fullmatch(value)]
    places = np.array(digits)
    whole = np.bincount(places.ravel(), minlength=HEXADECIMAL).astype(np.float64)
    if whole[10:].sum() < 0.25 * whole.sum() or _random_uuid(places):
        return False
    if ((whole - whole.mean()) ** 2 / whole.mean()).sum() > POOLED:
        return False
    counts = np.stack([np.bincount(place, minlength=HEXADECIMAL) for place in places.T]).astype(np.float64)
    expected = places.shape[0] / HEXADECIMAL
    spread = ((counts - expected) ** 2 / expected).sum(axis=1)
    # At some place a digest may hold a version or a variant; running numbers and dates differ at most places.
    return bool(np.median(spread) <= 2 * (HEXADECIMAL - 1))


def _random_uuid(places: NDArray[np.int64]) -> bool:
    """Whether it is a UUID of version 4 without its dashes."""
    long = places.shape[1] == 32
    return long and bool((places[:, 12] == 4).all() and ((places[:, 16] >= 8) & (places[:, 16] <= 11)).all())


def _random_letters(values: Sequence[str], column: ColumnFacts) -> bool:
    # Random characters hardly ever have the same shape twice; names with running numbers do.
    if column.masks and column.masks[0][1] > 0.1 * column.filled and len(values) > FEW:
        return False
    mixed = [sum(re.search(kind, value) is not None for value in values) for kind in ("[A-Z]", "[a-z]", "[0-9]")]
    return min(mixed) >= 0.9 * len(values) and _share(values, _BASE_64) >= MOST


def _random_signs(values: Sequence[str]) -> bool:
    """Whether letters of both cases and digits come in the shares of random signs of base 64, at every place."""
    if len(values[0]) < LEAST_DIGEST or _share(values, _SHORT_64) < MOST:
        return False
    places = [*zip(*(value.rstrip("=") for value in values), strict=False)]
    counts = np.array([[sum(test(char) for char in place) for test in _KINDS] for place in places], dtype=np.float64)
    expected = counts.sum(axis=1, keepdims=True) * np.array(_KIND_SHARES)
    spread = ((counts - expected) ** 2 / np.maximum(expected, 1e-9)).sum(axis=1)
    return bool(np.median(spread) <= 2 * (len(_KINDS) - 1) and spread[:-1].max() <= POOLED)


_SHORT_64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_KINDS = (str.isupper, str.islower, str.isdigit)
_KIND_SHARES = (26 / 62, 26 / 62, 10 / 62)

_RANGES = ((0.0, 2.0**32), (-(2.0**31), 2.0**31), (0.0, 2.0**63), (-(2.0**63), 2.0**63), (0.0, 2.0**64))


def _bits(facts: Facts, column: ColumnFacts) -> str | None:
    """Tell whether whole numbers fill a range of bits evenly, both ends within a hundredth."""
    if column.minimum is None or column.maximum is None or column.maximum < 2.0**30:
        return None
    for low, high in _RANGES:
        margin = (high - low) * max(0.01, 5.0 / column.distinct)
        if low <= column.minimum <= low + margin and high - margin <= column.maximum <= high:
            placed = (np.unique(facts.arrays.finite(column.name)) - low) / (high - low)
            if placed.size >= 20 and uniform_p(placed) > SHUFFLED:
                return f"numbers of {round(np.log2(high - low))} bits"
    return None
