"""The results that a report is made of, with what earlier stages said in English said in the language of the report."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Concatenate, ParamSpec, TypeVar

from clientela.domain.finding import Finding
from clientela.language import catalogue, language, speaking
from clientela.report.contents import Contents
from clientela.report.page import ORIGINAL
from clientela.report.text import names
from clientela.segments.retelling import retold_segments

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
    return said["name"] if said else code.replace("_", " ")


def _finding(finding: Finding) -> Finding:
    """Return a finding in the words that its code has in the language; its numbers stand in the evidence."""
    said = catalogue(language()).findings.get(finding.code)
    if said is None:
        return finding
    title = f"{said['title']}: {names(finding.columns)}." if finding.columns else f"{said['title']}."
    evidence = {ORIGINAL: f"{finding.title} {finding.advice}", **finding.evidence}
    return replace(finding, title=title, advice=said["advice"], evidence=evidence)
