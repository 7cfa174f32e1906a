"""What the page's own script does in a browser: search, sort, fold; and that nothing is asked of a network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clientela.report.audit_page import render_audit
from clientela.report.contents import Contents
from clientela.report.html import render_html

from .pages import Page

Acting = Callable[[str, str], Any]

BEGIN = """
const table = document.querySelector('table[data-search]');
const input = table.closest('.table').querySelector('input');
const button = table.tHead.querySelector('button');
const rows = () => [...table.tBodies[0].rows].filter(row => !row.hidden);
const shown = () => rows().map(row => row.cells[0].firstChild.textContent.trim());
const type = text => { input.value = text; input.dispatchEvent(new Event('input')); };
"""


@pytest.fixture(scope="module")
def wide(made: dict[str, Contents]) -> str:
    """The page of a table of 300 columns."""
    return render_audit(made["wide"])


@pytest.fixture
def acting(dom: Callable[[Path], str], tmp_path: Path) -> Acting:
    """Return a function that does something on a page, under its own policy, and gives what came of it."""

    def act(html: str, script: str) -> Any:
        code = f"document.body.dataset.told = JSON.stringify((() => {{ {script} }})());"
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        html = html.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
        file = tmp_path / "page.html"
        file.write_text(html.replace("</body>", f"<script>{code}</script></body>"), encoding="utf-8")
        body = next(attributes for tag, attributes in Page(dom(file)).elements if tag == "body")
        return json.loads(body["data-told"] or "")

    return act


def test_search_leaves_the_rows_that_hold_every_word(wide: str, acting: Acting, made: dict[str, Contents]) -> None:
    """Words in any order narrow the columns, what is left is counted, and an empty field shows all again."""
    columns = [profile.column.name for profile in made["wide"].audit.columns]
    wanted = columns[17]
    found = acting(
        wide,
        f"{BEGIN} const counted = table.closest('.table').querySelector('output');"
        f"return [{json.dumps(wanted.upper())}, 'no such column', ''].map(text => "
        "{ type(text); return [shown(), counted.textContent]; });",
    )
    assert found[0] == [[name for name in columns if wanted in name], f"{len(found[0][0])} of 300"]
    assert found[1] == [[], "0 of 300"]
    assert found[2] == [columns, ""]


def test_a_head_sorts_up_then_down_then_as_given(wide: str, acting: Acting, made: dict[str, Contents]) -> None:
    """A click on a head sorts, a second one turns it round, a third one gives the order of the table back."""
    columns = [profile.column.name for profile in made["wide"].audit.columns]
    found = acting(
        wide,
        f"{BEGIN} return [1, 2, 3].map(() => "
        "{ button.click(); return [button.parentNode.getAttribute('aria-sort'), shown()]; });",
    )
    assert [turn for turn, _ in found] == ["ascending", "descending", None]
    assert found[0][1] == found[1][1][::-1]
    assert sorted(found[0][1]) == sorted(columns)
    assert found[2][1] == columns


def test_numbers_sort_as_numbers(wide: str, acting: Acting) -> None:
    """The share of missing cells is sorted by its size, not by its letters."""
    found = acting(
        wide,
        f"{BEGIN} const heads = [...table.tHead.rows[0].cells]; "
        "const place = heads.findIndex(head => head.textContent === 'Missing'); heads[place].firstChild.click(); "
        "return [...table.tBodies[0].rows].map(row => Number(row.cells[place].dataset.order));",
    )
    assert found == sorted(found)
    assert len(found) == 300


def test_a_link_to_a_folded_finding_opens_it(made: dict[str, Contents], acting: Acting) -> None:
    """From a column to what was found about it: the link leads to the finding, and what folds it away opens."""
    found = acting(
        render_audit(made["shop"]),
        "const links = [...document.querySelectorAll('td a')];"
        "const link = links.find(a => document.querySelector(a.hash).closest('details'));"
        "const folded = document.querySelector(link.hash).closest('details'); const before = folded.open;"
        "location.hash = link.hash; dispatchEvent(new HashChangeEvent('hashchange'));"
        "return [before, folded.open, document.querySelector(link.hash + ' details')?.open ?? true];",
    )
    assert found == [False, True, True]


@pytest.mark.parametrize("render", [render_audit, render_html], ids=["audit", "report"])
def test_nothing_is_requested(render: Callable[[Contents], str], made: dict[str, Contents], acting: Acting) -> None:
    """The browser loads nothing beside the page itself, hostile data or not."""
    script = "return performance.getEntriesByType('resource').map(entry => entry.name);"
    assert acting(render(made["hostile"]), script) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out(wide: str, acting: Acting, width: int) -> None:
    """At the width of a desk and of a telephone, only the inside of scrolling tables is wider than the page."""
    script = (
        f"document.documentElement.style.width = '{width}px'; document.body.style.width = '{width}px';"
        "return [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') && !e.closest('svg')"
        f" && e.getBoundingClientRect().right > {width} + 1).map(e => e.tagName + ' ' + e.className);"
    )
    assert acting(wide, script) == []


def test_tables_are_whole_without_the_script(wide: str) -> None:
    """Without JavaScript every row is there, under a title, and nothing waits for a click."""
    page = Page(wide)
    assert sum(attributes.get("scope") == "row" for _, attributes in page.elements) >= 300
    assert not any("hidden" in attributes for _, attributes in page.elements)
    assert [attributes for tag, attributes in page.elements if tag in ("button", "input")] == []
