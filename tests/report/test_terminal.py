"""The summary for a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from clientela.audit.listing import Listing
from clientela.report.contents import Contents
from clientela.report.headlines import headlines
from clientela.report.terminal import listing, summary, verdict


def test_summary_holds_the_five_things(made: dict[str, Contents]) -> None:
    """One line says what was read, five say what to know."""
    lines = summary(made["shop"])
    assert lines[0] == "What is in shop_visits.xlsx: 5,000 rows, 30 columns, 20 findings (5 serious)"
    assert len(lines) == 6
    assert all(text in line for text, line in zip(headlines(made["shop"]), lines[1:], strict=True))


@pytest.mark.parametrize("name", ["hostile", "wide", "minimal"])
def test_nothing_moves_the_cursor(made: dict[str, Contents], name: str) -> None:
    """No line holds an escape, a control character or a mark that turns the text, and none is endless."""
    for line in summary(made[name]):
        assert line.isprintable()
        assert len(line) < 800


def test_verdict(made: dict[str, Contents], snapshot: SnapshotAssertion) -> None:
    """The verdict leads with the ten findings that matter most, one numbered line each, and counts the others."""
    assert verdict(made["shop"]) == snapshot
    findings = made["shop"].audit.findings
    many = replace(made["shop"], audit=replace(made["shop"].audit, findings=findings * 9))
    lines = verdict(many)
    assert len(lines) == 12
    assert lines[-1].startswith(f"{9 * len(findings) - 10} more findings")


def test_hostile_verdict_is_plain(made: dict[str, Contents]) -> None:
    """No control or escape character of the data is left."""
    assert all(line.isprintable() for line in verdict(made["hostile"]))


def test_listing_is_a_table(made: dict[str, Contents]) -> None:
    """Cells stand in columns, cut to a width, missing ones named, nothing a terminal would obey; then the query."""
    finding = made["shop"].audit.findings[0]
    rows = ((1, ("a\x1b[31m", None)), (20, ("x" * 90, "b")))
    listed = Listing(3, finding, "with a cell", ("n\nn", "m"), 1, rows, more=True, sql='SELECT "\x07"', reason="")
    lines = listing(listed)
    assert lines[1] == "The first 2 rows with a cell; 1 more column not shown:"
    assert [line.split()[0] for line in lines[2:5]] == ["row", "1", "20"]
    assert lines[3].endswith("(missing)")
    assert len(lines[4]) == len("row  ") + 32 + 2 + 1
    assert lines[5] == 'Query: SELECT " "'
    assert all(line.isprintable() for line in lines)
    empty = Listing(3, finding, "", (), 0, (), more=False, sql="", reason="Nothing to show.")
    assert listing(empty)[1:] == ["Nothing to show."]
