"""What no longer stays the same for a visitor, or is given by another column: whose rows, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.became import became
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Flags, Floats, Kind
from clientela.monitoring.constants import paired
from clientela.monitoring.contract import Rule
from clientela.monitoring.fitting import Bins
from clientela.monitoring.lookups import commonest
from clientela.monitoring.restored import LEAST_CAPPED, MOST, added, rounded_off, same
from clientela.monitoring.rules import Break
from clientela.statistics.two_samples import homogeneity_p

MOVED = 1e-3
"""Chance below which the values of the very same visitors moved."""

KEPT_EXACTLY = 1e-9
"""How far a number that is kept for a visitor may be from itself."""

LEVELS_OF_A_FLAG, WITH_OUTCOME = 2, 0.9
"""Levels of a label with outcomes, and share of the changed rows that must have one, twice what so many of all may
have."""


def search_constants(case: Case, breaks: Sequence[Break], *, numbers: bool) -> None:
    """Name what visitors no longer keep: columns on the rows of others, or the visitors where they keep nothing."""
    for who in dict.fromkeys(item.rule.left for item in breaks):
        mine = [item for item in breaks if item.rule.left == who and not set(item.rule.columns) & case.explained]
        kept = [rule for rule in case.baseline.contract.rules if rule.kind == "constant" and rule.left == who]
        renewed = [item for item in mine if _renewed(case, item.rule)]
        others = [item for item in mine if item not in renewed]
        if len(others) == len(kept) > 1:
            _kept_no_more(case, others, (who,), Cause.ROW_MISALIGNMENT)
            continue
        for item in [item for item in (*others, *renewed) if item.rule.right in case.batch.numbers]:
            if (found := _one_more(case, item)) is not None:
                case.add(found)
        others, renewed = (
            [item for item in items if item.rule.right not in case.explained] for items in (others, renewed)
        )
        # numbers may be rounded or multiplied, which their own search tells
        others = [item for item in others if numbers or item.rule.right not in case.batch.numbers]
        for item in [item for item in (*others, *renewed) if item.rule.right in case.batch.texts]:
            if item.rule.right not in case.explained and (found := what_became(case, item)) is not None:
                case.add(found)
        others = [item for item in others if item.rule.right not in case.explained]
        renewed = [item for item in renewed if item.rule.right not in case.explained]
        if others:
            _kept_no_more(case, others, tuple(item.rule.right for item in others), Cause.ROW_MISALIGNMENT)
        for item in renewed:
            if numbers or item.rule.right not in case.batch.numbers:
                _kept_no_more(case, [item], (item.rule.right,), Cause.METRIC_DEFINITION)


def outcomes(case: Case, name: str) -> Flags | None:
    """Return which rows have an outcome, the rarer of both levels of the label; None where a column is the label."""
    label = case.baseline.facts.label
    levels = case.baseline.contract.term(label).levels if label and case.batch.has(label) else ()
    return None if len(levels) != LEVELS_OF_A_FLAG or name == label else case.batch.holding(label, levels[-1])


def _one_more(case: Case, item: Break) -> Found | None:
    """Return that a number of visitors is one more, or less, than it was by one difference for all; None otherwise.

    Values of other visitors differ in many ways. Where it is so only in rows with an outcome, it was read after that.
    """
    rule = item.rule
    both = paired(rule, case.batch, case.reference)
    now, known = (both[part].fill_null(float("nan")).to_numpy() for part in ("now", "known"))
    held: Flags = np.isfinite(now) & np.isfinite(known)
    rows = held & (now != known)
    cause, words = added(now[rows], known[rows], KEPT_EXACTLY)
    if cause is not Cause.METRIC_DEFINITION or np.unique(known[rows]).size < LEAST_CAPPED:
        return None
    count = int(rows.sum())
    evidence = {"rule": rule.told, "rows": count, "share": float(rows.mean()), "p": item.chance}
    if (rounded := _rounded(now[rows], known[rows])) is not None:
        what = f'{rounded}: it breaks the rule "{rule.told}" in {count:,} rows'
        return Found(Cause.PRECISION, (rule.right,), evidence, rows, (Cause.METRIC_DEFINITION,), what)
    causes, where = [Cause.METRIC_DEFINITION, Cause.TRAIN_SERVE_SKEW], ""
    happened = outcomes(case, rule.right)
    if happened is not None and happened[held].mean() < WITH_OUTCOME / 2 and happened[rows].mean() > WITH_OUTCOME:
        causes.reverse()
        where = f", only where {case.baseline.facts.label} tells an outcome"
    what = f'{words}{where}: it breaks the rule "{rule.told}" in {count:,} rows'
    return Found(causes[0], (rule.right,), evidence, rows, (causes[1], Cause.ROW_MISALIGNMENT), what)


def _rounded(now: Floats, known: Floats) -> str | None:
    """Return in words that numbers were rounded, which explains more of the different ones than what was added to most.

    Most customers have one rate of tax, so that all of these have one difference.
    """
    pairs = np.unique(np.stack([now, known]), axis=1)
    cause, words = rounded_off(pairs[0], pairs[1], KEPT_EXACTLY)
    by = float(np.median(now - known))
    told = cause is Cause.PRECISION and same(pairs[0], pairs[1] + by, KEPT_EXACTLY) < MOST
    return words if told else None


def what_became(case: Case, item: Break) -> Found | None:
    """Return what became of a category that other columns, or its visitor, give row by row."""
    rule, now = item.rule, case.batch.texts[item.rule.right]
    constant = rule.kind == "constant"
    known = paired(rule, case.batch, case.reference)["known"] if constant else given_levels(case, rule)
    told = became(known, now)
    if told is None:
        return None
    fresh = set(told.levels.values()) - set(case.reference.texts[rule.right].unique())
    if told.cause is Cause.CATEGORY_MERGED and len(told.levels) == len(fresh) == 1:
        ((old, new),) = told.levels.items()
        told = replace(told, cause=Cause.CATEGORY_RENAMED, words=f"{old!r} is now {new!r}")
    count = int(item.rows.sum())
    evidence = {"rule": rule.told, "rows": count, "share": float(item.rows.mean()), "p": item.chance}
    evidence |= {"levels": list(told.levels)[:10]}
    causes = (Cause.METRIC_DEFINITION, Cause.CATEGORY_MERGED, Cause.CATEGORY_PERMUTED, Cause.ROW_MISALIGNMENT)
    others = tuple(one for one in causes if one is not told.cause)
    what = f'{told.words}: it breaks the rule "{rule.told}" in {count:,} rows'
    return Found(told.cause, (rule.right,), evidence, item.rows, others, what)


def exchanged(case: Case, item: Break) -> Found | None:
    """Return that a category changed places with another column, which holds what the first one should."""
    rule, count = item.rule, int(item.rows.sum())
    if rule.kind != "determines" or rule.right not in case.batch.texts:
        return None
    other = _held_by(case, item, given_levels(case, rule))
    if not other:
        return None
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in (rule.right, other))
    evidence = {"rule": rule.told, "rows": count, "share": float(item.rows.mean()), "p": item.chance}
    what = f'are exchanged, which breaks the rule "{rule.told}" in {count:,} rows'
    return Found(
        Cause.COLUMN_SWAP, columns, evidence, item.rows, (Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION), what
    )


def same_values(case: Case, item: Break, name: str) -> bool:
    """Tell whether a category holds in all rows together what another column gives them, only in other rows.

    Args:
        case: The batch.
        item: A rule by which the other column gives it.
        name: The category.
    """
    rule = item.rule
    if rule.kind != "determines" or rule.right != name or name not in case.batch.texts:
        return False
    both = pl.DataFrame({"now": case.batch.texts[name], "known": given_levels(case, rule)}).drop_nulls()
    counts = [both.group_by(part).len().rename({part: "level"}) for part in ("now", "known")]
    table = counts[0].join(counts[1], on="level", how="full", coalesce=True, suffix="_known").fill_null(0)
    apart = float((table["len"].cast(pl.Int64) - table["len_known"].cast(pl.Int64)).abs().to_numpy().sum()) / 2
    return apart < (1 - MOST) * float(item.rows.sum())


def given_levels(case: Case, rule: Rule) -> pl.Series:
    """Return for each row of the batch the level that the one on the left gives."""
    given = commonest(case.reference.texts[rule.left], case.reference.texts[rule.right])
    rows = pl.DataFrame({"left": case.batch.texts[rule.left]})
    return rows.join(given, on="left", how="left", maintain_order="left")["right"]


def _held_by(case: Case, item: Break, known: pl.Series) -> str:
    """Return the column that holds in the broken rows what the broken one should; "" where none does but by chance."""
    rows, name = pl.Series(item.rows), item.rule.right
    level = math.log(case.alpha(len(case.baseline.contract.terms)))
    for term in case.terms(Kind.CATEGORY, Kind.TEXT):
        if term.name in item.rule.columns:
            continue
        same = (case.batch.texts[term.name] == known).fill_null(value=False).filter(rows).to_numpy()
        usual = (case.reference.texts[term.name] == case.reference.texts[name]).fill_null(value=False).to_numpy()
        if same.mean() > MOST and same.sum() * math.log(max(float(usual.mean()), 1 / usual.size)) < level:
            return term.name
    return ""


def _kept_no_more(case: Case, breaks: Sequence[Break], columns: tuple[str, ...], cause: Cause) -> None:
    rows = np.any([item.rows for item in breaks], axis=0)
    told = breaks[0].rule.told
    evidence = {"rule": told, "rows": int(rows.sum()), "share": float(rows.mean()), "p": breaks[0].chance}
    others = tuple(one for one in (Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION) if one is not cause)
    case.add(Found(cause, columns, evidence, rows, others, f'breaks the rule "{told}" in {rows.sum():,} rows'))


def _renewed(case: Case, rule: Rule) -> bool:
    """Tell whether the very same visitors have other values than before, rather than those of each other."""
    both = paired(rule, case.batch, case.reference).drop_nulls()
    if rule.right in case.batch.numbers:
        known, now = both["known"].to_numpy(), both["now"].to_numpy()
        bins = Bins.made(known, now)
        return homogeneity_p(bins.counts(now), bins.counts(known)) < MOVED
    counts = [both[part].value_counts(name="rows").rename({part: "value"}) for part in ("now", "known")]
    table = counts[0].join(counts[1], on="value", how="full", coalesce=True).fill_null(0).sort("value")
    return homogeneity_p(table["rows"].to_numpy(), table["rows_right"].to_numpy()) < MOVED
