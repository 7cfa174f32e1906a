"""Colours and logo of a house: they can be read whatever was asked for, and a logo is a picture or refused."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pptx import Presentation

from clientela.report import charts
from clientela.report.audit_page import render_audit
from clientela.report.brand import USUAL, Brand, contrast, house_colors
from clientela.report.contents import Contents
from clientela.report.deck import render_deck
from clientela.report.drawing import png
from clientela.report.html import render_html
from clientela.report.logo import read_brand
from clientela.report.options import BrandOptions
from clientela.report.palette import ACCENT, CONTRAST, DARK_GROUNDS, LIGHT_GROUNDS, PLAIN

from .pages import Page

PURPLE = "#7a1fa2"
ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)
VARIABLE = re.compile(r"--(\w+): (#[0-9a-f]{6})")
TEXTS = ("ink", "muted", "accent", "contrast", "blocker", "warning", "notice", "info")


@pytest.fixture(scope="module")
def picture() -> bytes:
    """A small picture."""
    spec = {"mark": "bar", "data": {"values": [{}]}, "width": 20, "height": 10}
    return png(spec)


@pytest.fixture
def branded(made: dict[str, Contents], picture: bytes, tmp_path: Path) -> Contents:
    """The made-up shop with a brand of its own."""
    (tmp_path / "logo.png").write_bytes(picture)
    return replace(made["shop"], brand=read_brand(BrandOptions(PURPLE, "logo.png"), tmp_path))


@pytest.fixture(scope="module")
def usual(made: dict[str, Contents]) -> list[dict[str, str]]:
    """The colours of the style sheet by name, in light and in dark."""
    return [dict(VARIABLE.findall(part)) for part in ROOT.findall(render_audit(made["minimal"]))[:2]]


@given(st.integers(0, 0xFFFFFF).map("#{:06x}".format))
def test_every_colour_can_be_read(usual: list[dict[str, str]], color: str) -> None:
    """Whatever colour is asked for, every text reaches 4.5 to 1 on every ground, in light and dark, on slides too."""
    made = house_colors(color)
    light = {**usual[0], "accent": made.accent, "contrast": made.contrast}
    dark = {**usual[1], "accent": made.dark_accent, "contrast": made.dark_contrast}
    grounds = ((light, (*LIGHT_GROUNDS, made.soft)), (dark, (*DARK_GROUNDS, made.dark_soft)))
    for theme, there in grounds:
        assert min(contrast(theme[text], ground) for text in TEXTS for ground in there) >= 4.5
    assert contrast(usual[0]["ink"], made.band) >= 4.5


def test_a_colour_that_can_be_read_stays() -> None:
    """Nothing is done to a colour that needs nothing; orange gives way where the house is nearly orange itself."""
    assert house_colors(PURPLE).accent == PURPLE
    assert house_colors(PURPLE).contrast == CONTRAST
    assert house_colors("#c2410c").contrast != CONTRAST
    assert house_colors("#777777").contrast == CONTRAST


def test_the_pages_have_the_look(branded: Contents, picture: bytes) -> None:
    """Report and audit page show colour and logo, ask nothing of a network and let no other style or script in."""
    address = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    for html in (render_html(branded), render_audit(branded)):
        page = Page(html)
        assert page.unclosed == []
        assert [attributes for tag, attributes in page.elements if tag == "img"] == [{"src": address, "alt": "Logo"}]
        assert dict(VARIABLE.findall(ROOT.findall(html)[-2]))["accent"] == PURPLE
        assert len(html) < 1_000_000
    assert "<img" not in render_audit(replace(branded, brand=USUAL))


def test_the_deck_has_the_look(branded: Contents, picture: bytes) -> None:
    """Shapes and charts of the slides are painted in the colours of the house; the logo has a text and its shape."""
    data = render_deck(branded)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        slides = b"".join(parts.read(name) for name in parts.namelist() if name.startswith("ppt/slides/slide"))
    assert slides.count(PURPLE[1:].upper().encode()) > 10
    assert ACCENT[1:].upper().encode() not in slides
    cover = Presentation(io.BytesIO(data)).slides[0]
    logo = next(shape for shape in cover.shapes if shape.shape_type == 13)
    assert logo.image.blob == picture
    assert logo.width / logo.height == pytest.approx(logo.image.size[0] / logo.image.size[1], rel=0.01)
    assert logo._element.nvPicPr.cNvPr.get("descr") == "Logo"


def test_charts_are_painted_as_asked(made: dict[str, Contents]) -> None:
    """The picture of a chart differs with the colours and stays the same without."""
    chart = charts.balance(made["shop"].audit)
    assert chart is not None
    assert png(chart.spec) == png(chart.spec, PLAIN) != png(chart.spec, house_colors(PURPLE))


def test_the_usual_look_needs_no_style() -> None:
    """Without a brand the pages keep their own style sheet to the byte."""
    assert PLAIN.style == Brand().colors.style == ""


@pytest.mark.parametrize("color", ["red", "#12345", "#12345g", "#123456;}", "url(http://x)"])
def test_only_six_digits_are_a_colour(color: str) -> None:
    """What could be more than a colour in a style sheet is none."""
    with pytest.raises(ValueError, match="six digits"):
        BrandOptions(color)
