"""Which columns go together, and which say the same."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Checked, Context, RefusalError, conclude
from clientela.audit.measuring import ERROR
from clientela.audit.result import Relation
from clientela.audit.wording import plural, several
from clientela.domain.column import Role
from clientela.domain.finding import Finding, Severity

Codes = NDArray[np.int64]

SAME = 0.99
"""Strength from which two columns say the same: at most 2 % of variance unshared."""

RECODED = 0.97
"""Strength from which two categories may name each other but for a few exceptions."""

EXCEPTIONS = 0.02
"""Share of rows that may be such exceptions, either way."""

MEDIUM = 0.3
"""Medium effect for a correlation, and for w of two categories: V times the root of the fewer levels less one."""

MEDIUM_MIXED = 0.243
"""Medium effect for a category and a number: f = .25, a correlation ratio of .243 (all three: Cohen 1988)."""

NAMED_PAIRS = 10


def redundant(context: Context) -> Checked:
    """Find groups of columns that say the same: strength of at least .99 within the group, on the sample."""
    groups = redundant_groups(context)
    findings = []
    if groups:
        names = tuple(name for name in context.facts.names if any(name in group for group in groups))
        shown = " and ".join(several(group) for group in groups[:2])
        title = f"{shown} say the same" + (
            f"; so do {plural(len(groups) - 2, 'more group')}." if len(groups) > 2 else "."
        )
        advice = "Keep one of each group: the others add no knowledge and split the credit for it."
        evidence = {"groups": [list(group) for group in groups], "least_strength": SAME, "rows": context.facts.sampled}
        findings = [Finding("redundant", Severity.NOTICE, names, title, evidence, advice)]
    size = len(context.matrix.names)
    return conclude("redundant", findings, size if size > 1 else 0, "pairs of columns that determine each other")


def redundant_groups(context: Context) -> list[tuple[str, ...]]:
    """Return the groups of features that say the same, largest first."""
    matrix = context.matrix
    features = {column.name for column in context.of(Role.FEATURE, Role.REVENUE, Role.OUTCOME)}
    kept = [i for i, name in enumerate(matrix.names) if name in features]
    left, groups = list(kept), []
    while left:
        first = left.pop(0)
        group = [first, *(i for i in left if _same(context, first, i))]
        left = [i for i in left if i not in group]
        if len(group) > 1:
            groups.append(tuple(matrix.names[i] for i in group))
    return sorted(groups, key=lambda group: -len(group))


def _same(context: Context, first: int, second: int) -> bool:
    """Whether a pair is as strong as can be and, unless both are numeric, each value goes with one of the other."""
    matrix = context.matrix
    numeric = max(first, second) < matrix.numeric
    if not (matrix.strength[first, second] >= (SAME if numeric else RECODED) and matrix.p_value[first, second] < ERROR):
        return False
    if numeric:
        return True
    one, other = (context.facts.arrays.identity[matrix.names[i]] for i in (first, second))
    return max(_exceptions(one, other), _exceptions(other, one)) <= EXCEPTIONS


def _exceptions(key: Codes, value: Codes) -> float:
    """Return the share of rows whose value is not the commonest one of their key."""
    both, counts = np.unique(key * (int(value.max()) + 1) + value, return_counts=True)
    most = np.zeros(int(key.max()) + 1)
    np.maximum.at(most, both // (int(value.max()) + 1), counts)
    return 1 - float(most.sum()) / key.size


def association(context: Context) -> Checked:
    """Name the strongest relations that are not chance (Holm over all pairs, error 1 %) and not redundancy.

    Told from a medium effect on: a correlation of .3, a correlation ratio of .243, w of .3 (Cohen 1988). The title
    names the three strongest, the finding the columns of the ten strongest. Cells that stand for missing do not count.
    """
    matrix = context.matrix
    if len(matrix.names) < 2:
        raise RefusalError("fewer than two columns to relate")
    pairs = len(matrix.names) * (len(matrix.names) - 1) // 2
    related = [r for r in matrix.relations(pairs) if _medium(context, r) and _telling(context, r)]
    strong = [r for r in related if r.strength < SAME]
    if not strong:
        return conclude("association", (), len(matrix.names), "all pairs of columns for a strong relation")
    shown = strong[:3]
    parts = [f"{r.first} with {r.second} ({r.strength:.2f}{_direction(r)})" for r in shown]
    more = len(strong) - len(shown)
    title = f"The strongest relations: {several(parts)}" + (f"; {plural(more, 'more pair')}." if more else ".")
    evidence = {
        "pairs": pairs,
        "strong": len(strong),
        "strongest": [[r.first, r.second, r.strength, r.measure] for r in strong[:NAMED_PAIRS]],
        "median": float(np.nanmedian(matrix.strength[np.triu_indices(len(matrix.names), 1)])),
        "rows": context.facts.sampled,
    }
    advice = "Read related columns together: a rule on one of them speaks for the others too."
    names = tuple(dict.fromkeys(name for r in strong[:NAMED_PAIRS] for name in (r.first, r.second)))
    return Checked((Finding("association", Severity.INFO, names, title, evidence, advice),))


def _medium(context: Context, relation: Relation) -> bool:
    if relation.kind == "mixed":
        return relation.strength >= MEDIUM_MIXED
    if relation.kind == "numeric":
        return relation.strength >= MEDIUM
    bins = context.facts.arrays.bins
    fewer = min(int(np.unique(bins[name][bins[name] > 0]).size) for name in (relation.first, relation.second))
    return relation.strength * math.sqrt(max(fewer - 1, 1)) >= MEDIUM


def _telling(context: Context, relation: Relation) -> bool:
    left = set(context.roles.identifiers)
    return relation.first not in left and relation.second not in left


def _direction(relation: Relation) -> str:
    return {1: ", both rise together", -1: ", one falls as the other rises", 0: ""}[relation.sign]
