"""Columns whose cells are stored otherwise than they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from clientela.audit import spelling
from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import ID, ORDER, TIME, VISIT, VISITOR, mentions
from clientela.audit.wording import clause, plural, several
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity

NEARLY_ALL = 0.95
"""Share of cells of one meaning from which a text column is called that, words for missing left aside."""

SOME = 0.02
"""Share of cells of another meaning from which a column of words is called mixed."""

MOST_SPELLINGS = 20
LEAST_CODES = 3
LEAST_AMOUNTS = 10
"""Different numbers from which numbers with a unit are numbers and no sizes to choose from."""

PLAUSIBLE = ((20_000, 60_000), (9e8, 2.2e9), (9e11, 2.2e12))
"""Days since 1900, seconds and milliseconds since 1970 of the years a table of visits can be from (1954 to 2064 and
1998 to 2039)."""


@dataclass(frozen=True)
class Way:
    """How the cells of a column are written.

    Attributes:
        kind: "number", "comma", "currency", "date", "unit", or "" for text.
        cells: Sampled cells that are written so.
        odd: Sampled cells that are written otherwise and do not stand for missing.
        typed: Share of numbers, or of dates where these are more, in the cells that do not stand for missing.
        words: Sampled cells that stand for missing.
    """

    kind: str
    cells: int
    odd: int
    typed: float
    words: int


def distinct(facts: Facts, name: str) -> pl.DataFrame:
    """Return the sampled cells of a text column, each once ("cell"), with their number ("n")."""
    return facts.strings(name).rename("cell").value_counts(name="n")


def like(pattern: str) -> pl.Expr:
    """Return whether a part of the cell fits a pattern."""
    return pl.col("cell").str.contains(pattern)


def way_of(facts: Facts, column: ColumnFacts) -> Way:
    """Return how the cells of a text column are written, on the sample."""
    cells = distinct(facts, column.name)
    missing = cells.select(like(spelling.MISSING) | like(spelling.NOTHING)).to_series()
    words = int(cells.filter(missing)["n"].sum())
    cells = cells.filter(~missing)
    total = int(cells["n"].sum())
    if not total:
        return Way("", 0, 0, 0.0, words)
    patterns = {
        "number": spelling.NUMBER,
        "comma": spelling.COMMA_NUMBER,
        "sure": spelling.SURE_COMMA,
        "dot": spelling.DOT_FRACTION,
        "currency": spelling.CURRENCY,
        "date": spelling.DATE,
    }
    flags = cells.select(pl.col("n"), *(like(pattern).alias(kind) for kind, pattern in patterns.items()))
    plain = (pl.col("number") & ~pl.col("dot")) | pl.col("comma")
    any_number = pl.col("number") | pl.col("comma") | pl.col("currency")
    shares = {kind: weight(flags, pl.col(kind)) / total for kind in patterns}
    shares |= {"plain": weight(flags, plain) / total, "any": weight(flags, any_number) / total}
    kind = _kind(shares)
    if not kind and _with_unit(cells, total):
        return Way("unit", total, 0, 1.0, words)
    typed = max(shares["any"], shares["date"])
    return Way(kind, round(typed * total), total - round(typed * total), typed, words)


def weight(flags: pl.DataFrame, condition: pl.Expr) -> int:
    """Return how many sampled cells fulfil a condition."""
    return int(flags.filter(condition)["n"].sum())


def _kind(shares: Mapping[str, float]) -> str:
    if shares["date"] >= NEARLY_ALL:
        return "date"
    if shares["any"] < NEARLY_ALL:
        return ""
    if shares["currency"] >= SOME:
        return "currency"
    if shares["sure"] >= SOME:
        return "comma"
    return "number" if shares["number"] >= NEARLY_ALL else ""


def _with_unit(cells: pl.DataFrame, total: int) -> bool:
    """Whether nearly all cells are numbers, and some have one unit after them, or units that belong together."""
    fitting = cells.filter(like(spelling.UNIT))
    written = int(fitting["n"].sum())
    plain = weight(cells.filter(~like(spelling.UNIT)), like(spelling.NUMBER) | like(spelling.COMMA_NUMBER))
    if fitting.height < LEAST_AMOUNTS or written < SOME * total or written + plain < NEARLY_ALL * total:
        return False
    unit = fitting.select(pl.col("cell").str.extract(spelling.UNIT, 1).str.to_lowercase().str.strip_chars("."), "n")
    first = int(unit.group_by("cell").agg(pl.col("n").sum()).sort("n")["n"][-1])
    return first >= NEARLY_ALL * written or set(unit["cell"]) <= spelling.UNITS


def coerced(facts: Facts, *kinds: str) -> dict[str, int]:
    """Return how many cells of each column were changed in one of these ways while reading; only those with any."""
    counts = {c.name: sum(c.read.coercions.get(kind, 0) for kind in kinds) for c in facts.columns.values()}
    return {name: count for name, count in counts.items() if count > 0}


def _stated(
    context: Context, code: str, read: Mapping[str, int], still: list[str], sentence: str, advice: str
) -> Checked:
    """State columns that were read as what they mean, or left as text; `sentence` takes names and cells."""
    facts = context.facts
    names = tuple(name for name in facts.names if name in read or name in still)
    finding = None
    if names:
        cells = sum(read.values()) + sum(facts.columns[name].filled for name in still if name not in read)
        title = sentence.format(several(names), plural(cells, "cell"))
        title += "." if still else " and were read as what they are."
        evidence = {"cells": cells, "read": dict(read), "left_as_text": still}
        severity = Severity.WARNING if still else Severity.INFO
        finding = Finding(code, severity, names, title, evidence, advice)
    return conclude(code, [finding], len(facts.text) + len(read), f"text cells that should be told as {code}")


def _of_kind(context: Context, *kinds: str) -> list[str]:
    facts, identifiers = context.facts, context.roles.identifiers
    left = {name for name in identifiers if name in facts.columns and _bare(facts, name)}
    return [c.name for c in facts.text if c.name not in left and way_of(facts, c).kind in kinds]


def _bare(facts: Facts, name: str) -> bool:
    """Whether most cells are digits alone, as identifiers may be that are called so or have one length."""
    if facts.columns[name].storage is not Storage.TEXT:
        return True
    cells = distinct(facts, name)
    total = int(cells["n"].sum())
    lengths = (
        cells.select(pl.col("cell").str.strip_chars().str.len_chars(), "n").group_by("cell").agg(pl.col("n").sum())
    )
    named = mentions(name, ID) or mentions(name, VISITOR) or mentions(name, VISIT) or mentions(name, ORDER)
    bare = weight(cells, like(r"^\s*\d+\s*$")) >= 0.5 * total
    return bare and (named or int(lengths.sort("n")["n"][-1]) >= 0.8 * total)


def number_as_text(context: Context) -> Checked:
    """Find numbers stored as text.

    Rule: at least 95 % of the cells that do not stand for missing are numbers without leading zeros, thousands
    parted or not, below zero by a minus before or after or by brackets; or numbers with one unit after them, all
    or some. Thousands that were parted are told though they were read.
    """
    read = coerced(context.facts, "number_as_text")
    read = coerced(context.facts, "thousands") | read
    still = [name for name in _of_kind(context, "number", "unit") if name not in read]
    advice = "Store numbers as numbers, units in the header, so that other tools do not sort 10 before 9."
    return _stated(context, "number_as_text", read, still, "Numbers in {} are stored as text ({})", advice)


def date_as_text(context: Context) -> Checked:
    """Find dates stored as text or as plain numbers.

    Rule: at least 95 % of cells look like one date format or another, or a time of day. Whole numbers are dates where
    all read as year, month and day (19000101 to 20991231), or where the name speaks of time and all
    are days since 1900, seconds or milliseconds since 1970 of a plausible year.
    """
    facts = context.facts
    read = coerced(facts, "date_as_text")
    numeric = [c.name for c in facts.numeric if c.name not in context.roles.identifiers and _dated(facts, c)]
    if not numeric:
        still = [name for name in _of_kind(context, "date") if name not in read]
        advice = "Store dates as dates in year-month-day order: text dates mix up day and month."
        return _stated(context, "date_as_text", read, still, "Dates in {} are stored as text ({})", advice)
    still = [name for name in _of_kind(context, "date") if name not in read]
    names = tuple(name for name in facts.names if name in (*read, *still, *numeric))
    title = f"Dates in {several(names)} are stored as numbers" + (" or text." if still or read else ".")
    evidence = {"read": read, "left_as_text": still, "left_as_number": numeric}
    advice = "Store dates as dates: as numbers they are learned as amounts, and nobody sees the day."
    return Checked((Finding("date_as_text", Severity.WARNING, names, title, evidence, advice),))


def _dated(facts: Facts, column: ColumnFacts) -> bool:
    """Whether all numbers of a column are dates in disguise."""
    values = facts.arrays.finite(column.name)
    if values.size < LEAST_AMOUNTS or column.distinct < LEAST_AMOUNTS:
        return False
    low, high = float(values.min()), float(values.max())
    if low >= 19_000_101 and high <= 20_991_231 and column.whole == column.filled - column.nans:
        month, day = values // 100 % 100, values % 100
        return bool(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())
    named = mentions(column.name, TIME) and not mentions(column.name, ID)
    return named and any(least <= low and high <= most for least, most in PLAUSIBLE)


def boolean_as_text(context: Context) -> Checked:
    """Find yes and no stored as text: two values but for blanks and case, a word or sign for yes and one for no.

    Or a tick ("x", "✓") in some cells and nothing in the others.
    """
    facts = context.facts
    read = coerced(facts, "boolean_as_text")
    still = [c.name for c in facts.text if c.distinct <= MOST_SPELLINGS and _yes_and_no(facts, c)]
    names = tuple(name for name in facts.names if name in read or name in still)
    finding = None
    if names:
        title = f"{clause(names, 'says', 'say')} yes or no in words."
        evidence = {"columns": len(names), "read": read, "left_as_text": still}
        advice = "Nothing to do here; a true or false type is safer when the data are exchanged."
        finding = Finding("boolean_as_text", Severity.INFO, names, title, evidence, advice)
    return conclude(
        "boolean_as_text", [finding], len(facts.text) + len(read), "two values that are words for yes and no"
    )


def _yes_and_no(facts: Facts, column: ColumnFacts) -> bool:
    cells = distinct(facts, column.name).filter(~like(spelling.MISSING))
    found = sorted({str(cell).strip().lower() for cell in cells["cell"]} - {""})
    if len(found) == 1:
        # A tick in some cells and nothing in the others.
        return found[0] in spelling.TICKS and weight(cells, like(r"\S")) < facts.sampled
    if len(found) != 2:
        return False
    one, other = found
    yes, no = spelling.TRUE_WORDS | spelling.TICKS, spelling.FALSE_WORDS | spelling.CROSSES
    return (one in yes and other in no) or (one in no and other in yes)


def mixed_types(context: Context) -> Checked:
    """Find columns that mix numbers or dates with other text.

    Rule: most cells are numbers, or dates, and some are neither and do not stand for missing; or at least 2 % of the
    cells of a column of words are numbers or dates. Identifiers may mix, and so may codes (postcodes): digits of one
    length, the others as long but for three signs, of capitals and digits. A word for missing among numbers is a
    `sentinel` and not told here.
    """
    facts = context.facts
    odd_kind: dict[str, str] = {}
    mixed: dict[str, float] = {}
    for column in facts.text:
        way = way_of(facts, column)
        if way.kind == "unit":
            continue
        if column.read.mixed and (way.odd or not way.words or _odd_examples(column)):
            mixed[column.name] = column.read.mixed / max(column.filled, 1)
        elif way.odd and not _coded(context, column) and not _codes(facts, column):
            share = min(way.typed, 1 - way.typed)
            if way.typed >= 0.5 or share >= SOME:
                mixed[column.name] = share
                odd_kind[column.name] = "number or date" if way.typed < 0.5 else "other text"
    findings = []
    if mixed:
        names = tuple(mixed)
        odd = [example for name in names for example in facts.columns[name].read.examples]
        title = f"{clause(names, 'mixes', 'mix')} numbers or dates with other text in one column."
        evidence = {
            "odd_share": {name: round(share, 4) for name, share in mixed.items()},
            "odd": {name: odd_kind.get(name, "other text") for name in names},
            "examples": odd[:6],
        }
        advice = "Decide what the odd cells mean: a code for missing belongs in its own column."
        findings = [Finding("mixed_types", Severity.WARNING, names, title, evidence, advice)]
    return conclude("mixed_types", findings, len(facts.text), "cells of another type than the rest of the column")


def _coded(context: Context, column: ColumnFacts) -> bool:
    return column.name in context.roles.identifiers or mentions(column.name, ID)


def _codes(facts: Facts, column: ColumnFacts) -> bool:
    """Whether all cells are codes: digits of one length, leading zeros among them, or as long with capitals in them."""
    cells = distinct(facts, column.name).filter(~like(spelling.MISSING))
    digits = cells.filter(like(r"^\s*\d+\s*$"))
    total = int(cells["n"].sum())
    if digits.height < LEAST_CODES or int(digits["n"].sum()) < SOME * total:
        return False
    lengths = digits["cell"].str.strip_chars().str.len_chars()
    usual = int(lengths.mode().sort()[0])
    one = pl.col("cell").str.strip_chars().str.len_chars()
    even = usual >= LEAST_CODES and weight(digits, one == usual) >= NEARLY_ALL * int(digits["n"].sum())
    code = like(r"^\s*[A-Z0-9]{1,8}([ -][A-Z0-9]{1,5})?\s*$") & like(r"\d") & ((one - usual).abs() <= 3)
    return even and weight(cells, code) >= NEARLY_ALL * total


def _odd_examples(column: ColumnFacts) -> bool:
    """Whether the reading of the file met cells that are neither numbers nor dates nor stand for missing."""
    examples = pl.Series("cell", column.read.examples, dtype=pl.String)
    known = (spelling.MISSING, spelling.DATE, *spelling.NUMBERS)
    return not all(any(examples[i : i + 1].str.contains(p)[0] for p in known) for i in range(examples.len()))


def decimal_comma(context: Context) -> Checked:
    """Find numbers with a decimal comma, as counted while reading or in text.

    Rule: at least 95 % of the cells are numbers, and 2 % or more have a comma that cannot part thousands (one, two, or
    four digits and more after it); the others may have a dot: two conventions in one column are worse than one.
    """
    facts = context.facts
    read = coerced(facts, "decimal_comma")
    amounts = [name for name in _of_kind(context, "currency") if _comma_amounts(facts, name)]
    still = [name for name in (*_of_kind(context, "comma"), *amounts) if name not in read]
    advice = "Agree on one decimal sign: a comma read as thousands makes 1,5 into 15."
    return _stated(context, "decimal_comma", read, still, "Numbers in {} are written with a decimal comma ({})", advice)


def _comma_amounts(facts: Facts, name: str) -> bool:
    cells = distinct(facts, name)
    return weight(cells, like(spelling.COMMA_AMOUNT)) >= SOME * int(cells["n"].sum())


def currency_text(context: Context) -> Checked:
    """Find amounts with a currency or percent sign in the cell: at least 95 % numbers, 2 % or more with a sign."""
    read = coerced(context.facts, "currency", "percent")
    still = [name for name in _of_kind(context, "currency") if name not in read]
    advice = "Keep the currency in a column of its own and percent in the header, not in the number."
    sentence = "Numbers in {} are written with a currency or percent sign ({})"
    return _stated(context, "currency_text", read, still, sentence, advice)
