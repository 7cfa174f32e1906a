"""Columns of texts that hold each other's values, or those of their neighbours."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Flags, Kind, Side
from clientela.monitoring.levels import Levels, counted, spelled
from clientela.statistics.tails import chi_square_tail
from clientela.statistics.two_samples import homogeneity_p, normal_p

LEAST = 5
MOST = 0.8
"""Share of the cells that are strange in one column and must be known in another one."""

COMMON = 0.05
"""Share of the rows of a column whose words another column has too, from which words tell nothing."""

MOVED, AS_BEFORE = 1e-6, 1e-3
"""Chances below which a column moved, and above which it is like another one."""

SHARES = (1.0, 0.9, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1)
"""Shares of the rows in which two columns may be exchanged."""

LEAST_COPIED, LEAST_VALUES, NEARLY_ALL, LEAST_ERROR = 0.1, 3, 0.995, 0.25
"""Share of the rows in which one column must hold another one's value, the values that must show it where it is a part,
the share from which it is all of them, and the least error of a count (a half, squared)."""

SEEN = 2_000
"""Rows on which it is first asked whether two columns hold one value at all."""

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
    _copied(case)


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
    for other, name in list(found.items()):
        # beside new items of its own, a column holds in the same rows what the other one has lost to it
        cells = case.batch.texts[name].filter(_strange(case, other))
        if name not in found and len(cells.drop_nulls()) >= LEAST and _known_in(case, cells, other) >= MOST:
            found[name] = other
    return found


def _strange(case: Case, name: str) -> pl.Series:
    known = case.reference.texts[name].drop_nulls().unique()
    texts = case.batch.texts[name]
    return (texts.is_not_null() & ~texts.is_in(known.implode())).fill_null(value=False)


def _known_in(case: Case, odd: pl.Series, other: str) -> float:
    known = case.reference.texts[other].drop_nulls().unique()
    return float(odd.is_in(known.implode()).fill_null(value=False).to_numpy().mean())


def _shared(case: Case, name: str, other: str) -> bool:
    """Tell whether two columns draw on the same words anyway: what is new in one is then often known in the other."""
    first, second = case.reference.texts[name], case.reference.texts[other]
    return any(
        float(one.is_in(two.drop_nulls().unique().implode()).fill_null(value=False).to_numpy().mean()) > COMMON
        for one, two in ((first, second), (second, first))
    )


def _swapped(case: Case, name: str, other: str, share: float) -> None:
    own, its = (_strange(case, one).to_numpy() for one in (name, other))
    back = its.mean()
    if max(share, back) > EVEN * min(share, back):
        return
    rows = own & its if np.sum(own & its) > MOST * min(own.sum(), its.sum()) else own | its
    share = float(rows.mean())
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in (name, other))
    what = f"hold each other's values in {share:.0%} of the rows"
    evidence = {"rows": int(rows.sum()), "share": share}
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


def _copied(case: Case) -> None:
    """Look for two columns that hold one value in more rows than before, whatever value it is: one was read twice."""
    if case.later:
        return  # codes of two columns that are alike by chance may come together in a season
    names = [term.name for term in case.terms(Kind.CATEGORY, Kind.TEXT)]
    level = case.alpha(max(1, len(names) * (len(names) - 1)))
    for first, second in itertools.combinations(names, 2):
        if {first, second} & case.explained or float(_same(case.batch, first, second, SEEN).mean()) < LEAST_COPIED / 2:
            continue
        taker, giver = sorted((first, second), key=lambda name: _as_was(case, name))
        share, chance = _taken_over(case, taker, giver)
        if share < LEAST_COPIED or chance > level:
            continue
        others = (Cause.COLUMN_SHIFT, Cause.METRIC_DEFINITION)
        what = f"hold one value in about {share:.0%} of the rows, in which {taker} took that of {giver}"
        case.add(Found(Cause.COLUMN_SWAP, (first, second), {"share": share, "from": giver}, None, others, what))


def _same(side: Side, first: str, second: str, rows: int | None = None) -> Flags:
    """Return in which rows, or the first ones of them, two columns hold one value."""
    one, two = (side.texts[name] if rows is None else side.texts[name].head(rows) for name in (first, second))
    return (one == two).fill_null(value=False).to_numpy()


def _as_was(case: Case, name: str) -> float:
    levels = counted(case, name)
    return homogeneity_p(levels.now, levels.known)


def _taken_over(case: Case, taker: str, giver: str) -> tuple[float, float]:
    """Return in which share of the rows one column took the value of another, and the chance of that.

    The share is 0 where it is not the same for all values, for visitors of one kind may have two of them alike.
    """
    words, *places = spelled(case, giver)
    equal = [_same(side, taker, giver).astype(np.float64) for side in (case.reference, case.batch)]
    counts = [
        np.bincount(part, weight, len(words) + 1)[:-1]
        for part, same in zip(places, equal, strict=True)
        for weight in (np.ones(part.size), same)
    ]
    there = (counts[0] > 0) & (counts[2] > 0)
    base, usual, rows, same = (count[there] for count in counts)
    before = usual / base
    expected, apart = rows * before, rows - rows * before
    asked = apart >= LEAST
    if not asked.any():
        return 0.0, 1.0
    share = float((same - expected).sum() / apart.sum())
    spread = np.sqrt(np.sum(rows * before * (1 - before) * (1 + rows / base)) + 1)
    held = before + max(0.0, share) * (1 - before)
    errors = rows * held * (1 - held) + (rows * (1 - share)) ** 2 * np.maximum(before * (1 - before), 1 / base) / base
    apart_by = float(np.sum(((same - rows * held)[asked]) ** 2 / np.maximum(errors[asked], LEAST_ERROR)))
    alike = int(asked.sum()) >= LEAST_VALUES and chi_square_tail(int(asked.sum()) - 1, apart_by) > AS_BEFORE
    whole = share > NEARLY_ALL and int(asked.sum()) > 1
    return (share if alike or whole else 0.0), normal_p(float((same - expected).sum() / spread))
