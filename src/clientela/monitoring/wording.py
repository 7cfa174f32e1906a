"""Incidents and shifts in words: a title a marketer understands, how grave it is, what to do."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable

from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, Incident, Shift, ShiftKind
from clientela.monitoring.case import Found

ADVICE = {
    Cause.METRIC_DEFINITION: "Ask who computes it what changed, then compute it for the reference by the new rule.",
    Cause.PRECISION: "Find the step that rounds, and have it write all digits again.",
    Cause.UNIT_SCALE: "Have the source write the old unit again, or convert on arrival.",
    Cause.DTYPE_FORMAT: "Have the source write it as before, or convert on arrival.",
    Cause.CATEGORY_FORMAT: "Bring the spelling back to the known levels on arrival.",
    Cause.TIMEZONE: "Write times in UTC with their offset.",
    Cause.ENCODING: "Read the file as UTF-8 where it is written, and load it again.",
    Cause.NULL_SEMANTICS: "Agree on one writing of 'missing', and load the batch again.",
    Cause.COLUMN_RENAMED: "Map the new name to the old one, or make the baseline anew.",
    Cause.COLUMN_ADDED: "Nothing breaks; make the baseline anew if the column is to be watched.",
    Cause.COLUMN_REMOVED: "Ask the source for the column: scores without it are not those of the model.",
    Cause.TRUNCATION: "Widen the column where it is stored, and load the batch again.",
    Cause.OVERFLOW: "Store it in a wider type, and load the batch again.",
    Cause.CATEGORY_PERMUTED: "Keep the code table fixed; map the codes back.",
    Cause.CATEGORY_NEW: "Announce it if it was planned; the model has not learnt it.",
    Cause.CATEGORY_RENAMED: "Map the new code to the known one.",
    Cause.CATEGORY_REMOVED: "Ask the source why it stopped.",
    Cause.CATEGORY_MERGED: "Have both codes written again, or learn with both as one.",
    Cause.CATEGORY_SPLIT: "Map the new code back to the one it came from, or learn anew.",
    Cause.VOLUME: "Check the load for lost or doubled files.",
    Cause.DUPLICATES: "Load each file once; drop rows whose key is there already.",
    Cause.FANOUT: "Find the join whose key is not unique.",
    Cause.STALE: "Check that the load reads the new file.",
    Cause.MISSINGNESS: "Find the step that loses the cells; the model takes them for missing.",
    Cause.STUCK: "Restart the feed of this column, and load the rows again.",
    Cause.ROW_MISALIGNMENT: "Check the join or sort that attaches this column to its rows.",
    Cause.COLUMN_SWAP: "Check the order of the columns where they are written.",
    Cause.COLUMN_SHIFT: "Check the delimiter and the order of the columns where they are written.",
    Cause.SAMPLING: "Find the collector that was down; do not read totals of this time.",
    Cause.LABEL_DELAY: "Wait for the outcomes; do not learn or measure on these rows.",
    Cause.TRAIN_SERVE_SKEW: "Take the columns at the moment at which the model learnt them.",
    Cause.TIME_RANGE: "Check the clock and the parsing of times.",
    Cause.KEY_BREAK: "Find the step that lost the keys; do not join on them.",
    Cause.BOT_TRAFFIC: "Filter machine visits before counting or learning.",
    Cause.UNKNOWN: "Look at the rows and numbers given; no known cause explains them.",
}

GRAVE = {
    Cause.COLUMN_REMOVED, Cause.COLUMN_RENAMED, Cause.COLUMN_SHIFT, Cause.COLUMN_SWAP, Cause.STALE, Cause.KEY_BREAK,
    Cause.ROW_MISALIGNMENT, Cause.UNIT_SCALE,
}  # fmt: skip
LIGHT = {Cause.COLUMN_ADDED, Cause.CATEGORY_NEW, Cause.PRECISION}

MANY = 0.25
"""Share of the rows from which a grave cause is a blocker, and a new level no mere notice."""

OWN_SUBJECT = re.compile(r"\d|'|\"|no |all |hardly ")
"""How words begin that are a sentence without the columns."""

VERBS = {"looks": "look", "stands": "stand", "lies": "lie", "holds": "hold", "breaks": "break"}
OF_SEVERAL = {"is ": "are ", "no longer goes ": "no longer go "} | {
    f"{one} ": f"{many} " for one, many in VERBS.items()
}
"""How what is told of one column begins, and how it does of several."""


def told(found: Iterable[Found]) -> tuple[tuple[Incident, ...], tuple[Shift, ...]]:
    """Turn what was found into incidents, gravest first and new items last, and shifts."""
    incidents, shifts = [], []
    for item in found:
        if isinstance(item.cause, Cause):
            advice = ADVICE[item.cause]
            incidents.append(
                Incident(item.cause, item.columns, _severity(item, item.cause), since(item.since), title(item),
                         dict(item.evidence), advice, item.alternatives, item.strength)
            )  # fmt: skip
        else:
            advice = "Nothing to mend: judge the numbers of this batch with it in mind."
            severity = Severity.NOTICE if item.cause is not ShiftKind.ANNOUNCED else Severity.INFO
            shifts.append(
                Shift(item.cause, item.columns, severity, since(item.since), title(item), dict(item.evidence), advice)
            )
    # new items come by themselves, however many: what broke is to be mended first
    order = sorted(incidents, key=lambda item: (item.cause is Cause.CATEGORY_NEW, -item.severity.rank))
    return tuple(order), tuple(shifts)


def _severity(found: Found, cause: Cause) -> Severity:
    share = found.evidence.get("share", 1.0)
    most = isinstance(share, float) and share >= MANY
    if cause in LIGHT:
        return Severity.WARNING if most and cause is Cause.CATEGORY_NEW else Severity.NOTICE
    return Severity.BLOCKER if most and cause in GRAVE else Severity.WARNING


def title(found: Found) -> str:
    """Return one sentence.

    >>> title(Found(Cause.COLUMN_ADDED, ("utm",), {}))
    'Column added: utm.'
    >>> title(Found(Cause.DUPLICATES, ("session",), {}, what="129 rows come twice"))
    'Duplicates in session: 129 rows come twice.'
    """
    name = str(found.cause).replace("_", " ").capitalize()
    columns = ", ".join(found.columns[:5]) + (f" and {len(found.columns) - 5} more" if len(found.columns) > 5 else "")
    if columns and OWN_SUBJECT.match(found.what):
        return f"{name} in {columns}: {found.what}."
    what = _of_several(found.what) if len(found.columns) > 1 else found.what
    return f"{name}: {' '.join(part for part in (columns, what) if part)}."


def _of_several(what: str) -> str:
    """Return the words for one column as they are for several."""
    begins = next((one for one in OF_SEVERAL if what.startswith(one)), "")
    told = OF_SEVERAL[begins] + what[len(begins) :] if begins else what
    return told.replace(": it breaks", ", which breaks")


def since(seconds: float) -> str:
    """Return a time as ISO 8601, "" where there is none.

    >>> since(0.0)
    '1970-01-01T00:00:00Z'
    """
    if math.isnan(seconds):
        return ""
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
