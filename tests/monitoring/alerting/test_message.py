"""Which messages a check makes, and that their text is harmless."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.monitoring.made import incident, numbered, result

from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, Incident
from clientela.monitoring.alerting.message import MOST_TITLE, Alert, messages, one_line
from clientela.monitoring.alerting.options import AlertOptions, Slack, Webhook
from clientela.monitoring.tracking import follow

BOTH = AlertOptions(webhook=Webhook("HOOK"), slack=Slack("SLACK"))
ONE = AlertOptions(webhook=Webhook("HOOK"))


def told(options: AlertOptions, *batches: list[Incident]) -> list[list[Alert]]:
    """Return the messages of each check."""
    history = follow(numbered(result(day, *found) for day, found in enumerate(batches, start=1)))
    return [list(messages(checked, options, "shop")) for checked in history.checks]


def test_one_message_per_state_and_receiver() -> None:
    """Opened, worse and over are told to each receiver; that it goes on is not."""
    warning = incident(Cause.STUCK, "price")
    blocker = incident(Cause.STUCK, "price", severity=Severity.BLOCKER)
    made = told(BOTH, [warning], [warning], [blocker], [blocker], [])
    assert [[(one.state.value, one.receiver) for one in day] for day in made] == [
        [("opened", "webhook"), ("opened", "slack")],
        [],
        [("worsened", "webhook"), ("worsened", "slack")],
        [],
        [("closed", "webhook"), ("closed", "slack")],
    ]
    every = [one for day in made for one in day]
    assert len({one.key for one in every}) == 6
    assert len({one.incident for one in every}) == 1
    assert made == told(BOTH, [warning], [warning], [blocker], [blocker], [])


def test_the_recovery_says_what_is_over() -> None:
    """The last message carries the incident's title under the word Over."""
    (closed,) = told(ONE, [incident(Cause.STUCK, "price")], [])[1]
    assert closed.headline == "Over (warning): stuck in price."


def test_only_what_is_grave_enough_is_told() -> None:
    """A notice is told to nobody; one that becomes a warning is told as it worsens, and its end too."""
    notice = incident(Cause.PRECISION, "price", severity=Severity.NOTICE)
    warning = incident(Cause.PRECISION, "price")
    assert told(ONE, [notice], []) == [[], []]
    made = told(ONE, [notice], [warning], [])
    assert [[one.state.value for one in day] for day in made] == [[], ["worsened"], ["closed"]]
    assert [
        [one.state.value for one in day] for day in told(AlertOptions(Severity.NOTICE, webhook=Webhook("H")), [notice])
    ] == [["opened"]]


def test_two_incidents_of_a_batch_are_two_messages() -> None:
    """Messages of one check keep the order of its incidents."""
    (made,) = told(ONE, [incident(Cause.STUCK, "a"), incident(Cause.STUCK, "b")])
    assert [(one.place, one.columns) for one in made] == [(0, ("a",)), (1, ("b",))]


@given(st.text(max_size=300), st.integers(1, 250))
def test_text_is_one_line_without_unseen_characters(text: str, most: int) -> None:
    """Whatever stands in the data, a message's text is short, on one line and visible."""
    line = one_line(text, most)
    assert len(line) <= most
    assert line.isprintable()
    assert line == line.strip()


def test_hostile_names_reach_no_message() -> None:
    """Line ends, direction marks and endless names of columns and batches are gone from a message."""
    nasty = "price\r\nBcc: all@shop.example\u202e" + "x" * 500
    broken = incident(Cause.STUCK, nasty, title=nasty)
    history = follow(numbered([result(1, broken, batch=nasty)]))
    (made,) = messages(history.checks[0], ONE, nasty)
    for text in (made.title, made.columns[0], made.batch, made.source, made.headline):
        assert "\n" not in text
        assert "\r" not in text
        assert "\u202e" not in text
        assert len(text) <= MOST_TITLE + 30
