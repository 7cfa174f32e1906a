"""The page: what is on it, what it asks for, and that nothing from the data acts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from clientela.report.contents import Contents
from clientela.report.html import render_html
from clientela.report.options import ReportOptions
from clientela.report.questions import chapters

from . import contents_made
from .pages import Page

NAMES = ("shop", "binary", "minimal", "hostile", "wide")
HEADINGS = {"h1": 1, "h2": 2, "h3": 3}


@pytest.mark.parametrize("name", NAMES)
def test_page_is_small(pages: dict[str, str], name: str) -> None:
    """Every page stays under 1 MB: with 300 columns, with cells of 1 MB."""
    assert len(pages[name].encode()) < 1_000_000


def test_sixteen_thousand_columns_are_folded() -> None:
    """A table of 16,000 columns makes a page under 1 MB that says how many it shows."""
    html = render_html(contents_made.wide(16_000))
    assert len(html.encode()) < 1_000_000
    assert "The first 300 of 16,000 columns" in html


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_loaded(parsed: dict[str, Page], name: str) -> None:
    """No element names a resource; links lead to places on the page that exist."""
    page = parsed[name]
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "image", "use"}
        assert not {"src", "srcset", "action", "background", "xlink:href", "style"} & set(attributes)
        if "href" in attributes:
            assert tag == "a"
            assert (attributes["href"] or "")[1:] in ids


def test_no_address_stands_in_the_page(pages: dict[str, str]) -> None:
    """Without data that holds one, the page names no address at all."""
    # digests of the page's own style and script may hold any letters
    page = re.sub(r"sha256-[\w+/=]*", "", pages["shop"])
    assert not re.search(r"(https?:)?//\w", page)


@pytest.mark.parametrize("name", NAMES)
def test_policy_forbids_everything_else(parsed: dict[str, Page], name: str) -> None:
    """The content security policy allows the page's own style and script by their digests, nothing more."""
    policies = [a["content"] for _, a in parsed[name].elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert (policies[0] or "").startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in (policies[0] or "")
    assert [tag for tag, _ in parsed[name].elements].count("script") == 1


@pytest.mark.parametrize("name", NAMES)
def test_page_is_well_formed(parsed: dict[str, Page], name: str) -> None:
    """Every element is closed in order, and every id stands once."""
    assert parsed[name].unclosed == []
    ids = [attributes["id"] for _, attributes in parsed[name].elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_hostile_data_make_the_same_page() -> None:
    """Hostile names and cells make the very elements and attributes that harmless ones make."""
    bad = Page(render_html(contents_made.hostile()))
    good = Page(render_html(contents_made.hostile(contents_made.HARMLESS)))
    outside = [(tag, names) for tag, names in bad.shape() if tag not in {"g", "path", "text", "line", "tspan"}]
    assert outside == [(tag, names) for tag, names in good.shape() if tag not in {"g", "path", "text", "line", "tspan"}]
    assert {tag for tag, _ in bad.shape()} == {tag for tag, _ in good.shape()}
    assert not [name for _, names in bad.shape() for name in names if name.startswith("on")]


def test_hostile_data_are_shown_as_text(parsed: dict[str, Page], pages: dict[str, str]) -> None:
    """Hostile texts can be read on the page as they are; unseen characters are gone."""
    assert "<script>document.title='owned'</script>" in parsed["hostile"].text()
    assert "{{ 7*7 }}" in parsed["hostile"].text()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", pages["hostile"])


@pytest.mark.parametrize("name", NAMES)
def test_headings_step_down_by_one(parsed: dict[str, Page], name: str) -> None:
    """There is one first heading, and no level is skipped."""
    levels = [HEADINGS[tag] for tag, _ in parsed[name].elements if tag in HEADINGS]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


@pytest.mark.parametrize("name", NAMES)
def test_parts_are_named_for_those_who_cannot_see(parsed: dict[str, Page], name: str) -> None:
    """Tables have captions, drawings a title or are hidden, scrolling parts a name and a tab stop."""
    tags = [tag for tag, _ in parsed[name].elements]
    assert tags.count("table") == tags.count("caption")
    for tag, attributes in parsed[name].elements:
        if tag == "svg":
            assert attributes.get("role") == "img" or attributes.get("aria-hidden") == "true"
        if attributes.get("role") == "region":
            assert attributes["aria-label"]
            assert attributes["tabindex"] == "0"
    titles = [text for path, text in parsed[name].texts if path[-2:] == ("svg", "title")]
    assert len(titles) == sum(1 for _, attributes in parsed[name].elements if attributes.get("role") == "img")


@pytest.mark.parametrize("name", NAMES)
def test_answers_stand_in_order(parsed: dict[str, Page], made: dict[str, Contents], name: str) -> None:
    """The page leads with the five things, then findings, then the eleven questions in their order."""
    ids = [attributes["id"] for tag, attributes in parsed[name].elements if tag == "section"]
    assert ids == ["verdict", "findings", *(chapter.slug for chapter in chapters(made[name]))]


def test_first_screen(parsed: dict[str, Page], snapshot: SnapshotAssertion) -> None:
    """What a reader sees first: title, source, the five things, the key numbers."""
    text = parsed["shop"].text()
    assert text[text.index("Skip to") : text.index("Findings, most important first")] == snapshot


def test_blanks_around_a_command_stay(pages: dict[str, str]) -> None:
    """A command inside a sentence is parted from the words around it."""
    assert "Then <code>clientela score</code> scores it." in pages["shop"]


def test_all_answers(made: dict[str, Contents], snapshot: SnapshotAssertion) -> None:
    """The eleven answers for a shop, and for a table of which nothing is known."""
    assert {name: [c.answer for c in chapters(made[name])] for name in ("shop", "binary", "minimal")} == snapshot


def test_title_can_be_given(made: dict[str, Contents]) -> None:
    """A title given in the options wins over that of the contents."""
    assert "<title>Our shop</title>" in render_html(made["minimal"], ReportOptions(title="Our shop"))


def test_what_the_run_took_upon_itself_is_said_first(made: dict[str, Contents]) -> None:
    """Notes of the run stand with the five things, before the findings."""
    html = render_html(replace(made["minimal"], notes=("The label was proposed, not given",)))
    assert html.index("The label was proposed, not given") < html.index("Findings, most important first")


def test_same_contents_give_the_same_page(pages: dict[str, str]) -> None:
    """The page is the same to the byte in another process with another seed of hashes."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import contents_made; "
        "from clientela.report.html import render_html; sys.stdout.write(render_html(contents_made.shop()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.decode() == pages["shop"]


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrast(pages: dict[str, str], theme: int) -> None:
    """Text reaches the contrast of WCAG AA (4.5 to 1) on every ground, in light and dark."""
    root = re.findall(r":root \{(.*?)\}", pages["minimal"], re.DOTALL)[theme]
    colors = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", root))
    for ground in ("paper", "card", "soft"):
        for text in ("ink", "muted", "accent", "contrast", "blocker", "warning", "notice", "info"):
            light, dark = sorted((_luminance(colors[text]), _luminance(colors[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


@pytest.mark.parametrize("guarded", [True, False], ids=["with policy", "without policy"])
def test_planted_script_does_not_run(
    pages: dict[str, str], tmp_path: Path, guarded: bool, dom: Callable[[Path], str]
) -> None:
    """In a browser, with and without the policy, scripts in the data do nothing while the page's own runs."""
    html = pages["hostile"]
    if not guarded:
        html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    page = Page(dom(path))
    titles = [text for path, text in page.texts if path == ("html", "head", "title")]
    assert titles == ["<script>document.title='owned'</script>\"><img src=x onerror=alert(1)>"]
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert "img" not in {tag for tag, _ in page.elements}
    assert any(tag == "input" and attributes.get("type") == "search" for tag, attributes in page.elements)
