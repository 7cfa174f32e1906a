"""Cells that lost something on their way: letters, digits, or one spelling for one value."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.audit import spelling
from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.storage import LEAST_AMOUNTS, NEARLY_ALL, coerced, distinct, like, weight
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import ID, PERSONAL, TIME, mentions
from clientela.audit.wording import plural, several
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity

MOST_SPELLINGS = 20
SINGLE = 2.0**24
"""Whole numbers up to which single precision holds all."""

CHANCE = 1e-6
LEAST_WORDS = 2
ASKED = r"\p{L}*\p{L}\?\p{L}+"
"""A word with a question mark between letters."""

MOMENTS = ((9e11, 2.2e12), (9e14, 2.2e15), (9e17, 2.2e18))
"""Milli-, micro- and nanoseconds since 1970 of the years 1998 to 2039."""


def encoding_damage(context: Context) -> Checked:
    """Find letters broken by a wrong encoding.

    Looked for: replacement and control characters, UTF-8 read as Latin-1, Windows-1252, Mac Roman or DOS, Cyrillic
    read as Latin, entities of HTML, and question marks between letters, where another cell of the column has a letter
    or where two different words have one and few question marks end a word.
    """
    facts = context.facts
    counts = {c.name: _damaged(facts, c.name) for c in facts.text}
    read = coerced(facts, "encoding_damage")
    names = tuple(name for name in facts.names if counts.get(name, 0) > 0 or name in read)
    finding = None
    if names:
        cells = sum(read.get(name, 0) or round(counts[name] * facts.scale) for name in names)
        title = f"Letters in {several(names)} are damaged by a wrong encoding ({plural(cells, 'cell')})."
        advice = "Export again as UTF-8; damaged names no longer match other tables."
        finding = Finding("encoding_damage", Severity.WARNING, names, title, {"cells": cells}, advice)
    return conclude("encoding_damage", [finding], len(facts.text), "replacement characters and doubly encoded letters")


def _damaged(facts: Facts, name: str) -> int:
    cells = distinct(facts, name)
    plain = pl.col("cell").str.replace_all(r"[^\x00-\x7F]", "?")
    asked = like(r"\p{L}\?\p{L}") & ~like(r"[/=&]")
    whole = cells.filter(like(r"[^\x00-\x7F]") & ~like(spelling.DAMAGE)).select(plain)["cell"]
    known = pl.col("cell").is_in(whole.implode()) & ~like(r"[^\x00-\x7F]")
    words = cells.filter(asked)["cell"].str.extract_all(ASKED).explode()
    # A question mark that ends a question stands before a blank or at the end.
    ended = weight(cells, like(r"\p{L}\?(\s|$)"))
    if words.n_unique() >= LEAST_WORDS and ended <= 2 * weight(cells, asked):
        known = asked
    return weight(cells, like(spelling.DAMAGE) | (asked & known))


def stray_space_case(context: Context) -> Checked:
    """Find values that differ only by blanks, case or invisible characters, and cells with blanks at their ends."""
    facts = context.facts
    trimmed = coerced(facts, "stray_space")
    padded = {c.name: count for c in facts.text if (count := _padded(facts, c.name))}
    rarer = {c.name: found for c in facts.text if (found := _rarer(facts.strings(c.name)))}
    twins = {name: len(found) for name, found in rarer.items()}
    names = tuple(name for name in facts.names if name in trimmed or name in twins or name in padded)
    finding = None
    if names:
        title = f"Blanks or upper and lower case part equal values in {several(names)}"
        ending = ", trimmed while reading." if not padded else " or stand at the ends of their cells."
        title += f": {plural(sum(twins.values()), 'spelling')} too many." if twins else ending
        shown = {name: found[:MOST_SPELLINGS] for name, found in rarer.items() if not mentions(name, PERSONAL)}
        evidence = {
            "spellings_too_many": twins,
            "cells_trimmed": trimmed,
            "cells_padded": padded,
            "rarer_spellings": shown,
        }
        advice = "Agree on one spelling per value; otherwise groups fall apart and joins miss rows."
        severity = Severity.NOTICE if twins or padded else Severity.INFO
        finding = Finding("stray_space_case", severity, names, title, evidence, advice)
    return conclude("stray_space_case", [finding], len(facts.text), "values that differ by blanks or case only")


_INVISIBLE = "[\u00ad\u200b-\u200f\u2060\ufeff]"


def _padded(facts: Facts, name: str) -> int:
    cells = facts.strings(name)
    return round(int(cells.str.contains(rf"^(\s|{_INVISIBLE})+\S|\S(\s|{_INVISIBLE})+$").sum()) * facts.scale)


def _rarer(cells: pl.Series) -> list[str]:
    """Return the spellings of values that have a more frequent one, the most frequent first."""
    if cells.n_unique() > 0.5 * cells.len():
        return []
    counts = cells.rename("cell").value_counts(name="n")
    bare = pl.col("cell").str.normalize("NFKC").str.replace_all(_INVISIBLE, "")
    plain = bare.str.strip_chars().str.to_lowercase().str.replace_all(r"\s+", " ")
    ranked = counts.with_columns(plain.alias("plain")).sort(["n", "cell"], descending=[True, False])
    return ranked.filter(pl.col("plain").is_duplicated() & ~pl.col("plain").is_first_distinct())["cell"].to_list()


def id_precision_lost(context: Context) -> Checked:
    """Find identifiers squeezed into floats.

    Beyond 2^53 neighbours collapse; as text they read 1.23457E+15, or all digits after the fifteenth are zero; read
    back, long numbers all end in three zeros or more. In single precision all numbers beyond 2^24 are multiples of a
    power of two (chance one in so many each, 1e-6 in all) without being round.
    Numbers without a telling name are identifiers where at least three of four are whole and so large.
    """
    facts = context.facts
    names = list(coerced(facts, "id_precision_lost"))
    tested = [c for c in (*facts.numeric, *facts.text) if c.filled and c.name not in names]
    names += [c.name for c in tested if (squeezed if c.storage.numeric else _spelled)(facts, c)]
    named = [c for c in facts.columns.values() if mentions(c.name, ID) and c.filled]
    finding = None
    if names:
        values = sum(facts.columns[name].distinct for name in names)
        title = f"{several(names)} lost digits: long numbers were stored with too few, so different ones became equal."
        advice = "Export identifiers as text; the lost digits cannot be won back from this extract."
        evidence = {"distinct": values, "rows": facts.rows}
        finding = Finding("id_precision_lost", Severity.WARNING, tuple(names), title, evidence, advice)
    return conclude(
        "id_precision_lost", [finding], len(named), "identifiers stored as floats or in scientific notation"
    )


def squeezed(facts: Facts, column: ColumnFacts) -> bool:
    """Whether a column of numbers holds identifiers beyond what their storage or their source could hold."""
    if (column.maximum or 0) < SINGLE:
        return False
    values = facts.arrays.finite(column.name)
    large = values[values >= 2**53]
    whole = column.whole == column.filled - column.nans
    beyond = column.storage is Storage.NUMBER and (column.maximum or 0) >= 2**53 and whole
    if beyond and (mentions(column.name, ID) or large.size >= 0.75 * values.size):
        return True
    if not whole or mentions(column.name, TIME):
        return False
    if column.storage is Storage.INTEGER and _zero_tails(
        facts.sample.get_column(column.name).drop_nulls().cast(pl.String)
    ):
        return True
    different = np.unique(values[values >= SINGLE])
    if different.size < LEAST_AMOUNTS or (values >= SINGLE).sum() < 0.75 * values.size:
        return False
    return _in_single(different) or _few_digits(different, mentions(column.name, ID))


def _in_single(values: NDArray[np.float64]) -> bool:
    """Whether all numbers fit 24 bits, which larger whole numbers do once in 2, 4, 8, ..., and are no decimals."""
    gaps = np.exp2(np.floor(np.log2(values)) - 23)
    fit = bool((np.mod(values, gaps) == 0).all()) and float(np.log10(gaps).sum()) > -math.log10(CHANCE)
    return fit and float((np.mod(values, 10) == 0).mean()) <= 0.5


def _few_digits(values: NDArray[np.float64], named: bool) -> bool:
    """Whether long numbers end in three zeros or more, as read back from 1.23457E+11, and are no moments."""
    if values[0] < (1e8 if named else 1e10) or any(low <= values[0] and values[-1] <= high for low, high in MOMENTS):
        return False
    return bool((np.mod(values, 1000) == 0).all()) and (named or values[-1] < 10 * values[0])


def _spelled(facts: Facts, column: ColumnFacts) -> bool:
    """Whether cells of text show identifiers as spreadsheets do: in scientific notation, or with zeros at the end."""
    cells = distinct(facts, column.name)
    short = like(spelling.SCIENTIFIC)
    if not weight(cells, short):
        return _zero_tails(facts.strings(column.name))
    total = int(cells["n"].sum())
    shown, fitting = weight(cells, short), weight(cells, short | like(spelling.DIGITS))
    if mentions(column.name, ID) and shown >= 0.5 * total:
        return True
    number = pl.col("cell").str.strip_chars().str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    large = weight(cells, short & (number >= 1e11))
    return fitting >= NEARLY_ALL * total and large >= NEARLY_ALL * shown


def _zero_tails(cells: pl.Series) -> bool:
    """Whether long numbers all end in zeros after the fifteenth digit, which one in ten would do by chance."""
    long = cells.filter(cells.str.contains(r"^\s*\d{16,}\s*$"))
    if long.len() < LEAST_AMOUNTS or long.len() < 0.5 * cells.len():
        return False
    return bool(long.str.contains(spelling.ZERO_TAIL).all()) and not bool(long.str.contains(r"^\s*\d{14}0").all())
