"""Machine visits: rows that hold the same values in several columns at once, more of them than the reference has.

Rows of a few visitors whose measures are unlike those of all others are machines' too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.clusters import are_visitors, unusual
from clientela.monitoring.columns import Codes, Flags, Floats, Kind, Side
from clientela.monitoring.contract import Term
from clientela.monitoring.looking_like import coded
from clientela.monitoring.no_machines import bought, no_machines, told_value
from clientela.statistics.two_samples import homogeneity_p, rate_p, share_p

LEAST_COLUMNS = 2
LEAST_ROWS, TRIED = 10, 3
USUAL = 3
"""Columns from which the same rows may hold values that go together anyway; fewer must be strange together."""

STRANGE = 0.5
"""Share of the reference's rows of one value, up to which another value that they hold is strange with it."""

AGAIN = 2.0
"""How many more of rows that the reference has by itself must come, by how many it has."""

TOGETHER = 0.75
"""Share of the rows of one value that must hold the next one too."""


ALIKE = 0.5
"""Part of the first value's gain that another value must have, for rows put in bring all their values alike."""


@dataclass(frozen=True)
class Atom:
    """The value of a column that gained most.

    Attributes:
        name: Column.
        value: The value, as it is compared.
        chance: Chance of its gain.
        share: Share of the rows that, put in with this value, would give the gain.
    """

    name: str
    value: float | str
    chance: float
    share: float


FAR, NEARLY_ALL = 3.0, 0.9
"""How many times the reference's share of a part of a column's range must be exceeded, and the share of the rows that
must lie there, for them to be unlike others."""

AS_BEFORE = 1e-3
"""Chance above which as many rows lie in a part of the range as before."""

AS_EVER = 1e-4
"""Chance above which a value has its old share without the rows that were put in."""

HOURS, HOUR, DAY = 24, 3_600.0, 86_400.0


def search_machines(case: Case) -> None:
    """Look for rows put in by machines; the batch goes on without them."""
    told = len(case.found)
    _search_alike(case)
    if len(case.found) == told:
        _search_visitors(case)


def _search_visitors(case: Case) -> None:
    """Look for rows put in by a few visitors: without them the columns in which they are unlike others are as before.

    Rows that lost their names are some of all rows, or of a group, so that all rows are as before with them.
    """
    for name in [term.name for term in case.terms(Kind.TEXT)]:
        rows = unusual(case, name)
        if rows.sum() < max(LEAST_ROWS, FLOOR * case.batch.rows) or _at_the_end(case, rows) or bought(case, rows):
            continue
        apart = _apart(case, rows)
        # rows whose measures are merely 0 lost them
        acts = [
            term.kind is Kind.TIME or (term.kind is Kind.NUMBER and bool(np.any(case.batch.numbers[term.name][rows])))
            for term in apart
        ]
        if len(apart) < LEAST_COLUMNS or not any(acts):
            continue
        names = case.batch.texts[name].filter(pl.Series(rows)).unique().sort().to_list()
        count, size = int(rows.sum()), case.batch.rows
        evidence = {"names": names[:10], "rows": count, "share": count / size}
        who = f"{names[0]!r}" if len(names) == 1 else f"{len(names)} names of {name}"
        what = f"are unlike all others in the {count:,} rows of {who} alone, as machines' are"
        columns = (name, *(term.name for term in apart))
        case.add(Found(Cause.BOT_TRAFFIC, columns, evidence, rows, (Cause.KEY_BREAK,), what), explains=())
        case.keep(~rows)
        return


def _apart(case: Case, rows: Flags) -> list[Term]:
    """Return the columns in which rows are unlike all others."""
    terms = case.terms(Kind.NUMBER, Kind.CATEGORY, Kind.TIME)
    return [term for term in terms if _unlike(case, term, rows, case.alpha(len(terms)))]


def _unlike(case: Case, term: Term, rows: Flags, level: float) -> bool:
    """Tell whether rows lie where few others do, and were put there: all rows have more there, the others do not."""
    there = _range(case, term.name, rows) if term.kind is Kind.NUMBER else _places(case, term, rows)
    if there is None:
        return False
    known, now = there
    usual, base = int(known.sum()), known.size
    if now[rows].mean() <= FAR * usual / base or rate_p(int(now.sum()), now.size, usual, base) > level:
        return False
    return share_p(int(now[~rows].sum()), int((~rows).sum()), usual, base) > AS_BEFORE


def _range(case: Case, name: str, rows: Flags) -> tuple[Flags, Flags] | None:
    """Return which rows of reference and batch lie where nearly all of some do; None where they have no numbers."""
    mine = case.batch.numbers[name][rows]
    if np.isnan(mine).mean() > 1 - NEARLY_ALL:
        return None
    low, high = np.nanquantile(mine, [(1 - NEARLY_ALL) / 2, (1 + NEARLY_ALL) / 2])
    known, now = ((held >= low) & (held <= high) for held in (s.numbers[name] for s in (case.reference, case.batch)))
    return known, now


def _places(case: Case, term: Term, rows: Flags) -> tuple[Flags, Flags] | None:
    """Return which rows of reference and batch hold levels, or hours, that are more usual among some; likewise."""
    known, now, width = _hours(case, term.name) if term.kind is Kind.TIME else coded(case, term.name)
    mine, base = (np.bincount(codes, minlength=width) for codes in (now[rows], known))
    there = mine / rows.sum() > FAR * base / known.size
    return (there[known], there[now]) if mine[there].sum() >= NEARLY_ALL * rows.sum() else None


def _hours(case: Case, name: str) -> tuple[Codes, Codes, int]:
    """Return the hours of the day of reference and batch, and how many there are; the last is that of missing times."""
    parts = (side.numbers[name] for side in (case.reference, case.batch))
    known, now = (np.where(np.isnan(part), HOURS, part % DAY // HOUR).astype(np.int64) for part in parts)
    return known, now, HOURS + 1


def _search_alike(case: Case) -> None:
    """Look for rows put in that all hold one value in several columns."""
    terms = case.terms(Kind.NUMBER, Kind.CATEGORY, Kind.TEXT)
    atoms = [atom for term in terms if (atom := _gained(case, term)) is not None]
    level = case.alpha(len(terms))
    atoms = sorted((a for a in atoms if a.chance < level and a.share >= FLOOR), key=lambda a: (a.chance, a.name))
    told = len(case.found)
    for _ in range(TRIED):
        if len(atoms) < LEAST_COLUMNS or len(case.found) > told:
            return
        kept, rows = _together(case, atoms)
        if _may_be(case, kept, rows):
            _tell_alike(case, kept, rows, level)
        # what a new item brings along is surer than any machine
        atoms = [atom for atom in atoms if atom not in kept]


def _tell_alike(case: Case, kept: list[Atom], rows: Flags, level: float) -> None:
    """Take rows that hold one value each in several columns for machines', unless they are something else."""
    count, size = int(rows.sum()), case.batch.rows
    known = np.all([case.reference.holding(atom.name, atom.value) for atom in kept], axis=0)
    excess = count / size - float(known.mean())
    if rate_p(count, size, int(known.sum()), case.reference.rows) > level:
        return
    # visits of one page are alike by themselves: as many more of them are a season, three times as many are not
    natural = known.mean() > FLOOR and (case.later or excess < AGAIN * known.mean())
    alike, rows = rows, _put_in(rows, float(known.mean()))
    if natural or excess < TOGETHER * float(np.median([atom.share for atom in kept])):
        return
    kept = _mended(case, kept, rows)
    if not kept:
        return
    if (other := no_machines(case, {a.name: a.value for a in kept}, alike)) is not None:
        case.add(other)
        return
    evidence = {
        "values": {a.name: a.value for a in kept},
        "rows": count,
        "share": excess,
        "before": float(known.mean()),
    }
    told = ", ".join(f"{atom.name} {told_value(atom.value)}" for atom in kept[:4])
    names = {atom.name for atom in kept}
    # what is unlike others is theirs too where the rows are one visitor's
    unlike = _apart(case, rows) if any(case.baseline.contract.term(one).kind is Kind.TEXT for one in names) else []
    few = [term.name for term in unlike if term.kind is not Kind.CATEGORY and term.name not in names]
    what = f"hold one value each{', or few,' if few else ''} in the same {count:,} rows ({told}), as machines do"
    others = (Cause.METRIC_DEFINITION, Cause.NULL_SEMANTICS)
    case.add(Found(Cause.BOT_TRAFFIC, (*(a.name for a in kept), *few), evidence, rows, others, what), explains=())
    case.keep(~rows)


def _may_be(case: Case, kept: list[Atom], rows: Flags) -> bool:
    """Tell whether rows may be machines': enough of them, alike in what others are not, and no usual visitor's."""
    if rows.sum() < max(LEAST_ROWS, FLOOR * case.batch.rows) or not _of_a_kind(case, kept):
        return False
    free = _free(case, kept)
    if len(free) < USUAL and not (len(free) >= LEAST_COLUMNS and _strange(case, free)):
        return False
    # columns that stand still from some row on, or visitors with all their visits
    return not _at_the_end(case, rows) and not are_visitors(case, rows)


def _free(case: Case, kept: list[Atom]) -> list[Atom]:
    """Return the values that no other one gives: an item has one price, one name, and one region, new or not."""
    names = {atom.name for atom in kept}
    pairs = {(r.left, r.right) for r in case.baseline.contract.rules if r.kind == "determines" and r.left in names}
    # of two that give each other the first by name
    given = {right for left, right in pairs if (right, left) not in pairs or left < right}
    return [atom for atom in kept if atom.name not in given]


def _gained(case: Case, term: Term) -> Atom | None:
    size, usual = _frequent(case.batch, term.name)
    base = _filled(case.reference, term.name)
    if not usual or not base:
        return None
    known = {value: int(case.reference.holding(term.name, value).sum()) for value in usual}
    value = max(usual, key=lambda level: (usual[level] / size - known[level] / base, str(level)))
    share, before = usual[value] / size, known[value] / base
    chance = rate_p(usual[value], size, known[value], base)
    return Atom(term.name, value, chance, (share - before) / max(1e-9, 1 - before))


def _frequent(side: Side, name: str) -> tuple[int, dict[float | str, int]]:
    """Return how many cells are filled, and the values held by so many of them that they could have gained enough."""
    size = _filled(side, name)
    if name in side.numbers:
        values, counts = np.unique(side.numbers[name], return_counts=True, equal_nan=True)
        kept = (counts >= FLOOR * size) & ~np.isnan(values)
        return size, dict(zip(values[kept].tolist(), counts[kept].tolist(), strict=True))
    counted = side.texts[name].drop_nulls().value_counts(name="n").filter(pl.col("n") >= FLOOR * size)
    return size, dict(zip(counted[counted.columns[0]].to_list(), counted["n"].to_list(), strict=True))


def _filled(side: Side, name: str) -> int:
    if name in side.numbers:
        return int(np.count_nonzero(~np.isnan(side.numbers[name])))
    return side.texts[name].len() - side.texts[name].null_count()


def _together(case: Case, atoms: list[Atom]) -> tuple[list[Atom], Flags]:
    """Return the values that the same rows hold, beginning with the surest one."""
    kept, rows = [atoms[0]], case.batch.holding(atoms[0].name, atoms[0].value)
    for atom in atoms[1:]:
        if atom.share < ALIKE * kept[0].share:
            continue  # what few of the rows hold, as one of several durations, is no value of theirs
        both = rows & case.batch.holding(atom.name, atom.value)
        # held by all of them, but for as many as had the first value before
        if both.sum() >= TOGETHER * min(float(rows.sum()), kept[0].share * case.batch.rows):
            kept, rows = [*kept, atom], both
    return kept, rows


def _strange(case: Case, kept: list[Atom]) -> bool:
    """Tell whether rows of the reference with one of the values seldom hold the others, and no rule ties them."""
    names = {atom.name for atom in kept}
    if any(len(names & set(rule.columns)) > 1 for rule in case.baseline.contract.rules):
        return False
    held = [case.reference.holding(atom.name, atom.value) for atom in kept]
    both, rarest = np.all(held, axis=0).sum(), min(rows.sum() for rows in held)
    # a value that the reference hardly has was never free to go with another: a new customer has one country
    return bool(rarest >= LEAST_ROWS and both <= STRANGE * rarest)


def _put_in(rows: Flags, usual: float) -> Flags:
    """Return those rows that were put in: evenly all but as many as the reference has of them beside the others."""
    places, size = np.flatnonzero(rows), rows.size
    usual_rows = round(usual * (size - places.size) / max(1e-9, 1 - usual))
    taken = np.ones(places.size, dtype=np.bool_)
    if usual_rows:
        taken[np.linspace(0, places.size - 1, min(usual_rows, places.size)).astype(np.int64)] = False
    put = np.zeros(size, dtype=np.bool_)
    put[places[taken]] = True
    return put


def _of_a_kind(case: Case, kept: list[Atom]) -> bool:
    """Rows whose columns are merely all zero lost their values; machines have a way of their own."""
    return any(atom.name in case.batch.texts or atom.value != 0 for atom in kept)


def _at_the_end(case: Case, rows: Flags) -> bool:
    """Tell whether the rows are, by time, the last ones and no others."""
    with np.errstate(invalid="ignore"):
        later = case.order >= np.min(case.order[rows])
    return bool(later.any() and rows[later].mean() > TOGETHER and later.mean() < 1)


def _mended(case: Case, kept: list[Atom], rows: Flags) -> list[Atom]:
    """Return the values that have their old shares when the rows are taken out; none unless it is all of them.

    In another season some are more usual by themselves; most of them, and enough by themselves, have their old shares.
    """
    left = case.batch.only(~rows)
    mended = [a for a in kept if homogeneity_p(_split(left, a), _split(case.reference, a)) > AS_EVER]
    if len(mended) < len(kept) and not (case.later and len(mended) > len(kept) / 2 and _may_be(case, mended, rows)):
        return []
    return mended


def _split(side: Side, atom: Atom) -> Floats:
    held = int(side.holding(atom.name, atom.value).sum())
    return np.array([held, side.rows - held], dtype=np.float64)
