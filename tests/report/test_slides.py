"""What slides are drawn with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pptx.util import Inches

from clientela.report.slides import Box, _needed, add_slide, add_table, fitted, new_deck


@given(
    st.lists(st.text("abc defghij", min_size=1, max_size=2000), min_size=1, max_size=6),
    st.floats(2, 12),
    st.floats(1.6, 5),
    st.integers(10, 44),
)
def test_text_fits_its_box(texts: list[str], width: float, height: float, size: int) -> None:
    """Whatever the text, it is set so small or cut so short that it fits; short texts keep their size."""
    shown, points = fitted(texts, Box(0, 0, width, height), size)
    assert len(shown) == len(texts)
    assert points <= size
    assert _needed(shown, width, points) <= height or max(map(len, shown)) <= 8


def test_short_text_keeps_its_size() -> None:
    """A text that fits stays as it is."""
    assert fitted(["A title"], Box(0, 0, 10, 1), 28) == (["A title"], 28)


def test_columns_without_anything_are_left_out() -> None:
    """A column with a dash in every row takes no room; one with a single value stays; so does a head without rows."""
    slide = add_slide(new_deck(), "Title", "Source", "Notes")
    room = Box(1, 2, 6, 3)
    add_table(slide, room, [("Group", "Mean", "Found"), ("a", "–", "–"), ("b", "–", "5 %")], (1, 1, 1))
    add_table(slide, room, [("Group", "Mean")], (1, 1))
    tables = [shape.table for shape in slide.shapes if shape.has_table]
    assert [[cell.text for cell in table.rows[0].cells] for table in tables] == [["Group", "Found"], ["Group", "Mean"]]
    assert abs(sum(column.width for column in tables[0].columns) - 6 * 914_400) <= 2


def test_heads_and_short_cells_are_not_broken() -> None:
    """Columns that would break a word of their head, or a short cell, are widened; the table keeps its width."""
    deck = new_deck()
    slide = add_slide(deck, "t", "f", "n")
    rows = [("Änderung", "Von → auf", "Besucher"), ("+ 2 %", "18,51 → 18,88", "219.567")]
    add_table(slide, Box(1, 1, 4.0, 1.5), rows, (0.4, 0.4, 3.2))
    [table] = [shape.table for shape in slide.shapes if shape.has_table]
    wide = [column.width / Inches(1) for column in table.columns]
    assert sum(wide) == pytest.approx(4.0, abs=0.01)
    size = table.cell(0, 0).text_frame.paragraphs[0].runs[0].font.size.pt
    # .69 of its size is the mean width of a bold letter of DejaVu Sans
    assert wide[0] - 0.2 > len("Änderung") * 0.69 * size / 72
    assert wide[1] - 0.2 > len("18,51 → 18,88") * 0.5 * size / 72


def test_a_minus_keeps_to_its_number() -> None:
    """A hyphen before a number is a minus, after which no line breaks; dates, names and options keep theirs."""
    slide = add_slide(new_deck(), "From -0.09 to 3, on 2026-11-30, by x-7 and --top 5", "Source", "Notes")
    title = next(
        shape.text_frame.text for shape in slide.shapes if shape.has_text_frame and "From" in shape.text_frame.text
    )
    assert title == "From \u22120.09 to 3, on 2026-11-30, by x-7 and --top 5"
