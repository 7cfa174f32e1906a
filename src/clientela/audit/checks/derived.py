"""Columns computed from other columns."""

from __future__ import annotations

from collections.abc import Mapping

from clientela.audit.calendar_parts import absent, date_less
from clientela.audit.cancelling import find_mark
from clientela.audit.checking import Checked, Context, RefusalError, conclude
from clientela.audit.checks.relation import redundant_groups
from clientela.audit.formulas.deriving import Rule, formulas
from clientela.audit.formulas.looking_up import groupings
from clientela.audit.formulas.nearly import nearly
from clientela.audit.formulas.recoding import recodings
from clientela.audit.formulas.spans import spans
from clientela.audit.lexicon import CALENDAR, mentions, words
from clientela.audit.wording import clause, counted, percent, plural, verb
from clientela.domain.finding import Finding, Severity


def derived(context: Context) -> Checked:
    """Find columns computed from others, with the formula and the share of rows where it holds.

    Numbers: a line, a logarithm, root, square or rounding of one column; sum, difference, product or
    ratio of two, sum or difference of more; time between two dates. Categories: a number cut into ranges, an
    indicator, a part of a date, a part of a text, two texts or a text and a number put together, a category of a
    finer category, whether another column has a cell. Nearly: a sum, difference, product or ratio of two, times a
    factor, to a tenth of the result's deviation (`audit.formulas.nearly`). A formula must hold on
    95 % of rows to the rounding of its result, and as much beyond what shuffled rows give (Cohen's
    kappa); a cut on 99 %, with a chance under one in a thousand, over all pairs tested, that its
    levels would lie in one piece each at random. Only related pairs are tried. A month, a day or an hour, by its
    words or its name, is told as a part of a date that is not there; so is a letter before
    a number that says where an amount is below zero.
    """
    names = context.matrix.names
    if len(names) < 2:
        raise RefusalError("fewer than two columns")
    rules = formulas(context)
    rules |= spans(context, set(rules))
    rules |= {name: rule for name, rule in recodings(context, tuple(rules)).items() if not _chance_of_dates(rule)}
    rules |= groupings(context, tuple(rules))
    rules |= nearly(context, rules, {name for group in redundant_groups(context) for name in group})
    findings = [_computed(context, rules), _parts(context), _marked(context)]
    return conclude("derived", findings, len(names), "formulas of one and two columns, cuts, parts of dates and texts")


def _chance_of_dates(rule: Rule) -> bool:
    """Whether a month or a day seems cut out of another number: only a coarser part of the calendar is.

    In a short stretch of days in order, any number that grows with time seems to say the month.
    """
    cut = " cut into " in rule.words or " where " in rule.words
    return cut and mentions(rule.target, CALENDAR) and not _finer(rule.sources[0], rule.target)


_NESTED = (
    ("week", "woche", "kw", "kalenderwoche", "semana", "semaine", "settimana"),
    ("month", "monat", "mes", "mois", "mese", "maand"),
    ("quarter", "quartal", "trimestre", "kwartaal"),
)
"""Parts of the calendar, each of which says the next."""


def _finer(source: str, target: str) -> bool:
    """Whether a part of the calendar says another: a month its quarter, a week its month."""
    said = {part: place for place, group in enumerate(_NESTED) for part in group}
    places = [next((said[word] for word in words(name) if word in said), -1) for name in (source, target)]
    return 0 <= places[0] < places[1]


def _computed(context: Context, rules: Mapping[str, Rule]) -> Finding | None:
    if not rules:
        return None
    found = {name: rules[name] for name in context.facts.names if name in rules}
    parts = [f"{rule.target} is {rule.words} ({percent(rule.share)} of rows)" for rule in list(found.values())[:3]]
    are = verb(len(found) - 3, "is", "are")
    more = f"; so {are} {plural(len(found) - 3, 'more column')}" if len(found) > 3 else ""
    title = f"Some columns are computed from others: {'; '.join(parts)}{more}."
    evidence = {
        rule.target: {"from": list(rule.sources), "rule": rule.words, "holds": rule.share, "rows": rule.rows}
        for rule in found.values()
    }
    advice = "Keep either the column or what it is made of, and compute it the same way on new rows."
    if context.roles.label in found:
        advice = f"{context.roles.label} is what is predicted: never learn it from what it is made of. " + (
            "Of the others keep either the column or its source." if len(found) > 1 else "Say what it is made of."
        )
    return Finding("derived", Severity.NOTICE, tuple(found), title, evidence, advice)


def _parts(context: Context) -> Finding | None:
    """Tell parts of dates that have no date: a month without a year puts nothing in order."""
    parts = date_less(context.facts)
    if not parts or context.roles.time is not None:
        return None
    said = [f"{name} ({part})" for name, part in parts.items()]
    title = f"{clause(said, 'is a part', 'are parts')} of a date without a year: rows cannot be put in order of time."
    columns = context.facts.columns
    evidence = {name: {"part": part, "values": columns[name].distinct} for name, part in parts.items()}
    evidence = {name: {**found, "absent": absent(columns[name], parts[name])} for name, found in evidence.items()}
    advice = (
        "Ask for the full date: without it no model can be tested on later rows, and seasons hide in other columns."
    )
    return Finding("derived", Severity.NOTICE, tuple(parts), title, evidence, advice)


def _marked(context: Context) -> Finding | None:
    """Tell the letter before order numbers that marks amounts below zero: cancellations or returns."""
    mark = find_mark(context.facts)
    if mark is None:
        return None
    title = (
        f"{mark.column} begins with {mark.sign} on {plural(mark.rows, 'row')}, and there {mark.amount} is below zero "
        f"({percent(mark.share)} of them): these look like cancellations or returns."
    )
    evidence = {"sign": mark.sign, "rows": mark.rows, "below_zero": mark.share, "without": mark.without}
    advice = f"Count them apart from purchases: {counted(mark.rows)} rows would lower what visitors bought."
    return Finding("derived", Severity.NOTICE, (mark.column, mark.amount), title, evidence, advice)
