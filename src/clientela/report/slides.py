"""What slides are drawn with: text that fits its box, native tables, pictures with alt text, notes."""

from __future__ import annotations

import io
import re
import textwrap
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Emu, Inches, Length, Pt

from clientela.language import Language, bare, language, parts
from clientela.report.blocks import Chart, Figure
from clientela.report.drawing import png
from clientela.report.logo import picture as logo_file
from clientela.report.numbers import NONE
from clientela.report.palette import ACCENT, BAND, INK, LINE, MUTED, SOFT, WHITE, Colors
from clientela.report.text import clean, unbroken

WIDTH, HEIGHT = 13.333, 7.5
MARGIN = 0.7
FONT = "Arial"
TITLE_ONLY = 5
LINE_HEIGHT = 1.22
WIDTH_PER_POINT = 0.52
WIDTH_PER_BOLD_POINT = 0.62
WIDTH_PER_WIDE_POINT = 0.74
"""Of bold letters of DejaVu Sans, the widest font that takes the place of ours."""
SHORT = 14
"""Letters of a cell that is kept on one line."""
PADDING = 1.4
"""Left and right of a cell, in letters' heights at the smallest size."""
POINTS_PER_INCH = 72
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Box:
    """A place on a slide, in inches."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Style:
    """How a text is set: size in points, colour, weight."""

    size: float = 16
    color: str = INK
    bold: bool = False


PLAIN = Style()
LOGO = Box(MARGIN + 0.3, 0.45, 3.2, 0.7)
MOST_NOTE = 2000
LEAST_IN_TABLE = 11


def new_deck() -> Deck:
    """Return an empty 16:9 deck."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    return deck


def add_slide(deck: Deck, title: str, footer: str, notes: str) -> Slide:
    """Add a slide whose title is the sentence it says.

    Args:
        deck: The deck.
        title: One sentence; it is set smaller where it is long, and cut where it still does not fit.
        footer: The source of the numbers.
        notes: Speaker notes: the numbers behind the slide.
    """
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    box = Box(MARGIN, 0.45, WIDTH - 2 * MARGIN, 1.05)
    _title(slide, box, title, Style(28, INK, bold=True), MSO_ANCHOR.MIDDLE)
    _bar(slide, Box(0, 0.62, 0.14, 0.7), ACCENT)
    _bar(slide, Box(MARGIN, HEIGHT - 0.62, WIDTH - 2 * MARGIN, 0.01), LINE)
    add_text(slide, Box(MARGIN, HEIGHT - 0.55, 10.4, 0.32), [footer], Style(11, MUTED))
    number = Box(WIDTH - MARGIN - 1, HEIGHT - 0.55, 1, 0.32)
    shape = add_text(slide, number, [str(len(deck.slides))], Style(11, MUTED))
    shape.paragraphs[0].alignment = PP_ALIGN.RIGHT
    _notes(slide, notes)
    return slide


def add_cover(deck: Deck, title: str, lead: str, source: str, notes: str) -> Slide:
    """Add the first slide: title, the first thing to know, where it comes from."""
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    _paint(slide.background.fill, ACCENT)
    box = Box(MARGIN + 0.3, 1.35, WIDTH - 2 * MARGIN - 0.6, 1.65)
    _title(slide, box, title, Style(44, WHITE, bold=True), MSO_ANCHOR.BOTTOM)
    add_text(slide, Box(box.left, 3.2, 10.2, 2.4), [lead], Style(22, WHITE))
    add_text(slide, Box(box.left, HEIGHT - 1.1, 10.2, 0.4), [source], Style(14, SOFT))
    _notes(slide, notes)
    return slide


def add_logo(slide: Slide, logo: str, alt: str) -> None:
    """Add a logo to the first slide, on white, for it was made for paper."""
    picture = slide.shapes.add_picture(logo_file(logo), Emu(0), Emu(0))
    factor = min(Inches(LOGO.width) / picture.width, Inches(LOGO.height) / picture.height)
    wide, high = picture.width * factor / Inches(1), picture.height * factor / Inches(1)
    plate = Box(LOGO.left, LOGO.top, wide + 0.3, high + 0.2)
    _bar(slide, plate, WHITE)
    placed = Box(plate.left + 0.15, plate.top + 0.1, wide, high)
    picture.left, picture.top, picture.width, picture.height = _emu(placed)
    drawn: Any = picture._element
    drawn.nvPicPr.cNvPr.set("descr", alt)
    # in front of its plate
    drawn.getparent().append(drawn)


def add_text(slide: Slide, box: Box, paragraphs: Sequence[str], style: Style = PLAIN) -> Any:
    """Add paragraphs that fit the box: smaller where they are long, cut where that is not enough."""
    shape = slide.shapes.add_textbox(*_emu(box))
    write(shape.text_frame, paragraphs, style, box, MSO_ANCHOR.TOP)
    return shape.text_frame


def add_figures(slide: Slide, box: Box, figures: Sequence[Figure]) -> None:
    """Add key numbers in a column."""
    step = box.height / max(1, len(figures))
    for position, figure in enumerate(figures):
        top = box.top + position * step
        add_text(slide, Box(box.left, top, box.width, 0.6), [figure.value], Style(32, ACCENT, bold=True))
        note = f"{figure.label} ({figure.note})" if figure.note else figure.label
        add_text(slide, Box(box.left, top + 0.56, box.width, 0.4), [note], Style(14, MUTED))


def add_chart(slide: Slide, box: Box, chart: Chart, colors: Colors) -> None:
    """Add a chart with its title as a picture with alt text, as large as the box allows."""
    add_text(slide, Box(box.left, box.top, box.width, 0.4), [chart.title], Style(14, INK, bold=True))
    picture = slide.shapes.add_picture(io.BytesIO(png(chart.spec, colors)), Inches(box.left), Inches(box.top + 0.45))
    factor = min(Inches(box.width) / picture.width, Inches(box.height - 1.0) / picture.height)
    picture.width, picture.height = Emu(int(picture.width * factor)), Emu(int(picture.height * factor))
    if chart.note:
        below = box.top + 0.55 + picture.height / Inches(1)
        add_text(slide, Box(box.left, below, box.width, 0.5), [chart.note], Style(12, MUTED))
    drawn: Any = picture._element
    drawn.nvPicPr.cNvPr.set("descr", clean(bare(chart.alt)))


def add_table(slide: Slide, box: Box, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
    """Add a native table; the first row is the head.

    Args:
        slide: The slide.
        box: Where it may stand; long cells are cut so that it stays inside.
        rows: Texts, all rows as long as `widths`; columns with a dash in every row are left out.
        widths: Widths relative to each other.
    """
    told = [x for x in range(len(widths)) if len(rows) < 2 or any(row[x] != NONE for row in rows[1:])]
    rows, widths = [[row[x] for x in told] for row in rows], [widths[x] for x in told]
    grid = slide.shapes.add_table(len(rows), len(widths), *_emu(box))
    table = grid.table
    table.horz_banding = False
    drawn: Any = grid._element
    drawn.graphic.graphicData.tbl.tblPr.find(_STYLE_ID).text = _PLAIN_TABLE
    room = _roomy(rows, [box.width * width / sum(widths) for width in widths])
    tall = box.height / len(rows)
    for x, width in enumerate(room):
        table.columns[x].width = Inches(width)
    inner = [Box(0, 0, width - 0.2, min(tall, 0.75) - 0.08) for width in room]
    size = max(
        LEAST_IN_TABLE, min(fitted([text], box, 14)[1] for line in rows for text, box in zip(line, inner, strict=True))
    )
    size = max(LEAST_IN_TABLE, min(size, *(_whole(text) * width for text, width in zip(rows[0], room, strict=True))))
    for y, texts in enumerate(rows):
        table.rows[y].height = Inches(min(tall, 0.75))
        for x, text in enumerate(texts):
            _fill_cell(table.cell(y, x), text, inner[x], (y, size))


def _whole(head: str) -> float:
    """Return the size in points, per inch of a column, up to which no word of a head is broken in any usual font."""
    return POINTS_PER_INCH / (WIDTH_PER_WIDE_POINT * max(map(len, [*head.split(), "x"])) + PADDING)


def _roomy(rows: Sequence[Sequence[str]], room: Sequence[float]) -> list[float]:
    """Return widths of columns, those widened that would break a word of their head or a short cell.

    The others give what is needed.
    """
    least = [LEAST_IN_TABLE / _whole(head) for head in rows[0]]
    for row in rows[1:]:
        for place, text in enumerate(row):
            if len(text) <= SHORT:
                need = LEAST_IN_TABLE * (WIDTH_PER_POINT * len(text) + PADDING) / POINTS_PER_INCH
                least[place] = max(least[place], need)
    spare = [max(width - need, 0.0) for width, need in zip(room, least, strict=True)]
    lacking = sum(max(need - width, 0.0) for width, need in zip(room, least, strict=True))
    kept = 1 - min(lacking / sum(spare), 1.0) if sum(spare) else 1.0
    found = [need + kept * more for need, more in zip(least, spare, strict=True)]
    return [width * sum(room) / sum(found) for width in found]


def save(deck: Deck, title: str, created: datetime, colors: Colors) -> bytes:
    """Return the file in the colours of the house, the same bytes for the same deck."""
    core = deck.core_properties
    core.title, core.author, core.last_modified_by, core.revision = title, "Clientela", "Clientela", 1
    core.created = core.modified = created
    raw, fixed = io.BytesIO(), io.BytesIO()
    deck.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("ppt/slides/slide"):
                data = _PAINT.sub(lambda match: _painted(match[1], colors), data)
            target.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


def _painted(digits: bytes, colors: Colors) -> bytes:
    usual = f"#{digits.decode().lower()}"
    return f'<a:srgbClr val="{colors.painted.get(usual, usual)[1:].upper()}"/>'.encode()


def write(frame: Any, paragraphs: Sequence[str], style: Style, box: Box, anchor: MSO_ANCHOR) -> None:
    """Write paragraphs into a frame, in a size and length that fit the box."""
    given = [clean(bare(text)) for text in paragraphs]
    texts, size = fitted(given, box, style.size)
    frame.word_wrap = True
    frame.vertical_anchor = anchor
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for position, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if position == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_after = Pt(size * 0.35 if position < len(texts) - 1 else 0)
        for run in _runs(paragraph, paragraphs[position] if text == given[position] else text):
            run.font.name, run.font.size, run.font.bold = FONT, Pt(size), style.bold
            run.font.color.rgb = _rgb(style.color)


def fitted(texts: Sequence[str], box: Box, size: float) -> tuple[list[str], float]:
    """Return texts and a size in points with which they fit the box.

    The size shrinks to six tenths at most and never below 9 points; then the texts are cut.

    >>> fitted(["short"], Box(0, 0, 5, 1), 20)
    (['short'], 20)
    """
    least = max(9.0, size * 0.6)
    whole = not _broken(texts, box.width, least)
    while size > least and (
        _needed(texts, box.width, size) > box.height or (whole and _broken(texts, box.width, size))
    ):
        size -= 1
    shown = list(texts)
    while _needed(shown, box.width, size) > box.height and max(map(len, shown)) > 8:
        longest = max(range(len(shown)), key=lambda position: len(shown[position]))
        shown[longest] = clean(shown[longest], max(8, int(len(shown[longest]) * 0.9)))
    return shown, size


def _needed(texts: Sequence[str], width: float, size: float) -> float:
    per_line = max(1.0, width * POINTS_PER_INCH / (size * WIDTH_PER_POINT))
    lines = sum(max(1, len(textwrap.wrap(text, max(1, int(per_line))))) for text in texts)
    return (lines * LINE_HEIGHT + 0.35 * (len(texts) - 1)) * size / POINTS_PER_INCH


def _broken(texts: Sequence[str], width: float, size: float) -> bool:
    """Tell whether a word is wider than the box, so that it would be broken in its middle."""
    longest = max((len(word) for text in texts for word in text.split()), default=0)
    return longest * size * WIDTH_PER_BOLD_POINT > width * POINTS_PER_INCH


# no text of the data can be taken for it: there < is written as &lt;
_PAINT = re.compile(rb'<a:srgbClr val="([0-9A-F]{6})"/>')
_MINUS = re.compile(r"(?<![\w-])-(?=\d)")
"""A hyphen that stands for minus, after which programs that show slides would break the line."""

_STYLE_ID = "{http://schemas.openxmlformats.org/drawingml/2006/main}tableStyleId"
_PLAIN_TABLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"


def _fill_cell(cell: Any, text: str, box: Box, setting: tuple[int, float]) -> None:
    row, size = setting
    head = row == 0
    _paint(cell.fill, ACCENT if head else (BAND if row % 2 == 0 else WHITE))
    cell.margin_left = cell.margin_right = Inches(0.1)
    cell.margin_top = cell.margin_bottom = Inches(0.04)
    style = Style(size, WHITE if head else INK, bold=head)
    margins = (cell.margin_left, cell.margin_right, cell.margin_top, cell.margin_bottom)
    write(cell.text_frame, [text], style, box, MSO_ANCHOR.MIDDLE)
    cell.margin_left, cell.margin_right, cell.margin_top, cell.margin_bottom = margins
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE


def _bar(slide: Slide, box: Box, color: str) -> None:
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *_emu(box))
    _paint(shape.fill, color)
    shape.line.fill.background()
    shape.shadow.inherit = False


def _title(slide: Slide, box: Box, text: str, style: Style, anchor: MSO_ANCHOR) -> None:
    shape: Any = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = _emu(box)
    write(shape.text_frame, [text], style, box, anchor)


def _notes(slide: Slide, text: str) -> None:
    frame: Any = slide.notes_slide.notes_text_frame
    for position, line in enumerate(text.split("\n")):
        paragraph = frame.paragraphs[0] if position == 0 else frame.add_paragraph()
        _runs(paragraph, line if len(line) <= MOST_NOTE else clean(bare(line), MOST_NOTE))


def _runs(paragraph: Any, text: str) -> list[Any]:
    """Add a text as one run per language; an English deck leaves the language open."""
    runs, pieces = [], parts(text)
    for english, part in pieces:
        run = paragraph.add_run()
        # the blank stays that parts it from its neighbour
        before, after = (" " * (len(pieces) > 1 and end.isspace()) for end in (part[:1], part[-1:]))
        run.text = _MINUS.sub("\u2212", unbroken(f"{before}{clean(part, MOST_NOTE)}{after}"))
        if language() is not Language.ENGLISH:
            run.font.language_id = MSO_LANGUAGE_ID.ENGLISH_US if english else MSO_LANGUAGE_ID.GERMAN
        runs.append(run)
    return runs


def _paint(fill: Any, color: str) -> None:
    fill.solid()
    fill.fore_color.rgb = _rgb(color)


def _emu(box: Box) -> tuple[Length, Length, Length, Length]:
    return Inches(box.left), Inches(box.top), Inches(box.width), Inches(box.height)


def _rgb(color: str) -> Any:
    red, green, blue = bytes.fromhex(color[1:])
    make: Any = RGBColor
    return make(red, green, blue)
