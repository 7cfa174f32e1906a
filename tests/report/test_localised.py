"""Report, deck, card and audit page in German: every sentence comes through the catalogue or is marked as English."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files

import pytest
from pptx import Presentation
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.slide import Slide
from syrupy.assertion import SnapshotAssertion

from clientela.domain.finding import CODES, Finding, Severity
from clientela.language import Language, language, parts, speaking
from clientela.language.catalogue import PLACEHOLDER
from clientela.report import charts, page
from clientela.report.audit_page import render_audit
from clientela.report.contents import Contents
from clientela.report.deck import render_deck
from clientela.report.html import render_html
from clientela.report.localised import code_name, localised
from clientela.segments.acting import Level
from clientela.segments.naming import names
from clientela.segments.result import Condition, Mark, SegmentResult
from clientela.segments.rules import rule_text

from . import contents_made
from .pages import Page

ENGLISH = re.compile(
    r"(?<![\w`-])(the|of|and|are|is|with|from|which|that|its|this|what|how|columns|rows|for|on|by|to|no|more|than|all|"
    r"means?|known|values|missing|visits?)(?![\w`-])",
    re.IGNORECASE,
)
"""Words that no German sentence has."""

DATA = ("Visits 2025",)
"""Texts of cells."""
RULES = ((Condition("crm_orders", ">", 2.5),), (Condition("device", "in", None, ("desktop",)),), ())
LEVELS = (Level.HIGH, Level.MIDDLE, Level.LOW)
MARKS = (Mark("crm_orders", "crm_orders higher (mean 3.4 against 0.6)", 0.9),)
ADVICE = (
    "Bid up to 75 % more for them in campaigns; on the website show the best range and service first and give no "
    "discount, and speak to what marks them off (crm_orders higher (mean 3.4 against 0.6)). An association until a "
    "test shows it: keep a tenth of them, drawn by lot, as they are."
)


def german(contents: Contents) -> Contents:
    """The same contents to be told in German, its segments named and ruled as the stage does it."""
    segments = contents.segments and _as_found(contents.segments)
    return replace(contents, title="Besuche im Shop", language=Language.GERMAN, segments=segments)


def _as_found(result: SegmentResult) -> SegmentResult:
    made = zip(result.segments, names(LEVELS, RULES), RULES, strict=False)
    segments = tuple(
        replace(segment, name=name, rule=rule_text(rule, frozenset()), conditions=rule, marks=MARKS, action=ADVICE)
        for segment, name, rule in made
    )
    note = "Segments say who differs, not why: that acting on them pays is to be tested."
    return replace(result, segments=segments, notes=(note,), method="")


@pytest.fixture(scope="module")
def told(made: dict[str, Contents]) -> dict[str, Page]:
    """The German page of the shop, of the question without money, of a table of which nothing is known."""
    return {name: Page(render_html(german(made[name]))) for name in ("shop", "binary", "minimal")}


@pytest.fixture(scope="module")
def deck(made: dict[str, Contents]) -> list[Slide]:
    """The German slides of the shop."""
    return list(Presentation(io.BytesIO(render_deck(german(made["shop"])))).slides)


def shown(page: Page) -> Iterator[tuple[bool, str]]:
    """Yield what a page says, each text with whether it is marked as English; data and code are left out."""
    for path, text in page.texts:
        if path[-1] not in ("style", "script", "code") and text not in DATA:
            yield path[-1] == "span" and text in page.english, re.sub("„[^“]*“", "", text)


@pytest.mark.parametrize("name", ["shop", "binary", "minimal"])
def test_what_is_not_german_is_marked(told: dict[str, Page], name: str) -> None:
    """No text outside an element with lang="en" holds a word of English."""
    left = [text for english, text in shown(told[name]) if not english and ENGLISH.search(text)]
    assert left == []
    assert told[name].elements[0] == ("html", {"lang": "de"})


def test_share_that_is_translated(told: dict[str, Page]) -> None:
    """On the made-up shop at least nine of ten texts are German, though its stages speak in made-up sentences."""
    texts = list(shown(told["shop"]))
    assert sum(not english for english, _ in texts) / len(texts) > 0.9


@pytest.mark.parametrize("name", ["shop", "binary", "minimal"])
def test_what_is_read_out_is_german(told: dict[str, Page], name: str) -> None:
    """Names of parts and of drawings are German, and hold no mark."""
    said = [a["aria-label"] or "" for _, a in told[name].elements if "aria-label" in a]
    said += [text for path, text in told[name].texts if path[-2:] == ("svg", "title")]
    assert [text for text in said if ENGLISH.search(re.sub("„[^“]*“", "", text))] == []
    assert not re.search("[\ue000\ue001]", "".join(said))


def test_first_page(told: dict[str, Page], snapshot: SnapshotAssertion) -> None:
    """What a German reader sees first: title, source, the five things, the key numbers."""
    text = told["shop"].text()
    assert text[text.index("Zu den fünf") : text.index("Befunde, die wichtigsten zuerst")] == snapshot


def test_slides_are_german(deck: list[Slide]) -> None:
    """Titles, texts, tables, notes and alt texts of the slides hold no English, and say in which language they are."""
    for slide in deck:
        frames = [shape.text_frame for shape in slide.shapes if shape.has_text_frame]
        tables = [shape.table for shape in slide.shapes if shape.has_table]
        frames += [cell.text_frame for table in tables for row in table.rows for cell in row.cells]
        frames.append(slide.notes_slide.notes_text_frame)
        for frame in frames:
            runs = [run for paragraph in frame.paragraphs for run in paragraph.runs if run.text.strip()]
            said = [run.text for run in runs if run.font.language_id == MSO_LANGUAGE_ID.GERMAN]
            left = [run.text for run in runs if run.font.language_id == MSO_LANGUAGE_ID.NONE and not run.text.isdigit()]
            assert left == []
            assert [text for text in said if ENGLISH.search(re.sub("„[^“]*“", "", text))] == []
        alts = [shape._element.nvPicPr.cNvPr.get("descr") for shape in slide.shapes if shape.shape_type == 13]
        assert [text for text in alts if ENGLISH.search(re.sub("„[^“]*“", "", text))] == []


def test_english_slides_name_no_language(made: dict[str, Contents]) -> None:
    """An English deck leaves the language to the program that shows it."""
    slide = Presentation(io.BytesIO(render_deck(made["minimal"]))).slides[0]
    assert slide.shapes.title.text_frame.paragraphs[0].runs[0].font.language_id == MSO_LANGUAGE_ID.NONE


def test_audit_page_is_german(made: dict[str, Contents]) -> None:
    """The page of the audit is German but for what is marked."""
    told = Page(render_audit(german(made["shop"])))
    assert [text for english, text in shown(told) if not english and ENGLISH.search(text)] == []


@pytest.mark.parametrize("code", CODES)
def test_every_finding_has_german_words(made: dict[str, Contents], code: str) -> None:
    """Title and advice of every code are German; what it said in English stays in the evidence."""
    finding = Finding(code, Severity.NOTICE, ("price",), "It holds.", {"rows": 3}, "Do it.")
    contents = german(made["minimal"])
    with speaking(Language.GERMAN):
        found = localised(replace(contents, audit=replace(contents.audit, findings=(finding,)))).audit.findings[0]
        assert not ENGLISH.search(code_name(code))
    assert found.title.endswith(": „price“.")
    assert not ENGLISH.search(f"{found.title} {found.advice}".replace("price", ""))
    assert list(found.evidence.values()) == ["It holds. Do it.", 3]


VALUES = {"columns": "“a” and “b”", "n": "1,234.5 %", "name": "x", "grain": "visit", "skip": "so it is"}
TITLES = [
    (code, english)
    for code, item in tomllib.loads(files("clientela.language").joinpath("german.toml").read_text())["findings"].items()
    for english in item.get("titles", {})
]


@pytest.mark.parametrize(("code", "template"), TITLES)
def test_titles_keep_their_numbers(code: str, template: str) -> None:
    """A title in words that the catalogue knows is said with its columns and numbers, and without English."""
    title = PLACEHOLDER.sub(
        lambda match: VALUES[match[1].partition("_")[0]].replace("“", "").replace("”", ""), template
    )
    told = _localised(Finding(code, Severity.NOTICE, ("a", "b"), title, {}, "Do it."))
    asked = [name for name in PLACEHOLDER.findall(template) if not name.startswith("skip")]
    assert told.count("1.234,5 %") == sum(name.startswith("n") and not name.startswith("name") for name in asked)
    assert ("„a“ und „b“" in told) == ("columns" in asked)
    assert not ENGLISH.search(re.sub("„[^“]*“", "", told))


def _localised(finding: Finding) -> str:
    contents = german(contents_made.minimal())
    with speaking(Language.GERMAN):
        return localised(replace(contents, audit=replace(contents.audit, findings=(finding,)))).audit.findings[0].title


def test_a_number_ends_before_what_follows_it() -> None:
    """A comma or full stop after a number is not taken for a part of it."""
    title = "The strongest relations: a with b (0.95, both rise together) and b with c (0.9); 28 more pairs."
    told = _localised(Finding("association", Severity.INFO, ("a", "b"), title, {}, ""))
    assert told == "Am stärksten hängen „a“ und „b“ zusammen (0,95)."


def test_words_of_the_data_in_evidence_stay() -> None:
    """A key of ours is said in German, a class of the data that has its name is not; English sentences are marked."""
    evidence = {
        "rows": {"top": 3, "low": 2},
        "price": {"share": 0.5, "reasons": ["it is named after it"]},
        "odd key": 1,
    }
    with speaking(Language.GERMAN):
        told = page.told_pairs(evidence, ("price",))
    assert told[0] == ("Zeilen", "top: 3, low: 2")
    assert told[1][0] == "price"
    assert parts(told[1][1]) == [(True, "share: 0.5, reasons: it is named after it")]
    assert parts(told[2][0]) == [(True, "odd key")]


@pytest.mark.parametrize(
    ("title", "told"),
    [
        (
            "a, b and 2 more have the same value on every row.",
            "„a“, „b“ und 2 mehr haben in jeder Zeile denselben Wert.",
        ),
        (
            "a and 999999 more have the same value on every row.",
            "Überall derselbe Wert: „a“, „b“, „c and d“, „e“ und 1 mehr.",
        ),
        ("c has the same value on every row.", "Überall derselbe Wert: „a“, „b“, „c and d“, „e“ und 1 mehr."),
        ("c and d has the same value on every row.", "„c and d“ hat in jeder Zeile denselben Wert."),
        (
            "{columns} has the same value on every row.",
            "Überall derselbe Wert: „a“, „b“, „c and d“, „e“ und 1 mehr.",
        ),
    ],
)
def test_columns_of_a_title_are_those_of_the_finding(title: str, told: str) -> None:
    """Names in a title are taken only where they are columns of the finding; else the words of its code are said."""
    assert _localised(Finding("constant", Severity.NOTICE, ("a", "b", "c and d", "e", "f"), title, {}, "")) == told


def test_hostile_data_make_the_same_german_page() -> None:
    """Names and cells that look like templates or marks of a language make the elements that harmless ones make."""
    texts = (*contents_made.HOSTILE[:-2], "\ue000{first}\ue001", "{share} of {row_nouns}")
    bad, good = (Page(render_html(german(contents_made.hostile(t)))) for t in (texts, contents_made.HARMLESS))
    drawn = {"g", "path", "text", "line", "tspan"}
    # sentences in evidence are taken for English
    kept = [[s for s in p.shape() if s[0] not in drawn and s != ("span", ("lang",))] for p in (bad, good)]
    assert kept[0] == kept[1]
    assert "{share} of {row_nouns}" in bad.text()
    assert "\ue000" not in bad.text()


def test_bars_have_the_names_of_their_legend(made: dict[str, Contents]) -> None:
    """Whatever a chart tells by colour, its rows bear the names of the legend."""
    with speaking(Language.GERMAN):
        contents = localised(german(made["shop"]))
        assert contents.model is not None
        assert contents.segments is not None
        drawn = [charts.groups(contents.model), charts.segments(contents.segments)]
    for chart in drawn:
        assert chart is not None
        text = repr(chart.spec)
        domain = re.search(r"'color': \{'field': 'what', 'scale': \{'domain': \['([^']+)', '([^']+)'\]", text)
        assert domain is not None
        assert {*re.findall(r"'what': '([^']+)'", text)} == {*domain.groups()}


def test_language_is_left_as_it_was(made: dict[str, Contents]) -> None:
    """Whichever page comes first, the process speaks English after it, and the other page is the same as ever."""
    pages = []
    for first in (made["minimal"], german(made["minimal"])):
        page._environment.cache_clear()
        render_html(first)
        pages.append((render_html(made["minimal"]), render_html(german(made["minimal"]))))
        assert language() is Language.ENGLISH
    assert pages[0] == pages[1]
