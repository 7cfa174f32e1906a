"""The slides: complete, legal, inside their edges, the same every time."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pytest
from lxml import etree
from pptx import Presentation
from pptx.util import Emu

from clientela.domain.finding import Severity
from clientela.report.contents import Contents
from clientela.report.deck import _findings, _segments, render_deck
from clientela.report.options import ReportOptions
from clientela.report.slides import new_deck

NAMES = ("shop", "binary", "minimal", "hostile", "wide")


@pytest.fixture(scope="module")
def decks(made: dict[str, Contents]) -> dict[str, bytes]:
    """The deck of each made-up contents."""
    return {name: render_deck(contents) for name, contents in made.items()}


@pytest.mark.parametrize("name", NAMES)
def test_deck_opens_with_eleven_slides(decks: dict[str, bytes], name: str) -> None:
    """Eleven 16:9 slides, nine without a model, each with a title of its own and speaker notes, in under 5 MB."""
    assert len(decks[name]) < 5_000_000
    deck = Presentation(io.BytesIO(decks[name]))
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, rel=1e-3)
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert len(set(titles)) == len(titles) == (9 if name == "minimal" else 11)
    assert all(len(slide.notes_slide.notes_text_frame.text) > 10 for slide in deck.slides)


@pytest.mark.parametrize("name", NAMES)
def test_every_part_is_legal_xml(decks: dict[str, bytes], name: str) -> None:
    """Every part parses, and nothing points outside the file."""
    with zipfile.ZipFile(io.BytesIO(decks[name])) as parts:
        for part in parts.namelist():
            assert ".." not in part
            if part.endswith((".xml", ".rels")):
                etree.fromstring(parts.read(part))
            if part.endswith(".rels"):
                assert b'TargetMode="External"' not in parts.read(part)


@pytest.mark.parametrize("name", NAMES)
def test_everything_stands_inside_the_slide(decks: dict[str, bytes], name: str) -> None:
    """No shape reaches over the edge."""
    deck = Presentation(io.BytesIO(decks[name]))
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= deck.slide_width + Emu(9525)
            assert shape.top + shape.height <= deck.slide_height + Emu(9525)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_have_alt_texts(decks: dict[str, bytes], name: str) -> None:
    """Every chart is described in words."""
    deck = Presentation(io.BytesIO(decks[name]))
    pictures = [shape for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]
    assert len(pictures) >= (0 if name == "minimal" else 3)
    assert all(len(shape._element.nvPicPr.cNvPr.get("descr")) > 30 for shape in pictures)


def test_hostile_texts_are_text(decks: dict[str, bytes]) -> None:
    """Hostile names can be read on the slides; no formula, link or control character comes of them."""
    deck = Presentation(io.BytesIO(decks["hostile"]))
    frames = [s.text_frame.text for slide in deck.slides for s in slide.shapes if s.has_text_frame]
    cells = [
        c.text for slide in deck.slides for s in slide.shapes if s.has_table for r in s.table.rows for c in r.cells
    ]
    text = "\n".join(frames + cells)
    assert "<script>document.title='owned'</script>" in text
    assert not re.search("[\x00-\x08\x0e-\x1f\u202a-\u202e]", text)
    assert max(map(len, frames + cells)) < 1500


def test_same_contents_give_the_same_bytes(made: dict[str, Contents], decks: dict[str, bytes]) -> None:
    """The file is the same to the byte, whenever it is made."""
    assert render_deck(made["shop"]) == decks["shop"]
    with zipfile.ZipFile(io.BytesIO(decks["shop"])) as parts:
        assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_title_and_date(made: dict[str, Contents], decks: dict[str, bytes]) -> None:
    """The title of the options wins; the date of the file is that of the contents, where it is one."""
    deck = Presentation(io.BytesIO(render_deck(made["minimal"], ReportOptions(title="Our shop"))))
    assert deck.slides[0].shapes.title.text_frame.text == "Our shop"
    assert deck.core_properties.created.year == 2026
    assert Presentation(io.BytesIO(decks["hostile"])).core_properties.created.year == 1980


def test_stages_that_say_nothing_get_words(made: dict[str, Contents]) -> None:
    """Without variations the importance is shown; without findings a sentence stands there."""
    shop = made["shop"]
    assert shop.model is not None
    bare = replace(shop.model, variations=(), gain=(), importance=(), calibration=())
    quiet = replace(shop.audit, findings=())
    deck = Presentation(io.BytesIO(render_deck(replace(shop, model=bare, audit=quiet))))
    assert "The audit has nothing to report." in [s.text_frame.text for s in deck.slides[3].shapes if s.has_text_frame]


def test_what_marks_few_segments_off_stands_beside_their_chart(made: dict[str, Contents]) -> None:
    """Two segments leave room for their marks; one without marks is said to have none."""
    shop = made["shop"]
    assert shop.segments is not None
    first, second = shop.segments.segments[:2]
    two = replace(shop.segments, segments=(first, replace(second, marks=())))
    deck = new_deck()
    _segments(deck, replace(shop, segments=two))
    [slide] = deck.slides
    texts = "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
    assert f"{first.name}: {first.marks[0].phrase}" in texts
    assert f"{second.name}: nothing but its rule" in texts


def test_one_finding_needs(made: dict[str, Contents]) -> None:
    """One open finding is said in the singular."""
    shop = made["shop"]
    serious = next(f for f in shop.audit.findings if f.severity.rank >= Severity.WARNING.rank)
    deck = new_deck()
    _findings(deck, replace(shop, audit=replace(shop.audit, findings=(serious,))))
    assert deck.slides[0].shapes.title.text_frame.text == "1 finding of 1 needs a decision before anything goes live"
