"""Made-up contents and their rendered pages, made once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clientela.report.contents import Contents
from clientela.report.html import render_html

from . import contents_made
from .pages import Page

MAKERS: dict[str, Callable[[], Contents]] = {
    "shop": contents_made.shop,
    "binary": contents_made.binary,
    "minimal": contents_made.minimal,
    "hostile": contents_made.hostile,
    "wide": contents_made.wide,
}


@pytest.fixture(scope="session")
def made() -> dict[str, Contents]:
    """All made-up contents by name."""
    return {name: make() for name, make in MAKERS.items()}


@pytest.fixture(scope="session")
def pages(made: dict[str, Contents]) -> dict[str, str]:
    """The page of each."""
    return {name: render_html(contents) for name, contents in made.items()}


@pytest.fixture(scope="session")
def parsed(pages: dict[str, str]) -> dict[str, Page]:
    """The parsed page of each."""
    return {name: Page(html) for name, html in pages.items()}
