"""The audit stage: facts, roles, checks, ranked findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from clientela.audit.averaging import find_averages
from clientela.audit.checking import Block, Check, Checked, Context, RefusalError
from clientela.audit.checks.outcome import leak, target_aggregate
from clientela.audit.concealing import conceal
from clientela.audit.facts import Facts, gather
from clientela.audit.grains import grain_of
from clientela.audit.joins.blocks import find_blocks
from clientela.audit.joins.latent import find_latent
from clientela.audit.leaks import find_leaks
from clientela.audit.measuring import MOST_CLASSES, outcome_of, relate, signals
from clientela.audit.missing_codes import missing_codes
from clientela.audit.options import AuditOptions
from clientela.audit.people.identities import find_personal
from clientela.audit.profiles import hidden, profiles
from clientela.audit.ranking import rank
from clientela.audit.registry import CHECKS
from clientela.audit.result import AuditResult, TableFacts
from clientela.audit.roles import propose
from clientela.audit.row_keys import find_row_key
from clientela.domain.column import Available, Column, Origin, Role
from clientela.domain.errors import ColumnError, RefusedError
from clientela.domain.finding import Finding, Severity
from clientela.domain.progress import SILENT, Progress
from clientela.domain.roles import Ask, Roles
from clientela.tables.table import Table

_NO_ASK = Ask()
SUSPICIOUS: tuple[Check, ...] = (leak, target_aggregate)
"""Checks whose findings say that a column knows the label."""
_OPTIONS = AuditOptions()


def audit(
    table: Table, ask: Ask = _NO_ASK, options: AuditOptions = _OPTIONS, progress: Progress = SILENT
) -> AuditResult:
    """Audit a table: what is in it, what was done to it, where it came from.

    Args:
        table: Any table; it stays open.
        ask: What a person said about it; wins over what is inferred.
        options: Options of the audit.
        progress: Told what is going on.

    Returns:
        Facts, roles, profiles, findings ranked by consequence, relations.

    Raises:
        RefusedError: The table has no columns or no rows.
        ColumnError: A column that was named is not there.
    """
    _known(ask, [field.name for field in table.fields])
    if not table.fields or table.rows == 0:
        raise RefusedError("The table holds no rows of data: there is nothing to audit; check the sheet or the filter.")
    context = understand(table, ask, options, progress)
    facts = context.facts
    progress.update("checks", 0.8)
    checked = [_run(check, context) for check in CHECKS]
    settled = _settle(context)
    findings = rank((finding for item in checked for finding in item.findings), settled)
    personal = hidden(findings)
    findings = conceal(findings, facts, personal)
    progress.update("done", 1.0)
    return AuditResult(
        table=_table_facts(context, settled),
        roles=settled,
        columns=profiles(context, settled, personal),
        findings=findings,
        tested=tuple(entry for item in checked for entry in item.tested),
        relations=context.matrix.relations(options.relations),
        balance=_balance(facts, settled),
        seed=options.seed,
    )


def suspected(findings: Iterable[Finding]) -> frozenset[str]:
    """Return the columns that findings suspect of knowing the label."""
    codes = {check.__name__ for check in SUSPICIOUS}
    grave = (one for one in findings if one.code in codes and one.severity.rank >= Severity.WARNING.rank)
    return frozenset(name for one in grave for name in one.columns)


def find_suspects(table: Table, ask: Ask, options: AuditOptions = _OPTIONS) -> frozenset[str]:
    """Return the columns that an audit would suspect of knowing the label, without the rest of the audit.

    Args:
        table: Any table; it stays open.
        ask: What is known of it, the label among it.
        options: Options of the audit.

    Returns:
        Names of the columns.
    """
    context = understand(table, ask, options)
    return suspected(finding for check in SUSPICIOUS for finding in _run(check, context).findings)


def understand(
    table: Table, ask: Ask = _NO_ASK, options: AuditOptions = _OPTIONS, progress: Progress = SILENT
) -> Context:
    """Gather facts, propose roles and measure relations: all that the checks share.

    Args:
        table: A table with columns and rows.
        ask: What a person said about it.
        options: Options of the audit.
        progress: Told what is going on.

    Returns:
        The context every check takes.
    """
    facts = gather(table, ask, options, progress)
    progress.update("roles and relations", 0.6)
    personal = find_personal(facts)
    roles = propose(facts, personal)
    outcome = outcome_of(facts, roles)
    blocks = find_blocks(facts, roles)
    blocks += find_latent(facts, roles, blocks)
    determined = frozenset(name for block in blocks for name in block.columns)
    codes = missing_codes(facts, frozenset({*roles.identifiers, roles.label or ""}))
    roles = replace(roles, columns=tuple(_sourced(column, blocks, roles) for column in roles.columns))
    return Context(
        facts=facts,
        roles=roles,
        matrix=relate(facts, codes),
        outcome=outcome,
        signals=signals(facts, outcome, roles.label),
        codes=codes,
        blocks=blocks,
        averages=find_averages(facts, roles, outcome),
        personal=personal,
        row_key=find_row_key(facts, roles, determined),
    )


def _sourced(column: Column, blocks: tuple[Block, ...], roles: Roles) -> Column:
    """What is determined by visitor, day or another key and was not collected is known before the visit."""
    inside = any(column.name in block.columns for block in blocks)
    if not inside or column.origin is Origin.COLLECTED or column.available is not Available.UNKNOWN:
        return column
    return replace(column, available=Available.BEFORE) if column.name != roles.label else column


def _known(ask: Ask, names: list[str]) -> None:
    single = [name for name in (ask.label, ask.time, ask.visitor, ask.revenue) if name is not None]
    for name in (*single, *ask.collected, *ask.roles):
        if name not in names:
            raise ColumnError.missing(name, names)


def _settle(context: Context) -> Roles:
    """Take certain leaks and averages of the label out of the features; suspicions stay."""
    asked = context.facts.ask.roles
    leaks = {leak.column: leak for leak in find_leaks(context) if leak.certain}

    def settled(column: Column) -> Column:
        if column.name in asked:
            return column
        if column.name in leaks:
            leak = leaks[column.name]
            reason = f"gives the label away (AUC {leak.area.value:.3f}): {leak.reasons[0]}"
            return replace(column, role=Role.OUTCOME, available=Available.AFTER, sure=0.9, reason=reason)
        if column.name in context.averages:
            reason = "an average of the label over rows that are learned from"
            return replace(column, role=Role.IGNORED, sure=0.9, reason=reason)
        return column

    return replace(context.roles, columns=tuple(settled(column) for column in context.roles.columns))


def _run(check: Check, context: Context) -> Checked:
    try:
        return check(context)
    except RefusalError:
        return Checked()


def _table_facts(context: Context, roles: Roles) -> TableFacts:
    facts = context.facts
    time = facts.columns[roles.time] if roles.time is not None else None
    return TableFacts(
        rows=facts.rows,
        columns=len(facts.names),
        cells=facts.rows * len(facts.names),
        missing_cells=sum(column.nulls for column in facts.columns.values()),
        duplicate_rows=int(facts.duplicates["extra"]),
        grain=grain_of(facts, roles, context.row_key),
        key=roles.visit,
        start=time.first if time is not None else None,
        end=time.last if time is not None else None,
        visitors=facts.columns[roles.visitor].distinct if roles.visitor is not None else None,
        sampled=facts.sampled,
    )


def _balance(facts: Facts, roles: Roles) -> tuple[tuple[str, int], ...]:
    if roles.label is None or facts.columns[roles.label].distinct > MOST_CLASSES:
        return ()
    counts = dict(facts.columns[roles.label].top)
    known = [name for name in roles.order if name in counts]
    return tuple((name, counts[name]) for name in [*known, *(name for name in counts if name not in known)][:20])
