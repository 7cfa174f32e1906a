"""Columns that no longer go with each other as they did: values on the wrong rows, or levels in each other's place."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Floats, Kind
from clientela.monitoring.crediting import changed_places
from clientela.monitoring.fitting import Bins
from clientela.monitoring.levels import counted
from clientela.monitoring.looking_like import coded
from clientela.statistics.tails import chi_square_tail
from clientela.statistics.two_samples import homogeneity_p, normal_p, shifted

STRONG = 0.15
"""Strength of association (Cramer's V) that is worth watching."""

PARTNERS = 4
ERRORS = 4.5
"""Standard errors (one over the root of the rows, at most) by which an association must have fallen."""

MOVED = 1e-3
"""Chance below which a column's own distribution moved."""

KEPT, KEPT_LATER = 0.85, 0.5
"""Share of an association that may go before rows are called misaligned; a season may change more."""

USUAL_SHARE, MOST_LEVELS = 0.05, 8
"""Share of a level whose rows may show that they are another's, and how many of them are tried."""


def moved(case: Case, name: str) -> bool:
    """Tell whether a column's own distribution moved."""
    if case.baseline.contract.term(name).kind is Kind.CATEGORY:
        levels = counted(case, name)
        return homogeneity_p(levels.now, levels.known) < MOVED
    if name in case.batch.numbers:
        base, batch = case.reference.numbers[name], case.batch.numbers[name]
        bins = Bins.made(base, batch)
        if homogeneity_p(bins.counts(batch), bins.counts(base)) < MOVED:
            return True
        with np.errstate(invalid="ignore"):
            up, up_now = base[base > 0], batch[batch > 0]
        enough = min(up.size, up_now.size) > 2
        return enough and normal_p(shifted(np.log(up_now), np.log(up))) < MOVED
    return False


def excess(case: Case, name: str, but: Sequence[str]) -> float:
    """Return how much of its association with other columns a column lost, but for some of them."""
    gone = 0.0
    for other in _watched(case):
        if other != name and other not in but:
            bond = _bond(case, name, other)
            gone += max(0.0, bond.before - bond.now) if bond.before > STRONG / 2 else 0.0
    return gone


def of_one_block(case: Case, first: Sequence[str], second: Sequence[str]) -> bool:
    """Tell whether columns of two groups still go with each other, as a block of columns on wrong rows does.

    Args:
        case: The batch.
        first: Columns of one group.
        second: Columns of the other one.
    """
    held = [
        name for name in (*first, *second) if case.baseline.contract.term(name).kind in (Kind.NUMBER, Kind.CATEGORY)
    ]
    bonds = (_bond(case, one, other) for one in first for other in second if {one, other} <= set(held))
    return any(bond.before > STRONG and bond.now >= KEPT * bond.before for bond in bonds)


@dataclass(frozen=True)
class Bond:
    """The association of two columns before and now, and the chance that it is the same."""

    before: float
    now: float
    chance: float
    excess: float


def _watched(case: Case) -> list[str]:
    return [term.name for term in case.terms(Kind.NUMBER, Kind.CATEGORY)]


def _bond(case: Case, first: str, second: str) -> Bond:
    codes, fresh, width = coded(case, first)
    other, new, wide = coded(case, second)
    base = np.bincount(codes * wide + other, minlength=width * wide).reshape(width, wide).astype(np.float64)
    batch = np.bincount(fresh * wide + new, minlength=width * wide).reshape(width, wide).astype(np.float64)
    # The batch's table as it would be with the reference's association and its own margins.
    expected = _raked(base + 0.25 / base.size, batch)
    size = min(batch.sum(), base.sum())
    thin = expected * size / max(1.0, batch.sum()) < 5
    gap = (batch - expected) ** 2 / np.maximum(expected * (1 + batch.sum() / base.sum()), 1e-9)
    freedom = max(1, int((~thin).sum()) - width - wide + 1)
    excess = float(gap[~thin].sum())
    return Bond(_strength(base), _strength(batch), chi_square_tail(freedom, excess), excess / freedom)


def _raked(base: Floats, batch: Floats) -> Floats:
    """Fit a table to the margins of another, its odds ratios kept (Deming and Stephan 1940)."""
    table = base.copy()
    rows, columns = batch.sum(axis=1), batch.sum(axis=0)
    for _ in range(20):
        table *= (rows / np.maximum(table.sum(axis=1), 1e-12))[:, None]
        table *= columns / np.maximum(table.sum(axis=0), 1e-12)
    return table


def _strength(table: Floats) -> float:
    total = table.sum()
    if total == 0:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    held = expected > 0
    chi2 = float(((table - expected)[held] ** 2 / expected[held]).sum())
    degrees = max(1, min(np.count_nonzero(table.sum(axis=1)), np.count_nonzero(table.sum(axis=0))) - 1)
    noise = (np.count_nonzero(table.sum(axis=1)) - 1) * (np.count_nonzero(table.sum(axis=0)) - 1)
    return float(np.sqrt(max(0.0, chi2 - noise) / total / degrees))


def search_misalignment(case: Case) -> None:
    """Look for columns whose own distribution is as before and whose relations to others faded, or are turned."""
    vague = {name for item in case.found if item.vague for name in item.columns}
    names = [name for name in _watched(case) if name not in vague]
    pairs = _strong(case, names)
    if not pairs:
        return
    faded: list[tuple[str, str, Bond]] = []
    turned: list[str] = []
    for first, second in pairs:
        bond = _bond(case, first, second)
        limit = KEPT_LATER if case.later else KEPT
        fell = bond.before - bond.now > ERRORS / np.sqrt(min(case.sizes))
        if fell and bond.chance < case.alpha(len(pairs)) and bond.now < limit * bond.before:
            faded.append((first, second, bond))
        elif bond.chance < case.alpha(len(pairs)):
            turned += [first, second]
    _faded(case, faded)
    _turned(case, turned)


def _faded(case: Case, faded: Sequence[tuple[str, str, Bond]]) -> None:
    while faded:
        totals: Counter[str] = Counter()
        for first, second, bond in faded:
            for name in (first, second):
                totals[name] += int(100 * (bond.before - bond.now)) + 1
        top = max(totals.values())
        tied = [name for name, total in totals.items() if total == top]
        name = tied[0] if len(tied) == 1 else max(tied, key=lambda item: (excess(case, item, tied), item))
        mine = [item for item in faded if name in item[:2]]
        faded = [item for item in faded if item not in mine]
        bond = mine[0][2]
        other = mine[0][1] if mine[0][0] == name else mine[0][0]
        evidence = {"with": other, "strength": bond.now, "before": bond.before, "p": bond.chance}
        what = f"no longer goes with {other}: strength {bond.now:.2f}, before {bond.before:.2f}"
        cause, alternative = Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION
        if (pair := _exchanged_looks(case, name)) is not None:
            cause, alternative = Cause.CATEGORY_PERMUTED, cause
            what = f"has {pair[0]!r} and {pair[1]!r} in each other's place: it {what}"
            evidence |= {"levels": list(pair)}
        elif moved(case, name):
            cause, alternative = alternative, cause
        case.add(Found(cause, (name,), evidence, None, (alternative,), what))


def _turned(case: Case, names: Sequence[str]) -> None:
    for name in dict.fromkeys(names):
        # levels in each other's place go with other columns as much as before, only otherwise
        if name not in case.explained and (pair := _exchanged_looks(case, name)) is not None:
            what = f"has {pair[0]!r} and {pair[1]!r} in each other's place, as their rows show"
            others = (Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION)
            case.add(Found(Cause.CATEGORY_PERMUTED, (name,), {"levels": list(pair)}, None, others, what))


def _exchanged_looks(case: Case, name: str) -> tuple[str, str] | None:
    """Return two usual levels of a category whose rows look as those of the other one did."""
    if name not in case.batch.texts or case.later:
        return None
    levels = counted(case, name)
    usual = [place for place in range(levels.now.size) if levels.share(place)[1] > USUAL_SHARE][:MOST_LEVELS]
    pairs = itertools.combinations([levels.names[place] for place in usual], 2)
    return next((pair for pair in pairs if changed_places(case, name, *pair)), None)


def _strong(case: Case, names: Sequence[str]) -> list[tuple[str, str]]:
    bonds: dict[str, list[tuple[float, str]]] = {name: [] for name in names}
    for place, first in enumerate(names):
        codes, _, width = coded(case, first)
        for second in names[place + 1 :]:
            other, _, wide = coded(case, second)
            strength = _strength(_table(codes, other, width, wide))
            if strength > STRONG:
                bonds[first].append((strength, second))
                bonds[second].append((strength, first))
    chosen = {tuple(sorted((name, other))) for name, found in bonds.items() for _, other in sorted(found)[-PARTNERS:]}
    return sorted((first, second) for first, second in chosen)


def _table(codes: NDArray[np.int64], other: NDArray[np.int64], width: int, wide: int) -> Floats:
    return np.bincount(codes * wide + other, minlength=width * wide).reshape(width, wide).astype(np.float64)
