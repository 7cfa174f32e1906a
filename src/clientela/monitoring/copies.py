"""Rows whose key others have too: delivered twice, loaded twice, or multiplied by a join."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case
from clientela.monitoring.columns import Codes, Flags, Kind, Side

WHOLE = 0.9
"""Share of the rows with a repeated key that are equal in all columns where a file was loaded twice; a join that
multiplies rows gives some equal ones too, by chance."""

LITTLE = 3_600.0
"""Seconds by which the times of a row that was delivered twice may differ."""

LEAST_COLUMNS = 4
"""Columns beside key and times that must be equal, so that rows are one row delivered twice."""

LEAST = 10
"""Repeated keys from which it is told what repeated them."""

MOST_KEYS, IN_A_ROW = 0.5, 0.9
"""Share of the repeated keys that come three times or more after a join; and of the keys from the first repeated one to
the last, or of all keys equally often, that are repeated where a part of a file was loaded again."""

SLACK = 0.02
"""Share of the keys that may be no copies, or copies, where a level says otherwise."""


@dataclass(frozen=True)
class Origin:
    """Where rows with a repeated key come from.

    Attributes:
        cause: `duplicates` or `fanout`.
        copies: Rows that repeat another, by their times hardly later.
        what: Words for the title, after the number of rows.
        evidence: What shows it.
    """

    cause: Cause
    copies: int
    what: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


def origin_of(case: Case, key: str, extra: Flags, whole: Flags) -> Origin:
    """Tell where rows come from that have the key of a row before them.

    Args:
        case: The batch.
        key: Column of the key; "" where there is none, and whole rows are equal.
        extra: Rows that are too many.
        whole: Rows that repeat one before them in all columns.
    """
    copies = int((extra & whole).sum())
    if copies >= WHOLE * extra.sum():
        joined = _joined(case, key, extra) if key else None
        what, evidence = joined if joined is not None else ("come twice", {})
        return Origin(Cause.DUPLICATES if joined is None else Cause.FANOUT, copies, what, evidence)
    again = _delivered_again(case, key) if key else np.zeros(0, dtype=np.bool_)
    if again.sum() >= WHOLE * extra.sum():
        times = ", ".join(name for name in case.baseline.facts.times if case.batch.has(name))
        what = f"come twice, the second time with another {times}"
        return Origin(Cause.DUPLICATES, int(again.sum()), what, {"equal but for": times})
    return Origin(Cause.FANOUT, copies, "have a key that other rows have too, with other values")


def _delivered_again(case: Case, key: str) -> Flags:
    """Return rows that are equal to the one before them with their key, but for times that are a little later."""
    times = [name for name in case.baseline.facts.times if case.batch.has(name)]
    others = [name for name in (*case.batch.texts, *case.batch.numbers) if name not in (key, *times)]
    if not times or len(others) < LEAST_COLUMNS:
        return np.zeros(case.batch.rows, dtype=np.bool_)
    columns = [_cells(case.batch, name) for name in (key, *others, *times)]
    frame = pl.DataFrame(columns).with_columns(pl.struct(key, *others).rank("dense").alias("\0row"))
    late = [(pl.col(name).max() - pl.col(name).min()).over("\0row") for name in times]
    near = pl.max_horizontal(late).fill_null(math.inf) <= LITTLE
    again = ~pl.col("\0row").is_first_distinct() & pl.col(key).is_not_null() & near
    return frame.select(again.alias("again"))["again"].to_numpy()


def _cells(side: Side, name: str) -> pl.Series:
    return side.texts[name].alias(name) if name in side.texts else pl.Series(name, side.numbers[name])


def _joined(case: Case, key: str, extra: Flags) -> tuple[str, dict[str, Any]] | None:
    """Return what shows that a join multiplied equal rows; None where they may as well have been loaded twice."""
    held = case.batch.texts[key]
    first = (held.is_first_distinct() & held.is_not_null()).to_numpy()
    side = case.batch.only(first)
    seen = pl.DataFrame({"key": held}).group_by("key").len()
    counts = pl.DataFrame({"key": side.texts[key]}).join(seen, on="key", how="left", maintain_order="left")["len"]
    times = counts.to_numpy().astype(np.int64)
    again = times > 1
    if again.sum() < LEAST or _in_a_row(again) or _equally_often(times):
        return None
    if counter := _counter(case, side, times):
        return f"repeat others, as often as {counter} says", {"as often as": counter}
    # a part of the file that came again, as that of one source, stands together; a join puts copies beside their rows
    if not _in_a_row(extra) and (where := _where(case, side, again)):
        return f"repeat others, all rows in which {where} and no others", {"only where": where}
    thrice = float((times > 2).sum() / again.sum())
    if thrice > MOST_KEYS:
        return "repeat others, most of which come three times or more", {"three times or more": thrice}
    return None


def _in_a_row(some: Flags) -> bool:
    """Tell whether repeated keys, or copies, stand beside each other, as those of a part that was loaded again."""
    places = np.flatnonzero(some)
    return bool(places.size >= IN_A_ROW * (places[-1] - places[0] + 1))


def _equally_often(times: Codes) -> bool:
    """Tell whether nearly all keys come equally often, as after a file was loaded again whole."""
    return bool(np.bincount(times)[2:].max(initial=0) >= IN_A_ROW * times.size)


def _counter(case: Case, side: Side, times: Codes) -> str:
    """Return the column of whole numbers that says how often each repeated row comes; "" where none does."""
    again = times > 1
    if np.unique(times[again]).size < 2:
        return ""
    for term in case.terms(Kind.NUMBER, Kind.CATEGORY):
        cells = _cells(side, term.name)
        numbers = cells.cast(pl.Float64, strict=False).fill_null(math.nan).to_numpy()
        if np.mean(numbers[again] == times[again]) >= WHOLE:
            return term.name
    return ""


def _where(case: Case, side: Side, again: Flags) -> str:
    """Return the column with the levels all of whose rows are repeated, and no others; "" where there is none."""
    told = [(chance, where) for term in case.terms(Kind.CATEGORY) for chance, where in _levels(side, term.name, again)]
    chance, where = min(told, key=lambda one: one[0], default=(0.0, ""))
    return where if chance < math.log(case.alpha(max(1, len(told)))) else ""


def _levels(side: Side, name: str, again: Flags) -> Iterator[tuple[float, str]]:
    """Yield the chance (log) that rows repeated at random are all rows of some levels, and the levels in words."""
    frame = pl.DataFrame({"level": side.texts[name], "again": again}).drop_nulls()
    counted = frame.group_by("level").agg(pl.col("again").sum().alias("hit"), pl.len()).sort("level")
    hit, rows = (counted[column].to_numpy().astype(np.float64) for column in ("hit", "len"))
    chosen = 2 * hit > rows
    odd = int(np.where(chosen, rows - hit, hit).sum())
    size, count = int(rows.sum()), int(hit.sum())
    if not 0 < chosen.sum() < chosen.size or odd > SLACK * size or not 0 < count < size:
        return
    share = count / size
    random = count * math.log(share) + (size - count) * math.log1p(-share)
    # the levels, and the rows that go against them, could have been others
    yield random + _ways(chosen.size, int(chosen.sum())) + _ways(size, odd), _listed(name, counted, chosen)


def _ways(size: int, count: int) -> float:
    return math.lgamma(size + 1) - math.lgamma(count + 1) - math.lgamma(size - count + 1)


def _listed(name: str, counted: pl.DataFrame, chosen: Flags, most: int = 3) -> str:
    levels: Sequence[str] = counted["level"].filter(pl.Series(chosen)).to_list()
    more = f" or {len(levels) - most} more" if len(levels) > most else ""
    return f"{name} is {' or '.join(levels[:most])}{more}"
