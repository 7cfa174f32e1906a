"""Charts as SVG and PNG."""

from __future__ import annotations

import re

from lxml import etree

from clientela.report import charts
from clientela.report.drawing import WIDTH, png, svg
from clientela.report.palette import VARIABLES

from .contents_made import HOSTILE, shop


def test_colours_follow_the_theme() -> None:
    """Every painted colour is a variable of the style sheet, so that it turns with the theme."""
    model = shop().model
    assert model is not None
    for chart in (charts.gain(model), charts.confusion(model), charts.calibration(model), charts.groups(model)):
        assert chart is not None
        painted = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg(chart.spec, "x")))
        assert painted <= {*VARIABLES.values(), "none", "transparent"}


def test_text_in_charts_is_text() -> None:
    """Names from the data stand in text nodes, escaped; the drawing stays one legal element."""
    audit = shop().audit
    chart = charts.balance(
        type(audit)(**{**audit.__dict__, "balance": tuple((text, 10 + i) for i, text in enumerate(HOSTILE))})
    )
    assert chart is not None
    drawn = etree.fromstring(svg(chart.spec, "title").encode())
    tags = {element.tag for element in drawn.iter()}
    assert tags <= {"svg", "title", "g", "path", "line", "text", "rect", "defs", "clipPath"}
    assert any("<script>" in (element.text or "") for element in drawn.iter("text"))
    for element in drawn.iter():
        assert not [value for value in element.attrib.values() if "script" in value or "onerror" in value]


def test_pictures_are_png() -> None:
    """A picture is a PNG, three times as many pixels as units, the same every time."""
    chart = charts.balance(shop().audit)
    assert chart is not None
    first = png(chart.spec)
    assert first.startswith(b"\x89PNG")
    assert first == png(chart.spec)
    assert abs(int.from_bytes(first[16:20], "big") - 3 * WIDTH) <= 6


def test_drawings_have_no_identifiers() -> None:
    """A drawing names none of its parts: names are counted by the library from chart to chart and would clash."""
    contents = shop()
    assert contents.model is not None
    assert contents.segments is not None
    drawn = [charts.missing(contents.audit), charts.association(contents.audit), charts.segments(contents.segments)]
    drawn += [f(contents.model) for f in (charts.importance, charts.gain, charts.confusion, charts.calibration)]
    assert not [chart.title for chart in drawn if chart and re.search(r"(?:\bid=|url\()", svg(chart.spec, "x"))]
