"""Cells that are written otherwise than in the reference: try the small changes that would bring them back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, cells
from clientela.monitoring.case import FLOOR, Found
from clientela.monitoring.columns import Kind, written
from clientela.monitoring.contract import Term
from clientela.monitoring.dates import mend_times
from clientela.monitoring.free_texts import mend_free
from clientela.monitoring.ways import (
    LEAST_AFFIXED,
    LEAST_STRANGE,
    LOST,
    RESTORED,
    ZEROS,
    Mended,
    Way,
    affixed,
    best_way,
    is_number,
    level_ways,
    number_ways,
    parts_ways,
    strange_cells,
    told_by,
)
from clientela.statistics.two_samples import rate_p

TRUTHS = {"true", "false"}
"""How truths are written once they are read."""

CUT = 1e-6
"""Chance below which it is no accident that no cell is as long as many were."""


def mend(baseline: Baseline, term: Term, series: pl.Series) -> tuple[Mended, Found | None]:
    """Return a batch column as the reference writes it, and what had to be changed."""
    if term.kind is Kind.NUMBER:
        return _number(term, series)
    if term.kind is Kind.TIME:
        return mend_times(baseline, term, series)
    texts = written(series)
    return _category(baseline, term, texts) if term.kind is Kind.CATEGORY else mend_free(baseline, term, texts)


def _number(term: Term, series: pl.Series) -> tuple[Mended, Found | None]:
    if series.dtype == pl.Boolean or series.dtype.is_numeric():
        return cells(series, Kind.NUMBER), None
    texts = written(series).str.strip_chars()
    numbers = cells(texts, Kind.NUMBER)
    odd = texts.is_not_null() & pl.Series(np.isnan(numbers)) & (texts.str.to_lowercase() != "nan")
    counts, strange = strange_cells(texts, odd)
    if strange < LEAST_STRANGE and strange < 0.5 * len(series):
        return numbers, None
    word = counts["cell"][0] if counts.height == 1 and not re.search(r"\d", counts["cell"][0]) else ""
    best = best_way(counts, number_ways(counts, term), is_number)
    if best is None and word:
        evidence = {"value": word, "rows": strange, "share": strange / len(series)}
        what = f"holds {word!r} in {strange / len(series):.1%} of the rows, one word where numbers stood"
        others = (Cause.MISSINGNESS, Cause.COLUMN_SHIFT)
        return numbers, Found(Cause.NULL_SEMANTICS, (term.name,), evidence, odd.to_numpy(), others, what)
    if best is None:
        evidence = {"rows": strange, "share": strange / len(series), "examples": counts["cell"].to_list()[:3]}
        return numbers, Found(
            Cause.UNKNOWN,
            (term.name,),
            evidence,
            odd.to_numpy(),
            (Cause.DTYPE_FORMAT, Cause.COLUMN_SHIFT),
            "holds text where numbers stood",
        )
    way, back = best
    mended = cells(texts.replace(back), Kind.NUMBER)
    return mended, told_by(term.name, way, odd, back)


def _category(baseline: Baseline, term: Term, texts: pl.Series) -> tuple[Mended, Found | None]:
    levels = set(term.levels) | set(baseline.side.texts[term.name].drop_nulls().unique())
    if levels <= TRUTHS:  # beside other words a truth is read as the text it is, as TRUE or True
        plain = texts.str.strip_chars().str.to_lowercase()
        texts = plain.zip_with(plain.is_in(list(TRUTHS)).fill_null(value=False), texts)
    odd = texts.is_not_null() & ~texts.is_in(list(levels))
    counts, strange = strange_cells(texts, odd)
    if strange < LEAST_STRANGE or strange < FLOOR * len(texts):
        return texts, None
    of_levels = level_ways(levels)
    best = best_way(counts, (*of_levels, *parts_ways(counts, levels), *affixed(counts, levels)), levels.__contains__)
    cut = 0
    if best is None or best[0].name in (ZEROS, LOST):  # what lost its end looks like something else that lost zeros
        cut = _truncated(counts, levels, texts.drop_nulls().unique().to_list())
    if best is None and not cut:
        cut = _capped(counts, baseline.side.texts[term.name].drop_nulls(), texts.drop_nulls())
    if best is None and not cut and (best := _beside_new(counts, levels, of_levels, texts)) is not None:
        odd = texts.is_in(list(best[1])).fill_null(value=False)
    if best is not None and not cut:
        way, back = best
        return texts.replace(back), told_by(term.name, way, odd, back)
    if cut:
        evidence = {"rows": strange, "share": strange / len(texts), "length": cut}
        found = Found(Cause.TRUNCATION, (term.name,), evidence, odd.to_numpy(), what=f"is cut to {cut} characters")
        return texts, found
    return texts, None


def _beside_new(
    counts: pl.DataFrame, levels: Collection[str], ways: Sequence[Way], texts: pl.Series
) -> tuple[Way, dict[str, str]] | None:
    """Return the way in which several known levels are written, where other strange cells are new levels.

    Numbers in a cell must be the same, for those of versions make others by chance, and the reference may not write its
    own levels in both ways. New levels may be written otherwise too: they are brought back to each other.
    """
    rows = dict(counts.iter_rows())
    best: tuple[int, Way, dict[str, str]] | None = None
    for way in ways:
        able = [level for level in levels if not level.isascii()] if way.cause is Cause.ENCODING else levels
        back = _brought_back(rows, way, levels)
        restored = sum(rows[cell] for cell in back)
        few = len(set(back.values())) < max(2, min(LEAST_AFFIXED, len(able)))
        if few or restored < max(LEAST_STRANGE, FLOOR * len(texts)) or (best is not None and restored <= best[0]):
            continue
        if len(_brought_back(levels, way, levels)) < LEAST_AFFIXED:
            best = (restored, way, back)
    if best is None:
        return None
    restored, way, back = best
    as_before = int(texts.is_in(list(set(back.values()))).sum())
    # of two writings of a new level the rarer one is the other writing, as it is of known ones
    left = sorted(rows.keys() - back, key=lambda cell: (-rows[cell] if restored <= as_before else rows[cell], cell))
    again = next(one for one in level_ways(left) if one.name == way.name)
    return way, back | _brought_back(left, again, left)


def _brought_back(written_so: Iterable[str], way: Way, levels: Collection[str]) -> dict[str, str]:
    """Return which cells a way makes other ones of these levels, with the same numbers in them."""
    pairs = ((cell, to) for cell in written_so if (to := way.back(cell)) is not None)
    return {cell: to for cell, to in pairs if to in levels and to != cell and _digits(to) == _digits(cell)}


def _digits(cell: str) -> list[str]:
    return re.findall(r"[1-9]\d*", cell)


def _capped(counts: pl.DataFrame, known: pl.Series, texts: pl.Series) -> int:
    """Return the length that no cell exceeds, where many of the reference's do and strange ones are as those begin.

    New levels may be among them, cut or shorter. It is 0 where the column was not cut.
    """
    length = int(texts.str.len_chars().to_numpy().max(initial=0))
    longer = known.filter(known.str.len_chars() > length)
    if not length or rate_p(len(longer), len(known), 0, len(texts)) >= CUT:
        return 0
    starts = longer.unique().str.slice(0, length).str.strip_chars_end().unique()
    cut = counts.filter(pl.col("cell").is_in(starts.implode()))
    several = (
        cut.height >= min(LEAST_AFFIXED, len(starts)) and int(cut["cell"].str.len_chars().to_numpy().max()) == length
    )
    return length if several and int(cut["len"].sum()) >= max(LEAST_STRANGE, FLOOR * len(texts)) else 0


def _truncated(counts: pl.DataFrame, levels: Collection[str], seen: Sequence[str]) -> int:
    """Return the length to which known levels were cut, 0 where they were not."""
    odd = [cell for cell in counts["cell"] if cell]
    longest = max((len(cell) for cell in odd), default=0)
    starts = {level[:longest] for level in levels if len(level) > longest}
    starts |= {level[:longest].rstrip() for level in levels if len(level) > longest}
    cut = counts.filter(pl.col("cell").is_in(list(starts)))
    whole = [level for level in seen if level in levels and len(level) > longest]
    if whole and cut.height <= 0.5 * len({level[:longest] for level in levels if len(level) > longest}):
        return 0  # most of the long levels come uncut
    return longest if longest and int(cut["len"].sum()) >= RESTORED * int(counts["len"].sum()) else 0
