"""The change calendar: what people announced beforehand, and which incidents that explains."""

from __future__ import annotations

import dataclasses
import datetime
import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clientela.domain.errors import InputError, quoted
from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, Incident, Shift, ShiftKind
from clientela.domain.record import Record
from clientela.monitoring.result import CheckResult

MOST_TEXT = 300
VALUES = "levels"
"""Evidence that holds the category values an incident is about, as a list."""

_COLUMNS = ("column", "columns", "field", "fields")
_DOINGS: tuple[tuple[tuple[str, ...], Cause, Cause | None], ...] = (
    (("new", "added", "launch", "launched", "introduced"), Cause.CATEGORY_NEW, Cause.COLUMN_ADDED),
    (("renamed", "recoded"), Cause.CATEGORY_RENAMED, Cause.COLUMN_RENAMED),
    (("removed", "discontinued", "retired", "withdrawn", "dropped"), Cause.CATEGORY_REMOVED, Cause.COLUMN_REMOVED),
    (("merged",), Cause.CATEGORY_MERGED, None),
    (("split",), Cause.CATEGORY_SPLIT, None),
    (("definition", "redefined", "recalculated", "attribution", "net", "gross"), Cause.METRIC_DEFINITION, None),
    (("unit", "units", "scale", "currency"), Cause.UNIT_SCALE, None),
    (("format", "spelling"), Cause.DTYPE_FORMAT, None),
    (("timezone",), Cause.TIMEZONE, None),
    (("traffic", "volume"), Cause.VOLUME, None),
    (("rounded", "rounding"), Cause.PRECISION, None),
)
"""Words of an announcement, the cause they stand for, and the cause where the text speaks of columns."""

KINDS = "new, renamed, removed, merged, split, definition, unit, format, timezone, traffic, rounding"
_TOKEN = re.compile(r'"([^"]+)"|([^\s,;"]+)')


@dataclass(frozen=True)
class Announcement(Record):
    """One entry of the change calendar.

    Attributes:
        text: What changes, in a person's words.
        start: First day of the change.
        end: Last day on which it may begin to show, or None where it stays.
        made: When it was announced, ISO 8601.
    """

    text: str
    start: datetime.date
    end: datetime.date | None = None
    made: str = ""

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Kinds of change that the text names.

        >>> [cause.value for cause in Announcement("new items SKU-2*", datetime.date(2026, 12, 1)).causes]
        ['category_new']
        """
        words = {plain.lower().strip(".:!") for _, plain in _TOKEN.findall(self.text) if plain}
        columns = bool(words & set(_COLUMNS))
        named = [(of_column if columns else of_value) for told, of_value, of_column in _DOINGS if words & set(told)]
        return tuple(dict.fromkeys(cause for cause in named if cause is not None))

    @property
    def patterns(self) -> tuple[str, ...]:
        """Names that the text gives: what is quoted, or has a `*`, a digit, an underscore or a capital inside.

        >>> Announcement('unit of PageValues and "Revenue"', datetime.date(2026, 12, 1)).patterns
        ('PageValues', 'Revenue')
        """
        found = [
            (quoted_name or plain.strip(".:!"), bool(quoted_name)) for quoted_name, plain in _TOKEN.findall(self.text)
        ]
        return tuple(name for name, sure in found if sure or re.search(r"[*?\d_]|[a-z][A-Z]", name))


def announce(text: str, start: datetime.date, end: datetime.date | None, made: str) -> Announcement:
    """Return a new entry of the change calendar.

    Args:
        text: What changes, such as "new items SKU-2*".
        start: First day of the change.
        end: Last day on which it may begin to show, or None.
        made: When it is announced, ISO 8601.

    Raises:
        InputError: The text does not say what kind of change is meant, or the days are in the wrong order.
    """
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if not plain or len(plain) > MOST_TEXT:
        raise InputError(f"An announcement is a line of 1 to {MOST_TEXT} characters: {quoted(text)} is none.")
    if end is not None and end < start:
        raise InputError(f"The change cannot end on {end} before it begins on {start}: exchange --from and --until.")
    entry = Announcement(plain, start, end, made)
    if not entry.causes:
        raise InputError(
            f"{quoted(plain)} names no kind of change, so no incident could be held against it: "
            f"say one of {KINDS}, and where possible which names, such as 'new items SKU-2*'."
        )
    return entry


def matching(
    incident: Incident, announcements: Iterable[Announcement], first: str = "", last: str = ""
) -> Announcement | None:
    """Return the announcement that explains an incident, or None.

    It explains one whose cause it names, that begins within its days, and of which every value (`evidence["levels"]`)
    or else every column fits one of its names. A single value beside them that nobody announced leaves it a break.

    Args:
        incident: The incident.
        announcements: The change calendar.
        first: Time of the batch's first row, ISO 8601, for incidents that do not know since when.
        last: Time of its last row, likewise.
    """
    begin, end = (incident.since, incident.since) if incident.since else (first, last)
    for entry in announcements:
        if incident.cause in entry.causes and _within(entry, begin, end) and _named(entry, incident):
            return entry
    return None


def as_shift(incident: Incident, announcement: Announcement) -> Shift:
    """Return an incident as the announced change that it is."""
    return Shift(
        cause=ShiftKind.ANNOUNCED,
        columns=incident.columns,
        severity=Severity.INFO,
        since=incident.since,
        title=incident.title,
        evidence={**incident.evidence, "announced": announcement.text, "would_be": incident.cause.value},
        advice=f"Announced for {announcement.start}: nothing to do, unless it is more than was announced.",
    )


def explained(result: CheckResult, announcements: Sequence[Announcement]) -> CheckResult:
    """Return a check in which the incidents that were announced beforehand are real changes.

    An incident that knows since when is held against that day, another against the days of the batch, and where
    rows carry no time against the day of the check.

    Args:
        result: The check.
        announcements: The change calendar.
    """
    # where rows carry no time, the day of the check is the day of the batch
    first, last = (result.first, result.last) if result.first else (result.checked, result.checked)
    found = [(one, matching(one, announcements, first, last)) for one in result.incidents]
    shifts = tuple(as_shift(one, entry) for one, entry in found if entry is not None)
    left = tuple(one for one, entry in found if entry is None)
    return dataclasses.replace(result, incidents=left, shifts=(*result.shifts, *shifts))


def _within(entry: Announcement, begin: str, end: str) -> bool:
    """Tell whether something that began between two times began within the days; unknown times do not."""
    days = _day(begin), _day(end)
    if days[0] is None or days[1] is None:
        return False
    return days[1] >= entry.start and (entry.end is None or days[0] <= entry.end)


def _day(time: str) -> datetime.date | None:
    try:
        return datetime.datetime.fromisoformat(time).date()
    except ValueError:
        return None


def _named(entry: Announcement, incident: Incident) -> bool:
    patterns = entry.patterns
    if not patterns:
        return True
    values = incident.evidence.get(VALUES)
    groups = [incident.columns, tuple(map(str, values)) if isinstance(values, list | tuple) else ()]
    return any(group and all(_fits(name, patterns) for name in group) for group in groups)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern.replace("[", "[[]")) for pattern in patterns)
