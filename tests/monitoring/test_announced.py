"""The change calendar: what was announced is a real change of low severity, and nothing else is."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.monitoring.made import incident, result, shift

from clientela.domain.errors import InputError
from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, Incident, ShiftKind
from clientela.monitoring.announced import Announcement, announce, explained, matching

FIRST = datetime.date(2026, 12, 1)
NEW = incident(Cause.CATEGORY_NEW, "item", evidence={"levels": ["SKU-21", "SKU-22"]})


def entry(text: str, start: datetime.date = FIRST, end: datetime.date | None = None) -> Announcement:
    """Return an entry of the calendar."""
    return announce(text, start, end, "")


def test_an_announced_change_is_a_shift_of_low_severity() -> None:
    """What fits an entry leaves the incidents and is told as a change, with the entry and what it would have been."""
    other = incident(Cause.UNIT_SCALE, "price")
    found = explained(result(1, NEW, other, shifts=(shift(),)), [entry("new items SKU-2*")])
    assert found.incidents == (other,)
    before, change = found.shifts
    assert before.cause is ShiftKind.SEASON
    assert (change.cause, change.severity, change.columns) == (ShiftKind.ANNOUNCED, Severity.INFO, ("item",))
    assert change.evidence["announced"] == "new items SKU-2*"
    assert change.evidence["would_be"] == "category_new"


@pytest.mark.parametrize(
    ("text", "found", "explains"),
    [
        ("new items SKU-2*", NEW, True),
        ("new items", NEW, True),
        ("new item", NEW, True),
        ("new items SKU-21", NEW, False),
        ("new items sku-2*", NEW, False),
        ("renamed SKU-2*", NEW, False),
        ("new column utm_source", incident(Cause.COLUMN_ADDED, "utm_source"), True),
        ("new column utm_source", incident(Cause.COLUMN_ADDED, "utm_source", "gclid_id"), False),
        ("new columns utm_*", incident(Cause.COLUMN_ADDED, "utm_source", "utm_term"), True),
        ("unit of PageValues", incident(Cause.UNIT_SCALE, "PageValues"), True),
        ('unit of "price"', incident(Cause.UNIT_SCALE, "price"), True),
        ('unit of "price"', incident(Cause.UNIT_SCALE, "prices"), False),
        ("traffic doubles", incident(Cause.VOLUME), True),
        ("traffic of shop_2", incident(Cause.VOLUME), False),
        ("merged items a[1]", incident(Cause.CATEGORY_MERGED, "a[1]"), True),
    ],
)
def test_what_an_entry_explains(text: str, found: Incident, explains: bool) -> None:
    """The kind of change must be named, and every value or else every column must fit where names are given."""
    assert (matching(found, [entry(text)]) is not None) is explains


@pytest.mark.parametrize(
    ("since", "first", "last", "start", "end", "explains"),
    [
        ("2026-12-01T08:00:00Z", "", "", "2026-12-01", None, True),
        ("2026-11-30T23:59:59Z", "", "", "2026-12-01", None, False),
        ("2026-12-05T00:00:00Z", "", "", "2026-12-01", "2026-12-04", False),
        ("2026-12-04T23:00:00Z", "", "", "2026-12-01", "2026-12-04", True),
        ("", "2026-11-29T00:00:00Z", "2026-12-01T01:00:00Z", "2026-12-01", None, True),
        ("", "2026-11-28T00:00:00Z", "2026-11-30T01:00:00Z", "2026-12-01", None, False),
        ("", "", "", "2026-12-01", None, False),
        ("yesterday", "", "", "2026-12-01", None, False),
    ],
)
def test_an_entry_holds_for_its_days(
    since: str, first: str, last: str, start: str, end: str | None, explains: bool
) -> None:
    """What began before the change, or after its last day, is a break, and so is what began at no known time."""
    days = datetime.date.fromisoformat(start), datetime.date.fromisoformat(end) if end else None
    found = incident(Cause.CATEGORY_NEW, "item", since=since)
    assert (matching(found, [entry("new items", *days)], first, last) is not None) is explains


def test_without_times_the_day_of_the_check_counts() -> None:
    """A batch whose rows carry no time is taken to be of the day on which it is checked."""
    timeless: dict[str, Any] = {"first": "", "last": ""}
    found = incident(Cause.CATEGORY_NEW, "item", since="")
    calendar = [entry("new items", datetime.date(2026, 12, 5))]
    assert explained(result(4, found, **timeless), calendar).incidents == (found,)
    assert explained(result(5, found, **timeless), calendar).incidents == ()


@pytest.mark.parametrize(
    ("text", "end", "told"),
    [
        ("", None, "1 to 300"),
        ("new " * 100, None, "1 to 300"),
        ("the shop moves", None, "names no kind of change"),
        ("new items", datetime.date(2026, 11, 1), "cannot end"),
    ],
)
def test_an_entry_that_could_explain_nothing_is_refused(text: str, end: datetime.date | None, told: str) -> None:
    """An empty or endless text, one without a kind of change, and days in the wrong order are refused."""
    with pytest.raises(InputError, match=told):
        announce(text, FIRST, end, "")


def test_an_entry_is_one_line() -> None:
    """Line ends and unseen characters of the text are gone before it is kept."""
    assert announce("new\r\nitems\x1b \u202e SKU-2*", FIRST, None, "").text == "new items SKU-2*"


@given(st.text(max_size=40), st.text(max_size=20))
def test_any_text_is_taken_or_refused(text: str, value: str) -> None:
    """No text makes an error other than the one for users, and none explains a cause that it does not name."""
    try:
        made = announce(text, FIRST, None, "")
    except InputError:
        return
    found = incident(Cause.BOT_TRAFFIC, value)
    assert matching(found, [made]) is None
