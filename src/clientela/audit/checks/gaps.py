"""Whether other columns tell where a cell is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from clientela.audit.arrays import MOST_LEVELS
from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.joins.determining import DETERMINED
from clientela.audit.wording import figure, percent, plural, several
from clientela.domain.column import Role
from clientela.domain.finding import Finding, Severity
from clientela.statistics.dependency import agreement, chance_of_equal, pair_counts
from clientela.statistics.multiplicity import holm

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ERROR = 0.01
"""Chance, over all masks and columns together, that any unrelated one is named."""

SMALL = 0.1
"""Least strength: a small effect for a table of counts (Cohen 1988)."""

LEAST_CELLS = 20
ALIKE = 0.95
DAY = 86_400.0
SCREENED = 2000
FEWER_ROWS = 4000


@dataclass(frozen=True)
class _Gap:
    """Columns missing on the same rows, and those rows."""

    columns: tuple[str, ...]
    mask: Mask


def missing_depends(context: Context) -> Checked:
    """Find columns whose gaps other columns tell.

    Null model: the mask of missing cells is independent of each other column, rows where that one is
    missing too left aside (chi-squared on at most 41 values or bins; Holm over all masks and columns, error
    1 %), with a bias-corrected V (Bergsma 2013) of at least .1. The strongest column is named.
    Masks that a join left are not tested: the column belongs to a block, or a key of many values determines the mask.
    """
    every = _gaps(context)
    gaps = [gap for gap in every if not _of_a_key(context, gap)]
    names = [name for name in context.facts.arrays.bins if name not in context.roles.identifiers]
    columns = sum(len(gap.columns) for gap in every)
    strength, p_values = _measured(context, gaps, names)
    found = {}
    for i, gap in enumerate(gaps):
        told = np.where(p_values[i] < ERROR, strength[i], 0.0)
        best = int(np.argmax(told)) if told.size else 0
        if told.size and told[best] >= SMALL:
            found[gap.columns] = {"by": names[best], "strength": float(told[best])} | _where(context, gap, names[best])
    finding = None
    if found:
        ranked = sorted(found, key=lambda group: -float(str(found[group]["strength"])))
        first = found[ranked[0]]
        title = (
            f"Whether {several(ranked[0])} is missing depends on {first['by']}: {percent(float(str(first['share'])))}"
        )
        title += f" where it is {first['where']}, {percent(float(str(first['elsewhere'])))} elsewhere"
        title += f"; {plural(len(found) - 1, 'more gap')} can be told from other columns." if len(found) > 1 else "."
        evidence = {group[0]: found[group] | {"columns": list(group)} for group in ranked}
        advice = "Do not fill these gaps with a mean, and do not drop their rows: keep missing as a value of its own."
        touched = tuple(name for group in ranked for name in group)
        finding = Finding("missing_depends", Severity.NOTICE, touched, title, evidence, advice)
    return conclude("missing_depends", [finding], columns, "gaps that another column tells")


def _gaps(context: Context) -> list[_Gap]:
    facts = context.facts
    joined = {name for block in context.blocks for name in block.columns}
    groups: list[_Gap] = []
    for column in facts.columns.values():
        mask = facts.arrays.missing(column.name)
        if column.name in joined or not LEAST_CELLS <= mask.sum() <= mask.size - LEAST_CELLS:
            continue
        for i, gap in enumerate(groups):
            if (mask & gap.mask).sum() >= ALIKE * (mask | gap.mask).sum():
                groups[i] = _Gap((*gap.columns, column.name), gap.mask)
                break
        else:
            groups.append(_Gap((column.name,), mask))
    return groups


def _of_a_key(context: Context, gap: _Gap) -> bool:
    """Whether a repeated key of many values determines the mask: then a join did not find some of its keys."""
    facts = context.facts
    keys = [facts.arrays.identity[c.name] - 1 for c in (*facts.text, *context.of(Role.IDENTIFIER))]
    if context.time is not None:
        seconds = facts.arrays.numbers[context.time]
        keys.append(np.where(np.isnan(seconds), -1, np.nan_to_num(seconds) // DAY).astype(np.int64))
    value = gap.mask.astype(np.int64)
    chance = chance_of_equal(value)
    for key in keys:
        known = key >= 0
        if known.any() and np.unique(key[known]).size > MOST_LEVELS:
            equal, pairs = pair_counts(key, value)
            if pairs >= FEWER_ROWS / MOST_LEVELS and agreement(equal, pairs, chance) >= DETERMINED:
                return True
    return False


def _measured(context: Context, gaps: Sequence[_Gap], names: Sequence[str]) -> tuple[Floats, Floats]:
    """Return strength and adjusted p-value by mask and column; many of them are screened on fewer rows first."""
    size = (len(gaps), len(names))
    strength, p_values = np.zeros(size), np.full(size, np.nan)
    rows = context.facts.sampled
    few = slice(0, None, max(1, rows // FEWER_ROWS if len(gaps) * len(names) > SCREENED else 1))
    for j, name in enumerate(names):
        codes = context.facts.arrays.bins[name]
        for i, gap in enumerate(gaps):
            if name in gap.columns:
                continue
            strength[i, j], p_values[i, j] = _dependence(codes[few], gap.mask[few])
            if few.step > 1 and p_values[i, j] < ERROR:
                strength[i, j], p_values[i, j] = _dependence(codes, gap.mask)
    p_values[:] = holm(p_values.ravel()).reshape(size)
    return strength, np.nan_to_num(p_values, nan=1.0)


def _dependence(codes: NDArray[np.int64], mask: Mask) -> tuple[float, float]:
    """Return bias-corrected V and the p-value of chi-squared for two columns of counts; 0 and NaN where not defined."""
    total = np.bincount(codes)[1:]
    gone = np.bincount(codes[mask], minlength=total.size + 1)[1:]
    used = total > 0
    total, gone = total[used], gone[used]
    n, share = float(total.sum()), float(gone.sum()) / max(float(total.sum()), 1.0)
    if total.size < 2 or not 0 < share < 1:
        return 0.0, np.nan
    chi = float(((gone - share * total) ** 2 / total).sum() / (share * (1 - share)))
    k = total.size
    phi = max(0.0, chi / n - (k - 1) / (n - 1))
    smaller = min(2 - 1 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(min(phi / smaller, 1.0))) if smaller > 0 else 0.0, float(special.chdtrc(k - 1, chi))


def _where(context: Context, gap: _Gap, name: str) -> dict[str, object]:
    """Return the value or bin with the largest excess of gaps, in words, and the shares there and elsewhere."""
    facts = context.facts
    codes = facts.arrays.bins[name]
    known = codes > 0
    total = np.bincount(codes[known]).astype(np.float64)
    gone = np.bincount(codes[known & gap.mask], minlength=total.size)
    share = gone.sum() / total.sum()
    level = int(np.argmax((gone - share * total) / np.sqrt(np.maximum(total, 1))))
    there = codes == level
    outside = known & ~there
    return {
        "where": _level(context, name, there),
        "share": float(gap.mask[there].mean()),
        "elsewhere": float(gap.mask[outside].mean()),
        "missing": float(gap.mask.mean()),
    }


def _level(context: Context, name: str, there: Mask) -> str:
    facts = context.facts
    cells = facts.sample.get_column(name).filter(there)
    if name not in facts.arrays.ranked:
        return str(cells[0])[:40] if cells.n_unique() == 1 else "one of the rarer values"
    if cells.dtype.is_numeric():
        least, largest = (figure(float(value)) for value in np.percentile(cells.to_numpy(), (0, 100)))
    else:
        least, largest = (str(value) for value in cells.sort().gather([0, -1]).cast(pl.String))
    return least if least == largest else f"{least} to {largest}"
