"""Columns of texts that hold each other's values, or those of their neighbours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Kind
from clientela.monitoring.levels import Levels, counted
from clientela.statistics.two_samples import homogeneity_p

LEAST = 5
MOST = 0.8
"""Share of the cells that are strange in one column and must be known in another one."""

COMMON = 0.05
"""Share of the rows of a column whose words another column has too, from which words tell nothing."""

MOVED, AS_BEFORE = 1e-6, 1e-3
"""Chances below which a column moved, and above which it is like another one."""

SHARES = (1.0, 0.9, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1)
"""Shares of the rows in which two columns may be exchanged."""

EVEN = 3.0
"""Times that one of two columns may have more strange cells than the other, where both were exchanged."""


def search_text_exchanges(case: Case) -> None:
    """Look for cells that are unknown in their column and known in another one: a swap, or a shift by one column."""
    names = [term.name for term in case.terms(Kind.CATEGORY, Kind.TEXT)]
    takes = _takes(case, names)
    chain = {name: other for name, other in takes.items() if other not in takes or takes[other] != name}
    if len(chain) >= 2 and any(other in chain for other in chain.values()):
        _shifted(case, chain)
    for name in names:
        other = takes.get(name, "")
        if other and takes.get(other) == name and not {name, other} & case.explained:
            _swapped(case, name, other, _strange(case, name).to_numpy().mean())
    _alike(case)


def _takes(case: Case, names: list[str]) -> dict[str, str]:
    """Return by column the other one that knows its strange cells."""
    found = {}
    for name in names:
        odd = case.batch.texts[name].filter(_strange(case, name))
        if len(odd) < max(LEAST, FLOOR * case.batch.rows):
            continue
        others = {other: share for other in names if other != name and (share := _known_in(case, odd, other)) >= MOST}
        best = max(others, key=lambda other: others[other], default="")
        if best and not _shared(case, name, best):
            found[name] = best
    return found


def _strange(case: Case, name: str) -> pl.Series:
    known = case.reference.texts[name].drop_nulls().unique()
    texts = case.batch.texts[name]
    return (texts.is_not_null() & ~texts.is_in(known.to_list())).fill_null(value=False)


def _known_in(case: Case, odd: pl.Series, other: str) -> float:
    known = case.reference.texts[other].drop_nulls().unique().to_list()
    return float(odd.is_in(known).fill_null(value=False).to_numpy().mean())


def _shared(case: Case, name: str, other: str) -> bool:
    """Tell whether two columns draw on the same words anyway: what is new in one is then often known in the other."""
    first, second = case.reference.texts[name], case.reference.texts[other]
    return any(
        float(one.is_in(two.drop_nulls().unique().to_list()).fill_null(value=False).to_numpy().mean()) > COMMON
        for one, two in ((first, second), (second, first))
    )


def _swapped(case: Case, name: str, other: str, share: float) -> None:
    back = _strange(case, other).to_numpy().mean()
    if max(share, back) > EVEN * min(share, back):
        return
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in (name, other))
    what = f"hold each other's values in {share:.0%} of the rows"
    rows = (_strange(case, name) | _strange(case, other)).to_numpy()
    evidence = {"rows": int(rows.sum()), "share": float(share)}
    case.add(Found(Cause.COLUMN_SWAP, columns, evidence, rows, (Cause.COLUMN_SHIFT,), what))


def _shifted(case: Case, chain: Mapping[str, str]) -> None:
    touched = {*chain, *chain.values()}
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in touched)
    rows = pl.DataFrame([_strange(case, name).alias(name) for name in chain]).select(pl.any_horizontal(pl.all()))
    flags = rows.to_series().to_numpy()
    what = f"hold the values of their neighbours in {flags.mean():.0%} of the rows"
    evidence = {"takes": dict(chain), "rows": int(flags.sum()), "share": float(flags.mean())}
    case.add(Found(Cause.COLUMN_SHIFT, columns, evidence, flags, (Cause.COLUMN_SWAP,), what))


def _alike(case: Case) -> None:
    """Two columns with the same levels, each of which now has the shares of the other, in all rows or in a part."""
    names = [term.name for term in case.terms(Kind.CATEGORY) if len(term.levels) > 1]
    both = {name: counted(case, name) for name in names}
    moved = [name for name, one in both.items() if homogeneity_p(one.now, one.known) < MOVED]
    for place, first in enumerate(moved):
        for second in moved[place + 1 :]:
            if {first, second} & case.explained:
                continue
            share = next((one for one in SHARES if _exchanged(both[first], both[second], one)), 0.0)
            if not share:
                continue
            others = (Cause.METRIC_DEFINITION, Cause.CATEGORY_PERMUTED)
            what = "have each other's shares of the same levels"
            what += "" if share == 1 else f" in about {share:.0%} of the rows"
            case.add(Found(Cause.COLUMN_SWAP, (first, second), {"share": share}, None, others, what))


def _exchanged(one: Levels, other: Levels, share: float) -> bool:
    """Tell whether a share of the rows of two columns, exchanged, makes both as they are."""
    return _like(one, other, share) and _like(other, one, share)


def _like(one: Levels, other: Levels, share: float) -> bool:
    """Tell whether one column's batch is like its reference with a share of the rows from the other one's."""
    known, own = (dict(zip(part.names, part.known.tolist(), strict=True)) for part in (other, one))
    now = dict(zip(one.names, one.now.tolist(), strict=True))
    names = sorted({*known, *own, *now})
    size = float(one.known.sum())
    taken = [known.get(name, 0.0) * size / max(1.0, float(other.known.sum())) for name in names]
    mixed = [share * theirs + (1 - share) * own.get(name, 0.0) for name, theirs in zip(names, taken, strict=True)]
    counts = np.array([now.get(name, 0.0) for name in names])
    return homogeneity_p(counts, np.array(mixed)) > AS_BEFORE
