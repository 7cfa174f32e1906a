"""Rows that hold one value in several columns and are no machines': a new item, or visits read at their beginning.

Machines have few origins, and do not buy. Rows whose visitors, places and outcomes are those of all others lost what
their measures were; rows in which a level that was never seen brings all the others with it are that level's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Flags, Kind, Side
from clientela.statistics.two_samples import homogeneity, share_p

LEAST_MEASURES = 3
"""Measures that must hold one value each in the same rows, so that they were read at one moment."""

LEAST_BOUGHT, AS_OFTEN, SURELY_FEWER = 5, 0.5, 1e-3
"""Rows that must say yes to the label, their share by that of the others, and the chance below which it is less."""

SPREAD = 0.5
"""Part of the different names that as many other rows have, from which rows are of as many visitors."""

ANOTHER_MIX = 0.1
"""Distance (chi-square over the rows it is made of) of the mix of rows and of all others, from which it is another."""

CONSTANT, CHANGED = 0.95, 1e-6
"""Share of the rows that hold a measure's value, and the chance that as many others do."""

UNSURE = 0.02
"""Share of the levels that may have had two values, where a column gives another."""


def no_machines(case: Case, values: Mapping[str, float | str], rows: Flags) -> Found | None:
    """Return what rows are that hold one value each in several columns; None where they may be machines'.

    Args:
        case: The batch.
        values: Columns with their value, at least two.
        rows: Rows of the batch that hold them all.
    """
    return _new_level(case, values, rows) or _taken_early(case, values, rows)


def bought(case: Case, rows: Flags) -> bool:
    """Tell whether the label says yes in as many of some rows as in the others; not where there is no label."""
    question = case.baseline.facts.question
    if question is None or not case.batch.has(question.label):
        return False
    answers = question.answers(case.batch)
    counts = [(int(np.nansum(answers[part])), int((~np.isnan(answers[part])).sum())) for part in (rows, ~rows)]
    (yes, size), (usual, base) = counts
    as_often = yes >= LEAST_BOUGHT and yes * base >= AS_OFTEN * usual * size
    return as_often and (yes * base >= usual * size or share_p(yes, size, usual, base) > SURELY_FEWER)


def told_value(value: float | str) -> str:
    """Return a value as a title tells it.

    >>> told_value(2700.0)
    '2700'
    """
    return value if isinstance(value, str) else f"{value:.12g}"


def _new_level(case: Case, values: Mapping[str, float | str], rows: Flags) -> Found | None:
    """Look for levels that were never seen, by which all the other values are given, in rows of usual visitors."""
    categories = {term.name for term in case.terms(Kind.CATEGORY)}
    unseen = {name: value for name, value in values.items() if not case.reference.holding(name, value).any()}
    fresh = [name for name in unseen if name in categories]
    known = [name for name in values if name not in unseen]
    given = (any(_gives(case.reference, one, name) for one in fresh) for name in values if name not in fresh)
    if not fresh or not all(given) or not _of_many(case, rows):
        return None
    share = float(rows.mean())
    evidence = {"values": dict(values), "rows": int(rows.sum()), "share": share}
    columns = tuple(term.name for term in case.terms(Kind.CATEGORY) if term.name in fresh)
    told = ", ".join(f"{name} {told_value(values[name])}" for name in (*columns, *known)[:4])
    subject = "hold levels that were" if len(columns) > 1 else "holds a level that was"
    what = f"{subject} never seen in the same {rows.sum():,} rows ({told})"
    item = Found(Cause.CATEGORY_NEW, columns, evidence, rows, (Cause.BOT_TRAFFIC,), what)
    case.explained |= set(values)
    return item


def _gives(side: Side, name: str, other: str) -> bool:
    """Tell whether a category gives another column: each level has one value of it."""
    cells = side.texts[other] if other in side.texts else pl.Series(side.numbers[other], nan_to_null=True)
    pairs = pl.DataFrame({"level": side.texts[name], "cell": cells}).drop_nulls().unique()
    return pairs.height <= (1 + UNSURE) * pairs["level"].n_unique()


def _taken_early(case: Case, values: Mapping[str, float | str], rows: Flags) -> Found | None:
    """Look for measures that stand at one value each in rows that are like all others in all else, outcomes too."""
    measures = {term.name for term in case.terms(Kind.NUMBER)}
    if not set(values) <= measures or len(values) < LEAST_MEASURES:
        return None
    if not bought(case, rows) or not _of_many(case, rows) or not _as_all(case, rows):
        return None
    constant = dict(values) | dict(_constant(case, sorted(measures - set(values)), rows))
    columns = tuple(term.name for term in case.terms(Kind.NUMBER) if term.name in constant)
    evidence = {"values": constant, "rows": int(rows.sum()), "share": float(rows.mean())}
    told = ", ".join(f"{name} {told_value(constant[name])}" for name in columns[:4])
    what = f"stand still in the same {rows.sum():,} rows ({told}), which have outcomes and origins like all others"
    others = (Cause.BOT_TRAFFIC, Cause.NULL_SEMANTICS)
    return Found(Cause.TRAIN_SERVE_SKEW, columns, evidence, rows, others, what)


def _of_many(case: Case, rows: Flags) -> bool:
    """Tell whether rows have about as many different names as other rows of the batch have."""
    others = np.flatnonzero(~rows)
    if not others.size:
        return False
    drawn = others[np.linspace(0, others.size - 1, int(rows.sum())).astype(np.int64)]
    for term in case.terms(Kind.KEY, Kind.TEXT):
        names = case.batch.texts[term.name]
        mine, theirs = names.filter(pl.Series(rows)).drop_nulls(), names.gather(drawn.tolist()).drop_nulls()
        if mine.n_unique() * len(theirs) < SPREAD * theirs.n_unique() * len(mine):
            return False
    return True


def _as_all(case: Case, rows: Flags) -> bool:
    """Tell whether rows have the mix of all others in every category."""
    label = case.baseline.facts.label
    for term in case.terms(Kind.CATEGORY):
        if term.name != label:
            codes = case.batch.texts[term.name].rank("dense").fill_null(0).to_numpy().astype(np.int64)
            mine, theirs = (np.bincount(codes[part], minlength=codes.max() + 1) for part in (rows, ~rows))
            chi2, freedom = homogeneity(mine.astype(np.float64), theirs.astype(np.float64))
            if (chi2 - freedom) * (1 / max(1, mine.sum()) + 1 / max(1, theirs.sum())) > ANOTHER_MIX:
                return False
    return True


def _constant(case: Case, names: list[str], rows: Flags) -> Iterator[tuple[str, float]]:
    """Yield other measures that stand still in the rows too, while others hold them less often."""
    for name in names:
        held = case.batch.numbers[name]
        cells, counts = np.unique(held[rows & ~np.isnan(held)], return_counts=True)
        if cells.size and counts.max() >= CONSTANT * rows.sum():
            value = float(cells[np.argmax(counts)])
            usual, base = int((held[~rows] == value).sum()), int((~rows).sum())
            if share_p(int(counts.max()), int(rows.sum()), usual, base) < CHANGED:
                yield name, value
