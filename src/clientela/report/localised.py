"""The results that a report is made of, with what earlier stages said in English said in the language of the report."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Concatenate, ParamSpec, TypeVar

from clientela.domain.finding import Finding
from clientela.language import catalogue, fill, is_foreign, language, numerals, retold, say, speaking
from clientela.report.contents import Contents
from clientela.report.page import ORIGINAL
from clientela.report.text import MOST_NAME, clean, named, names
from clientela.segments.retelling import retold_segments

_MORE = re.compile(r" and (\d+) more$")

P = ParamSpec("P")
R = TypeVar("R")


def spoken(render: Callable[Concatenate[Contents, P], R]) -> Callable[Concatenate[Contents, P], R]:
    """Return a function of `Contents` that speaks their language while it writes."""

    @functools.wraps(render)
    def inside(contents: Contents, /, *args: P.args, **kwargs: P.kwargs) -> R:
        # what is spoken already was localised there
        if language() is contents.language:
            return render(contents, *args, **kwargs)
        with speaking(contents.language):
            return render(localised(contents), *args, **kwargs)

    return inside


def localised(contents: Contents) -> Contents:
    """Return contents whose findings and segments speak the language that is spoken."""
    audit, segments = contents.audit, contents.segments
    findings = tuple(_finding(finding) for finding in audit.findings)
    return replace(
        contents,
        audit=replace(audit, findings=findings),
        segments=retold_segments(segments) if segments is not None else None,
    )


def code_name(code: str) -> str:
    """Return the code of a finding as words.

    >>> code_name("zero_inflated")
    'zero inflated'
    """
    said = catalogue(language()).findings.get(code)
    return said.name if said else code.replace("_", " ")


def _finding(finding: Finding) -> Finding:
    """Return a finding in the language: its title as far as it is known, else in the words of its code.

    What it says in English stays in the evidence, with all its numbers.
    """
    said = catalogue(language()).findings.get(finding.code)
    if said is None:
        return finding
    plain = f"{said.title}: {names(finding.columns)}." if finding.columns else f"{said.title}."
    title = next(filter(None, (_retold(finding, *pattern) for pattern in said.titles)), plain)
    advice = retold(finding.advice)
    evidence = {ORIGINAL: f"{finding.title} {finding.advice}", **finding.evidence}
    return replace(finding, title=title, advice=said.advice if is_foreign(advice) else advice, evidence=evidence)


def _retold(finding: Finding, pattern: re.Pattern[str], template: str) -> str:
    """Return a title said in the language; "" where it is another title, or what stands in it is not sure."""
    found = pattern.fullmatch(finding.title)
    values = {key: _value(finding, key, value) for key, value in found.groupdict().items()} if found else {}
    return fill(template, values) if values and None not in values.values() else ""


def _value(finding: Finding, key: str, value: str) -> str | None:
    kind = key.partition("_")[0]
    if kind == "columns":
        return _columns(finding, value)
    if kind == "grain":
        return say(value)
    if kind == "name":
        # a list of names, which is no name
        return None if re.search(" and | or |, ", value) else clean(value, MOST_NAME)
    return numerals(value)


def _columns(finding: Finding, value: str) -> str | None:
    """Return names of columns as a list in the language; None where they are not those of the finding."""
    if value in finding.columns:
        return named(value)
    listed = _MORE.sub("", value)
    shown = re.split(", | and ", listed)
    if set(shown) - set(finding.columns):
        return None
    rest = _MORE.search(value)
    return names([*shown, *[""] * int(rest[1])] if rest else shown, len(shown))
