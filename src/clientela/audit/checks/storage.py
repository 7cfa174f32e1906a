"""Columns whose cells are stored otherwise than they mean."""

from __future__ import annotations

import polars as pl

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import ID, PERSONAL, mentions, vocabulary
from clientela.audit.wording import clause, plural, several
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity

NEARLY_ALL = 0.95
"""Share of cells of one meaning from which a text column is called that."""

SOME = 0.02
"""Share of cells of another meaning from which a column is called mixed."""

MOST_SPELLINGS = 20

NUMBER = r"^\s*[-+]?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?\s*$"
COMMA_NUMBER = r"^\s*[-+]?(\d{1,3}(\.\d{3})+|\d+),\d+\s*$"
CURRENCY = r"^\s*([-+]?\s*([€$£¥]|EUR|USD|GBP|CHF)\s*[-+]?\d[\d.,' ]*|[-+]?\d[\d.,' ]*\s*([€$£¥]|EUR|USD|GBP|CHF))\s*$"
DATE = (
    r"^\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2}))"
    r"([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[-+]\d\d:?\d\d)?)?\s*$"
)
DAMAGE = "\ufffd|Ã[\u0080-\u00bf]|Â[\u0080-\u00bf]|â€"
SCIENTIFIC = r"^\s*\d([.,]\d+)?[eE]\+?\d{2,}\s*$"
BOOLEAN_WORDS = vocabulary("true, false, yes, no, y, n, t, f, ja, nein, j, wahr, falsch, on, off, si, oui, non, 0, 1")


def _share(facts: Facts, column: ColumnFacts, pattern: str) -> float:
    cells = facts.strings(column.name)
    return int(cells.str.contains(pattern).sum()) / cells.len() if cells.len() else 0.0


def _coerced(facts: Facts, kind: str) -> dict[str, int]:
    return {c.name: n for c in facts.columns.values() if (n := c.read.coercions.get(kind, 0)) > 0}


def _stored_as_text(context: Context, code: str, pattern: str, what: str, advice: str) -> Checked:
    facts = context.facts
    read = _coerced(facts, code)
    left = {*context.roles.identifiers, *read}
    still = [c.name for c in facts.text if c.name not in left and _share(facts, c, pattern) >= NEARLY_ALL]
    names = tuple(name for name in facts.names if name in read or name in still)
    finding = None
    if names:
        cells = sum(read.values()) + sum(facts.columns[name].filled for name in still)
        done = " and were read as what they are" if not still else ""
        title = f"{what} in {several(names)} are stored as text ({plural(cells, 'cell')}){done}."
        evidence = {"cells": cells, "read": read, "left_as_text": still}
        severity = Severity.WARNING if still else Severity.INFO
        finding = Finding(code, severity, names, title, evidence, advice)
    return conclude(code, [finding], len(facts.text) + len(read), f"text cells that read as {what.lower()}")


def number_as_text(context: Context) -> Checked:
    """Find numbers stored as text: at least 95 % of cells read as plain numbers without leading zeros."""
    advice = "Store numbers as numbers, so that other tools do not sort 10 before 9."
    return _stored_as_text(context, "number_as_text", NUMBER, "Numbers", advice)


def date_as_text(context: Context) -> Checked:
    """Find dates stored as text: at least 95 % of cells look like one date format or another."""
    advice = "Store dates as dates in year-month-day order: text dates mix up day and month."
    return _stored_as_text(context, "date_as_text", DATE, "Dates", advice)


def boolean_as_text(context: Context) -> Checked:
    """Find yes and no stored as text: two values, both words for yes or no."""
    facts = context.facts
    read = _coerced(facts, "boolean_as_text")
    still = [c.name for c in facts.text if c.distinct == 2 and {v.strip().lower() for v, _ in c.top} <= BOOLEAN_WORDS]
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


def mixed_types(context: Context) -> Checked:
    """Find columns where 2 to 98 % of the text cells are numbers or dates and the others are not."""
    facts = context.facts
    odd_kind: dict[str, str] = {}
    mixed: dict[str, float] = {c.name: c.read.mixed / max(c.filled, 1) for c in facts.columns.values() if c.read.mixed}
    for column in facts.text:
        share = max(_share(facts, column, NUMBER), _share(facts, column, DATE))
        if column.name not in mixed and not mentions(column.name, ID) and min(share, 1 - share) >= SOME:
            mixed[column.name] = min(share, 1 - share)
            odd_kind[column.name] = "number or date" if share < 0.5 else "other text"
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


def decimal_comma(context: Context) -> Checked:
    """Find numbers with a decimal comma: as counted while reading, or at least 95 % of a column's cells."""
    advice = "Agree on one decimal sign: a comma read as thousands makes 1,5 into 15."
    return _format(context, "decimal_comma", COMMA_NUMBER, "a decimal comma", advice)


def currency_text(context: Context) -> Checked:
    """Find amounts with a currency sign in the cell: as counted while reading, or at least 95 % of cells."""
    advice = "Keep the currency in a column of its own, not in the number."
    return _format(context, "currency_text", CURRENCY, "a currency sign", advice)


def _format(context: Context, code: str, pattern: str, what: str, advice: str) -> Checked:
    facts = context.facts
    read = _coerced(facts, "currency" if code == "currency_text" else code)
    still = [c.name for c in facts.text if c.name not in read and _share(facts, c, pattern) >= NEARLY_ALL]
    names = tuple(name for name in facts.names if name in read or name in still)
    finding = None
    if names:
        cells = sum(read.values()) + sum(facts.columns[name].filled for name in still)
        title = f"Numbers in {several(names)} are written with {what} ({plural(cells, 'cell')})."
        evidence = {"cells": cells, "read": read, "left_as_text": still}
        severity = Severity.WARNING if still else Severity.INFO
        finding = Finding(code, severity, names, title, evidence, advice)
    return conclude(code, [finding], len(facts.text) + len(read), f"numbers written with {what}")


def encoding_damage(context: Context) -> Checked:
    """Find letters broken by a wrong encoding: replacement characters, or UTF-8 read as Latin-1."""
    facts = context.facts
    shares = {c.name: _share(facts, c, DAMAGE) for c in facts.text}
    read = _coerced(facts, "encoding_damage")
    names = tuple(name for name in facts.names if shares.get(name, 0) > 0 or name in read)
    finding = None
    if names:
        cells = sum(read.get(name, 0) or round(shares[name] * facts.columns[name].filled) for name in names)
        title = f"Letters in {several(names)} are damaged by a wrong encoding ({plural(cells, 'cell')})."
        advice = "Export again as UTF-8; damaged names no longer match other tables."
        finding = Finding("encoding_damage", Severity.WARNING, names, title, {"cells": cells}, advice)
    return conclude("encoding_damage", [finding], len(facts.text), "replacement characters and doubly encoded letters")


def stray_space_case(context: Context) -> Checked:
    """Find values that differ only by blanks or case, and cells with blanks around the value."""
    facts = context.facts
    trimmed = _coerced(facts, "stray_space")
    rarer = {c.name: found for c in facts.text if (found := _rarer(facts.strings(c.name)))}
    twins = {name: len(found) for name, found in rarer.items()}
    names = tuple(name for name in facts.names if name in trimmed or name in twins)
    finding = None
    if names:
        title = f"Blanks or upper and lower case part equal values in {several(names)}"
        title += f": {plural(sum(twins.values()), 'spelling')} too many." if twins else ", trimmed while reading."
        shown = {name: found[:MOST_SPELLINGS] for name, found in rarer.items() if not mentions(name, PERSONAL)}
        evidence = {"spellings_too_many": twins, "cells_trimmed": trimmed, "rarer_spellings": shown}
        advice = "Agree on one spelling per value; otherwise groups fall apart and joins miss rows."
        finding = Finding(
            "stray_space_case", Severity.NOTICE if twins else Severity.INFO, names, title, evidence, advice
        )
    return conclude("stray_space_case", [finding], len(facts.text), "values that differ by blanks or case only")


def _rarer(cells: pl.Series) -> list[str]:
    """Return the spellings of values that have a more frequent one, the most frequent first."""
    if cells.n_unique() > 0.5 * cells.len():
        return []
    counts = cells.rename("cell").value_counts(name="n")
    plain = pl.col("cell").str.strip_chars().str.to_lowercase().str.replace_all(r"\s+", " ")
    ranked = counts.with_columns(plain.alias("plain")).sort(["n", "cell"], descending=[True, False])
    return ranked.filter(pl.col("plain").is_duplicated() & ~pl.col("plain").is_first_distinct())["cell"].to_list()


def id_precision_lost(context: Context) -> Checked:
    """Find identifiers squeezed into floats: beyond 2^53 neighbours collapse, as in 1.23457E+15."""
    facts = context.facts
    names = list(_coerced(facts, "id_precision_lost"))
    named = [c for c in facts.columns.values() if mentions(c.name, ID) and c.filled]
    for column in named:
        large = column.storage is Storage.NUMBER and (column.maximum or 0) >= 2**53 and column.whole == column.filled
        spelled = column.storage is Storage.TEXT and _share(facts, column, SCIENTIFIC) >= 0.5
        if (large or spelled) and column.name not in names:
            names.append(column.name)
    finding = None
    if names:
        distinct = sum(facts.columns[name].distinct for name in names)
        title = f"{several(names)} lost digits: long numbers were stored with too few, so different ones became equal."
        advice = "Export identifiers as text; the lost digits cannot be won back from this extract."
        evidence = {"distinct": distinct, "rows": facts.rows}
        finding = Finding("id_precision_lost", Severity.WARNING, tuple(names), title, evidence, advice)
    return conclude(
        "id_precision_lost", [finding], len(named), "identifiers stored as floats or in scientific notation"
    )
