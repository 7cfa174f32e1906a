"""The pages of monitoring: what broke, what is open, batch by batch, both halves of quality, the calendar."""

from __future__ import annotations

import dataclasses
import datetime
import math
from typing import Any

import pytest
from tests.monitoring.made import incident, measured, numbered, result, shift

from clientela.domain.estimate import Estimate
from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, ShiftKind
from clientela.language import Language
from clientela.monitoring.announced import Announcement
from clientela.monitoring.result import CheckResult
from clientela.monitoring.tracking import follow
from clientela.monitoring.wording import ADVICE
from clientela.report.brand import Brand, house_colors
from clientela.report.incident_cards import incident_card
from clientela.report.monitor_pages import (
    MOST_BATCHES,
    MOST_CARDS,
    UNKNOWN_EFFECT,
    Watched,
    render_check,
    render_overview,
)

from .pages import Page

QUERY = 'SELECT * FROM "batch" WHERE CAST("page" AS TEXT) IN (\'START\') LIMIT 100'
MODEL = "12 % of the model rests on page: scores of the rows concerned move."
BROKEN = incident(
    Cause.CATEGORY_RENAMED,
    "page",
    alternatives=(Cause.CATEGORY_NEW,),
    title="Category renamed: page 'start' is now 'START'.",
    evidence={"rows": 120, "shares": [["start", 0.6, 0.1], ["START", 0.0, 0.5]], "query": QUERY, "model": MODEL},
)
GRAVE = incident(Cause.COLUMN_REMOVED, severity=Severity.BLOCKER, since="", title="Everything is gone.")


def watched(*results: CheckResult, **facts: Any) -> Watched:
    """Return what the pages of some checks are made of."""
    history = follow(numbered(results))
    pages = tuple(f"{one.number:06d}.html" for one in history.checks)
    return dataclasses.replace(Watched(history, "shop", "0.1.0", pages), **facts)


def check_page(*results: CheckResult) -> Page:
    """Return the page of the last of some checks, well formed."""
    seen = watched(*results)
    page = Page(render_check(seen, seen.history.checks[-1]))
    assert page.unclosed == []
    return page


def overview(*results: CheckResult, **facts: Any) -> Page:
    """Return the page about some checks, well formed."""
    page = Page(render_overview(watched(*results, **facts)))
    assert page.unclosed == []
    return page


def test_an_incident_says_all_that_is_known_of_it() -> None:
    """Title, cause in words, columns, since when, the model, what to do, shares and query stand there."""
    text = check_page(result(1, BROKEN)).text()
    for part in (
        "1 incident, 1 of them new. The gravest: Category renamed: page 'start' is now 'START'.",
        "a known item under another code (category_renamed)",
        "“page”",
        "2026-12-01T08:00:00Z",
        MODEL,
        "Mend it.",
        "1 batch, first day-01.csv",
        "also a new item or code",
        "60.0 to 10.0 %",
        QUERY,
    ):
        assert part in text, part


def test_the_drawing_has_a_bar_before_and_now() -> None:
    """Two values make two pairs of bars, and the picture says the same in words; other shapes draw nothing."""
    page = check_page(result(1, BROKEN))
    bars = [facts for tag, facts in page.elements if tag == "rect" and facts.get("height") == "9"]
    assert [(bar["class"], float(bar["width"] or 0) > 0) for bar in bars] == [
        ("before", True),
        ("after", True),
        ("before", False),
        ("after", True),
    ]
    told = [text for path, text in page.texts if path[-1] == "title" and "svg" in path]
    assert "Bars before and in this batch: start 60.0 % to 10.0 % and START 0 % to 50.0 %." in told


@pytest.mark.parametrize("shares", [None, "x", [], [["a", 0.1]], [["a", "b", 0.1]], [["a", math.nan, 0.1]], [3]])
def test_what_is_no_share_is_not_drawn(shares: object) -> None:
    """A list of another shape, as a file by hand may hold, gives no drawing and no error."""
    page = check_page(result(1, incident(Cause.STUCK, "page", evidence={"shares": shares})))
    assert not [facts for tag, facts in page.elements if tag == "rect" and facts.get("height") == "9"]


def test_a_query_that_cannot_be_shown_as_it_is_is_left_out() -> None:
    """A name with unseen characters would make another query on the page."""
    hidden = incident(Cause.STUCK, "page", evidence={"query": 'SELECT "a\u202eb"'})
    assert "SELECT" not in check_page(result(1, hidden)).text()


def test_a_clean_batch_says_so() -> None:
    """Nothing broke, and changes of the world are counted apart from breaks."""
    change = shift(ShiftKind.ANNOUNCED, "page", announced="new items SKU-2*", would_be="category_new")
    text = check_page(result(1, shifts=(change,), first="", last="", notes=("Half the rows were read",))).text()
    assert "Nothing broke. Below: 1 real change of the world." in text
    assert "the rows carry no time" in text
    assert "new items SKU-2*" in text
    assert "announced beforehand" in text
    assert "Half the rows were read." in text


def test_what_is_over_is_shown_where_it_ended() -> None:
    """The batch that no longer shows an incident lists it as over; a batch checked again says so."""
    text = check_page(result(1, BROKEN), result(2)).text()
    assert "No longer in this batch: 1 incident of earlier ones." in text
    again = check_page(result(1, BROKEN), result(1, BROKEN, rows=7)).text()
    assert "checked before and counts once" in again


def test_more_incidents_than_a_person_reads() -> None:
    """The page stays readable and says how many more there are."""
    many = [incident(Cause.STUCK, f"c{number}") for number in range(MOST_CARDS + 3)]
    assert "3 more are in the JSON of the check." in check_page(result(1, *many)).text()


def test_the_overview_ranks_what_is_open() -> None:
    """The gravest stands first, each batch has its line with a link, and alerts that wait are said."""
    page = overview(result(1, BROKEN), result(2, BROKEN, GRAVE), waiting="1 alerts wait (webhook: connection refused)")
    text = page.text()
    assert text.index("Everything is gone.") < text.index("Category renamed: page")
    assert "2 incidents open. Everything is gone. The last batch, day-02.csv: 1 opened, 1 repeated." in text
    assert "connection refused" in text
    links = [facts["href"] for tag, facts in page.elements if tag == "a"]
    assert {"000001.html", "000002.html"} <= set(links)
    lanes = [text for path, text in page.texts if path[-1] == "title" and "One line per incident" in text]
    assert lanes == [
        "One line per incident over 2 checks. category_renamed page: 2 batches, open; column_removed: 1 batch, open."
    ]


def test_the_overview_when_nothing_is_open() -> None:
    """What ended is drawn as over; without checks it is said how to make one."""
    assert "Nothing is broken. The last batch, day-02.csv: 1 closed." in overview(result(1, BROKEN), result(2)).text()
    empty = overview().text()
    assert "No batch was checked yet" in empty
    assert "No incident was found so far." in empty


def test_both_halves_of_quality() -> None:
    """Measures are drawn from batch to batch with limits, and what is outside them is named; a gap stays a gap."""
    days = [
        result(1, metrics=(measured("conversion", 1.0), measured("auc", 0.9, "prediction"))),
        result(2),
        result(3, metrics=(measured("conversion", 2.0), measured("auc", 1.1, "prediction"))),
    ]
    page = overview(*days)
    text = page.text()
    assert "Outside the control limits in the batch: conversion 2." in text
    assert "Within the control limits: 1 measure of the batch." in text
    assert "outside its limits" in text
    drawn = [facts["class"] for tag, facts in page.elements if tag == "circle"]
    assert sorted(drawn) == ["in", "in", "in", "out"]
    assert "conversion over 2 batches, last 2, baseline 1, 1 outside the control limits." in [
        text for path, text in page.texts if path[-1] == "title"
    ]
    assert "The last batch did not measure it." in overview(*days[:2], days[2], result(4)).text()
    assert "Not known: no check measured it." in overview(result(1)).text()


def test_the_effect_and_the_calendar_have_their_place() -> None:
    """Without a holdout the effect is said to be not known; entries of the calendar stand with what they explain."""
    entry = Announcement("new items SKU-2*", datetime.date(2026, 12, 1))
    ended = dataclasses.replace(entry, text="unit of price", end=datetime.date(2026, 12, 9))
    text = overview(result(1), announcements=(entry, ended)).text()
    assert UNKNOWN_EFFECT[:40] in text
    assert "category_new" in text
    assert "stays" in text
    assert "2026-12-09" in text
    assert "It pays." in overview(result(1), effect="It pays.").text()


def test_long_histories_stay_readable() -> None:
    """Only the latest batches are listed, and it is said of how many."""
    days = [result(1 + day % 28, fingerprint=f"{day:064x}") for day in range(MOST_BATCHES + 5)]
    assert f"The last {MOST_BATCHES} of {MOST_BATCHES + 5} checks." in overview(*days).text()


def test_one_check_shows_what_it_measured() -> None:
    """The page of a single check tells its measures with limits, though there is no course to draw."""
    text = check_page(result(1, metrics=(measured("conversion", 2.0),))).text()
    assert "Outside the control limits in the batch: conversion 2." in text
    assert "0.5 to 1.5" in text


def test_pages_ask_nothing_of_a_network() -> None:
    """No address stands on a page, and no element of the data's own."""
    nasty = incident(Cause.STUCK, "<img src=x>", title="<script src='//evil.example/x.js'></script>")
    page = overview(result(1, nasty))
    assert not [tag for tag, facts in page.elements if tag in ("img", "link", "iframe") or facts.get("src")]
    assert not [facts for _, facts in page.elements if str(facts.get("href", "")).startswith(("http", "//"))]


def test_the_strength_stands_with_its_interval() -> None:
    """A share of the rows has its interval, one of all rows none, and an incident without a strength says nothing."""
    shares = [Estimate(0.3, 0.27, 0.33, 1000, "wilson"), Estimate(1.0, 1.0, 1.0, 1000, "all rows"), None]
    told = [
        incident_card(follow(numbered([result(1, incident(Cause.STUCK, "x", strength=one))])).standing[0])
        for one in shares
    ]
    assert [dict(card.facts).get("Strength") for card in told] == [
        "30.0 % of the rows (27.0 % to 33.0 %)",
        "100 % of the rows",
        None,
    ]


def test_a_page_without_measures_says_how_to_get_them() -> None:
    """Where no check measured the model, the page names the option that makes it."""
    assert "monitor baseline --label" in check_page(result(1)).text()


def test_pages_in_german_wear_the_look_of_the_house() -> None:
    """Check and overview speak German but for what only the English title says, marked as such; colours are taken."""
    named = incident(
        Cause.UNIT_SCALE,
        "price",
        title="Unit scale: price times 100.",
        advice=ADVICE[Cause.UNIT_SCALE],
        evidence={
            "rows": 120,
            "model": "11 % of the model rests on price: scores of the rows concerned move. A plain model of y loses "
            "0.008 of its AUC 0.95 at most; its mean chance goes from 6.9 % to 4.7 %.",
            "shares": [["to 1.3", 0.5, 0.0], ["over 1.3", 0.4, 1.0], ["(missing)", 0.1, 0.0], ["to boot", 0.0, 0.0]],
        },
    )
    look = {"language": Language.GERMAN, "brand": Brand(house_colors("#7a1fa2"))}
    seen = watched(result(1, named, metrics=(measured("conversion", 1.0),)), **look)
    for html in (render_check(seen, seen.history.checks[-1]), render_overview(seen)):
        text = Page(html).text()
        assert "lang=en>Unit scale: price times 100." in html.replace('"', "")
        for said in (
            "Eine andere Einheit oder Skala: „price“.",
            "Lassen Sie die Quelle wieder die alte Einheit",
            "11 % des Modells beruht auf price",
            "verliert höchstens 0,008 seiner AUC 0,95",
            "bis 1,3",
            "über 1,3",
            "(fehlt)",
            "to boot",
            "diese Lieferung",
        ):
            assert said in text.replace("\u00a0", " ")
        for english in ("Cause", "Since", "Strength", "batch", "rows", "Baseline", "incident", "Made by", "Nothing"):
            assert english not in text
        assert "#7a1fa2" in html
