"""Rows that come together: a visitor with all visits, an order with all lines. They say what one row says, many times.

Where a batch holds more rows of one identifier than chance would give it, what its rows share moves further by chance
than so many rows would let it (Kish 1965). Tests count rows; what they found is held against that here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Cluster, Found
from clientela.monitoring.columns import Codes, Flags, Kind
from clientela.monitoring.levels import Levels, counted
from clientela.monitoring.looking_like import coded
from clientela.statistics.two_samples import homogeneity_p, rate_p, share_p

LEAST = 100
"""Rows of the reference whose identifier came before, from which rows can be seen to come together."""

TOGETHER = 0.2
"""Further rows like it that come with a row, below which rows count as they are."""

MORE = 1.5
"""Times the most rows of one identifier that the reference has: no more than that are one visitor's."""

MANY, SHARE = 5, 3.0
"""Rows of one identifier, and times the largest share that one has in the reference, from which they are unusual."""

FEW_AGAIN = 0.5
"""Share of the batch's rows whose identifiers the reference has, below which they come and go."""

APIECE = 3
"""Rows for each identifier from which they come together."""

FEW = {Cause.CATEGORY_NEW, Cause.NULL_SEMANTICS, Cause.TIME_RANGE}
"""Causes that a few rows show: so many identifiers must show them as rows would have to."""

LOST = {Cause.KEY_BREAK, Cause.NULL_SEMANTICS, Cause.STUCK}
"""Causes by which identifiers are lost, so that they say nothing of what belongs together."""

THINS = {Cause.CATEGORY_REMOVED, Cause.SAMPLING}
"""Causes by which the reference is thinned."""

MOVED = {
    Cause.METRIC_DEFINITION,
    Cause.UNIT_SCALE,
    Cause.UNKNOWN,
    Cause.COLUMN_SWAP,
    Cause.COLUMN_SHIFT,
    Cause.CATEGORY_RENAMED,
    Cause.CATEGORY_REMOVED,
    Cause.CATEGORY_SPLIT,
    Cause.CATEGORY_MERGED,
    Cause.CATEGORY_PERMUTED,
    Cause.MISSINGNESS,
    Cause.PRECISION,
    Cause.TRAIN_SERVE_SKEW,
}
"""Causes that are told from how a column is distributed."""


def are_visitors(case: Case, rows: Flags) -> bool:
    """Tell whether rows are of a few identifiers, none of which has more of them than some have in the reference."""
    for name in _identifiers(case):
        held = case.batch.texts[name].filter(pl.Series(rows))
        counts = held.drop_nulls().value_counts()["count"].to_numpy()
        few = counts.size and held.null_count() == 0 and len(held) >= APIECE * counts.size
        if few and counts.max() <= at_most(case, name):
            return True
    return False


def unusual(case: Case, name: str) -> Flags:
    """Return the rows of identifiers that have far more of them than any has in the reference.

    Args:
        case: The batch.
        name: Column of the identifier.
    """
    held, size, base = case.batch.texts[name], case.batch.rows, case.reference.rows
    counts = held.drop_nulls().value_counts(name="rows").filter(pl.col("rows") >= max(MANY, FLOOR * size))
    if counts.height:
        usual = _most(case.reference.texts[name])
        least = max(SHARE * usual / base * size, at_most(case, name))
        level = case.alpha(counts.height)
        counts = counts.filter(pl.col("rows") > least)
        sure = [rate_p(rows, size, usual, base) <= level for rows in counts["rows"]]
        counts = counts.filter(pl.Series(sure, dtype=pl.Boolean))
    return held.is_in(counts[counts.columns[0]].implode()).fill_null(value=False).to_numpy()


def at_most(case: Case, name: str) -> float:
    """Return how many rows one identifier may have, whatever the size of the batch; 0 where it has a share of the rows.

    Args:
        case: The batch.
        name: Column of the identifier.
    """
    most = _most(case.reference.texts[name])
    return MORE * most if most < FLOOR * case.reference.rows or _again(case, name) < FEW_AGAIN else 0.0


def come_together(case: Case) -> bool:
    """Tell whether rows of one identifier come together."""
    return bool(_clusters(case))


def by_chance(case: Case, name: str, levels: Levels, level: float) -> bool:
    """Tell whether rows come together so that levels move as far by chance."""
    rows = rows_for_one(case, name)
    return rows > 1 and replace(levels, now=levels.now / rows).moved() >= level


def confirmed(case: Case, found: list[Found]) -> list[Found]:
    """Return what is sure where rows that come together count as little as they say."""
    # how cells are written, and a rule between columns, are no matter of how many rows show it
    certain = {"rule", "way"}
    doubtful = [item for item in found if item.cause in FEW | MOVED and not certain & item.evidence.keys()]
    if not doubtful or not _clusters(case):
        return found
    whole = case.beside(case.baseline.side, case.batch)
    level = case.alpha(len(case.baseline.contract.terms))
    chance = [
        item
        for item in doubtful
        # the reference is thinned by what was lost, so that the whole one alone tells that
        if not all(_sure(side, item, level) for side in ((whole,) if item.cause in THINS else (case, whole)))
    ]
    if chance:
        names = " or ".join(dict.fromkeys(one.name for one in _clusters(case)))
        columns = ", ".join(dict.fromkeys(column for item in chance for column in item.columns))
        case.notes.append(
            f"Rows of the same {names} come together here, so that chance moves what they share: {columns}."
        )
    # nor is the model's estimate to abstain for their sake
    gone = {(item.cause, name) for item in chance for name in item.columns}
    case.found = [
        item for item in case.found if not item.columns or any((item.cause, name) not in gone for name in item.columns)
    ]
    return [item for item in found if item not in chance]


def _identifiers(case: Case) -> list[str]:
    """Return columns of identifiers that come again in the reference."""
    terms = (term for term in case.baseline.contract.terms if term.kind in (Kind.KEY, Kind.TEXT))
    held = [term.name for term in terms if term.name in case.reference.texts and term.name in case.batch.texts]
    return [name for name in held if _repeats(case.reference.texts[name]) >= LEAST]


def _repeats(names: pl.Series) -> int:
    return names.len() - names.null_count() - names.drop_nulls().n_unique()


def _most(names: pl.Series) -> int:
    return int(names.drop_nulls().value_counts()["count"].to_numpy().max(initial=1))


def _clusters(case: Case) -> list[Cluster]:
    """Return the identifiers whose rows come together, with how many do.

    Identifiers that the reference knows by their share, as items are, come as often as they came there.
    """
    if not case.clusters:
        for name in _identifiers(case):
            now, known = (side.texts[name].drop_nulls() for side in (case.batch, case.reference))
            again = _again(case, name)
            further, usual = _pairs(now), _pairs(known)
            # what chance adds to the reference is put on the batch, for only their difference is tested
            ours, theirs = further - again * usual, (1 - again) * usual
            case.clusters.append(Cluster(name, len(now) * max(0.0, ours + theirs)))
    lost = {column for item in case.found if item.cause in LOST for column in item.columns}
    return [one for one in case.clusters if one.further > TOGETHER and one.name not in lost]


def _again(case: Case, name: str) -> float:
    """Return the share of the batch's rows whose identifier the reference has."""
    now, known = (side.texts[name].drop_nulls() for side in (case.batch, case.reference))
    return float(now.is_in(known.unique().implode()).to_numpy().mean()) if len(now) else 1.0


def _pairs(names: pl.Series) -> float:
    """Return the chance that two rows have the same identifier."""
    counts = names.value_counts()["count"].to_numpy().astype(np.float64)
    rows = float(counts.sum())
    return float((counts * (counts - 1)).sum() / max(1.0, rows * (rows - 1)))


def _sure(case: Case, item: Found, level: float) -> bool:
    names = [name for name in item.columns if case.reference.has(name) and case.batch.has(name)]
    return not names or any(_stands(case, item, name, level) for name in names)


def _stands(case: Case, item: Found, name: str, level: float) -> bool:
    """Tell whether a column moved by more than rows that come together let it."""
    rows = rows_for_one(case, name)
    if rows == 1:
        return True
    return min(_chances(case, item, name, rows)) < level


def _chances(case: Case, item: Found, name: str, rows: float) -> Iterator[float]:
    """Yield the chance of so many rows concerned, and that missing cells or the others moved as far."""
    named = case.baseline.contract.term(name).kind in (Kind.KEY, Kind.TEXT)
    few = "on it" in item.evidence or (item.cause in FEW and item.rows is not None)
    size, base = (part / rows for part in case.sizes)
    if "on it" in item.evidence:
        now, before = item.evidence["on it"], item.evidence["before"]
        yield share_p(int(now * size), int(size), int(before * base), int(base))
    elif few and item.rows is not None:
        usual = _most(case.reference.texts[name]) if named else 0
        yield rate_p(int(item.rows.sum() / rows), int(size), int(usual / rows), int(base))
    lost, gone = (side.missing(name).astype(np.int64) for side in (case.batch, case.reference))
    yield _chance(lost, gone, rows_for_one(case, name, gone))
    if name in case.batch.texts and not named and not few and item.cause is not Cause.MISSINGNESS:
        levels = counted(case, name)
        yield replace(levels, now=levels.now / rows_for_one(case, name)).moved()
    elif not named and not few and item.cause is not Cause.MISSINGNESS:
        known, now, _ = coded(case, name)
        # below the lowest number of the reference lies one visitor as well as a break
        yield _chance(np.maximum(now, 1), known, rows_for_one(case, name))


def _chance(now: Codes, known: Codes, rows: float) -> float:
    width = int(max(now.max(initial=0), known.max(initial=0))) + 1
    counts = [np.bincount(part, minlength=width).astype(np.float64) for part in (now, known)]
    return homogeneity_p(counts[0] / rows, counts[1])


def rows_for_one(case: Case, name: str, codes: Codes | None = None) -> float:
    """Return how many rows of the batch tell as much of a column as one would that came alone.

    Args:
        case: The batch.
        name: The column.
        codes: Its codes in the reference, from 0; None for those in a few bins, of names for the names themselves.
    """
    others = [one for one in _clusters(case) if one.name != name]
    if not others:
        return 1.0
    if codes is None:
        names = case.baseline.contract.term(name).kind in (Kind.KEY, Kind.TEXT)
        codes = _ranks(case.reference.texts[name]) if names else coded(case, name)[0]
    most = max(one.further * _shared(_ranks(case.reference.texts[one.name]), codes) for one in others)
    return 1 + most if most > TOGETHER else 1.0


def _ranks(names: pl.Series) -> Codes:
    """Return a number for each name, 0 where there is none."""
    return names.rank("dense").fill_null(0).to_numpy().astype(np.int64)


def _shared(ids: Codes, codes: Codes) -> float:
    """Return how far rows of one identifier agree beyond chance: 0 as any others, 1 always."""
    held, width = ids > 0, int(codes.max(initial=0)) + 1
    both = np.unique(ids[held] * width + codes[held], return_counts=True)[1].astype(np.float64)
    sizes = np.bincount(ids[held]).astype(np.float64)
    agreed = float((both * (both - 1)).sum() / max(1.0, float((sizes * (sizes - 1)).sum())))
    shares = np.bincount(codes[held], minlength=width) / max(1, int(held.sum()))
    chance = float((shares**2).sum())
    return max(0.0, (agreed - chance) / max(1e-9, 1 - chance))
