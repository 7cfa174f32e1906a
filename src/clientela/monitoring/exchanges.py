"""Columns that hold each other's values, or those of their neighbours."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Flags, Kind, as_numbers
from clientela.monitoring.fitting import LEAST, Scan, binned
from clientela.statistics.two_samples import homogeneity, homogeneity_p, normal_p, rate_p

MOST_USUAL = 0.05
"""Share of the reference's rows in which one column is above another that it is usually below."""

RESTORED = 1e-3
"""Chance above which a column is as it was once a change is undone."""

LEAST_LATER = 0.1
"""Share of the rows that must be exchanged in another season."""

LEAST_STRANGE, MOST_KNOWN, UNLIKE, NEARER = 20, 0.8, 1e-6, 0.25
"""Rows in which a category must hold what it never held, share of them in which both columns must hold what the other
one did, chance below which a number is unlike itself, and part of the chi-square to itself that the one to the other
column may be."""

ONE_CAUSE, SLIGHTLY = 12.0, 0.02
"""Chi-square, and part of it, by which one cause for several columns may fit worse than a cause of its own for each."""


def search_coded(case: Case) -> None:
    """Look for a number and a category of numbers that hold each other's values in some rows.

    They are the rows in which the category holds what it never held and the number does: there the number is as the
    category was, and no more as it was itself. Where one was merely copied, or lost, the other one is as ever.
    """
    coded = [
        term
        for term in case.terms(Kind.CATEGORY)
        if not np.isnan(as_numbers(pl.Series(term.levels, dtype=pl.String))).any()
    ]
    numbers = case.terms(Kind.NUMBER) if coded else []
    for term in coded:
        texts, levels = case.batch.texts[term.name], case.reference.texts[term.name].drop_nulls().unique()
        strange = (~texts.is_in(levels.implode())).fill_null(value=False).to_numpy()
        if strange.sum() < max(LEAST_STRANGE, FLOOR * texts.len()):
            continue
        held, known = as_numbers(texts.filter(pl.Series(strange))), as_numbers(case.reference.texts[term.name])
        for other in numbers:
            usual, now = case.reference.numbers[other.name], case.batch.numbers[other.name][strange]
            if np.isin(held, usual).mean() < MOST_KNOWN or np.isin(now, known).mean() < MOST_KNOWN:
                continue
            own, theirs = (homogeneity(*binned(law, now))[0] for law in (usual, known))
            if homogeneity_p(*binned(usual, now)) > UNLIKE or theirs > NEARER * own:
                continue
            columns = tuple(one.name for one in case.baseline.contract.terms if one.name in (term.name, other.name))
            evidence = {"rows": int(strange.sum()), "share": float(strange.mean())}
            what = (
                f"hold each other's values in {strange.sum():,} rows or more, in which {term.name} never held its own"
            )
            others = (Cause.COLUMN_SHIFT, Cause.METRIC_DEFINITION)
            case.add(Found(Cause.COLUMN_SWAP, columns, evidence, strange, others, what))
            break


def search_order(case: Case) -> None:
    """Rows that break the order of two columns, and keep it with both distributions restored when exchanged: a swap."""
    names = [term.name for term in case.terms(Kind.NUMBER)]
    known, now, size = case.reference.numbers, case.batch.numbers, case.batch.rows
    level = case.alpha(max(1, len(names) * (len(names) - 1)))
    for left in names:
        for right in names:
            if left == right or {left, right} & case.explained:
                continue
            with np.errstate(invalid="ignore"):
                rows, usual = now[left] > now[right], int((known[left] > known[right]).sum())
            count = int(rows.sum())
            if usual > MOST_USUAL * case.reference.rows or count < max(LEAST, FLOOR * size):
                continue
            if rate_p(count, size, usual, case.reference.rows) > level or count / size < usual / case.reference.rows:
                continue
            _swapped(case, left, right, rows)


def _swapped(case: Case, left: str, right: str, rows: Flags) -> None:
    known, first, second = case.reference.numbers, case.batch.numbers[left], case.batch.numbers[right]
    before = [homogeneity_p(*binned(known[name], values)) for name, values in ((left, first), (right, second))]
    turned = ((left, np.where(rows, second, first)), (right, np.where(rows, first, second)))
    after = [homogeneity_p(*binned(known[name], values)) for name, values in turned]
    if min(after) > RESTORED > min(before) and not _barely(case, left, right, rows):
        evidence = {"rows": int(rows.sum()), "share": float(rows.mean())}
        what = f"are exchanged in {rows.sum():,} rows or more, in which {left} is above {right}"
        others = (Cause.METRIC_DEFINITION, Cause.COLUMN_SHIFT)
        columns = tuple(term.name for term in case.baseline.contract.terms if term.name in (left, right))
        case.add(Found(Cause.COLUMN_SWAP, columns, evidence, rows, others, what))


def _barely(case: Case, left: str, right: str, rows: Flags) -> bool:
    """Tell whether one column is above another by less than exchanged values would be apart.

    A number that grew passes another one where both were near each other; columns that were exchanged are as far apart
    as ever, only the other way round.
    """
    apart = []
    for side, large, small, asked in (
        (case.reference, right, left, np.ones(case.reference.rows, dtype=np.bool_)),
        (case.batch, left, right, rows),
    ):
        with np.errstate(invalid="ignore", divide="ignore"):
            part = (side.numbers[large] - side.numbers[small]) / np.abs(side.numbers[large])
            apart.append(np.sort(part[asked & (part > 0) & (side.numbers[small] != 0)]))  # where there is one at all
    known, now = apart
    with np.errstate(invalid="ignore"):
        usual = float(np.mean(case.reference.numbers[left] > case.reference.numbers[right])) * case.batch.rows
    size = now.size - usual  # the others were exchanged; those that are so anyway may be above by nothing
    if not known.size or size < 1:
        return False
    ranks = (np.searchsorted(known, now, "left") + np.searchsorted(known, now, "right")) / (2 * known.size)
    z = (float(ranks.sum()) / size - 0.5) * math.sqrt(12 * size)
    return z < 0 and normal_p(z) < RESTORED


def search_exchanges(case: Case, scans: Mapping[str, Scan]) -> None:
    """Two columns that hold each other's values are one swap.

    One cause for several columns is taken even where each has a change of its own that fits slightly better.
    """
    names = [name for name in scans if name not in case.explained]
    pairs = [
        (scans[a].takes[b], scans[b].takes[a], a, b)
        for place, a in enumerate(names)
        for b in names[place + 1 :]
        if b in scans[a].takes and a in scans[b].takes and (scans[a].best or scans[b].best)
    ]
    for first, second, a, b in sorted(pairs, key=lambda pair: -pair[0].gain - pair[1].gain):
        together, alone = first.worth + second.worth, scans[a].gain + scans[b].gain
        if (
            {a, b} & case.explained
            or together < alone - max(ONE_CAUSE, SLIGHTLY * alone)
            or not _alike(first.share, second.share)
        ):
            continue
        share = (first.share + second.share) / 2
        if case.later and share < LEAST_LATER:
            continue  # a season makes a few values of either column look like the other's
        evidence = {"share": share, "gain": first.gain + second.gain}
        order = tuple(term.name for term in case.baseline.contract.terms if term.name in (a, b))
        what = f"are exchanged in about {share:.0%} of the rows"
        case.add(Found(Cause.COLUMN_SWAP, order, evidence, None, (Cause.COLUMN_SHIFT,), what))


def _alike(first: float, second: float) -> bool:
    return max(first, second) <= 3 * min(first, second)


def search_shift(case: Case, scans: Mapping[str, Scan]) -> None:
    """Columns that all hold the values of their neighbour on one side were shifted by one column."""
    chain = _neighbours(case, scans)
    if len(chain) < 2 or (len(chain) == 2 and _each_others(scans, chain)):
        return
    rules = case.baseline.contract.rules
    case.explained |= {n for r in rules for n in r.columns if set(r.columns) & set(chain)}
    touched = {*chain, *chain.values()}
    case.explained |= {name for name, found in scans.items() if found.best and found.best.change.other in touched}
    columns = tuple(t.name for t in case.baseline.contract.terms if t.name in touched)
    share = float(np.median([scans[name].takes[other].share for name, other in chain.items()]))
    what = f"hold the values of their neighbours in about {share:.0%} of the rows"
    evidence = {"takes": chain, "share": share}
    case.add(Found(Cause.COLUMN_SHIFT, columns, evidence, None, (Cause.COLUMN_SWAP,), what))


def _neighbours(case: Case, scans: Mapping[str, Scan]) -> dict[str, str]:
    """Return the columns that take the values of the number column beside them, all from the same side."""
    numbers = [term.name for term in case.baseline.contract.terms if term.kind is Kind.NUMBER]
    sides: list[dict[str, str]] = []
    for step in (1, -1):
        beside = {name: numbers[place - step] for place, name in enumerate(numbers) if 0 <= place - step < len(numbers)}
        sides.append({name: beside[name] for name in scans if name in beside and _taken(scans[name], beside[name])})
    return max(sides, key=len)


def _each_others(scans: Mapping[str, Scan], chain: Mapping[str, str]) -> bool:
    """Tell whether two columns hold each other's values about as well as the one before them: fewer columns moved."""
    for name, other in chain.items():
        back = scans[other].takes.get(name) if other in chain else None
        if back is not None and back.worth > scans[other].takes[chain[other]].worth - ONE_CAUSE:
            return True
    return False


def _taken(found: Scan, other: str) -> bool:
    fit = found.takes.get(other)
    return fit is not None and found.best is not None and fit.worth > found.gain - ONE_CAUSE
