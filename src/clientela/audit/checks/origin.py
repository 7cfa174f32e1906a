"""Where columns came from, and what a live decision cannot know."""

from __future__ import annotations

import math
from itertools import pairwise

from clientela.audit.afterwards import find_later, of_before
from clientela.audit.checking import Block, Checked, Context, conclude
from clientela.audit.joins.kinds import kind_of
from clientela.audit.leaks import afterwards
from clientela.audit.lexicon import TOTALS, VISITOR, mentions
from clientela.audit.wording import clause, percent, plural
from clientela.domain.column import Available, Origin, Role, Storage
from clientela.domain.finding import Finding, Severity
from clientela.statistics.dependency import key_agreement

COMPLETE = 0.99
"""Share of keys with cells from which no gap tells of a join; also agreement that makes one text another's form."""

FEWER = 0.5
"""Values per value of the finer text up to which the coarser one groups it rather than renames it."""


def joined_block(context: Context) -> Checked:
    """Name the blocks of columns that a repeated key determines: key, coverage by row and by key, fan-out, likely kind.

    Rows of one key agree (see `audit.joins.blocks`), or columns repeat together although no key is there
    (`audit.joins.latent`).
    """
    facts = context.facts
    blocks = [block for block in context.blocks if says_much(context, block)]
    findings = [_block_finding(context, block) for block in blocks]
    return conclude("joined_block", findings, len(facts.names), "columns determined by a repeated key")


def says_much(context: Context, block: Block) -> bool:
    """Tell whether a join is the likely reason for a block.

    A person's word, copies of rows, gaps by key, or columns of several kinds say so. One complete column may as well be
    a coarser form of its key, and so may texts of which each is a coarser form of the one before (article, group,
    department). What a site or a shop knows of a person is the same on all the person's rows without any join:
    there only gaps that several columns share tell.
    """
    if any(context.roles.column(name).origin is Origin.JOINED for name in block.columns) or block.fan_out > 1:
        return True
    gaps = max(block.key_coverage, block.coverage) < COMPLETE
    if of_person(context, block):
        return gaps and len(block.columns) > 1
    return gaps or (len(block.columns) > 1 and not _coarser_forms(context, block))


def of_person(context: Context, block: Block) -> bool:
    """Tell whether the key of a block names people: visitors, customers, accounts."""
    return len(block.key_columns) == 1 and (
        block.key_columns[0] == context.roles.visitor or mentions(block.key_columns[0], VISITOR)
    )


def _coarser_forms(context: Context, block: Block) -> bool:
    """Whether the columns are texts each of which says the next, with ever fewer values than the key."""
    facts = context.facts
    if any(facts.columns[name].storage is not Storage.TEXT for name in (*block.key_columns, *block.columns)):
        return False
    chain = sorted((*block.key_columns, *block.columns), key=lambda name: -facts.columns[name].distinct)
    counts = [facts.columns[name].distinct for name in chain]
    if len(block.key_columns) != 1 or chain[0] != block.key_columns[0]:
        return False
    codes = facts.arrays.identity
    return all(fewer <= FEWER * more for more, fewer in pairwise(counts)) and all(
        key_agreement(codes[finer] - 1, codes[coarser])[0] >= COMPLETE for finer, coarser in pairwise(chain)
    )


def _block_finding(context: Context, block: Block) -> Finding:
    kind = kind_of(block, context.roles)
    title = _title(block)
    word = "" if kind.name == "unknown" else f" It looks like {kind.name} data ({kind.because})."
    advice = f"Ask for the table behind {block.key}: its source and its date.{word} {_sentence(kind.live)}"
    if not block.key_columns:
        advice = f"Ask what they were joined on (a day, a place, a person?) and whether it is known live.{word}"
    evidence = {
        "key": block.key if block.key_columns else None,
        "columns": list(block.columns),
        "agreement": block.agreement,
        "coverage": block.coverage,
        "coverage_by_key": None if math.isnan(block.key_coverage) else block.key_coverage,
        "key_columns": list(block.key_columns),
        "same_key": list(block.same_key),
        "repeated_keys": block.keys,
        "fan_out": block.fan_out,
        "versions_per_key": {str(times): keys for times, keys in block.versions},
        "kind": kind.name,
        "kind_because": kind.because,
        "known_live": kind.live,
        "available": sorted({str(context.roles.column(name).available) for name in block.columns}),
        "rows": context.facts.sampled,
    }
    return Finding("joined_block", Severity.NOTICE, block.columns, title, evidence, advice)


def _sentence(live: str) -> str:
    """Return what a live decision can know as a sentence of its own."""
    return f"In a live decision: {live}."


def _title(block: Block) -> str:
    count = len(block.columns)
    if not block.key_columns:
        return (
            f"{clause(block.columns, 'goes', 'go')} together as if joined on {block.key}: "
            f"{plural(block.keys, 'combination')} of them come again and again."
        )
    matched = f"matched on {percent(block.coverage)} of rows"
    if not math.isnan(block.key_coverage) and percent(block.key_coverage) != percent(block.coverage):
        matched += f" and {percent(block.key_coverage)} of keys"
    if block.fan_out > 1:
        return (
            f"{clause(block.columns, 'changes', 'change')} together within {block.key}: {plural(count, 'column')} "
            f"that came through one join on {block.key}, {matched}; some keys stood there several times, "
            f"so the join made {block.fan_out:.2f} rows of each."
        )
    return (
        f"{clause(block.columns, 'is', 'are')} the same wherever {block.key} is: "
        f"{plural(count, 'column')} that came through one join on {block.key}, {matched}."
    )


def unavailable_live(context: Context) -> Checked:
    """Find columns known only after the outcome, or complete only at the end of the visit.

    By role, by name (`audit.afterwards`), and dates by lying after the row's own time wherever both are there.
    """
    roles = context.roles
    later = find_later(context.facts, roles)
    after = [c.name for c in roles.columns if c.available is Available.AFTER and c.name != roles.label]
    dated = {name: share for name, share in later.dated.items() if name not in after}
    totals = [c.name for c in context.of(Role.FEATURE) if mentions(c.name, TOTALS) and c.storage.numeric]
    said = {*later.named, *(c.name for c in context.of(Role.FEATURE) if afterwards(c.name) and not of_before(c.name))}
    named = [name for name in context.facts.names if name in said and name not in {*after, *dated, *totals}]
    names = tuple(name for name in context.facts.names if name in {*after, *dated, *totals, *named})
    finding = None
    if names:
        parts = []
        if after:
            parts.append(f"{clause(after, 'is', 'are')} known only after the outcome")
        if dated:
            parts.append(f"{clause(tuple(dated), 'lies', 'lie')} after {roles.time} on every row with both")
        if totals:
            parts.append(f"{clause(totals, 'is', 'are')} complete only when the visit is over")
        if named:
            parts.append(f"{clause(named, 'sounds', 'sound')} like what is known only afterwards")
        title = "; ".join(parts) + ": too late for a live decision."
        evidence: dict[str, object] = {"after_the_outcome": after, "at_the_end_of_the_visit": totals}
        evidence |= {"by_name_afterwards": named, "after_the_time": dated}
        advice = "For pages shown during the visit learn from what is known at that moment; use these for reports only."
        if dated:
            advice += " A date that was set ahead, as an appointment is, is known before it comes."
        severity = Severity.WARNING if totals else Severity.NOTICE
        finding = Finding("unavailable_live", severity, names, title, evidence, advice)
    return conclude(
        "unavailable_live", [finding], len(roles.columns), "columns known only after or at the end of a visit"
    )
