"""An incident, or a real change, as a card: cause in words, columns, since when, how strong, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from clientela.domain.incident import Incident, Shift
from clientela.monitoring.tracking import Tracked
from clientela.report.blocks import IncidentCard, Pair, Pairs
from clientela.report.causes import CAUSES, KINDS
from clientela.report.numbers import number, percent
from clientela.report.page import told_pairs
from clientela.report.text import MOST_SENTENCE, clean, joined, names, plural, sentence

MOST_PAIRS = 8
BEFORE, AFTER, STRENGTH, MODEL, SQL, ROWS = "before", "after", "strength", "model", "sql", "rows"
"""Names in `evidence` that have a place of their own on the card.

`before` and `after` are lists of [label, share]; `strength` is [value, low, high] or a mapping with these names;
`model` is a sentence on how it touches the model; `sql` and `rows` are a query and a command that show the rows.
"""


def incident_card(tracked: Tracked) -> IncidentCard:
    """Return the card of an incident."""
    incident = tracked.incident
    others = joined([CAUSES[cause] for cause in incident.alternatives], 3)
    seen = f"{plural(tracked.batches, 'batch', 'batches')}, first {clean(tracked.batch, 60)}"
    facts = [
        ("Cause", f"{CAUSES[incident.cause]} ({incident.cause.value})"),
        *_placed(incident),
        ("Seen in", seen),
        ("Could be", f"also {others}" if others else ""),
    ]
    return _card(incident, f"incident-{tracked.key}", facts)


def shift_card(shift: Shift, place: int) -> IncidentCard:
    """Return the card of a real change."""
    announced = shift.evidence.get("announced")
    facts = [
        ("Kind", KINDS[shift.cause]),
        *_placed(shift),
        ("Calendar", clean(announced, 200) if announced else ""),
    ]
    return _card(shift, f"change-{place}", facts)


def about(incident: Incident) -> str:
    """Return an incident in a few words: its cause and columns.

    >>> from clientela.domain.finding import Severity
    >>> from clientela.domain.incident import Cause
    >>> about(Incident(Cause.UNIT_SCALE, ("price",), Severity.WARNING, "", "", {}, ""))
    'unit_scale price'
    """
    more = f" +{len(incident.columns) - 1}" if len(incident.columns) > 1 else ""
    return (
        f"{incident.cause.value} {clean(incident.columns[0], 30)}{more}" if incident.columns else incident.cause.value
    )


def _placed(item: Incident | Shift) -> list[tuple[str, str]]:
    return [
        ("Columns", names(item.columns, 6) if item.columns else "the whole batch"),
        ("Since", clean(item.since, 40) or "not known: the rows carry no time"),
        ("Strength", _strength(item.evidence.get(STRENGTH))),
        ("Model", clean(item.evidence.get(MODEL, ""), MOST_SENTENCE)),
    ]


def _card(item: Incident | Shift, slug: str, facts: Sequence[tuple[str, str]]) -> IncidentCard:
    own = (BEFORE, AFTER, STRENGTH, MODEL, SQL, ROWS, "announced")
    rest = {key: value for key, value in item.evidence.items() if key not in own}
    shown = str(item.evidence.get(SQL) or item.evidence.get(ROWS) or "")
    return IncidentCard(
        severity=item.severity.value,
        title=clean(item.title, 400),
        advice=sentence(clean(item.advice, 400)),
        slug=slug,
        facts=tuple((key, value) for key, value in facts if value),
        pairs=_pairs(item),
        evidence=tuple(told_pairs(rest, item.columns)),
        # a query that does not show as it is would be another query
        shown=shown if clean(shown, MOST_SENTENCE) == shown else "",
    )


def _strength(value: object) -> str:
    if isinstance(value, Mapping):
        value = [value.get("value"), value.get("low"), value.get("high")]
    if _is_number(value):
        return number(value)
    if isinstance(value, list | tuple) and len(value) == 3 and _is_number(value[0]):
        ends = f" ({number(value[1])} to {number(value[2])})" if _is_number(value[1]) and _is_number(value[2]) else ""
        return f"{number(value[0])}{ends}"
    return clean(value, 80) if isinstance(value, str) else ""


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pairs(item: Incident | Shift) -> Pairs | None:
    before, after = (_shares(item.evidence.get(name)) for name in (BEFORE, AFTER))
    if not before or not after:
        return None
    found = [Pair(label, before.get(label, 0.0), after.get(label, 0.0)) for label in dict.fromkeys([*before, *after])]
    told = [f"{clean(pair.label, 30) or '(blank)'} {percent(pair.before)} to {percent(pair.after)}" for pair in found]
    title = f"Share of rows by {names(item.columns[:1])}" if item.columns else "Share of rows"
    return Pairs(
        title, f"Bars before and in this batch: {joined(told[:MOST_PAIRS], MOST_PAIRS)}.", tuple(found[:MOST_PAIRS])
    )


def _shares(given: object) -> dict[str, float]:
    """Return shares by label; whatever is no such list gives none."""
    if not isinstance(given, list | tuple):
        return {}
    right = [part for part in given if isinstance(part, list | tuple) and len(part) == 2 and _is_number(part[1])]
    return {str(label): min(max(float(share), 0.0), 1.0) for label, share in right if share == share}
