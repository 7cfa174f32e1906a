"""The page of the audit: the verdict first, then columns, relations, and what was not found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from clientela.domain.finding import Finding, Severity
from clientela.report.audit_page import render_audit
from clientela.report.contents import Contents

from . import contents_made
from .pages import Page

NAMES = ("shop", "binary", "minimal", "hostile", "wide")
PARTS = ["verdict", "columns", "relations", "tested"]


@pytest.fixture(scope="module")
def audits(made: dict[str, Contents]) -> dict[str, str]:
    """The page of each audit."""
    return {name: render_audit(contents) for name, contents in made.items()}


@pytest.mark.parametrize("name", NAMES)
def test_page_is_small_whole_and_alone(audits: dict[str, str], name: str) -> None:
    """Every page is under 1 MB, well-formed, in four parts, and loads nothing."""
    assert len(audits[name].encode()) < 1_000_000
    page = Page(audits[name])
    assert page.unclosed == []
    assert [attributes["id"] for tag, attributes in page.elements if tag == "section"] == PARTS
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "srcset", "action", "style"} & set(attributes)
        assert (attributes.get("href") or "#verdict")[1:] in ids
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_first_screen(audits: dict[str, str], snapshot: SnapshotAssertion) -> None:
    """What a reader sees first: the table, how serious it is, and the findings that matter most."""
    text = Page(audits["shop"]).text()
    assert text[text.index("Skip to") : text.index("What is in the columns?")] == snapshot


def test_every_column_can_be_searched(audits: dict[str, str]) -> None:
    """A table of 300 columns is shown whole, can be searched, sorted and folded; more are counted."""
    page = Page(audits["wide"])
    table = next(attributes for tag, attributes in page.elements if tag == "table")
    assert "data-search" in table
    assert any(tag == "details" and "open" in attributes for tag, attributes in page.elements)
    assert [text for _, text in page.texts].count("Found") == 1
    many = render_audit(contents_made.wide(16_000))
    assert len(many.encode()) < 1_000_000
    assert "The first 300 of 16,000 columns" in many


def test_findings_have_their_number_and_query(made: dict[str, Contents]) -> None:
    """Each finding stands with the number that --rows takes, and with the query of its rows where it has some."""
    contents = made["shop"]
    name = contents.audit.columns[0].column.name
    first = Finding("missing", Severity.WARNING, (name,), "Much is missing.", {"rows": {name: 3}}, "Ask.")
    audit = replace(contents.audit, findings=(first, *contents.audit.findings))
    page = Page(render_audit(replace(contents, audit=audit)))
    assert f'SELECT * FROM "{contents.reading.sheet}" WHERE "{name}" IS NULL' in page.text()
    places = [text for path, text in page.texts if path[-2:] == ("p", "span") and text.isdecimal()]
    assert places == [str(place) for place in range(1, len(audit.findings) + 1)]


def test_evidence_is_told_in_words(made: dict[str, Contents]) -> None:
    """Lists and tables of the evidence are no code: names and numbers as people read them."""
    evidence: dict[str, Any] = {
        "rows_of_it": {"a": {"n": 1234, "share": 0.25}, "b": {"n": 5, "share": 0.5}},
        "list": [True, None, 2],
        "nothing": [],
        "a_b": 0.1,
    }
    finding = Finding("grain", Severity.INFO, ("a_b",), "One row is a row.", evidence, "Ask.")
    contents = made["minimal"]
    page = Page(render_audit(replace(contents, audit=replace(contents.audit, findings=(finding,)))))
    pairs = [text for path, text in page.texts if path[-1] in ("dt", "dd")]
    told = ["rows of it", "a: n: 1,234, share: 0.25; b: n: 5, share: 0.5", "list", "true, none, 2", "nothing", "none"]
    start = pairs.index("rows of it")
    assert pairs[start:] == [*told, "a_b", "0.1", "Code"]


def test_hostile_data_are_shown_as_text(audits: dict[str, str]) -> None:
    """Names and cells that look like markup make no element, and nothing unseen stays."""
    bad, good = Page(audits["hostile"]), Page(render_audit(contents_made.hostile(contents_made.HARMLESS)))
    drawn = {"g", "path", "text", "line", "tspan"}
    assert [e for e in bad.shape() if e[0] not in drawn] == [e for e in good.shape() if e[0] not in drawn]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", audits["hostile"])


@pytest.mark.parametrize("name", ["shop", "wide"])
def test_page_is_inert_and_readable_in_a_browser(
    audits: dict[str, str], name: str, dom: Callable[[Any], str], tmp_path: Any
) -> None:
    """The script runs under the page's own policy: a long table gets its search field and its sorting."""
    file = tmp_path / "audit.html"
    file.write_text(audits[name], encoding="utf-8")
    shown = dom(file)
    assert '<input type="search"' in shown
    assert shown.count("<script") == 1
