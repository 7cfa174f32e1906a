"""Whether segments stay: found again on other visitors, month by month, and visitors within them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.roles import Roles
from clientela.models.splitting import time_of
from clientela.models.values import seconds
from clientela.segments.behaviour import jaccards
from clientela.segments.growing import Group, groups
from clientela.segments.options import SegmentOptions
from clientela.segments.outcomes import Outcomes
from clientela.segments.result import Move, Period
from clientela.segments.rules import fulfilled
from clientela.statistics.intervals import wilson

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REPEATS = 5
KEPT = 0.8
"""Share of visitors on which segments are looked for again."""
LEAST_MONTH = 50
"""Visits of a month from which shares are told."""
LEAST_MOVES = 30
"""Visitors who come again in the later half of time, from which movement is told."""


def found_again(
    rows: pl.DataFrame, columns: Sequence[str], found: Outcomes, kept: Sequence[Group], options: SegmentOptions
) -> FloatArray:
    """Return for each segment its mean Jaccard similarity to the likest one found on four fifths of the visitors.

    Args:
        rows: Visits.
        columns: Columns that rules may name.
        found: What came of them.
        kept: The segments.
        options: Options of the stage.

    Returns:
        One number per segment, 0 to 1 (Hennig 2007: .75 and more is stable, .85 highly stable).
    """
    codes = coded(kept, rows.height)
    rng = np.random.default_rng(options.seed)
    total = np.zeros(len(kept))
    for _ in range(REPEATS):
        drawn = rng.random(int(found.units.max()) + 1) < KEPT
        some = np.flatnonzero(drawn[found.units])
        part = replace(
            found, expected=found.expected[some], value=found.value[some], above=found.above[some],
            units=found.units[some], grows=found.grows[some],
        )  # fmt: skip
        again = groups(rows[some], columns, part, options)
        place = np.full(rows.height, len(again) - 1)
        for index in reversed(range(len(again))):
            place[fulfilled(again[index].conditions, rows)] = index
        total += jaccards(codes, place, len(kept))
    return total / REPEATS


def coded(kept: Sequence[Group], count: int) -> IntArray:
    """Return the number of the segment of every visit."""
    codes = np.zeros(count, dtype=np.int64)
    for code, group in enumerate(kept):
        codes[group.inside] = code
    return codes


def months(rows: pl.DataFrame, roles: Roles, codes: IntArray, count: int) -> tuple[tuple[Period, ...], ...]:
    """Return each segment's share of the visits of every month; empty tuples without a date.

    Args:
        rows: Visits.
        roles: Roles of their columns.
        codes: Segment of every visit.
        count: Number of segments.
    """
    if roles.time is None or roles.time not in rows.columns or rows.schema[roles.time].is_numeric():
        return ((),) * count
    stamps = pl.Series(seconds(rows.get_column(roles.time)), nan_to_null=True)
    names = pl.from_epoch(stamps.cast(pl.Int64), time_unit="s").dt.strftime("%Y-%m")
    sizes = names.drop_nulls().value_counts(name="n").filter(pl.col("n") >= LEAST_MONTH)
    found: list[list[Period]] = [[] for _ in range(count)]
    for name in sorted(sizes.get_column(names.name).to_list()):
        inside = codes[(names == name).fill_null(value=False).to_numpy()]
        for code in range(count):
            found[code].append(Period(name, wilson(int((inside == code).sum()), len(inside))))
    return tuple(tuple(periods) for periods in found)


def moves(rows: pl.DataFrame, roles: Roles, found: Outcomes, codes: IntArray, names: Sequence[str]) -> tuple[Move, ...]:
    """Return how visitors go from segment to segment between the earlier and the later half of time.

    Args:
        rows: Visits.
        roles: Roles of their columns.
        found: Whose the visits are.
        codes: Segment of every visit.
        names: Names of the segments.

    Returns:
        Moves with the commonest first; empty where visitors or times are not known, or few come again.
    """
    times = time_of(rows, roles)
    if times is None or roles.visitor is None:
        return ()
    frame = pl.DataFrame({"unit": found.units, "time": times, "code": codes}).filter(pl.col("time").is_finite())
    half = frame.get_column("time").median()
    ends = frame.sort("time", maintain_order=True).group_by("unit", pl.col("time") > half).agg(pl.col("code").last())
    wide = ends.filter(~pl.col("time")).join(ends.filter(pl.col("time")), on="unit", suffix="_after")
    if wide.height < LEAST_MOVES:
        return ()
    counts = (
        wide.group_by("code", "code_after").len().sort(["len", "code", "code_after"], descending=[True, False, False])
    )
    totals = dict(wide.group_by("code").len().iter_rows())
    return tuple(
        Move(names[source], names[target], visitors, wilson(visitors, totals[source]))
        for source, target, visitors in counts.iter_rows()
    )
