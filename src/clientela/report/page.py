"""What the pages share: one template environment, one style, one policy; nothing is loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from clientela.domain.finding import Finding
from clientela.report import facts
from clientela.report.blocks import Chart
from clientela.report.contents import Contents
from clientela.report.drawing import svg
from clientela.report.numbers import count, number
from clientela.report.sparks import spark
from clientela.report.text import clean, unbroken, visible

MOST_EVIDENCE = 8
MOST_COLUMNS_NAMED = 6
MOST_PARTS = 20
MOST_TOLD = 240
MOST_TITLE = 140


def render(template: str, title: str, contents: Contents, **parts: object) -> str:
    """Return one self-contained page.

    Args:
        template: Name of the template, which extends `page.html.j2`.
        title: Title of the page.
        contents: The results.
        parts: What else the template shows.

    Returns:
        HTML text; the same contents give the same text.
    """
    return render_parts(
        template,
        title,
        (contents.created, contents.version),
        contents=contents,
        source=facts.source_phrase(contents),
        **parts,
    )


def render_parts(template: str, title: str, made: tuple[str, str], **parts: object) -> str:
    """Return one self-contained page that is not about the contents of a run.

    Args:
        template: Name of the template, which extends `page.html.j2`.
        title: Title of the page.
        made: Date as text, and version of clientela.
        parts: What the template shows.

    Returns:
        HTML text; the same parts give the same text.
    """
    environment = _environment()
    style = _source(environment, "style.css")
    script = _source(environment, "script.js")
    created, version = made
    return environment.get_template(template).render(
        title=clean(title, MOST_TITLE),
        created=created,
        version=version,
        style=style,
        script=script,
        policy=_policy(style, script),
        **parts,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("clientela.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(
        kind=lambda block: type(block).__name__,
        drawing=_drawing,
        spark=spark,
        prose=_prose,
        evidence=_evidence,
        columns=_columns,
        clean=clean,
        count=count,
    )
    return environment


def _shown(value: object) -> object:
    if isinstance(value, Markup):
        return value
    return unbroken(visible(str(value)))


def _source(environment: Environment, name: str) -> str:
    return environment.get_template(name).render()


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _drawing(chart: Chart) -> str:
    return svg(chart.spec, escape(visible(chart.alt)))


def _prose(text: str) -> list[tuple[bool, str]]:
    """Return the parts of a text, each with whether it is a command (between backticks)."""
    return [(bool(position % 2), part) for position, part in enumerate(text.split("`"))]


def _evidence(finding: Finding) -> list[tuple[str, str]]:
    """Return the evidence in words; a key is a column's name or one of our own."""
    columns = finding.columns
    # A list of the same columns stands above it.
    items = [item for item in finding.evidence.items() if item != ("columns", list(columns)) and item[1] != columns]
    return [
        (_key(key, columns), clean(_told(value, columns), MOST_TOLD) or "none") for key, value in items[:MOST_EVIDENCE]
    ]


def _key(key: object, columns: Sequence[str]) -> str:
    text = str(key)
    return clean(text if text in columns else text.replace("_", " "), 40)


def _told(value: Any, columns: Sequence[str]) -> str:
    if isinstance(value, Mapping):
        parts = [f"{_key(key, columns)}: {_told(part, columns)}" for key, part in list(value.items())[:MOST_PARTS]]
        return "; ".join(parts) if any(isinstance(part, Mapping) for part in value.values()) else ", ".join(parts)
    if isinstance(value, list | tuple):
        return ", ".join(_told(part, columns) for part in value[:MOST_PARTS])
    if isinstance(value, bool) or value is None:
        return "none" if value is None else str(value).lower()
    if isinstance(value, float):
        return number(value)
    return count(value) if isinstance(value, int) else str(value)


def _columns(names: tuple[str, ...]) -> list[str]:
    shown = [clean(name, 40) or "(blank)" for name in names[:MOST_COLUMNS_NAMED]]
    return shown + ([f"{count(len(names) - len(shown))} more"] if len(names) > len(shown) else [])
