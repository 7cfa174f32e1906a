"""Shapes and lengths of keys and free texts, whose cells come new with every batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline
from clientela.monitoring.case import BUDGET, FLOOR, SHARE, Found
from clientela.monitoring.contract import Term
from clientela.monitoring.traits import BEYOND, NEVER, STRICT, built_otherwise
from clientela.monitoring.ways import (
    LEAST_STRANGE,
    RESTORED,
    WORDS,
    Mended,
    Way,
    best_way,
    free_ways,
    plain_ways,
    strange_cells,
    told_by,
)
from clientela.statistics.two_samples import rate_p

LONGER = 0.1
"""Share of the reference's cells that must be longer than the length to which some are cut."""

FEW_SHAPES, OTHER_SHAPES = 30, 0.08
"""Shapes of a text that is built by a rule, and share of the rows that must have another one."""

FELL, AS_BEFORE, PURE = 0.01, 1e-3, 0.05
"""Chance below which fewer cells have letters beyond ASCII; above which those that have lost them make up for it; and
part of these that may have such letters all the same."""

MARKS, INSIDE = r"[?\x{FFFD}]", r"[?\x{FFFD}]+\w"


def mask(texts: pl.Series) -> pl.Series:
    """Return the shape of each text: runs of digits "9", of small letters "a", of capitals "A", the rest as it is."""
    shape = texts.str.replace_all(r"\p{N}+", "9").str.replace_all(r"\p{Ll}+", "a").str.replace_all(r"\p{Lu}+", "A")
    return shape.str.slice(0, 40)


def mend_free(baseline: Baseline, term: Term, texts: pl.Series) -> tuple[Mended, Found | None]:
    """Compare shapes and lengths of keys and free text."""
    known = baseline.side.texts[term.name].drop_nulls()
    cut = _cut_off(term, known, texts)
    # what a cut leaves of the known cells is built as they are left
    left = known if cut is None else known.str.slice(0, int(cut.evidence["length"])).str.strip_chars_end()
    plain = texts.set(texts.str.strip_chars().str.to_lowercase().is_in(list(WORDS)), None)
    built = built_otherwise(term.name, left, plain)
    if cut is not None:
        return texts, built or cut
    if (lost := _letters_lost(term.name, known, texts)) is not None:
        return texts, lost
    shapes = mask(known).unique()
    other = (texts.is_not_null() & ~mask(texts).is_in(shapes.implode())).fill_null(value=False)
    mended, found = _reshaped(term, known, texts, shapes, other)
    return mended, (
        found
        or _cut_in_part(term.name, known, plain, other)
        or built
        or _other_shape(term.name, known, texts, shapes, other)
    )


def _letters_lost(name: str, known: pl.Series, texts: pl.Series) -> Found | None:
    """Return that letters beyond ASCII were lost: marks or plain letters stand where they were, or nothing does.

    The cells that lost them and those that still have them are together as many as had them before; a question mark
    that was put behind any text would stand behind those with such letters too.
    """
    filled, lettered = texts.drop_nulls(), known.filter(known.str.contains(BEYOND))
    have, size = filled.str.contains(BEYOND), len(filled)
    had, left = len(lettered), int(have.sum())
    if not had or left * len(known) >= had * size or rate_p(left, size, had, len(known)) > FELL:
        return None
    mark = MARKS if known.str.contains(MARKS).to_numpy().mean() < NEVER else INSIDE
    fresh = ~filled.is_in(known.unique().implode())
    ways = plain_ways()
    tried = [(ways[0], filled.str.contains(mark), int(known.str.contains(mark).sum()))]
    for way in ways:
        plain = pl.Series([way.back(cell) for cell in lettered.unique(maintain_order=True)], dtype=pl.String)
        tried.append((way, filled.is_in(plain.implode()) & fresh, 0))
    for way, rows, usual in tried:
        count, cells = int(rows.sum()), filled.filter(rows)
        if cells.n_unique() < LEAST_STRANGE or count < FLOOR * len(texts) or int((rows & have).sum()) > PURE * count:
            continue
        sure = rate_p(count, size, usual, len(known)) < BUDGET * SHARE / len(tried)
        if sure and rate_p(count + left, size, had, len(known)) > AS_BEFORE:
            odd = texts.is_in(cells.unique().implode()).fill_null(value=False)
            found = told_by(name, way, odd, {str(cells[0])[:60]: str(lettered[0])[:60]})
            others = (Cause.ENCODING, Cause.CATEGORY_FORMAT, Cause.DTYPE_FORMAT)
            return replace(found, alternatives=tuple(cause for cause in others if cause is not way.cause))
    return None


def _other_shape(name: str, known: pl.Series, texts: pl.Series, shapes: pl.Series, odd: pl.Series) -> Found | None:
    """Return that cells of a text which is built by a rule have a shape that none had."""
    if len(shapes) > FEW_SHAPES:
        return None
    cells, count = texts.filter(odd), int(odd.sum())
    if count < OTHER_SHAPES * len(texts) or cells.n_unique() < LEAST_STRANGE:
        return None
    example, share = str(cells[0])[:60], count / len(texts)
    evidence = {"rows": count, "share": share, "way": "another shape", "now": example, "before": str(known[0])[:60]}
    what = f"has another shape in {share:.1%} of the rows ({example!r})"
    others = (Cause.CATEGORY_FORMAT, Cause.COLUMN_SHIFT)
    return Found(Cause.DTYPE_FORMAT, (name,), evidence, odd.to_numpy(), others, what)


def _reshaped(
    term: Term, known: pl.Series, texts: pl.Series, shapes: pl.Series, odd: pl.Series
) -> tuple[Mended, Found | None]:
    """Look for the small change that gives cells of other shapes the shape of known ones."""
    counts, strange = strange_cells(texts, odd)
    if strange < LEAST_STRANGE or strange < 0.02 * len(texts) or len(shapes) > 0.1 * len(known):
        return _unpadded(term, known, texts)

    known_shapes = set(shapes)

    def fits(cell: str) -> bool:
        return mask(pl.Series([cell]))[0] in known_shapes

    for way in free_ways():
        best = best_way(counts.head(200), (way,), fits)
        if best is not None:
            return texts, told_by(term.name, way, odd, best[1])
    return texts, None


def _unpadded(term: Term, known: pl.Series, texts: pl.Series) -> tuple[Mended, Found | None]:
    """Look for digits that lost their leading zeros, where all had one length."""
    digits = known.filter(known.str.contains(r"^\d+$"))
    lengths = digits.str.len_chars().unique().to_list()
    if len(lengths) != 1 or not bool(digits.str.starts_with("0").any()):
        return texts, None
    short = (texts.str.contains(r"^\d+$") & (texts.str.len_chars() < lengths[0])).fill_null(value=False)
    if int(short.sum()) < max(LEAST_STRANGE, FLOOR * len(texts)):
        return texts, None
    way = Way("leading zeros lost", Cause.DTYPE_FORMAT, lambda cell: cell.zfill(lengths[0]))
    padded = pl.DataFrame({"cell": texts, "short": short}).select(
        pl.when("short").then(pl.col("cell").str.zfill(lengths[0])).otherwise("cell")
    )
    first = str(texts.filter(short)[0])
    return padded.to_series(), told_by(term.name, way, short, {first: first.zfill(lengths[0])})


def _cut_off(term: Term, known: pl.Series, texts: pl.Series) -> Found | None:
    """Return a truncation where no text is longer than a length that many of the reference's texts exceed."""
    lengths, before = texts.str.len_chars().cast(pl.Int64), known.str.len_chars().cast(pl.Int64)
    now, filled = int(lengths.drop_nulls().to_numpy().max(initial=0)), len(texts) - texts.null_count()
    # a blank where it was cut is not read
    cut = known.str.slice(0, now).str.strip_chars_end().str.len_chars()
    longer, capped, at_cap = int((before > now).sum()), int((cut == now).sum()), int((lengths == now).sum())
    if now == 0 or capped <= 0.02 * len(known) or at_cap <= 0.8 * capped / max(1, len(known)) * filled:
        return None
    if rate_p(longer, len(known), 0, max(1, filled)) >= 1e-6:
        return None
    rows = (lengths == now).fill_null(value=False).to_numpy()
    return Found(
        Cause.TRUNCATION, (term.name,), {"length": now, "rows": at_cap}, rows, what=f"is cut to {now} characters"
    )


def _cut_in_part(name: str, known: pl.Series, texts: pl.Series, other: pl.Series) -> Found | None:
    """Return a truncation of a part of the rows: strange cells of one length, which longer known ones begin like.

    Strange are cells with a shape that none had, or with another length where all had one; where texts come again, also
    cells that are the beginning of a known one.
    """
    lengths = known.str.len_chars()
    one = bool(lengths.n_unique() == 1)
    odd = texts.str.len_chars() < lengths[0] if one else other & texts.is_not_null()
    found = _at_one_length(known, texts, odd.fill_null(value=False), mask)
    if found is None:
        unknown = ~texts.is_in(known.unique().implode())
        found = _at_one_length(known, texts, unknown.fill_null(value=False), lambda cells: cells)
    if found is None:
        return None
    length, rows = found
    count, example = int(rows.sum()), str(texts.filter(rows)[0])
    evidence = {"length": length, "rows": count, "share": count / len(texts), "now": example[:60]}
    before = f" of {lengths[0]}" * one
    what = f"is cut to {length}{before} characters in {count / len(texts):.1%} of the rows ({example[:60]!r})"
    others = (Cause.DTYPE_FORMAT, Cause.CATEGORY_FORMAT)
    return Found(Cause.TRUNCATION, (name,), evidence, rows.to_numpy(), others, what)


def _at_one_length(
    known: pl.Series, texts: pl.Series, odd: pl.Series, alike: Callable[[pl.Series], pl.Series]
) -> tuple[int, pl.Series] | None:
    """Return the length of nearly all strange cells and which they are, where they are as known ones begin."""
    cells = texts.filter(odd)
    least = max(LEAST_STRANGE, STRICT * (len(texts) - texts.null_count()))
    if len(cells) < least:
        return None
    length = int(cells.str.len_chars().mode().to_numpy().min())
    longer = known.filter(known.str.len_chars() > length).str.slice(0, length)
    starts = pl.concat([longer, longer.str.strip_chars_end()])
    cut = odd & (texts.str.len_chars() <= length) & alike(texts).is_in(alike(starts).unique().implode())
    cut = cut.fill_null(value=False)
    several = texts.filter(cut).n_unique() >= LEAST_STRANGE
    exact = int((cells.str.len_chars() == length).sum()) >= RESTORED * len(cells)
    often = len(longer) >= LONGER * len(known)
    return (length, cut) if several and exact and often and cut.sum() >= max(least, RESTORED * len(cells)) else None
