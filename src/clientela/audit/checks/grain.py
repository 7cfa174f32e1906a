"""What one row is, what comes twice, and which columns carry no signal of their own."""

from __future__ import annotations

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.facts import ColumnFacts
from clientela.audit.grains import grain_of
from clientela.audit.wording import clause, counted, percent, plural, verb
from clientela.domain.column import Role, Storage
from clientela.domain.finding import Finding, Severity

NEARLY = 0.995
MANY = 50


def grain(context: Context) -> Checked:
    """State what one row is and which column is its key."""
    facts, roles = context.facts, context.roles
    word = grain_of(facts, roles)
    noun = "an" if word[0] in "aeiou" else "a"
    evidence: dict[str, object] = {"rows": facts.rows, "grain": word, "key": roles.visit}
    if roles.visit is not None:
        title = f"One row is {noun} {word}: {roles.visit} is different on every row."
    elif word == "row":
        title = f"What one of the {counted(facts.rows)} rows is cannot be read from the table: no column identifies it."
    else:
        title = f"One row seems to be {noun} {word}; no column identifies it."
    if roles.visitor is not None and facts.columns[roles.visitor].distinct:
        visitors = facts.columns[roles.visitor].distinct
        evidence["visitors"] = visitors
        title = (
            title[:-1] + f"; {plural(visitors, 'visitor')} stand behind them ({facts.rows / visitors:.1f} rows each)."
        )
    keyed = roles.visit is not None
    columns = tuple(name for name in (roles.visit, roles.visitor) if name is not None)
    advice = (
        "Split by visitor, not by row, so that no visitor is both learned from and tested on."
        if roles.visitor is not None
        else "Ask for an identifier of visit and visitor: without it repeats cannot be told from copies."
    )
    severity = Severity.INFO if keyed or word != "row" else Severity.NOTICE
    return Checked((Finding("grain", severity, columns, title, evidence, advice),))


def duplicate_rows(context: Context) -> Checked:
    """Count rows equal to an earlier one in every column, and in every column but the row's identifier."""
    facts = context.facts
    extra = int(facts.duplicates["extra"])
    rest = [name for name in facts.names if name != context.roles.visit]
    beside = 0
    if context.roles.visit is not None and len(rest) > 1:
        beside = int(facts.table.duplicates(rest).row(0, named=True)["extra"]) - extra
    if not extra and not beside:
        return conclude("duplicate_rows", (), len(facts.names), "rows equal to an earlier one in all columns")
    evidence = {"extra": extra, "share": extra / facts.rows, "extra_but_for_key": beside, **_group(context)}
    if not extra:
        title = f"{plural(beside, 'row')} equal an earlier one in everything but {context.roles.visit}."
    else:
        is_are = verb(extra, "repeats", "repeat")
        title = f"{plural(extra, 'row')} ({percent(extra / facts.rows)}) {is_are} an earlier row in every column."
    if context.roles.visit is None:
        advice = "Without an identifier equal rows may be different visits: ask before removing them, and look at both."
        severity = Severity.NOTICE
    else:
        advice = "Remove the repeats before counting or learning: each counts one visit twice."
        severity = Severity.WARNING if extra else Severity.NOTICE
    return Checked((Finding("duplicate_rows", severity, (), title, evidence, advice),))


def _group(context: Context) -> dict[str, int]:
    return {"repeated": int(context.facts.duplicates["repeated"]), "largest": int(context.facts.duplicates["largest"])}


def duplicate_key(context: Context) -> Checked:
    """Find identifiers of rows (at least 95 % different) that still repeat, beyond rows that are copies."""
    facts = context.facts
    copies = int(facts.duplicates["extra"])
    keys = [c for c in context.of(Role.IDENTIFIER) if c.unique_share >= 0.95 and c.name != context.roles.visitor]
    findings = []
    for column in keys:
        repeats = column.filled - column.distinct - copies
        if repeats > 0:
            title = f"{column.name} should be different on every row, but {plural(repeats, 'row')} reuse a value."
            evidence = {"repeats": repeats, "distinct": column.distinct, "rows": column.filled, "copies": copies}
            advice = "Find out whether a join multiplied rows or the key was reused."
            findings.append(Finding("duplicate_key", Severity.WARNING, (column.name,), title, evidence, advice))
    return conclude("duplicate_key", findings, len(keys), "identifiers of rows that repeat")


def identifier(context: Context) -> Checked:
    """Name the columns that identify and so must not be learned from."""
    names = context.roles.identifiers
    finding = None
    if names:
        title = f"{clause(names, 'identifies', 'identify')} things and would only be learned by heart."
        evidence = {name: context.facts.columns[name].distinct for name in names}
        advice = "Keep them for joining and for parting learning from testing, not as features."
        finding = Finding("identifier", Severity.INFO, names, title, evidence, advice)
    return conclude("identifier", [finding], len(context.facts.names), "columns that identify rows or things")


def constant(context: Context) -> Checked:
    """Find columns with a single value."""
    facts = context.facts
    names = tuple(c.name for c in facts.columns.values() if c.filled and c.distinct == 1 and c.nulls == 0)
    finding = None
    if names and facts.rows > 1:
        title = f"{clause(names, 'has', 'have')} the same value on every row."
        advice = "Leave them out; ask whether the extract was filtered on them."
        finding = Finding("constant", Severity.NOTICE, names, title, {"columns": len(names)}, advice)
    return conclude("constant", [finding], len(facts.names), "columns with a single value")


def near_constant(context: Context) -> Checked:
    """Find columns where one value fills at least 99.5 % of the cells (rule)."""
    facts = context.facts
    shares = {c.name: _modal(c) for c in facts.columns.values() if c.filled >= 200 and c.distinct > 1}
    left = {context.roles.label, context.roles.revenue}
    names = tuple(name for name, share in shares.items() if share >= NEARLY and name not in left)
    finding = None
    if names:
        title = f"{clause(names, 'has', 'have')} one value on at least {percent(NEARLY)} of rows."
        evidence = {name: round(shares[name], 5) for name in names}
        advice = "Expect little from them; they matter only if the rare rows do."
        finding = Finding("near_constant", Severity.INFO, names, title, evidence, advice)
    return conclude("near_constant", [finding], len(shares), "one value on at least 99.5 % of rows")


def _modal(column: ColumnFacts) -> float:
    return column.top[0][1] / column.filled if column.top else 0.0


def high_cardinality(context: Context) -> Checked:
    """Find text features with more than 50 values (rule), too many for one column each."""
    texts = [c for c in context.of(Role.FEATURE, Role.IGNORED) if c.storage is Storage.TEXT and c.filled]
    found = {c.name: c.distinct for c in texts if c.distinct > MANY}
    finding = None
    if found:
        names = tuple(found)
        rarely = [name for name in names if found[name] > 0.5 * context.facts.columns[name].filled]
        title = f"{clause(names, 'has', 'have')} very many different values (up to {counted(max(found.values()))})."
        evidence = {"distinct": found, "mostly_unique": rarely}
        advice = 'Group the values, or keep the frequent ones and call the others "other".'
        severity = Severity.NOTICE if rarely else Severity.INFO
        finding = Finding("high_cardinality", severity, names, title, evidence, advice)
    return conclude("high_cardinality", [finding], len(texts), "text columns with more than 50 values")
