"""An incident, or a real change, as a card: cause in words, columns, since when, how strong, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from clientela.domain.incident import Incident, Shift
from clientela.monitoring.showing import EFFECT, MODEL, QUERY, SHARES
from clientela.monitoring.tracking import Tracked
from clientela.report.blocks import IncidentCard, Pair, Pairs
from clientela.report.causes import CAUSES, KINDS
from clientela.report.numbers import percent
from clientela.report.page import told_pairs
from clientela.report.text import MOST_SENTENCE, clean, joined, names, plural, sentence

MOST_PAIRS = 8
OWN = (SHARES, QUERY, MODEL, EFFECT, "announced")
"""Names in `evidence` that have a place of their own on the card."""


def incident_card(tracked: Tracked) -> IncidentCard:
    """Return the card of an incident."""
    incident = tracked.incident
    others = joined([CAUSES[cause] for cause in incident.alternatives], 3)
    seen = f"{plural(tracked.batches, 'batch', 'batches')}, first {clean(tracked.batch, 60)}"
    facts = [
        ("Cause", f"{CAUSES[incident.cause]} ({incident.cause.value})"),
        *_placed(incident),
        ("Strength", _strength(incident)),
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


def _strength(incident: Incident) -> str:
    found = incident.strength
    if found is None or found.value != found.value:
        return ""
    between = f" ({percent(found.low)} to {percent(found.high)})" if found.low < found.high else ""
    return f"{percent(found.value)} of the rows{between}"


def _placed(item: Incident | Shift) -> list[tuple[str, str]]:
    return [
        ("Columns", names(item.columns, 6) if item.columns else "the whole batch"),
        ("Since", clean(item.since, 40) or "not known: the rows carry no time"),
        ("Model", clean(item.evidence.get(MODEL, ""), MOST_SENTENCE)),
    ]


def _card(item: Incident | Shift, slug: str, facts: Sequence[tuple[str, str]]) -> IncidentCard:
    rest = {key: value for key, value in item.evidence.items() if key not in OWN}
    shown = str(item.evidence.get(QUERY, ""))
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


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pairs(item: Incident | Shift) -> Pairs | None:
    given = item.evidence.get(SHARES)
    found = [_pair(part) for part in given] if isinstance(given, list | tuple) else []
    pairs = tuple(pair for pair in found if pair is not None)[:MOST_PAIRS]
    if not pairs:
        return None
    told = [f"{clean(pair.label, 30) or '(blank)'} {percent(pair.before)} to {percent(pair.after)}" for pair in pairs]
    title = f"Share of rows by {names(item.columns[:1])}" if item.columns else "Share of rows"
    return Pairs(title, f"Bars before and in this batch: {joined(told, MOST_PAIRS)}.", pairs)


def _pair(part: object) -> Pair | None:
    """Return a label and its shares before and now; None for whatever is no such list."""
    if not isinstance(part, list | tuple) or len(part) != 3:
        return None
    label, before, now = part
    if not _is_number(before) or not _is_number(now) or before != before or now != now:
        return None
    return Pair(str(label), *(min(max(float(share), 0.0), 1.0) for share in (before, now)))
