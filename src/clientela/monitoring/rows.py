"""Whole rows: loaded twice, multiplied, replayed, too few; and keys that are none any more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.clusters import at_most, come_together, rows_for_one
from clientela.monitoring.columns import Flags, Kind, Side, as_numbers
from clientela.monitoring.copies import origin_of
from clientela.monitoring.restored import SPANS_OF_BITS
from clientela.monitoring.sequence import standing_still
from clientela.monitoring.stock import row_hashes
from clientela.statistics.tails import chi_square_tail
from clientela.statistics.two_samples import rate_p, share_p

LEAST = 5
LEAST_HISTORY = 4
LEAST_COLUMNS = 4
FEW = 20
"""Rows without what makes rows alike, from which copies are told."""

UNSURE = 0.03
"""Share of the rows, beyond what chance gives, that must be in the reference already where no key tells rows apart."""

UNLIKE = 0.1
"""Share of the reference's rows that may be equal to another but for the key, so that such rows tell a replay."""

HALF = 0.5
"""Part of the rows of one name that must have had none before, so that it stands for a missing one."""

MOMENTS = 0.2
"""Different times among the rows of one name, by their number, up to which they came at once."""

MOST_ALIKE = 0.8
"""Part of the columns in which the rows of one key are alike, so that they are copies of one row."""

MORE, SURELY = 0.01, 1e-6
"""By how much, and how surely, more of the other rows hold a value of the copies than before, so that it makes rows
alike."""

VALUES = 20
"""Values of a column that are asked for that, the most usual ones among the copies."""


def search_rows(case: Case, rows: int = 0) -> None:
    """Look for causes that concern whole rows; the batch goes on without the rows that are too many."""
    search_placeholders(case, Kind.KEY)
    _repeated(case, sampled=rows > case.batch.rows)
    _replayed(case)


def _keys(case: Case) -> list[str]:
    return [term.name for term in case.terms(Kind.KEY)]


def search_placeholders(case: Case, kind: Kind) -> None:
    """Look for one value that many rows hold where values are names: they lost their own.

    Args:
        case: The batch.
        kind: Keys, or texts that come again; these after machine visits, which are one visitor's.
    """
    terms, tests = case.terms(kind), len(case.terms(Kind.KEY, Kind.TEXT))
    for term in terms:
        held = case.batch.texts[term.name].drop_nulls()
        if not len(held):
            continue
        top = pl.DataFrame({"v": held}).group_by("v").len().sort("len", "v", descending=[True, False]).row(0)
        known = int((case.reference.texts[term.name] == top[0]).sum())
        base = pl.DataFrame({"v": case.reference.texts[term.name].drop_nulls()}).group_by("v").len()["len"]
        usual = int(base.to_numpy().max(initial=1))
        chance = rate_p(int(top[1]), case.batch.rows, max(known, usual), case.reference.rows)
        size = case.batch.rows
        filled = float(case.reference.missing(term.name).mean() - case.batch.missing(term.name).mean())
        stands = not known and filled >= HALF * top[1] / size
        often = top[1] / size >= 3 * usual / case.reference.rows and chance <= case.alpha(tests)
        if often:
            told = [int(part / rows_for_one(case, term.name)) for part in (top[1], case.batch.rows)]
            often = top[1] > at_most(case, term.name) and rate_p(
                told[0], told[1], max(known, usual), case.reference.rows
            ) <= case.alpha(tests)
        if top[1] < max(LEAST, FLOOR * size) or not (often or (stands and _fewer_missing(case, term.name, tests))):
            continue
        rows = (case.batch.texts[term.name] == top[0]).fill_null(value=False).to_numpy()
        if term.kind is Kind.KEY and _all_alike(case.batch, rows, term.name):
            continue
        if term.kind is Kind.TEXT and _at_once(case, rows):
            continue
        evidence = {"value": top[0], "rows": int(top[1]), "share": top[1] / size, "p": chance}
        if (last := standing_still(case, term.name, top[0])) is not None:
            evidence |= {"rows": int(last.sum()), "share": float(last.mean())}
            what = f"stands at {top[0]} in the last {last.sum():,} rows that have any"
            case.add(Found(Cause.STUCK, (term.name,), evidence, last, (Cause.KEY_BREAK,), what))
            continue
        what = f"holds {top[0]!r} in {top[1] / size:.0%} of the rows"
        causes = (Cause.KEY_BREAK, Cause.NULL_SEMANTICS)
        cause, other = causes[::-1] if stands else causes
        if _beyond(top[0], case.reference.texts[term.name]):
            cause, other, what = Cause.OVERFLOW, cause, f"{what}, the largest number of a field"
        case.add(Found(cause, (term.name,), evidence, rows, (other,), what))


def _beyond(value: str, known: pl.Series) -> bool:
    """Tell whether a name is the largest number of a field of bits that most of the reference's are beyond."""
    limit = float(value) if value.isdecimal() else 0.0
    return limit + 1 in SPANS_OF_BITS and float(np.mean(as_numbers(known.drop_nulls()) > limit)) > HALF


def _fewer_missing(case: Case, name: str, tests: int) -> bool:
    """Tell whether fewer rows than before have no name."""
    lost = [int(side.missing(name).sum()) for side in (case.batch, case.reference)]
    return rate_p(lost[0], case.batch.rows, lost[1], case.reference.rows) <= case.alpha(tests)


def _at_once(case: Case, rows: Flags) -> bool:
    """Rows with one name that all came at one moment are one order or one visit, however large."""
    times = case.order[rows]
    known = times[~np.isnan(times)]
    return bool(known.size >= LEAST and np.unique(known).size <= MOMENTS * known.size)


def _all_alike(side: Side, rows: Flags, key: str) -> bool:
    """Rows with one key that are one row many times are copies, not rows whose key was lost.

    A join may have put other values into a few columns of them.
    """
    others = [name for name in (*side.texts, *side.numbers) if name != key]
    mine = _frame(side.only(rows), others)
    if mine.n_unique() <= max(1, 0.2 * rows.sum()):
        return True
    varied = [
        name
        for name, many in zip(others, _frame(side, others).select(pl.all().n_unique()).row(0), strict=True)
        if many > 1
    ]
    alike = sum(many == 1 for many in mine.select(pl.col(varied).n_unique()).row(0))
    return bool(alike >= MOST_ALIKE * len(varied))


def _frame(side: Side, names: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame([side.texts[n].alias(n) if n in side.texts else pl.Series(n, side.numbers[n]) for n in names])


def _repeated(case: Case, *, sampled: bool) -> None:
    keys = _keys(case)
    names = [*case.batch.texts, *case.batch.numbers]
    if not names:
        return
    whole = ~_first(_frame(case.batch, names))
    by_key = np.zeros(case.batch.rows, dtype=np.bool_)
    for key in keys:
        held = case.batch.texts[key]
        by_key |= (~held.is_first_distinct() & held.is_not_null()).to_numpy()
    extra = by_key if keys else whole
    if keys and by_key.sum() < LEAST:
        if not sampled:  # a part of the rows cannot tell how often each of them came
            _loaded_again(case, keys, [name for name in names if name not in keys])
        return
    expected, base = (0, case.reference.rows) if keys else _self_repeats(case, names)
    count, size = int(extra.sum()), case.batch.rows
    together = 1.0 if keys else _copies_for_one(case, names)
    chance = rate_p(int(count / together), int(size / together), expected, base)
    if count < max(3, FLOOR * size) or chance > case.alpha(1) or count / size < expected / base + FLOOR:
        return
    if not keys and not _without_alike(case, names, extra):
        return
    key = max(keys, key=lambda name: case.batch.texts[name].is_duplicated().sum(), default="")
    origin = origin_of(case, key, extra, whole)
    other = Cause.FANOUT if origin.cause is Cause.DUPLICATES else Cause.DUPLICATES
    copies = {"rows": count, "share": count / case.batch.rows, "equal in all columns": origin.copies, "p": chance}
    evidence, what = {**copies, **origin.evidence}, f"{count:,} rows {origin.what}"
    case.add(Found(origin.cause, tuple(keys), evidence, extra, (other,), what), explains=())
    case.keep(~extra)


def _without_alike(case: Case, names: Sequence[str], extra: Flags) -> bool:
    """Tell whether rows still repeat each other where no column holds what makes rows alike.

    A column that lost its values no longer tells its rows apart, and machines make rows alike.
    """
    some = _left(case, names, extra)
    if some is None:
        return False
    count, (expected, base) = int((~_first(_frame(some.batch, names))).sum()), _self_repeats(some, names)
    sure = rate_p(count, some.batch.rows, expected, base) <= case.alpha(1)
    return sure and count / some.batch.rows >= expected / base + FLOOR


def _left(case: Case, names: Sequence[str], some: Flags) -> Case | None:
    """Return the rows, of batch and reference, without values by which some rows are alike; None where few are left.

    They are values of these rows, or none, which many more of the other rows hold than before.

    Args:
        case: The batch.
        names: The columns.
        some: Rows of the batch that are equal to others.
    """
    sides, kept = (case.batch, case.reference), [np.ones(rows, dtype=np.bool_) for rows in case.sizes]
    for name in names:
        now, known = (
            _frame(side, [name])[name].fill_nan(None) if name in side.numbers else side.texts[name] for side in sides
        )
        held = now.filter(pl.Series(some)).value_counts(sort=True, name="rows")[:VALUES, 0]
        others = now.filter(pl.Series(~some))
        for value in held.to_list():
            (count, size), (before, base) = ((int(_holds(part, value).sum()), len(part)) for part in (others, known))
            if count / max(1, size) - before / base > MORE and share_p(count, size, before, base) < SURELY:
                kept = [there & ~_holds(part, value) for there, part in zip(kept, (now, known), strict=True)]
    if min(there.sum() for there in kept) < FEW:
        return None
    batch, reference = (side.only(there) for side, there in zip(sides, kept, strict=True))
    return Case(case.baseline, reference, batch, case.order[kept[0]], case.later)


def _cells(side: Side, name: str) -> pl.Series:
    return side.texts[name] if name in side.texts else pl.Series(side.numbers[name], nan_to_null=True)


def _holds(cells: pl.Series, value: object) -> Flags:
    return cells.eq_missing(pl.Series([value], dtype=cells.dtype)).to_numpy()


def _loaded_again(case: Case, keys: Sequence[str], names: Sequence[str]) -> None:
    """Look for rows that were loaded twice and got new keys: they repeat others in all but the key, and do so once.

    Rows drawn by chance from a small stock repeat each other too, but some of them come three times then: about two
    thirds of the square of the repeats, by the rows (Poisson).
    """
    if len(names) < LEAST_COLUMNS:
        return
    codes = _frame(case.batch, names).select(pl.struct(pl.all()).rank("dense")).to_series().to_numpy()
    counts = np.bincount(codes)
    count, size = int((counts - 1).clip(min=0).sum()), case.batch.rows
    thrice = int((counts - 2).clip(min=0).sum())
    expected, base = _self_repeats(case, names)
    if count < FLOOR * size or rate_p(count, size, expected, base) > case.alpha(1):
        return
    by_chance = 2 * count * count / (3 * size)
    if chi_square_tail(2 * thrice + 2, 2 * by_chance) > case.alpha(1):
        return
    extra = ~_first(_frame(case.batch, names))
    evidence = {"rows": count, "share": count / size, "three times or more": thrice}
    what = f"{count:,} rows come twice, with new keys"
    case.add(Found(Cause.DUPLICATES, tuple(keys), evidence, extra, (Cause.FANOUT,), what), explains=())
    case.keep(~extra)


def _copies_for_one(case: Case, names: Sequence[str]) -> float:
    """Return how many copies count as one, for an order has several or none."""
    return (
        rows_for_one(case, "", (~_first(_frame(case.reference, names))).astype(np.int64))
        if come_together(case)
        else 1.0
    )


def _self_repeats(case: Case, names: Sequence[str]) -> tuple[int, int]:
    """Return how many rows repeat another by chance in as many rows of the reference, and how many these are.

    Pairs of equal rows grow with the square of the rows, so a part as large as the batch is counted; a batch larger
    than the reference has more of them in proportion.
    """
    size, base = case.batch.rows, case.reference.rows
    if come_together(case):  # a part of the rows would hold one of two equal ones
        return int((~_first(_frame(case.reference, names))).sum()), base
    drawn = np.random.default_rng(0).permutation(base) < size
    count = int((~_first(_frame(case.reference.only(drawn), names))).sum())
    return int(count * max(1.0, size / base)), min(size, base)


def _replayed(case: Case) -> None:
    """Look for rows that were in the reference already, by their key, else by all that they hold beside one."""
    keys = _keys(case)
    if keys:
        seen = case.batch.texts[keys[0]].is_in(case.reference.texts[keys[0]].drop_nulls().unique().implode())
        rows = seen.fill_null(value=False).to_numpy()
        if _old(case, rows, 0, FLOOR):
            _stale(case, rows, "")
            return
    names = [name for name in (*case.batch.texts, *case.batch.numbers) if name not in case.explained | set(keys)]
    if len(names) < LEAST_COLUMNS or (keys and not _times_again(case)):
        return
    now, known = (row_hashes(side, names) for side in (case.batch, case.reference))
    usual = int(pl.Series(known).is_duplicated().sum())
    rows = np.isin(now, known)
    if keys and usual > UNLIKE * case.reference.rows:
        return  # what is equal by chance is so more or less often from season to season
    if _old(case, rows, usual, UNSURE) and _still_old(case, names, rows):
        _stale(case, rows, ", with other keys" if keys else "")


def _still_old(case: Case, names: list[str], rows: Flags) -> bool:
    """Tell whether rows are known where no column holds what makes rows alike."""
    some = _left(case, names, rows)
    if some is None:
        return False
    now, known = (row_hashes(side, names) for side in (some.batch, some.reference))
    return _old(some, np.isin(now, known), int(pl.Series(known).is_duplicated().sum()), UNSURE)


def _times_again(case: Case) -> bool:
    """Tell whether enough rows have a time that the reference has, or none has one."""
    times = [name for name in case.baseline.facts.times if case.batch.has(name)][:1]
    return all(np.isin(case.batch.numbers[name], case.reference.numbers[name]).mean() > UNSURE for name in times)


def _old(case: Case, rows: Flags, usual: int, least: float) -> bool:
    """Tell whether more rows are known than as many of the reference are by chance.

    Args:
        case: The batch.
        rows: Rows that the reference has.
        usual: Rows of the reference that are equal to another of it.
        least: Share of the rows that must be known beyond that.
    """
    count, size, base = int(rows.sum()), case.batch.rows, case.reference.rows
    gained = count / size - usual / base
    return count >= LEAST and gained >= least and rate_p(count, size, usual, base) <= case.alpha(1)


def _stale(case: Case, rows: Flags, how: str) -> None:
    keys, times = _keys(case), [name for name in case.baseline.facts.times if case.batch.has(name)]
    count, size = int(rows.sum()), case.batch.rows
    what = f"{count:,} rows were in the reference already{how}"
    evidence = {"rows": count, "share": count / size}
    case.add(Found(Cause.STALE, (*keys[:1], *times[:1]), evidence, rows, (Cause.DUPLICATES,), what), explains=())
    if count < 0.95 * size:
        if keys:  # without one, rows equal by chance are among them, and the others would not be like the reference
            case.keep(~rows)
    else:
        case.explained |= {term.name for term in case.baseline.contract.terms}


def usual_rows(earlier: Sequence[int]) -> float:
    """Return the usual number of rows of some earlier batches."""
    return float(np.exp(np.median(np.log(np.maximum(1, np.asarray(earlier, dtype=np.float64))))))


def search_volume(case: Case, earlier: Sequence[int], rows: int, left: int) -> None:
    """Compare the number of rows with earlier batches of the same baseline, once it is known what happened to rows.

    Rows that are too many because they came twice or are machines' are told as that; where some are known not to have
    been collected, their number is a note.

    Args:
        case: The batch.
        earlier: Rows of earlier batches.
        rows: Rows of this one.
        left: Rows of it that are no others' copies, and nobody's machines.
    """
    if len(earlier) < LEAST_HISTORY:
        return
    logs = np.log(np.maximum(1, np.asarray(earlier, dtype=np.float64)))
    middle = float(np.log(usual_rows(earlier)))
    spread = max(1.4826 * float(np.median(np.abs(logs - middle))), 0.05)
    gap, rest = (float(np.log(max(1, count)) - middle) for count in (rows, left))
    # A Student law with as many batches as there are; 30 % swings between weekdays are usual and no break.
    limit = max(np.log(1 / 0.7), 6 * spread)
    if abs(gap) <= limit or rest <= limit < gap:
        return
    what = f"{rows:,} rows where {np.exp(middle):,.0f} are usual"
    if gap < 0 and any(item.cause in (Cause.SAMPLING, Cause.CATEGORY_REMOVED) for item in case.found):
        case.notes.append(f"There are {what}.")
        return
    evidence = {"rows": rows, "usual": float(np.exp(middle)), "ratio": float(np.exp(gap)), "batches": len(earlier)}
    case.add(Found(Cause.VOLUME, (), evidence, None, (Cause.SAMPLING,), what), explains=())


def _first(frame: pl.DataFrame) -> Flags:
    return frame.select(pl.struct(pl.all()).is_first_distinct()).to_series().to_numpy()
