"""Accessibility: axe-core finds no violation on any page that is written, in light and in dark."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from tests.monitoring.made import result

from clientela.language import Language
from clientela.report.audit_page import render_audit
from clientela.report.contents import Contents
from clientela.report.experiment_page import Shown, render_experiment
from clientela.report.html import render_html
from clientela.report.monitor_pages import render_check, render_overview

from .pages import Page
from .test_card import card
from .test_experiment_page import made as analysed
from .test_monitor_pages import BROKEN, GRAVE, watched

Checking = Callable[[str], list[list[str]]]

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
DARK = "(prefers-color-scheme: dark)"
WAIT = "--virtual-time-budget=60000"
CHECK = """
(async () => {
  document.querySelectorAll('details').forEach(one => { one.open = true; });
  document.querySelectorAll('tbody, ul, dl').forEach(one => [...one.children].slice(3).forEach(more => more.remove()));
  // axe looks at what a drawing is called, not into it
  document.querySelectorAll('svg > :not(title)').forEach(one => one.remove());
  const rules = [...document.styleSheets[0].cssRules];
  // shades at the edges of what scrolls: with them axe cannot tell what text stands on
  rules.filter(one => one.selectorText === '.scroll').forEach(one => { one.style.background = 'none'; });
  const found = [await axe.run()];
  rules.filter(one => one.media?.mediaText.includes('dark')).forEach(one => { one.media.mediaText = 'screen'; });
  found.push(await axe.run({runOnly: ['color-contrast']}));
  const undecided = found[0].incomplete.filter(one => one.id !== 'color-contrast');
  const wrong = [...found[0].violations, ...undecided, ...found[1].violations];
  return wrong.flatMap(one => one.nodes.map(node => [one.id, node.html]));
})().then(found => { document.body.dataset.told = JSON.stringify(found); });
"""


@pytest.fixture
def checking(dom: Callable[..., str], tmp_path: Path) -> Checking:
    """Return a function that gives rules and elements of what axe finds wrong with a page, long tables cut short."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

    def check(html: str) -> list[list[str]]:
        file = tmp_path / "page.html"
        # the page's own policy would let no other script run
        scripts = f"<script>{axe}</script><script>{CHECK}</script></body>"
        file.write_text(POLICY.sub("", html).replace("</body>", scripts), encoding="utf-8")
        body = next(attributes for tag, attributes in Page(dom(file, WAIT)).elements if tag == "body")
        found: list[list[str]] = json.loads(body["data-told"] or "")
        return found

    return check


def of_table(made: dict[str, Contents], name: str) -> str:
    """Return a page about the made-up shop."""
    pages = {"report": render_html, "audit": render_audit, "card": lambda contents: card(contents)[0]}
    return pages[name](made["shop"])


def of_watching(name: str) -> str:
    """Return a page of monitoring, or that of an experiment."""
    if name == "experiment":
        return render_experiment(analysed(), Shown("trial.csv", "2024-02-01", "0.0"))
    seen = watched(*[result(number, BROKEN, GRAVE) for number in (1, 2, 3)])
    return render_overview(seen) if name == "overview" else render_check(seen, seen.history.checks[-1])


@pytest.mark.parametrize("name", ["report", "audit", "card"])
def test_pages_about_a_table(name: str, made: dict[str, Contents], checking: Checking) -> None:
    """The report with its segments, the audit page and the model card break no rule of axe."""
    assert checking(of_table(made, name)) == []


def test_a_german_page(made: dict[str, Contents], checking: Checking) -> None:
    """A page in German with parts in English breaks no rule of axe: it says which language is which."""
    small, findings = made["minimal"], made["shop"].audit.findings[:2]
    html = render_html(replace(small, audit=replace(small.audit, findings=findings), language=Language.GERMAN))
    assert '<html lang="de">' in html
    assert "<span lang=en>" in html
    assert checking(html) == []


@pytest.mark.parametrize("name", ["overview", "check", "experiment"])
def test_pages_of_watching(name: str, checking: Checking) -> None:
    """The overview of monitoring, the page of a check and that of an experiment break no rule of axe."""
    assert checking(of_watching(name)) == []


def test_what_is_wrong_is_found(checking: Checking) -> None:
    """A picture without a text, and letters that can be read by daylight only, do not pass."""
    style = f"p {{color: #000; background: #fff}} @media screen and {DARK} {{p {{color: #eee}}}}"
    head = f'<!doctype html><html lang="en"><head><title>t</title><style>{style}</style></head>'
    page = f'{head}<body><main><h1>t</h1><p>text</p><img src="data:,"></main></body></html>'
    assert {rule for rule, _ in checking(page)} == {"image-alt", "color-contrast"}
