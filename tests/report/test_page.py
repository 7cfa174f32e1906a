"""What the pages share."""

from __future__ import annotations

from clientela.report.blocks import Cell, Chapter, Head, TableBlock
from clientela.report.page import Frame, render

from .pages import Page


def shown(table: TableBlock) -> list[str]:
    """Return the texts of a table on a page."""
    chapter = Chapter("one", "One", "What is there?", "This.", (table,))
    html = render("experiment.html.j2", Frame("t", "m", "f", "v"), parts=(chapter,), doubts=(), **EMPTY)
    return [text for path, text in Page(html).texts if "table" in path and "caption" not in path]


EMPTY = {"question": "", "answer": "", "figures": (), "advice": TableBlock("", (), ())}


def test_columns_without_anything_are_left_out() -> None:
    """A column with a dash in every row is not shown; dashes among values, drawings and heads without rows stay."""
    heads = (Head("Group"), Head("Mean"), Head("Found"), Head("Drawn"))
    rows = tuple(
        (Cell(name), Cell("–"), Cell(found), Cell("–", bars=(1.0,))) for name, found in (("a", "–"), ("b", "5 %"))
    )
    assert shown(TableBlock("c", heads, rows)) == ["Group", "Found", "Drawn", "a", "–", "b", "5 %"]
    assert shown(TableBlock("c", heads[:2], ())) == ["Group", "Mean"]
