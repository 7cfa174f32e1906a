"""What the pages share: one template environment, one style, one policy; nothing is loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from clientela.domain.finding import Finding
from clientela.language import Language, bare, foreign, is_foreign, language, parts, retold, say, speaking
from clientela.report.blocks import Chart, TableBlock
from clientela.report.brand import USUAL, Brand
from clientela.report.drawing import svg
from clientela.report.numbers import NONE, count, number
from clientela.report.sparks import spark
from clientela.report.strips import strip
from clientela.report.text import clean, unbroken, visible

MOST_EVIDENCE = 8
MOST_COLUMNS_NAMED = 6
MOST_PARTS = 20
MOST_TOLD = 240
MOST_TITLE = 140
ORIGINAL = "in English, with its numbers"
"""Name of the evidence that holds what a finding says in English, where the page is in another language."""


@dataclass(frozen=True)
class Frame:
    """What stands around every page.

    Attributes:
        title: Its title.
        meta: One line below the title.
        made: How it was made, for the foot; text between backticks is shown as code.
        version: Version of clientela.
        brand: Colours and logo of the house.
    """

    title: str
    meta: str
    made: str
    version: str
    brand: Brand = USUAL


def render(template: str, frame: Frame, **parts: object) -> str:
    """Return one self-contained page.

    Args:
        template: Name of the template, which extends `page.html.j2`.
        frame: What stands around it.
        parts: What else the template shows.

    Returns:
        HTML text; the same parts give the same text.
    """
    environment = _environment()
    style = _source(environment, "style.css") + frame.brand.colors.style
    script = _source(environment, "script.js")
    return environment.get_template(template).render(
        title=clean(frame.title, MOST_TITLE),
        frame=frame,
        style=style,
        script=script,
        policy=_policy(style, script),
        language=language().value,
        **parts,
    )


@lru_cache(maxsize=1)
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
        strip=strip,
        prose=_prose,
        bare=bare,
        say=say_in_template,
        evidence=_evidence,
        columns=_columns,
        filled=_filled,
        clean=clean,
        count=count,
    )
    return environment


@pass_context
def say_in_template(_: Context, template: str, /, **values: object) -> str:
    """Say a sentence of a template; without its context it would be said once, when the template is compiled."""
    return say(template, **values)


def _shown(value: object) -> object:
    if isinstance(value, Markup):
        return value
    text = str(value)
    if is_foreign(text):
        # without quotes, so that in the value of an attribute it could not end it
        marked = Markup("<span lang=en>{}</span>")
        shown = [(english, _told_plainly(part)) for english, part in parts(text)]
        return Markup("").join(marked.format(part) if english else part for english, part in shown)
    return _told_plainly(text)


def _told_plainly(text: str) -> str:
    shown = visible(text)
    # A part of a sentence keeps the blank that parts it from its neighbour.
    before, after = (" " if shown and end.isspace() else "" for end in (text[:1], text[-1:]))
    return unbroken(f"{before}{shown}{after}")


def _source(environment: Environment, name: str) -> str:
    return environment.get_template(name).render()


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _filled(table: TableBlock) -> TableBlock:
    """Return a table without the columns that have a dash in every row."""
    told = [x for x in range(len(table.heads)) if any(row[x].text != NONE or row[x].bars for row in table.rows)]
    if len(told) == len(table.heads) or not table.rows:
        return table
    rows = tuple(tuple(row[x] for x in told) for row in table.rows)
    return replace(table, heads=tuple(table.heads[x] for x in told), rows=rows)


def _drawing(chart: Chart) -> str:
    return svg(chart.spec, escape(visible(bare(chart.alt))))


def _prose(text: str) -> list[tuple[bool, str]]:
    """Return the parts of a text, each with whether it is a command (between backticks)."""
    return [
        (bool(position % 2), foreign(part) if english else part)
        for english, piece in parts(text)
        for position, part in enumerate(piece.split("`"))
    ]


def _evidence(finding: Finding) -> list[tuple[str, str]]:
    # A list of the same columns stands above it.
    repeated = {key for key, value in finding.evidence.items() if key == "columns" and value == list(finding.columns)}
    kept = {key: value for key, value in finding.evidence.items() if key not in repeated and value != finding.columns}
    return evidence_pairs(kept, finding.columns)


def evidence_pairs(evidence: Mapping[str, Any], columns: Sequence[str]) -> list[tuple[str, str]]:
    """Return evidence in words, what it says in English first and marked as such."""
    kept = dict(evidence)
    original = [(say(ORIGINAL), foreign(clean(kept.pop(ORIGINAL))))] if ORIGINAL in kept else []
    return [*original, *told_pairs(kept, columns)]


def told_pairs(evidence: Mapping[str, Any], columns: Sequence[str]) -> list[tuple[str, str]]:
    """Return evidence in words; a key is a column's name or one of our own."""
    items = list(evidence.items())[:MOST_EVIDENCE]
    return [(_key(key, columns, own=True), _words(value, columns, key in columns)) for key, value in items]


def _words(value: Any, columns: Sequence[str], own: bool) -> str:
    """Return a value in words; where one of them is known in English only, all are said in English."""
    if not _wordy(value, columns, own):
        return clean(_told(value, columns, own), MOST_TOLD) or say("none")
    with speaking(Language.ENGLISH):
        text = clean(_told(value, columns, own), MOST_TOLD)
    return foreign(text)


def _wordy(value: Any, columns: Sequence[str], own: bool) -> bool:
    """Tell whether a value holds a sentence of ours, or a key of ours without a translation."""
    if isinstance(value, Mapping):
        strange = any(is_foreign(_key(key, columns, own)) for key in value)
        return strange or any(_wordy(part, columns, own=False) for part in value.values())
    if isinstance(value, list | tuple):
        return any(_wordy(part, columns, own=False) for part in value)
    return isinstance(value, str) and value not in columns and len(value.split()) > 2


def _key(key: object, columns: Sequence[str], own: bool) -> str:
    """Return a key as text; only below a finding or one of its columns it is a word of ours."""
    text = str(key)
    if text in columns:
        return clean(text, 40)
    words = clean(text.replace("_", " "), 40)
    return retold(words) if own else words


def _told(value: Any, columns: Sequence[str], own: bool) -> str:
    if isinstance(value, Mapping):
        items = list(value.items())[:MOST_PARTS]
        parts = [f"{bare(_key(key, columns, own))}: {_told(part, columns, own=False)}" for key, part in items]
        return "; ".join(parts) if any(isinstance(part, Mapping) for part in value.values()) else ", ".join(parts)
    if isinstance(value, list | tuple):
        return ", ".join(_told(part, columns, own=False) for part in value[:MOST_PARTS])
    if isinstance(value, bool) or value is None:
        return say("none") if value is None else say(str(value).lower())
    if isinstance(value, float):
        return number(value)
    return count(value) if isinstance(value, int) else str(value)


def _columns(names: tuple[str, ...]) -> list[str]:
    shown = [clean(name, 40) or say("(blank)") for name in names[:MOST_COLUMNS_NAMED]]
    return shown + ([say("{rest} more", rest=count(len(names) - len(shown)))] if len(names) > len(shown) else [])
