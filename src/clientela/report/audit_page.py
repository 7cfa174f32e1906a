"""The audit as a page of its own: the verdict, the columns, the relations, and what was not found."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from clientela.audit.listing import called, query
from clientela.audit.pointing import point
from clientela.audit.result import AuditResult, Relation
from clientela.domain.finding import Finding, Severity
from clientela.language import bare, numerals, retold, say
from clientela.report import charts, facts, page
from clientela.report.blocks import Block, Cell, Chapter, Details, Figure, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.framing import framed
from clientela.report.localised import code_name, spoken
from clientela.report.numbers import count, number, percent
from clientela.report.tables import SEARCH_FROM, columns_table
from clientela.report.text import MOST_SENTENCE, cell, clean, joined, named, names, plural

MOST_FINDINGS = 80
MOST_ROWS = 200
MOST_CODES = 4

_AUDITED = ("--sheet", "--query", "--collected", "--label")
"""Options of a run that an audit takes too."""


@spoken
def render_audit(contents: Contents) -> str:
    """Return the audit as one self-contained page, as `render_html` returns the report.

    Args:
        contents: The results; only how the table was read and the audit are shown.

    Returns:
        HTML text; the same contents give the same text.
    """
    audit = contents.audit
    findings = audit.findings[:MOST_FINDINGS]
    return page.render(
        "audit.html.j2",
        framed(contents, say("Audit of {source}", source=clean(contents.reading.source, 100))),
        answer=opening(contents),
        figures=_figures(contents),
        first=findings[: facts.FIRST],
        rest=findings[facts.FIRST :],
        queries=[_query(contents, finding) for finding in findings],
        commands=[_command(contents, finding) for finding in findings],
        unlisted=len(audit.findings) - len(findings),
        parts=(_columns(audit), _relations(audit), _tested(audit)),
    )


def opening(contents: Contents) -> str:
    """Return the verdict in two sentences: what the table is, and how serious the findings are."""
    table, findings = contents.audit.table, contents.audit.findings
    rows = plural(table.rows, facts.grain(contents))
    text = say("The extract holds {rows} in {columns}. ", rows=rows, columns=plural(table.columns, "column"))
    counts = [(kind, sum(finding.severity is kind for finding in findings)) for kind in reversed(Severity)]
    told = joined([plural(number, kind.value) for kind, number in counts if number and kind is not Severity.INFO])
    if not findings:
        return say("{text}Nothing was found that would have to be said.", text=text)
    return f"{text}{plural(len(findings), 'finding')}" + (
        say(", among them {told}.", told=told) if told else say(", none of them serious.")
    )


def _query(contents: Contents, finding: Finding) -> str:
    """Return the query behind a finding where it is short enough to be shown whole, and shows as it is."""
    text = query(contents.audit, finding, called(contents.reading)) if _known(contents, finding) else ""
    return text if clean(text, MOST_SENTENCE) == text else ""


def _command(contents: Contents, finding: Finding) -> str:
    """Return the command that lists the rows behind a finding where it has some, and shows as it is."""
    if not contents.command or not _known(contents, finding) or point(finding, contents.audit) is None:
        return ""
    _, _, source, *asked = shlex.split(contents.command)
    pairs = [pair for pair in zip(asked[::2], asked[1::2], strict=False) if pair[0] in _AUDITED]
    text = shlex.join(["clientela", "audit", source, *chain.from_iterable(pairs), "--rows", finding.code])
    return text if clean(text, MOST_SENTENCE) == text else ""


def _known(contents: Contents, finding: Finding) -> bool:
    return {column.name for column in contents.audit.roles.columns} >= set(finding.columns)


def _figures(contents: Contents) -> tuple[Figure, ...]:
    table = contents.audit.table
    empty = table.missing_cells / table.cells if table.cells else 0.0
    items = [
        Figure(say("rows"), count(table.rows)),
        Figure(say("columns"), count(table.columns)),
        Figure(say("empty cells"), percent(empty)),
        Figure(say("repeated rows"), count(table.duplicate_rows)),
    ]
    if table.visitors is not None:
        items.append(Figure(say("visitors"), count(table.visitors)))
    return tuple(items)


def _columns(audit: AuditResult) -> Chapter:
    found: dict[str, dict[str, str]] = {}
    for place, finding in enumerate(audit.findings, start=1):
        part = f"finding-{place}" if place <= MOST_FINDINGS else "verdict"
        for name in finding.columns:
            found.setdefault(name, {}).setdefault(code_name(finding.code), part)
    table = columns_table(say("Every column, with its distribution, its gaps and what was found"), audit.columns)
    rows = tuple(
        (*row, _codes(found.get(profile.column.name, {})))
        for row, profile in zip(table.rows, audit.columns, strict=False)
    )
    table = replace(table, heads=(*table.heads, Head(say("Found"))), rows=rows)
    concerned = sum(profile.column.name in found for profile in audit.columns)
    shown: list[Block] = [chart for chart in (charts.balance(audit), charts.missing(audit)) if chart]
    return Chapter(
        "columns",
        say("Columns"),
        say("What is in the columns?"),
        say(
            "{kinds} Findings concern {concerned} of the {columns}.",
            kinds=_kinds(audit),
            concerned=count(concerned),
            columns=plural(len(audit.columns), "column"),
        ),
        (*shown, Details(say("All {columns}", columns=plural(len(audit.columns), "column")), (table,), unfolded=True)),
    )


def _codes(found: Mapping[str, str]) -> Cell:
    more = len(found) - MOST_CODES
    text = "–" if not found else say("{more} more", more=count(more)) if more > 0 else ""
    return Cell(text, order=-float(len(found)), links=tuple(found.items())[:MOST_CODES])


def _kinds(audit: AuditResult) -> str:
    kinds = Counter(profile.column.storage.value for profile in audit.columns)
    told = [f"{count(columns)} {say(kind)}" for kind, columns in sorted(kinds.items(), key=lambda item: -item[1])]
    return say("By kind: {told}.", told=joined(told, 8))


def _relations(audit: AuditResult) -> Chapter:
    tables = [_blocks(audit), _groups(audit), _pairs(audit)]
    chart = charts.association(audit)
    blocks: list[Block] = [chart] if chart else []
    blocks += [table for table in tables if table.rows]
    limits = (
        [say("A relation is not a cause. Only relations that are not chance are listed.")] if audit.relations else []
    )
    if audit.table.sampled < audit.table.rows:
        limits.append(
            say("Relations were measured on a seeded sample of {sampled} rows.", sampled=count(audit.table.sampled))
        )
    return Chapter(
        "relations",
        say("Relations"),
        say("Which columns belong together?"),
        _together(audit),
        tuple(blocks),
        tuple(limits),
    )


def _together(audit: AuditResult) -> str:
    blocks = len(_of(audit, "joined_block"))
    text = say("{blocks} of columns came through a join each. ", blocks=plural(blocks, "block")) if blocks > 1 else ""
    text = say("One block of columns came through a join. ") if blocks == 1 else text
    if not audit.relations:
        return say("{text}No two columns go together more than by chance.", text=text)
    first = audit.relations[0]
    return say(
        "{text}The strongest relation is that of {first} with {second} ({strength} on a scale from 0 to 1).",
        text=text,
        first=named(first.first),
        second=named(first.second),
        strength=numerals(f"{first.strength:.2f}"),
    )


def _of(audit: AuditResult, code: str) -> list[dict[str, Any]]:
    return [dict(finding.evidence) for finding in audit.findings if finding.code == code]


def _blocks(audit: AuditResult) -> TableBlock:
    rows = []
    for found in _of(audit, "joined_block")[:MOST_ROWS]:
        columns = [str(name) for name in found.get("columns", ())]
        coverage, fan_out = found.get("coverage", 1.0), found.get("fan_out", 1.0)
        rows.append(
            (
                Cell(cell(bare(retold(str(found["key"]))) if found.get("key") else say("not in the extract"))),
                Cell(names(columns, 8)),
                Cell(percent(coverage), order=coverage, share=coverage),
                Cell(number(fan_out), order=fan_out),
            )
        )
    heads = (
        Head(say("Key")),
        Head(say("Columns")),
        Head(say("Rows matched"), numeric=True),
        Head(say("Fan-out"), numeric=True),
    )
    note = say("Fan-out: rows per row before the join, as far as the collected columns were named.")
    return TableBlock(say("Blocks: columns that came through one join"), heads, tuple(rows), note=note)


def _groups(audit: AuditResult) -> TableBlock:
    said = {"joint_missing": say("missing on the same rows"), "redundant": say("say the same")}
    rows = tuple(
        (Cell(names([str(name) for name in group], 12)), Cell(words))
        for code, words in said.items()
        for found in _of(audit, code)
        for group in found.get("groups", ())[:MOST_ROWS]
    )
    return TableBlock(
        say("Groups of columns"),
        (Head(say("Columns")), Head(say("What they share"))),
        rows,
        search=len(rows) > SEARCH_FROM,
    )


def _pairs(audit: AuditResult) -> TableBlock:
    heads = (
        Head(say("Column")),
        Head(say("Goes with")),
        Head(say("Strength"), numeric=True),
        Head(say("Direction")),
        Head(say("Measure")),
        Head(say("Rows"), numeric=True),
    )
    rows = tuple(_pair(relation) for relation in audit.relations[:MOST_ROWS])
    note = say("Strength: 0 is none, 1 is full; corrected for size, on one scale for numbers and categories.")
    return TableBlock(say("The strongest relations"), heads, rows, search=len(rows) > SEARCH_FROM, note=note)


def _pair(relation: Relation) -> tuple[Cell, ...]:
    direction = {1: say("rise together"), -1: say("one rises, one falls")}.get(relation.sign, "–")
    return (
        Cell(cell(relation.first)),
        Cell(cell(relation.second)),
        Cell(numerals(f"{relation.strength:.2f}"), order=relation.strength, share=relation.strength),
        Cell(direction),
        Cell(retold(clean(relation.measure, 40))),
        Cell(count(relation.rows), order=relation.rows),
    )


def _tested(audit: AuditResult) -> Chapter:
    rows = tuple(
        (Cell(code_name(test.code)), Cell(retold(clean(test.how, 200))), Cell(count(test.columns), order=test.columns))
        for test in audit.tested
    )
    heads = (Head(say("Looked for")), Head(say("How")), Head(say("Columns tested"), numeric=True))
    table = TableBlock(say("Tested and not found"), heads, rows, search=len(rows) > SEARCH_FROM)
    kinds = _distinct(test.code for test in audit.tested)
    return Chapter(
        "tested",
        say("Not found"),
        say("What was tested and not found?"),
        say("{kinds} of trouble were looked for and not found.", kinds=plural(kinds, "kind"))
        if kinds
        else say("Every test found something."),
        (table,) if rows else (),
        (say("What leaves no trace, or is looked for by no test, stays unknown."),),
    )


def _distinct(codes: Iterable[str]) -> int:
    return len(set(codes))
