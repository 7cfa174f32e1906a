"""The summary for a terminal."""

from __future__ import annotations

import pytest

from clientela.report.contents import Contents
from clientela.report.headlines import headlines
from clientela.report.terminal import summary


def test_summary_holds_the_five_things(made: dict[str, Contents]) -> None:
    """One line says what was read, five say what to know."""
    lines = summary(made["shop"])
    assert lines[0] == "What the visits in shop_visits.xlsx tell: 5,000 rows, 30 columns, 20 findings (5 serious)"
    assert len(lines) == 6
    assert all(text in line for text, line in zip(headlines(made["shop"]), lines[1:], strict=True))


@pytest.mark.parametrize("name", ["hostile", "wide", "minimal"])
def test_nothing_moves_the_cursor(made: dict[str, Contents], name: str) -> None:
    """No line holds an escape, a control character or a mark that turns the text, and none is endless."""
    for line in summary(made[name]):
        assert line.isprintable()
        assert len(line) < 800
