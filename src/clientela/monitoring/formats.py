"""Cells that are written otherwise than in the reference: try the small changes that would bring them back."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

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
    LEAST_STRANGE,
    LOST,
    RESTORED,
    ZEROS,
    Mended,
    affixed,
    best_way,
    is_number,
    level_ways,
    number_ways,
    parts_ways,
    strange_cells,
    told_by,
)

TRUTHS = {"true", "false"}
"""How truths are written once they are read."""


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
    ways = (*level_ways(levels), *parts_ways(counts, levels), *affixed(counts, levels))
    best = best_way(counts, ways, levels.__contains__)
    cut = 0
    if best is None or best[0].name in (ZEROS, LOST):  # what lost its end looks like something else that lost zeros
        cut = _truncated(counts, levels, texts.drop_nulls().unique().to_list())
    if best is not None and not cut:
        way, back = best
        return texts.replace(back), told_by(term.name, way, odd, back)
    if cut:
        evidence = {"rows": strange, "share": strange / len(texts), "length": cut}
        found = Found(Cause.TRUNCATION, (term.name,), evidence, odd.to_numpy(), what=f"is cut to {cut} characters")
        return texts, found
    return texts, None


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
