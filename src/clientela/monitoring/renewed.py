"""Lists that were kept up to date for one kind of items, as the prices of one brand: no break."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from clientela.domain.incident import Cause, ShiftKind
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Flags
from clientela.monitoring.constants import paired
from clientela.monitoring.contract import Rule
from clientela.monitoring.lookups import RENEWED
from clientela.monitoring.rules import broken

SLIGHT = 0.05
"""Part by which lists are kept up to date: rates of tax begin there, and currencies and units are mostly further."""

WHOLE = 0.95
"""Share of the rows of one kind that have a new number, and share of the rows with one that are of this kind."""


def renewed(case: Case, found: Found, rule: Rule) -> Found | None:
    """Return the shift that a factor is, where one kind of items has new numbers throughout and all rules of them hold.

    Args:
        case: The batch.
        found: The factor as a break, in the rows that have another number than their item had.
        rule: That the number stays the same for each item.

    Returns:
        None where it is a break: of the reference's own time, of many items or some of their rows, of several kinds,
        by more than lists change, or where what is derived from the number contradicts it.
    """
    factor = found.evidence.get("factor")
    slight = found.cause is Cause.METRIC_DEFINITION and factor is not None and abs(factor - 1) < SLIGHT
    if not (slight and case.later) or found.rows is None or _contradicted(case, rule.right, found.rows):
        return None
    both = paired(rule, case.batch, case.reference)
    rows = both.with_columns(pl.Series("who", case.batch.texts[rule.left]), pl.Series("new", found.rows)).drop_nulls()
    items = rows.group_by("who").agg(pl.col("new").any(), whole=pl.col("new").all() & (pl.col("now").n_unique() == 1))
    new = items.filter("new")
    if not new["whole"].all() or new.height >= RENEWED * items.height:
        return None
    kind = _kind(case, rule, found.rows, (both["now"].is_not_null() & both["known"].is_not_null()).to_numpy())
    if kind is None:
        return None
    what = f"is {factor:.4g} times what it was for all of {kind[0]} {kind[1]!r}, in {found.rows.sum():,} rows"
    evidence = {**found.evidence, "kind": list(kind)}
    return replace(found, cause=ShiftKind.RENEWED, evidence=evidence, alternatives=(), what=what)


def _contradicted(case: Case, name: str, rows: Flags) -> bool:
    """Tell whether rules by which other columns follow from a number are broken in its rows."""
    rules = (rule for rule in case.baseline.contract.rules if name in rule.columns and rule.kind != "constant")
    rules = (rule for rule in rules if rule.kind != "determines" and not set(rule.columns) & case.explained)
    asked = (rule for rule in rules if all(map(case.batch.has, rule.columns)))
    return any(broken(rule, case.batch, case.reference)[rows].mean() > 1 - WHOLE for rule in asked)


def _kind(case: Case, rule: Rule, new: Flags, known: Flags) -> tuple[str, str] | None:
    """Return a column that items keep, and its level that all items with new numbers have and hardly another."""
    for one in case.baseline.contract.rules:
        if one.kind != "constant" or one.left != rule.left or one.right not in case.batch.texts:
            continue
        levels = case.batch.texts[one.right].filter(pl.Series(new)).drop_nulls().value_counts(sort=True)
        level = str(levels[one.right][0]) if levels.height else ""
        inside = case.batch.holding(one.right, level) & known
        both = float(np.sum(inside & new))
        if levels.height and both > WHOLE * new.sum() and both > WHOLE * inside.sum():
            return one.right, level
    return None
