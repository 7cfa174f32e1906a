"""What slides are drawn with."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

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
