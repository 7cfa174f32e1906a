"""The report as one page of HTML that needs nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from clientela.report import facts
from clientela.report.blocks import Chart, Figure
from clientela.report.contents import Contents
from clientela.report.drawing import svg
from clientela.report.headlines import five
from clientela.report.measures import label
from clientela.report.numbers import count, number, score, span
from clientela.report.options import ReportOptions
from clientela.report.questions import chapters
from clientela.report.sparks import spark
from clientela.report.text import cell, clean, plural, unbroken, visible

FIRST_FINDINGS = 8
MOST_FINDINGS = 80
MOST_EVIDENCE = 8
MOST_COLUMNS_NAMED = 6
DEFAULTS = ReportOptions()


def render_html(contents: Contents, options: ReportOptions = DEFAULTS) -> str:
    """Return the report as one self-contained page.

    The page asks nothing of a network (a strict content security policy says so), works
    without scripts, follows the reader's light or dark theme, and prints.

    Args:
        contents: The results; stages that were not reached are said to be missing.
        options: Title.

    Returns:
        HTML text; the same contents give the same text.
    """
    environment = _environment()
    style = _source(environment, "style.css")
    script = _source(environment, "script.js")
    findings = contents.audit.findings
    title = clean(options.title or contents.title or facts.source_phrase(contents), 140)
    return environment.get_template("report.html.j2").render(
        title=title,
        contents=contents,
        source=facts.source_phrase(contents),
        style=style,
        script=script,
        policy=_policy(style, script),
        five=five(contents),
        figures=_figures(contents),
        notes=[clean(note, 300) for note in contents.notes[:MOST_EVIDENCE]],
        first=findings[:FIRST_FINDINGS],
        rest=findings[FIRST_FINDINGS:MOST_FINDINGS],
        unlisted=max(0, len(findings) - MOST_FINDINGS),
        chapters=chapters(contents),
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


def _evidence(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(clean(key, 40).replace("_", " "), _plain(value)) for key, value in list(evidence.items())[:MOST_EVIDENCE]]


def _plain(value: Any) -> str:
    if isinstance(value, float) and not isinstance(value, bool):
        return number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return count(value)
    return cell(value)


def _columns(names: tuple[str, ...]) -> list[str]:
    shown = [clean(name, 40) or "(blank)" for name in names[:MOST_COLUMNS_NAMED]]
    return shown + ([f"{count(len(names) - len(shown))} more"] if len(names) > len(shown) else [])


def _figures(contents: Contents) -> tuple[Figure, ...]:
    table, findings = contents.audit.table, contents.audit.findings
    items = [Figure(plural(table.rows, facts.row_noun(contents)).split(" ", 1)[1], count(table.rows))]
    items.append(Figure("columns", count(table.columns)))
    items.append(Figure("findings", count(len(findings)), f"{count(len(facts.serious(contents)))} serious"))
    if contents.model is not None:
        metric = facts.telling(contents.model)
        items.append(Figure(label(metric.name), score(metric.estimate.value), span(metric.estimate, score)))
    if contents.segments is not None:
        items.append(Figure("segments", count(len(contents.segments.segments))))
    return tuple(items)
