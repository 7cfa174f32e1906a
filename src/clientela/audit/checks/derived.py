"""Columns computed from other columns."""

from __future__ import annotations

from clientela.audit.checking import Checked, Context, RefusalError, conclude
from clientela.audit.deriving import formulas
from clientela.audit.recoding import recodings
from clientela.audit.wording import percent, plural
from clientela.domain.finding import Finding, Severity


def derived(context: Context) -> Checked:
    """Find columns computed from others, with the formula and the share of rows where it holds.

    Numbers: a line, a logarithm, root, square or rounding of one column; sum, difference, product or
    ratio of two. Categories: a number cut into ranges, an indicator, a part of a date, a
    part of a text or two put together, whether another column has a cell. A formula must hold on
    95 % of rows to the rounding of its result, and as much beyond what shuffled rows give (Cohen's
    kappa); a cut on 99 %, with a chance under one in a thousand, over all pairs tested, that its
    levels would lie in one piece each at random. Only related pairs are tried.
    """
    names = context.matrix.names
    if len(names) < 2:
        raise RefusalError("fewer than two columns")
    rules = formulas(context)
    rules |= recodings(context, tuple(rules))
    finding = None
    if rules:
        found = {name: rules[name] for name in context.facts.names if name in rules}
        parts = [f"{rule.target} is {rule.words} ({percent(rule.share)} of rows)" for rule in list(found.values())[:3]]
        more = f"; so are {plural(len(found) - 3, 'more column')}" if len(found) > 3 else ""
        title = f"Some columns are computed from others: {'; '.join(parts)}{more}."
        evidence = {
            rule.target: {"from": list(rule.sources), "rule": rule.words, "holds": rule.share, "rows": rule.rows}
            for rule in found.values()
        }
        advice = "Keep either the column or what it is made of, and compute it the same way on new rows."
        finding = Finding("derived", Severity.NOTICE, tuple(found), title, evidence, advice)
    return conclude("derived", [finding], len(names), "formulas of one and two columns, cuts, parts of dates and texts")
