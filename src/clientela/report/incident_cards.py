"""An incident, or a real change, as a card: cause in words, columns, since when, how strong, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeGuard

from clientela.domain.incident import Cause, Incident, Shift
from clientela.language import Language, language, retold, say
from clientela.monitoring.showing import EFFECT, MODEL, QUERY, SHARES
from clientela.monitoring.tracking import Tracked
from clientela.report.blocks import IncidentCard, Pair, Pairs
from clientela.report.causes import CAUSES, KINDS
from clientela.report.numbers import percent
from clientela.report.page import ORIGINAL, evidence_pairs
from clientela.report.text import MOST_SENTENCE, clean, joined, names, plural, sentence

MOST_PAIRS = 8
_OURS = re.compile(r"(to|over) -?[\d.,]+|\((missing|others)\)")
OWN = (SHARES, QUERY, MODEL, EFFECT, "announced")
"""Names in `evidence` that have a place of their own on the card."""


def incident_card(tracked: Tracked) -> IncidentCard:
    """Return the card of an incident."""
    incident = tracked.incident
    others = joined([say(CAUSES[cause]) for cause in incident.alternatives], 3)
    seen = say(
        "{batches}, first {name}",
        batches=plural(tracked.batches, "batch", "batches"),
        name=clean(tracked.batch, 60),
    )
    facts = [
        (say("Cause"), f"{say(CAUSES[incident.cause])} ({incident.cause.value})"),
        *_placed(incident),
        (say("Strength"), _strength(incident)),
        (say("Seen in"), seen),
        (say("Could be"), say("also {others}", others=others) if others else ""),
    ]
    return _card(incident, f"incident-{tracked.key}", facts)


def shift_card(shift: Shift, place: int) -> IncidentCard:
    """Return the card of a real change."""
    announced = shift.evidence.get("announced")
    facts = [
        (say("Kind"), say(KINDS[shift.cause])),
        *_placed(shift),
        (say("Calendar"), clean(announced, 200) if announced else ""),
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
    share = percent(found.value)
    if found.low >= found.high:
        return say("{share} of the rows", share=share)
    return say("{share} of the rows ({low} to {high})", share=share, low=percent(found.low), high=percent(found.high))


def _placed(item: Incident | Shift) -> list[tuple[str, str]]:
    return [
        (say("Columns"), names(item.columns, 6) if item.columns else say("the whole batch")),
        (say("Since"), clean(item.since, 40) or say("not known: the rows carry no time")),
        (say("Model"), _model(clean(item.evidence.get(MODEL, ""), MOST_SENTENCE))),
    ]


def titled(item: Incident | Shift) -> str:
    """Return the title; in another language the cause in words, with its columns."""
    if language() is Language.ENGLISH:
        return item.title
    cause = say(CAUSES[item.cause]) if isinstance(item.cause, Cause) else say(KINDS[item.cause])
    said = f"{cause[:1].upper()}{cause[1:]}"
    return f"{said}: {names(item.columns)}." if item.columns else f"{said}."


def _card(item: Incident | Shift, slug: str, facts: Sequence[tuple[str, str]]) -> IncidentCard:
    rest = {key: value for key, value in item.evidence.items() if key not in OWN}
    shown = str(item.evidence.get(QUERY, ""))
    return IncidentCard(
        severity=item.severity.value,
        title=clean(titled(item), 400),
        advice=retold(sentence(clean(item.advice, 400))),
        slug=slug,
        facts=tuple((key, value) for key, value in facts if value),
        pairs=_pairs(item),
        evidence=tuple(evidence_pairs({**_original(item), **rest}, item.columns)),
        # a query that does not show as it is would be another query
        shown=shown if clean(shown, MOST_SENTENCE) == shown else "",
    )


def _model(text: str) -> str:
    """Return what is told of the model, sentence by sentence."""
    first, mark, rest = text.partition(" A plain model of ")
    return " ".join(retold(part) for part in (first, f"{mark}{rest}".strip()) if part)


def _label(text: str) -> str:
    """Return the name of a bar: ours in the language, those from the data as they are."""
    return retold(text) if _OURS.fullmatch(text) else text


def _original(item: Incident | Shift) -> dict[str, str]:
    return {} if language() is Language.ENGLISH else {ORIGINAL: f"{item.title} {item.advice}"}


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pairs(item: Incident | Shift) -> Pairs | None:
    given = item.evidence.get(SHARES)
    found = [_pair(part) for part in given] if isinstance(given, list | tuple) else []
    pairs = tuple(pair for pair in found if pair is not None)[:MOST_PAIRS]
    if not pairs:
        return None
    told = [
        say(
            "{label} {before} to {after}",
            label=clean(pair.label, 30) or say("(blank)"),
            before=percent(pair.before),
            after=percent(pair.after),
        )
        for pair in pairs
    ]
    title = say("Share of rows by {column}", column=names(item.columns[:1])) if item.columns else say("Share of rows")
    alt = say("Bars before and in this batch: {told}.", told=joined(told, MOST_PAIRS))
    return Pairs(title, alt, pairs)


def _pair(part: object) -> Pair | None:
    """Return a label and its shares before and now; None for whatever is no such list."""
    if not isinstance(part, list | tuple) or len(part) != 3:
        return None
    label, before, now = part
    if not _is_number(before) or not _is_number(now) or before != before or now != now:
        return None
    return Pair(_label(str(label)), *(min(max(float(share), 0.0), 1.0) for share in (before, now)))
