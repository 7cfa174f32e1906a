"""Rows multiplied by a join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clientela.audit.checking import Block, Checked, Context, conclude
from clientela.audit.wording import counted, percent, several
from clientela.domain.finding import Finding, Severity

LEAST_EXTRA = 5
"""Rows too many from which chance is no explanation where a column tells collected rows apart."""

SPECIFIC = 0.95
"""Distinct values per collected row from which a column tells collected rows apart."""


def fanout(context: Context) -> Checked:
    """Find rows that a join multiplied: the key stood several times in the joined table.

    By the blocks found (`audit.joins.versions`): rows of a key carry few versions of the whole block, and each
    collected row stands beside each of them. Where a person said which columns were collected, also without a
    key: rows that are equal in all of these and differ in the others, provided that one of
    the collected columns tells rows apart (its distinct values are at least 95 % of the different collected rows).
    """
    findings: list[Finding | None] = [_of_block(context, block) for block in context.blocks if block.fan_out > 1]
    if not findings:
        findings = [_of_collected(context)]
    return conclude("fanout", findings, len(context.facts.names), "rows that are copies but for joined columns")


def _of_block(context: Context, block: Block) -> Finding:
    rows = context.facts.rows
    versions = {str(times): keys for times, keys in block.versions}
    most = max(times for times, _ in block.versions)
    repeated = sum(keys for times, keys in block.versions if times > 1)
    all_keys = sum(keys for _, keys in block.versions)
    title = (
        f"A join on {block.key} multiplied rows: {percent(block.multiplied)} of rows stand beside a copy that differs "
        f"only in {several(block.columns)}; {counted(repeated)} of {counted(all_keys)} keys stood there up to "
        f"{most} times, {block.fan_out:.2f} rows per row before."
    )
    evidence: dict[str, Any] = {
        "key": block.key,
        "key_columns": list(block.key_columns),
        "columns": list(block.columns),
        "fan_out": block.fan_out,
        "multiplied": block.multiplied,
        "versions_per_key": versions,
        "rows": rows,
        "rows_before": round(rows / block.fan_out),
    }
    advice = (
        f"Join again on a table with one row per {block.key} (the latest version, or a sum of them), or keep one row "
        "of each visit: until then counts and revenue are too high."
    )
    return Finding("fanout", Severity.WARNING, (*block.key_columns, *block.columns), title, evidence, advice)


@dataclass(frozen=True)
class _Copies:
    """Rows that are equal in what was collected: rows before the join, rows too many, those of them that differ."""

    before: int
    extra: int
    different: int


def _of_collected(context: Context) -> Finding | None:
    facts = context.facts
    names = [name for name in facts.ask.collected if facts.columns[name].distinct < facts.rows]
    joined = [name for name in facts.names if name not in facts.ask.collected]
    if not names or not joined or len(names) < len(facts.ask.collected):
        # A collected column that is different on every row leaves no row twice.
        return None
    finest = max(names, key=lambda name: facts.columns[name].distinct)
    counts = facts.table.duplicates(names).row(0, named=True)
    before, distinct = int(counts["distinct"]), int(facts.duplicates["distinct"])
    copies = _Copies(before, facts.rows - before, distinct - before)
    if copies.different < LEAST_EXTRA or facts.columns[finest].distinct < SPECIFIC * before:
        return None
    fan_out = facts.rows / before if 2 * copies.different >= copies.extra else distinct / before
    title = (
        f"A join multiplied rows: {counted(copies.different)} rows equal another one in all collected columns and "
        f"differ only in joined ones, {fan_out:.2f} rows per row before."
    )
    evidence = {
        "key": finest,
        "key_columns": [finest],
        "columns": joined,
        "fan_out": fan_out,
        "multiplied": copies.extra / facts.rows,
        "repeated": int(counts["repeated"]),
        "largest": int(counts["largest"]),
        "rows": facts.rows,
        "rows_before": before,
    }
    advice = f"Keep one row for each {finest}, or join again on a table that has each key once: counts are too high."
    return Finding("fanout", Severity.WARNING, (), title, evidence, advice)
