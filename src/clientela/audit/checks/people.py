"""Data about people that need protection."""

from __future__ import annotations

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
HALF = 0.5


def personal_data(context: Context) -> Checked:
    """Find personal data: by pattern in at least half of a text column's cells, or by the column's name."""
    facts = context.facts
    kinds = {c.name: kind for c in facts.columns.values() if c.filled and (kind := _kind(facts, c))}
    finding = None
    if kinds:
        names = tuple(kinds)
        title = f"{clause(names, 'holds', 'hold')} personal data ({several(sorted(set(kinds.values())))})."
        advice = "Drop them or replace them by a keyed hash before sharing; no model here needs them."
        finding = Finding("personal_data", Severity.WARNING, names, title, {"kinds": kinds}, advice)
    return conclude(
        "personal_data", [finding], len(facts.names), "e-mail, phone, IP and bank patterns, and names of columns"
    )


def _kind(facts: Facts, column: ColumnFacts) -> str:
    if column.storage is Storage.TEXT:
        cells = facts.strings(column.name)
        for kind, pattern in PATTERNS.items():
            if cells.len() and int(cells.str.contains(pattern).sum()) >= HALF * cells.len():
                return kind
    personal = mentions(column.name, PERSONAL) and column.distinct > max(10, 0.05 * column.filled)
    if personal and column.storage in (Storage.TEXT, Storage.DATE):
        return "by its name"
    return ""
