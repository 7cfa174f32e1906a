"""Levels that the reference never had: new ones, or known ones renamed, parted or made one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Flags
from clientela.monitoring.contract import Rule
from clientela.monitoring.crediting import rows_of
from clientela.monitoring.gaps import stand_in
from clientela.monitoring.kept import given_levels
from clientela.monitoring.levels import Levels
from clientela.monitoring.looking_like import drawn_from
from clientela.monitoring.rules import broken
from clientela.monitoring.seasons import least_share
from clientela.statistics.two_samples import homogeneity, homogeneity_p, rate_p

LEAST_LOST = 0.5
"""Part of what a new level has that another one must have lost."""

LEAST = 5
SURER = 4.0
"""Chi-square by which one giver must explain a new level better than all levels, beyond the choice among them."""

GONE = 0.02
"""Part of a level's rows below which it is gone."""

USUAL, SWING = 20.0, 0.3
"""Rows that a level must be expected to have, so that none of them is no chance, and what a season may do to it."""

OPTIONAL, FEW = 0.5, 0.05
"""Share of missing cells from which levels are such as few rows have, codes of campaigns that end with them; and of all
rows, below which the items of a later time follow others as seasons do."""

MOST_BROKEN = 0.5
"""Part of the rows of a new level that break a rule about cells that are there, so that none should be."""

AS_BEFORE, LEAST_AT_ONCE = 1e-3, 3
"""Chance above which shares are as before, and levels from which their shares tell that all have other names."""

LEAST_IN_TURN, LATE = 8, 0.05
"""Rows of an old and a new code that show in which order they came, of which one in twenty may be out of it: for rows
that come in any order the chance of that is that of eight and eight in a row, one in ten thousand."""

WHOSE = 0.9
"""Share of the rows of a new level in which another column gives the levels that it was."""

LEFT, LOOKS = 0.2, 3.0
"""Part of its rows that a level has left at most that has another name, for of what is parted more is left; and the
logarithm of the likelihood ratio (one to twenty) by which, in a column of few rows, the new one must look like it."""

RECODED = 0.9
"""Share of the rows with new levels from which all codes were replaced."""


def _rows(case: Case, name: str, level: str) -> Flags:
    return (case.batch.texts[name] == level).fill_null(value=False).to_numpy()


def search_new(case: Case, name: str, levels: Levels) -> Found | None:
    """Look for levels that the reference never had: whose rows are they?"""
    fresh = [place for place in range(levels.now.size) if levels.known[place] == 0 and levels.now[place] > 0]
    many = [p for p in fresh if levels.now[p] >= max(LEAST, FLOOR * levels.now.sum())]
    sure = levels.unheard() < case.alpha(10)
    worth = [p for p in many if sure or levels.chance(p) < case.alpha(10)]
    if not worth:
        return None
    if step := _counted_otherwise(levels):
        moved = {"step": step, "share": 1.0}
        what = f"counts its codes from another number: each is {abs(step)} {'more' if step > 0 else 'less'} than it was"
        other = (Cause.CATEGORY_PERMUTED, Cause.METRIC_DEFINITION, Cause.DTYPE_FORMAT)
        return Found(Cause.CATEGORY_RENAMED, (name,), moved, None, other, what)
    share = float(levels.now[worth].sum() / levels.now.sum())
    rows = np.any([_rows(case, name, levels.names[p]) for p in worth], axis=0)
    named = [levels.names[p] for p in worth]
    evidence: dict[str, Any] = {"levels": named[:10], "rows": int(levels.now[worth].sum()), "share": share}
    others: tuple[Cause, ...]
    level = levels.names[max(worth, key=lambda item: levels.now[item])]
    of_all = float(levels.now[worth].sum()) / case.batch.rows
    if len(worth) == 1 and _for_missing(case, name, levels, worth[0]):
        evidence["share"] = of_all
        what = f"holds {level!r} in {of_all:.1%} of the rows, where it was missing"
        others = (Cause.CATEGORY_NEW, Cause.CATEGORY_RENAMED)
        return Found(Cause.NULL_SEMANTICS, (name,), evidence, rows, others, what)
    optional = case.reference.missing(name).mean() > OPTIONAL
    if case.later and (of_all < FEW or (optional and _comes_and_goes(case, name))):
        evidence["share"] = of_all
        what = f"holds {level!r} in {of_all:.1%} of the rows, never seen before"
        others = (Cause.CATEGORY_RENAMED, Cause.NULL_SEMANTICS)
        found = Found(Cause.CATEGORY_NEW, (name,), evidence, rows, others, what)
        return _in_their_place(case, name, levels, found) if len(worth) == 1 else found
    givers = _gone(levels, fresh, share)
    if share > RECODED and len(worth) > 1:
        cause, others = Cause.CATEGORY_RENAMED, (Cause.DTYPE_FORMAT, Cause.CATEGORY_FORMAT, Cause.COLUMN_SWAP)
        what = f"has other codes in {share:.0%} of the rows, {level!r} among them"
    elif len(worth) > 1 and (old := _renamed_at_once(levels, worth, givers, later=case.later)):
        cause, others = Cause.CATEGORY_RENAMED, (Cause.CATEGORY_FORMAT, Cause.DTYPE_FORMAT, Cause.CATEGORY_NEW)
        evidence["renamed"] = [levels.names[place] for place in old][:10]
        what = f"{', '.join(map(repr, evidence['renamed'][:4]))} have other codes in {share:.0%} of the rows"
        what += f", {level!r} among them"
    elif len(givers) > max(1, len(worth)):
        cause, others = Cause.CATEGORY_MERGED, (Cause.CATEGORY_RENAMED, Cause.CATEGORY_NEW)
        evidence["merged"] = [levels.names[place] for place in givers][:10]
        what = f"{', '.join(map(repr, evidence['merged'][:4]))} are now {level!r} in {share:.1%} of the rows"
    else:
        return _of_some(case, name, levels, worth, Found(Cause.CATEGORY_NEW, (name,), evidence, rows))
    return Found(cause, (name,), evidence, rows, others, what)


def search_renamed(case: Case, name: str) -> Found | None:
    """Look for new levels in rows in which another column gives a known one: that is what they were.

    Nearly all rows of a new level must be those of the known ones, which have most of their rows there. Levels that the
    time brought come in rows in which the other column is new too, or beside the old ones.

    Args:
        case: The batch.
        name: The category.
    """
    rules = [rule for rule in case.baseline.contract.rules if rule.kind == "determines" and rule.right == name]
    for rule in (rule for rule in rules if rule.left in case.batch.texts and rule.left not in case.explained):
        both = pl.DataFrame({"old": given_levels(case, rule), "now": case.batch.texts[name]}).drop_nulls()
        known = case.reference.texts[name].unique()
        moved = both.filter(~pl.col("now").is_in(known.implode()))
        if moved.height < max(LEAST, FLOOR * case.batch.rows):
            continue
        held = both.group_by("old").agg(pl.len().alias("of"))
        fresh = case.batch.texts[name].value_counts(name="all").rename({name: "now"})
        pairs = moved.group_by("old", "now").len().join(held, on="old").join(fresh, on="now")
        pairs = pairs.filter(pl.col("len") > LEAST_LOST * pl.col("of")).sort("len", "old", descending=[True, False])
        whole = pairs.group_by("now").agg(pl.col("len").sum(), pl.col("all").first())
        whole = whole.filter(pl.col("len") > WHOSE * pl.col("all"))
        pairs = pairs.filter(pl.col("now").is_in(whole["now"].implode()))
        count = int(pairs["len"].sum())
        if count >= max(LEAST, FLOOR * case.batch.rows):
            return _as_given(case, rule, pairs)
    return None


def _as_given(case: Case, rule: Rule, pairs: pl.DataFrame) -> Found:
    """Return that levels (`old`) have other names (`now`) in some rows (`len`), as another column shows."""
    name, olds = rule.right, pairs["old"].to_list()
    rows = case.batch.texts[name].is_in(pairs["now"].unique().implode()).fill_null(value=False).to_numpy()
    evidence: dict[str, Any] = {"renamed": olds[:10], "levels": pairs["now"].to_list()[:10]}
    evidence |= {"rows": int(rows.sum()), "share": float(rows.mean())}
    causes = [Cause.CATEGORY_RENAMED, Cause.CATEGORY_MERGED]
    if pairs["now"].n_unique() == 1 < pairs.height:
        causes.reverse()
    more = f" and {len(olds) - 1} more" if len(olds) > 1 else ""
    what = f"{olds[0]!r} is now {pairs['now'][0]!r}{more} in {rows.mean():.1%} of the rows, as {rule.left} shows"
    return Found(causes[0], (name,), evidence, rows, (causes[1], Cause.CATEGORY_NEW), what)


def _comes_and_goes(case: Case, name: str) -> bool:
    """Tell whether a category that few rows have lists what comes and goes with time, as campaigns do.

    What all rows with an outcome have and no others, as how a thing was sent or paid for, does not.
    """
    rules = [rule for rule in case.baseline.contract.rules if rule.kind == "implies"]
    label = case.baseline.facts.label
    told = any((r.left, r.left_is, r.right) == (name, "present", label) for r in rules)
    return not (told and any((r.right, r.right_is) == (name, "present") for r in rules))


def _in_their_place(case: Case, name: str, levels: Levels, found: Found) -> Found:
    """Return what was found with its name: levels that no season left so few rows may have the rows of a new one.

    All others must keep their shares, and no usual one may have come or gone in the reference, as campaigns do.
    """
    new = levels.names.index(str(found.evidence["levels"][0]))
    expected = levels.known * float(levels.now.sum() / levels.known.sum())
    lost = [int(place) for place in np.flatnonzero((expected >= LEAST) & (levels.now < LEFT * expected))]
    held, missing = float(expected[lost].sum()), float((expected - levels.now)[lost].sum())
    error = np.sqrt(held * (1 + levels.now.sum() / levels.known.sum()))
    if held < USUAL or abs(levels.now[new] - missing) > 3 * error or not levels.still([*lost, new]):
        return found
    usual = {int(place) for place in np.flatnonzero(expected >= USUAL)}
    left = {place: least_share(case, rows_of(case.reference, name, levels.names[place])) for place in {*usual, *lost}}
    names = [levels.names[place] for place in lost]
    if any(left[place] == 0 or levels.now[place] > left[place] * case.batch.rows for place in lost):
        return found
    if (
        not all(left[place] for place in usual)
        or found.rows is None
        or drawn_from(case, name, found.rows, names) < LOOKS
    ):
        return found
    causes = [Cause.CATEGORY_RENAMED, Cause.CATEGORY_MERGED][:: 1 if len(lost) == 1 else -1]
    what = f"{', '.join(map(repr, names[:4]))} {'is' if len(lost) == 1 else 'are'} now {levels.names[new]!r}"
    what += f" in {found.evidence['share']:.1%} of the rows"
    evidence = {**found.evidence, "renamed" if len(lost) == 1 else "merged": names[:10]}
    others = (causes[1], Cause.CATEGORY_NEW)
    return replace(found, cause=causes[0], evidence=evidence, alternatives=others, what=what)


def _for_missing(case: Case, name: str, levels: Levels, new: int) -> bool:
    """Tell whether a new level stands where cells were missing, and all other levels have the rows they had.

    Customers may take up a new code too, of their own will: then it means what a code means. So none may be missing any
    more, or the new rows break what holds wherever there is a level.
    """
    size, base = case.sizes
    gone, before = int(case.batch.missing(name).sum()), int(case.reference.missing(name).sum())
    if not before or rate_p(size - gone, size, base - before, base) > AS_BEFORE:
        return False
    kept = np.arange(levels.now.size) != new
    both = [
        np.append(part[kept], lost) for part, lost in ((levels.now, gone + levels.now[new]), (levels.known, before))
    ]
    if homogeneity_p(*both) <= AS_BEFORE:
        return False
    rows = _rows(case, name, levels.names[new])
    tied = (r for r in case.baseline.contract.rules if r.kind == "implies" and (r.left, r.left_is) == (name, "present"))
    tied = (rule for rule in tied if case.batch.has(rule.right))
    return gone < GONE * before * size / base or any(
        broken(rule, case.batch, case.reference)[rows].mean() > MOST_BROKEN for rule in tied
    )


def _counted_otherwise(levels: Levels) -> int:
    """Return by how much all codes, whole numbers, are more than they were, where that explains them; 0 for nothing."""
    if not all(re.fullmatch(r"-?\d{1,9}", name) for name in levels.names):
        return 0
    known = {int(name): rows for name, rows in zip(levels.names, levels.known.tolist(), strict=True)}
    now = {int(name): rows for name, rows in zip(levels.names, levels.now.tolist(), strict=True)}
    for step in (-1, 1):
        codes = sorted({*now, *(code + step for code in known)})
        moved = [np.array([counts.get(code - by, 0.0) for code in codes]) for counts, by in ((now, 0), (known, step))]
        if homogeneity_p(*moved) > AS_BEFORE:
            return step
    return 0


def _renamed_at_once(levels: Levels, worth: Sequence[int], gone: Sequence[int], *, later: bool) -> list[int]:
    """Return the levels whose place as many new ones took, each with what one of them lost.

    They are those that are gone, or all usual ones where each lost the same part of its rows, or those that lost most
    where the rest keeps still; some always lost most in a later time. Shares are compared in their order, for the names
    do not tell which is which.
    """
    known = [place for place in range(levels.now.size) if levels.known[place] > 0]
    usual = [place for place in known if levels.share(place)[1] * levels.now[worth].sum() >= LEAST]
    taken = np.sort(levels.now[worth])
    even = homogeneity_p(levels.now[known], levels.known[known]) > AS_BEFORE
    for old in (list(gone),) if later else (list(gone), usual):
        alike = len(old) == len(worth) and homogeneity_p(taken, np.sort(levels.known[old])) > AS_BEFORE
        if alike and (old == gone or (even and len(old) >= LEAST_AT_ONCE)):
            return old
    if later:
        return []
    expected = levels.known * float(levels.now.sum() / levels.known.sum())
    most = sorted(known, key=lambda place: levels.now[place] - expected[place])[: len(worth)]
    lost = np.sort((expected - levels.now)[most])
    error = 4 * np.sqrt(np.sort(expected[most]) * (1 + levels.now.sum() / levels.known.sum()))
    fits = len(most) < len(known) and lost[0] > 0 and bool(np.all(np.abs(lost - taken) < error))
    return most if fits and not even and levels.still([*most, *worth]) else []


def _of_some(case: Case, name: str, levels: Levels, worth: Sequence[int], found: Found) -> Found:
    """Return what was found with its name: in a later time that of the largest level, where it has one.

    The others may be what the time brought.
    """
    if case.later and len(worth) > 1:
        main = max(worth, key=lambda item: levels.now[item])
        level = levels.names[main]
        evidence = {"levels": [level], "rows": int(levels.now[main]), "share": levels.share(main)[0]}
        alone = replace(found, evidence=evidence, rows=_rows(case, name, level))
        told = _of_one(case, name, levels, [main], alone)
        if told.cause is not Cause.CATEGORY_NEW:
            return told
    return _of_one(case, name, levels, worth, found)


def _of_one(case: Case, name: str, levels: Levels, worth: Sequence[int], found: Found) -> Found:
    """Return what was found with its name: rows of one known level under another code, or rows of all of them."""
    fresh = [place for place in range(levels.now.size) if levels.known[place] == 0]
    level, share = levels.names[max(worth, key=lambda item: levels.now[item])], float(found.evidence["share"])
    giver = _giver(case, name, levels, fresh, found)
    if giver is None and len(worth) == 1:
        giver = _parted(levels, fresh, level, share)
        giver = _by_words(levels, fresh, level, share, later=case.later) if giver is None else giver
        giver = _replaced(levels, share) if giver is None else giver
    if giver is None:
        what = f"holds {level!r} in {share:.1%} of the rows, never seen before"
        return replace(found, alternatives=(Cause.CATEGORY_RENAMED, Cause.CATEGORY_SPLIT), what=what)
    old = levels.names[giver]
    left = float(levels.now[giver] / levels.now.sum()) / max(1e-9, levels.share(giver)[1])
    evidence = {**found.evidence, "taken from": old, "left of it": left}
    if len(worth) == 1 and stand_in(old) and stand_in(level):
        what, others = f"{level!r} stands where {old!r} stood", (Cause.CATEGORY_RENAMED, Cause.CATEGORY_NEW)
        return replace(found, cause=Cause.NULL_SEMANTICS, evidence=evidence, alternatives=others, what=what)
    alike = not _sibling(level, levels) and not _words(old) < _words(level)
    since_then = len(worth) == 1 and _from_then_on(case, name, old, level)
    renamed = left < LEFT or since_then or ((left < 0.6 or _written_after(old, level)) and alike)
    cause, other = Cause.CATEGORY_RENAMED, Cause.CATEGORY_SPLIT
    if not renamed or len(worth) > 1:
        cause, other = other, cause
    told = "is now" if cause is Cause.CATEGORY_RENAMED else "was parted: a part is now"
    what = f"{old!r} {told} {level!r} in {share:.1%} of the rows"
    return replace(found, cause=cause, evidence=evidence, alternatives=(other, Cause.CATEGORY_NEW), what=what)


def _gone(levels: Levels, fresh: Sequence[int], share: float) -> list[int]:
    """Return the known levels that are gone, where they held what the new ones hold and all others kept still."""
    size = float(levels.now.sum())
    shares = [levels.share(place) for place in range(levels.now.size)]
    gone = [p for p, (now, before) in enumerate(shares) if before * size >= LEAST and now < GONE * before]
    held = sum(levels.share(place)[1] for place in gone)
    error = np.sqrt(max(held, 1 / size) * (1 / size + 1 / float(levels.known.sum())))
    return gone if abs(held - share) < 4 * error and levels.still([*gone, *fresh]) else []


def _replaced(levels: Levels, share: float) -> int | None:
    """Return the one usual level that has no row left, where the new one is about as large; no season does that."""
    size = float(levels.now.sum())
    empty = [p for p in range(levels.now.size) if not levels.now[p] and levels.share(p)[1] * size >= USUAL]
    if len(empty) != 1:
        return None
    before = levels.share(empty[0])[1]
    error = np.sqrt(before * (1 / size + 1 / float(levels.known.sum())))
    return empty[0] if abs(before - share) < max(4 * error, SWING * before) else None


def _written_after(old: str, new: str) -> bool:
    return old.casefold() in new.casefold() or new.casefold() in old.casefold()


def _from_then_on(case: Case, name: str, old: str, new: str) -> bool:
    """Tell whether a level has no rows any more from the first ones of another on: then it took the place of all."""
    before, after = (case.order[_rows(case, name, level)] for level in (old, new))
    before, after = before[~np.isnan(before)], after[~np.isnan(after)]
    if before.size < LEAST_IN_TURN or after.size < LEAST_IN_TURN:
        return False
    first, last = np.quantile(after, LATE), np.quantile(before, 1 - LATE)
    return bool(last <= first)


def _sibling(new: str, levels: Levels) -> bool:
    """A code that shares a word with the others of the column is one more of them, not another writing."""
    own = _words(new)
    known = [_words(level) for place, level in enumerate(levels.names) if levels.known[place] > 0]
    return len(own) > 1 and sum(bool(own & other) for other in known) >= 2


def _words(level: str) -> set[str]:
    return {word for word in re.split(r"[\W_]+", level) if word}


def _giver(case: Case, name: str, levels: Levels, fresh: Sequence[int], found: Found) -> int | None:
    """Return the one known level that lost what the new ones gained, while the others kept their shares.

    Its loss must stand out against the loss that everyone would share; the other columns of the new rows, which look
    like those of one level or like all, are evidence beside it.
    """
    share, size = float(found.evidence["share"]), float(levels.now.sum())
    tried = []
    for place in range(levels.now.size):
        now, before = levels.share(place)
        error = np.sqrt(max(before, 1 / size) * (1 / size + 1 / float(levels.known.sum())))
        lost = before - now
        if before < share * 0.7 or abs(lost - share) > max(4 * error, 0.1 * share) or lost < LEAST_LOST * share:
            continue
        score = (lost - before * share) / (error * (_restless(levels, [place, *fresh]) if case.later else 1.0))
        if score > 0 and (lost > LEAST_LOST * before if case.later else levels.still([place, *fresh])):
            looks = drawn_from(case, name, found.rows, [levels.names[place]]) if found.rows is not None else 0.0
            tried.append((float(score * score) + 2 * looks, place))
    best = max(tried, default=(0.0, 0))
    known = int((levels.known > 0).sum())
    return best[1] if best[0] > 2 * float(np.log(max(1, known))) + SURER else None


def _restless(levels: Levels, but: Sequence[int]) -> float:
    """Return how many times further than chance lets them the other levels moved."""
    kept = np.ones(levels.now.size, dtype=np.bool_)
    kept[list(but)] = False
    rest = [np.append(part[kept], part[~kept].sum()) for part in (levels.now, levels.known)]
    statistic, freedom = homogeneity(rest[0], rest[1])
    return float(np.sqrt(max(1.0, statistic / freedom))) if freedom else 1.0


def _parted(levels: Levels, fresh: Sequence[int], new: str, share: float) -> int | None:
    """Return the level that holds most rows, where the new code is put together like the others and they are still.

    Counts cannot tell whether a level with most of the rows lost some alone; the writing of the code can, and so can
    two codes that both stand for missing.
    """
    place = int(np.argmax(levels.known))
    now, before = levels.share(place)
    alike = _sibling(new, levels) or (stand_in(levels.names[place]) and stand_in(new))
    if before < 0.5 or not alike or not levels.still([place, *fresh]):
        return None
    return place if before - now > 0.5 * share else None


def _by_words(levels: Levels, fresh: Sequence[int], new: str, share: float, *, later: bool) -> int | None:
    """Return the level whose words the new code holds beside another one, where it lost about what the new one has.

    In a later time it may have lost, or kept, some more, and the others are not still.
    """
    for place in range(levels.now.size):
        now, before = levels.share(place)
        if levels.known[place] == 0 or not _words(levels.names[place]) < _words(new) or before < share * 0.7:
            continue
        error = np.sqrt(before * (1 / levels.now.sum() + 1 / levels.known.sum()))
        if abs(before - now - share) < 3 * error and levels.still([place, *fresh]):
            return place
        if later and LEAST_LOST * share < before - now - before * share:
            return place
    return None
