"""Keep the cells of personal columns out of what the findings say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from clientela.audit.facts import Facts
from clientela.audit.profiles import mask
from clientela.domain.finding import Finding

SHORTEST = 3
"""Characters from which a cell is looked for inside a sentence: shorter ones are in every word."""


def conceal(findings: Iterable[Finding], facts: Facts, hidden: frozenset[str]) -> tuple[Finding, ...]:
    """Mask cells of personal columns in titles and evidence of the findings about these columns.

    Args:
        findings: In any order.
        facts: Facts with the sample that the findings took their examples from.
        hidden: Personal columns.

    Returns:
        The findings in the same order; letters and digits of such cells become x, such numbers are left out.
    """
    cells = {name: _cells(facts, name) for name in hidden}
    return tuple(
        _concealed(finding, [cells[name] for name in finding.columns if name in hidden]) for finding in findings
    )


@dataclass(frozen=True)
class _Cells:
    """The cells of one column in lower case: all, those long enough to be found in a sentence, and the numbers."""

    every: frozenset[str]
    long: tuple[str, ...]
    numbers: frozenset[float]


def _cells(facts: Facts, name: str) -> _Cells:
    column = facts.columns[name]
    values = facts.sample.get_column(name).drop_nulls().unique()
    numbers = frozenset(values.cast(pl.Float64).to_list()) if column.storage.numeric else frozenset()
    texts = {text.strip().lower() for text in values.cast(pl.String, strict=False).drop_nulls()}
    texts |= {text.strip().lower() for text, _ in column.top} | {f"{number:,.0f}" for number in numbers}
    texts |= {text.strip().lower() for text in (column.first, column.last) if text}
    return _Cells(frozenset(texts), tuple(sorted(text for text in texts if len(text) >= SHORTEST)), numbers)


def _concealed(finding: Finding, cells: list[_Cells]) -> Finding:
    if not cells:
        return finding
    title = _sentence(finding.title, finding.columns, cells)
    evidence = _part(dict(finding.evidence), frozenset(finding.columns), cells)
    return replace(finding, title=title, evidence=evidence)


def _sentence(text: str, names: Iterable[str], cells: list[_Cells]) -> str:
    """Mask every cell that stands in a sentence, the longest first; names of columns stay."""
    kept = {name.lower() for name in names}
    found = [cell for held in cells for cell in held.long if cell in text.lower() and cell not in kept]
    for cell in sorted(found, key=len, reverse=True):
        at = text.lower().find(cell)
        while at >= 0:
            text = text[:at] + mask(text[at : at + len(cell)]) + text[at + len(cell) :]
            at = text.lower().find(cell, at + len(cell))
    return text


def _part(part: Any, names: frozenset[str], cells: list[_Cells]) -> Any:
    if isinstance(part, Mapping):
        kept = {key: value for key, value in part.items() if not _is_number(value, cells)}
        return {_text(str(key), names, cells): _part(value, names, cells) for key, value in kept.items()}
    if isinstance(part, list | tuple):
        return [None if _is_number(item, cells) else _part(item, names, cells) for item in part]
    return _text(part, names, cells) if isinstance(part, str) else part


def _is_number(value: object, cells: list[_Cells]) -> bool:
    return isinstance(value, int | float) and any(value in held.numbers for held in cells)


def _text(text: str, names: frozenset[str], cells: list[_Cells]) -> str:
    if text in names:
        return text
    if any(text.strip().lower() in held.every for held in cells):
        return mask(text)
    return _sentence(text, names, cells)
