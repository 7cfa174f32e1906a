"""Data about people that need protection."""

from __future__ import annotations

import polars as pl

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import PERSONAL, mentions
from clientela.audit.wording import clause, several
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity

PATTERNS = {
    "e-mail address": r"^\s*[^@\s]+@[^@\s]+\.[A-Za-z]{2,}\s*$",
    "IP address": r"^\s*((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)\s*$",
    "phone number": r"^\s*(\+|00)\d{1,3}[ \-/.()]*\d[\d \-/.()]{5,14}\d\s*$",
    "IBAN": r"^\s*[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?\s*$",
}
CARD = r"^\s*(\d[ -]?){12,18}\d\s*$"
HALF = 0.5
LEAST = 20
"""Cells from which a check digit tells: of random numbers a tenth pass, so that half of 20 is less likely than 1e-5."""


def personal_data(context: Context) -> Checked:
    """Find personal data: by pattern in at least half of a text column's cells, or by the column's name.

    Payment cards are 13 to 19 digits whose check digit is right (ISO/IEC 7812-1, Luhn 1960) in at least
    half of 20 cells or more; of random numbers a tenth pass.
    """
    facts = context.facts
    kinds = {c.name: kind for c in facts.columns.values() if c.filled and (kind := _kind(facts, c))}
    finding = None
    if kinds:
        names = tuple(kinds)
        title = f"{clause(names, 'holds', 'hold')} personal data ({several(sorted(set(kinds.values())))})."
        advice = "Drop them or replace them by a keyed hash before sharing; no model here needs them."
        finding = Finding("personal_data", Severity.WARNING, names, title, {"kinds": kinds}, advice)
    return conclude(
        "personal_data", [finding], len(facts.names), "e-mail, phone, IP, card and bank patterns, and names of columns"
    )


def _kind(facts: Facts, column: ColumnFacts) -> str:
    if column.storage is Storage.TEXT:
        cells = facts.strings(column.name)
        for kind, pattern in PATTERNS.items():
            if cells.len() and int(cells.str.contains(pattern).sum()) >= HALF * cells.len():
                return kind
        if _cards(cells):
            return "payment card"
    personal = mentions(column.name, PERSONAL) and column.distinct > max(10, 0.05 * column.filled)
    if personal and column.storage in (Storage.TEXT, Storage.DATE):
        return "by its name"
    return ""


def _cards(cells: pl.Series) -> bool:
    shaped = cells.filter(cells.str.contains(CARD)).unique()
    if len(cells) < LEAST or len(shaped) < LEAST:
        return False
    right = [text for text in shaped if checked(text)]
    return int(cells.is_in(right).sum()) >= HALF * len(cells)


def checked(text: str) -> bool:
    """Tell whether the last digit is the check digit of the others (Luhn 1960); other characters do not count.

    >>> checked("4111 1111 1111 1111"), checked("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(char) for char in reversed(text) if char.isdecimal()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
