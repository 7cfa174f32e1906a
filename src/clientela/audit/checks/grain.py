"""What one row is, what comes twice, and which columns carry no signal of their own."""

from __future__ import annotations

import re

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.origin import of_person, says_much
from clientela.audit.facts import ColumnFacts
from clientela.audit.grains import grain_of
from clientela.audit.roles import FILLS, MOSTLY, UNIQUE, names_rows, unique_share
from clientela.audit.wording import clause, counted, percent, plural, several, verb
from clientela.domain.column import Role, Storage
from clientela.domain.finding import Finding, Severity

NEARLY = 0.995
MANY = 50
_NUMBERS = re.compile(r"^[-+(']?[A-Z]{0,3}[€$£¥]?\s?9[9.,' :/T-]*\s?([%€$£¥)]|[A-Za-z]{1,3})?$")
"""Shapes of numbers, amounts of money, dates and times, digits written as 9."""


def grain(context: Context) -> Checked:
    """State what one row is and which column, or which two or three together, are its key (`audit.row_keys`).

    Columns that are the same on all rows of a visitor, without a trace of a join, are told as its description.
    """
    facts, roles, row_key = context.facts, context.roles, context.row_key
    word = grain_of(facts, roles, row_key)
    key = _key(context)
    evidence: dict[str, object] = {
        "rows": facts.rows,
        "grain": word,
        "key": " and ".join(key) or None,
        "key_columns": list(key),
    }
    title = _row_is(context, word, key)
    if roles.visitor is not None and facts.columns[roles.visitor].distinct:
        visitors = facts.columns[roles.visitor].distinct
        evidence["visitors"] = visitors
        stand = verb(visitors, "stands", "stand")
        title += f"; {plural(visitors, 'visitor')} {stand} behind them ({facts.rows / visitors:.1f} rows each)"
    own = _of_visitor(context)
    if own:
        evidence["describe_the_visitor"] = list(own)
        title += f"; {clause(own, 'describes', 'describe')} the visitor, not the single row"
    columns = tuple(dict.fromkeys(name for name in (*key, roles.visitor) if name is not None))
    advice = (
        "Split by visitor, not by row, so that no visitor is both learned from and tested on."
        if roles.visitor is not None
        else "Ask for an identifier of visit and visitor: without it repeats cannot be told from copies."
    )
    ask = facts.ask
    lines = word == "order line" and bool(ask.label or ask.visitor or ask.collected)
    if lines:
        advice = (
            "Add the lines of an order up to one row before learning about visits: a line is no decision of its own."
        )
    elif key and roles.visitor is None:
        advice = "Keep the key out of the features, and check it whenever the extract is drawn again."
    severity = Severity.NOTICE if lines or not (key or word != "row") else Severity.INFO
    return Checked((Finding("grain", severity, columns, title + ".", evidence, advice),))


def _of_visitor(context: Context) -> tuple[str, ...]:
    """Return the columns that are the same on all rows of a person although nothing says that a join brought them."""
    blocks = [block for block in context.blocks if of_person(context, block) and not says_much(context, block)]
    return tuple(name for name in context.facts.names if any(name in block.columns for block in blocks))


def _key(context: Context) -> tuple[str, ...]:
    """Return the one column that identifies rows, else those that do so together, else none."""
    if context.roles.visit is not None:
        return (context.roles.visit,)
    return context.row_key.columns if context.row_key is not None else ()


def _row_is(context: Context, word: str, key: tuple[str, ...]) -> str:
    facts, rows = context.facts, context.facts.rows
    noun = "an" if word[0] in "aeiou" else "a"
    copies = int(facts.duplicates["extra"])
    if len(key) == 1:
        repeats = facts.columns[key[0]].filled - facts.columns[key[0]].distinct - copies
        differs = "is different on every row"
    elif key:
        repeats = context.row_key.repeats if context.row_key is not None else 0
        word = _events(context, word, key)
        differs = "together are different on every row"
    else:
        nearly = _nearly(context)
        if nearly:
            return f"One row seems to be {noun} {word}; only {nearly[0]} tells most rows apart, but it repeats"
        if word == "row":
            one = rows == 1
            said = "the only row" if one else f"one of the {counted(rows)} rows"
            return f"What {said} is cannot be read from the table" + ("" if one else ": no column identifies it")
        return f"One row seems to be {noun} {word}; no column identifies it"
    but = f", but {plural(repeats, 'row')} {verb(repeats, 'repeats', 'repeat')} it" if repeats > 0 else ""
    but = but or (", copies of whole rows aside" if copies else "")
    noun = "an" if word[0] in "aeiou" else "a"
    return f"One row is {noun} {word}: {several(key)} {differs}{but}"


def _events(context: Context, word: str, key: tuple[str, ...]) -> str:
    """Say what a row without a word of its own is by its key: an event of a thing, one thing at a place."""
    if word != "row":
        return f"{word} of one {key[0]}" if word == "event" else word
    timed = [name for name in key if context.facts.columns[name].storage.temporal]
    return f"row for one {key[0]} at one {timed[0]}" if timed and len(key) == 2 else "combination"


def _nearly(context: Context) -> list[str]:
    """Return columns meant to number the rows that repeat too often for a key."""
    facts, roles = context.facts, context.roles
    named = [c for c in context.of(Role.IDENTIFIER) if c.name != roles.visitor and c.nulls == 0]
    return [c.name for c in named if unique_share(facts, c) >= MOSTLY and (names_rows(c.name) or _runs(c))]


def _runs(column: ColumnFacts) -> bool:
    """Whether numbers fill their span, as running numbers do."""
    low, high = column.minimum, column.maximum
    return low is not None and high is not None and column.distinct >= FILLS * (high - low + 1)


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
        equals = verb(beside, "equals", "equal")
        title = f"{plural(beside, 'row')} {equals} an earlier one in everything but {context.roles.visit}."
    else:
        is_are = verb(extra, "repeats", "repeat")
        title = f"{plural(extra, 'row')} ({percent(extra / facts.rows)}) {is_are} an earlier row in every column."
    key = _key(context)
    if key and extra and _repeats(context) == 0:
        title = f"{title[:-1]}; {clause(key, 'repeats', 'repeat')} only inside these copies."
    if not key:
        advice = "Without an identifier equal rows may be different visits: ask before removing them, and look at both."
        severity = Severity.NOTICE
    else:
        advice = "Remove the repeats before counting or learning: each counts one visit twice."
        severity = Severity.WARNING if extra else Severity.NOTICE
    return Checked((Finding("duplicate_rows", severity, (), title, evidence, advice),))


def _repeats(context: Context) -> int:
    """Return rows that repeat an earlier one's key and are no copies of a whole row."""
    if context.roles.visit is None:
        return context.row_key.repeats if context.row_key is not None else 0
    column = context.facts.columns[context.roles.visit]
    return column.filled - column.distinct - int(context.facts.duplicates["extra"])


def _group(context: Context) -> dict[str, int]:
    return {"repeated": int(context.facts.duplicates["repeated"]), "largest": int(context.facts.duplicates["largest"])}


def duplicate_key(context: Context) -> Checked:
    """Find keys of rows that still repeat, beyond rows that are copies.

    Identifiers of which at least 95 % differ, copies of whole rows counted once; from 75 % on those that were meant
    to number rows by their name or as running numbers, unless they make a key together with another column; and
    keys of several columns that repeat on a few rows.
    """
    facts = context.facts
    copies = int(facts.duplicates["extra"])
    keys = [c for c in context.of(Role.IDENTIFIER) if c.name != context.roles.visitor]
    meant = set(_nearly(context)) - set(context.row_key.columns if context.row_key is not None else ())
    keys = [c for c in keys if unique_share(facts, c) >= UNIQUE or c.name in meant]
    findings = []
    for column in keys:
        repeats = column.filled - column.distinct - copies
        if repeats > 0:
            reuse = verb(repeats, "reuses", "reuse")
            title = f"{column.name} should be different on every row, but {plural(repeats, 'row')} {reuse} a value."
            evidence = {"repeats": repeats, "distinct": column.distinct, "rows": column.filled, "copies": copies}
            advice = "Find out whether a join multiplied rows or the key was reused."
            severity = Severity.WARNING if unique_share(facts, column) >= UNIQUE else Severity.NOTICE
            findings.append(Finding("duplicate_key", severity, (column.name,), title, evidence, advice))
    together = context.row_key
    if together is not None and together.repeats:
        again = plural(together.repeats, "row")
        title = f"{several(together.columns)} together should be different on every row, but {again} repeat them."
        evidence = {"repeats": together.repeats, "rows": facts.rows, "copies": copies}
        advice = "Find out whether a join multiplied rows or a position was given twice."
        findings.append(Finding("duplicate_key", Severity.WARNING, together.columns, title, evidence, advice))
    tested = len(keys) + (together is not None)
    return conclude("duplicate_key", findings, tested, "keys of rows that repeat")


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
    """Find columns with a single value wherever they are filled, gaps on at most half of the rows (rule).

    A value on fewer rows says yes by being there: a tick mark.
    """
    facts = context.facts
    filled = {c.name: c.filled / facts.rows for c in facts.columns.values() if c.filled > facts.rows / 2}
    names = tuple(name for name in filled if facts.columns[name].distinct == 1)
    finding = None
    if names and facts.rows > 1:
        gaps = tuple(name for name in names if filled[name] < 1)
        whole = tuple(name for name in names if name not in gaps)
        parts = [f"{clause(whole, 'has', 'have')} the same value on every row"] if whole else []
        parts += [f"{clause(gaps, 'has', 'have')} the same value wherever a cell is filled"] if gaps else []
        evidence: dict[str, object] = {"columns": len(names)}
        evidence |= {"filled": {name: filled[name] for name in gaps}} if gaps else {}
        advice = "Leave them out; ask whether the extract was filtered on them."
        finding = Finding("constant", Severity.NOTICE, names, "; ".join(parts) + ".", evidence, advice)
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
    """Find text features with more than 50 values (rule), too many for one column each.

    Numbers and dates stored as text, and words without blanks that differ on nearly every row (keys, addresses), are
    no categories with too many values.
    """
    texts = [c for c in context.of(Role.FEATURE, Role.IGNORED) if c.storage is Storage.TEXT and c.filled]
    texts = [c for c in texts if not _amounts(c) and not (c.unique_share >= UNIQUE and _single_words(context, c))]
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


def _amounts(column: ColumnFacts) -> bool:
    """Whether nine tenths of the commonest shapes of a text are numbers, dates or times."""
    told = sum(count for _, count in column.masks)
    fits = sum(count for mask, count in column.masks if _NUMBERS.match(mask.strip()))
    return told > 0 and fits >= 0.9 * told


def _single_words(context: Context, column: ColumnFacts) -> bool:
    return not context.facts.strings(column.name).head(200).str.contains(r"\s").any()
