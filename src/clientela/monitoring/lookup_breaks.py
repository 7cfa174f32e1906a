"""What broke a lookup: the number that a category gives, or the category, and what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Floats
from clientela.monitoring.contract import Rule
from clientela.monitoring.lookups import given_by, the_list
from clientela.monitoring.restored import MOST, added, capped, moved_or_lost, scaled, wrapped
from clientela.monitoring.rules import Break, is_lookup
from clientela.monitoring.transforms import unit_of

LEAST_LEVELS = 3
"""Levels of broken rows from which they show by what rule the number changed."""

EMPTY = 0.02
"""Part of its rows that a level has left which was made another one."""


def search_lookups(case: Case, breaks: Sequence[Break], *, numbers: bool) -> None:
    """Name the column that broke lookups.

    A category whose rows went to another level, or that no longer gives any of its columns, is named itself; else it is
    the number. What the number did is known row by row, which is surer than its distribution.

    Args:
        case: The batch.
        breaks: All rules that are broken.
        numbers: Whether also numbers are told of which the rows do not show what they did.
    """
    lookups = [item for item in breaks if is_lookup(item.rule, case.batch)]
    for name in dict.fromkeys(item.rule.left for item in lookups):
        mine = [item for item in lookups if item.rule.left == name]
        kept = [rule for rule in _asked(case, name) if rule not in [item.rule for item in breaks]]
        if (found := _levels(case, mine, kept)) is None and len(mine) > 1 and not kept:
            found = _told(mine[0], (name,), Cause.ROW_MISALIGNMENT, "")
        told = [found] if found is not None else [_number(case, item, numbers=numbers) for item in mine]
        for one in told:
            if one is not None:
                case.found = [other for other in case.found if not (other.vague and other.columns == one.columns)]
                case.add(one)


def _asked(case: Case, name: str) -> list[Rule]:
    """Return the rules by which a category gives columns that are not explained."""
    rules = (rule for rule in case.baseline.contract.rules if rule.kind == "determines" and rule.left == name)
    return [rule for rule in rules if all(map(case.batch.has, rule.columns)) and rule.right not in case.explained]


def _levels(case: Case, breaks: Sequence[Break], kept: Sequence[Rule]) -> Found | None:
    """Return what became of a category where the broken rows hold the number of one other level, or of each other's.

    Args:
        case: The batch.
        breaks: Broken lookups of one category.
        kept: Other columns that it still gives, so that the two levels must give the same of each.
    """
    item = max(breaks, key=lambda one: int(one.rows.sum()))
    rule, total = item.rule, int(item.rows.sum())
    sources = the_list(rule, case.reference).unique("right", keep="first").rename({"left": "giver"})
    rows = pl.DataFrame({"taker": case.batch.texts[rule.left], "right": case.batch.numbers[rule.right]})
    pairs = rows.filter(pl.Series(item.rows)).join(sources, on="right", how="left").group_by("giver", "taker").len()
    told = pairs.drop_nulls().sort("len", "giver", descending=[True, False]).rows()
    if not told:
        return None
    giver, taker, count = told[0]
    lists = (dict(the_list(one, case.reference).iter_rows()) for one in kept)
    if any(known.get(giver) != known.get(taker) for known in lists):
        return None
    if len(told) > 1 and told[1][:2] == (taker, giver) and count + told[1][2] > MOST * total >= count:
        return _told(item, (rule.left,), Cause.CATEGORY_PERMUTED, f"{giver!r} and {taker!r} changed places")
    if count <= MOST * total:
        return None
    left = int((case.batch.texts[rule.left] == giver).sum())  # rows that still are the giver's
    gone = left < EMPTY * (left + count)
    cause = Cause.CATEGORY_MERGED if gone else Cause.METRIC_DEFINITION
    part = "all" if gone else f"{count / (left + count):.0%} of the"
    found = _told(item, (rule.left,), cause, f"{part} rows of {giver!r} went to {taker!r}")
    others = (Cause.CATEGORY_RENAMED,) if gone else (Cause.CATEGORY_MERGED, Cause.CATEGORY_PERMUTED)
    return replace(found, alternatives=others)


def _number(case: Case, item: Break, *, numbers: bool) -> Found | None:
    """Return what became of the number; None where only its distribution may tell."""
    rule = item.rule
    now, before = (
        values[item.rows] for values in (case.batch.numbers[rule.right], given_by(rule, case.batch, case.reference))
    )
    held = case.batch.texts[rule.left].filter(pl.Series(item.rows))
    if held.n_unique() >= LEAST_LEVELS:
        within = 0.5 * min(unit_of(now), unit_of(case.reference.numbers[rule.right])) + 1e-9
        for changed in (moved_or_lost, wrapped, capped, scaled, added):
            cause, what = changed(now, before, within)
            beyond = float(np.nanmax(case.batch.numbers[rule.right])) > float(now.max()) + within
            if changed is capped and cause is not Cause.OVERFLOW and beyond:
                continue  # a definition has one limit for all rows
            if what:
                found = _told(item, (rule.right,), cause, what)
                if changed is not scaled:
                    return found
                return replace(found, evidence={**found.evidence, "factor": float(what.split()[1])})
        if (value := _one(now)) is not None:
            return _told(item, (rule.right,), Cause.NULL_SEMANTICS, f"is {value:g} where it was not")
        listed = the_list(rule, case.reference)["right"].to_numpy()
        if np.isin(now, listed).mean() > MOST and np.unique(now).size >= LEAST_LEVELS:
            return _told(item, (rule.right,), Cause.ROW_MISALIGNMENT, "holds the numbers of other levels")
    level = f"is another for {held[0]!r}" if held.n_unique() == 1 else ""
    return _told(item, (rule.right,), Cause.METRIC_DEFINITION, level) if numbers else None


def _one(now: Floats) -> float | None:
    """Return the number that most rows hold."""
    values, counts = np.unique(now, return_counts=True)
    return float(values[counts.argmax()]) if counts.max() > MOST * now.size else None


def _told(item: Break, columns: tuple[str, ...], cause: Cause, what: str) -> Found:
    rule, rows = item.rule.told, int(item.rows.sum())
    evidence = {"rule": rule, "rows": rows, "share": float(item.rows.mean()), "p": item.chance}
    causes = (Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION)
    others = tuple(one for one in causes if one is not cause)
    lead = f"{what}: it " if what else ""
    return Found(cause, columns, evidence, item.rows, others, f'{lead}breaks the rule "{rule}" in {rows:,} rows')
