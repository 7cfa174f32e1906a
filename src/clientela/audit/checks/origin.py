"""Where columns came from, and what a live decision cannot know."""

from __future__ import annotations

from clientela.audit.checking import Block, Checked, Context, conclude
from clientela.audit.lexicon import TOTALS, mentions
from clientela.audit.wording import clause, percent, plural
from clientela.domain.column import Available, Origin, Role
from clientela.domain.finding import Finding, Severity


def joined_block(context: Context) -> Checked:
    """Name the blocks of columns that a repeated key determines, also one that is missing: coverage by row, fan-out."""
    facts = context.facts
    blocks = [block for block in context.blocks if _says_much(context, block)]
    fan_out = _fan_out(context)
    findings = [_block_finding(context, block, fan_out) for block in blocks]
    return conclude("joined_block", findings, len(facts.names), "columns determined by a repeated key")


def _says_much(context: Context, block: Block) -> bool:
    """A single complete column may as well be a coarser form of its key; a person's word or gaps make it a join."""
    joined = [name for name in block.columns if context.roles.column(name).origin is Origin.JOINED]
    return len(block.columns) > 1 or bool(joined) or block.coverage < 0.99


def _block_finding(context: Context, block: Block, fan_out: float) -> Finding:
    facts = context.facts
    count = len(block.columns)
    title = (
        f"{clause(block.columns, 'is', 'are')} the same wherever {block.key} is: "
        f"{plural(count, 'column')} that came through one join on {block.key}, "
        f"matched on {percent(block.coverage)} of rows."
    )
    advice = (
        f"Ask for the table behind {block.key}: its source, its date, and whether it is at hand when a page is shown."
    )
    if not block.key_columns:
        title = (
            f"{clause(block.columns, 'goes', 'go')} together as if joined on {block.key}: "
            f"{plural(block.keys, 'combination')} of them come again and again."
        )
        advice = "Ask what they were joined on (a day, a place, a person?) and whether it is known in a live decision."
    evidence = {
        "key": block.key if block.key_columns else None,
        "columns": list(block.columns),
        "agreement": block.agreement,
        "coverage": block.coverage,
        "key_columns": list(block.key_columns),
        "repeated_keys": block.keys,
        "fan_out": fan_out,
        "rows": facts.sampled,
    }
    return Finding("joined_block", Severity.NOTICE, block.columns, title, evidence, advice)


def _fan_out(context: Context) -> float:
    """Rows per row of the collected columns, copies aside; 1 where nobody said which were collected."""
    collected = context.facts.ask.collected
    if not collected or context.facts.rows == 0:
        return 1.0
    counts = context.facts.table.duplicates(list(collected)).row(0, named=True)
    distinct = int(context.facts.duplicates["distinct"])
    return distinct / int(counts["distinct"]) if counts["distinct"] else 1.0


def unavailable_live(context: Context) -> Checked:
    """Find columns known only after the outcome, or complete only at the end of the visit (by name)."""
    roles = context.roles
    after = [c.name for c in roles.columns if c.available is Available.AFTER and c.name != roles.label]
    totals = [c.name for c in context.of(Role.FEATURE) if mentions(c.name, TOTALS) and c.storage.numeric]
    names = tuple(name for name in context.facts.names if name in after or name in totals)
    finding = None
    if names:
        parts = []
        if after:
            parts.append(f"{clause(after, 'is', 'are')} known only after the outcome")
        if totals:
            parts.append(f"{clause(totals, 'is', 'are')} complete only when the visit is over")
        title = "; ".join(parts) + ": too late for a live decision."
        evidence = {"after_the_outcome": after, "at_the_end_of_the_visit": totals}
        advice = "For pages shown during the visit learn from what is known at that moment; use these for reports only."
        severity = Severity.WARNING if totals else Severity.NOTICE
        finding = Finding("unavailable_live", severity, names, title, evidence, advice)
    return conclude(
        "unavailable_live", [finding], len(roles.columns), "columns known only after or at the end of a visit"
    )
