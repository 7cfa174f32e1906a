"""Finding a handful of groups of visits that differ in value, each with a rule a person can read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.column import Available
from clientela.domain.errors import listed
from clientela.domain.estimate import Estimate
from clientela.domain.progress import SILENT, Progress
from clientela.domain.roles import Roles
from clientela.models.learning import Learned, training_rows
from clientela.models.options import ModelOptions
from clientela.models.values import numbers, texts
from clientela.segments.acting import action, level
from clientela.segments.behaviour import STABLE, alike
from clientela.segments.columns import sensitive, usable
from clientela.segments.describing import marks
from clientela.segments.growing import Group, groups
from clientela.segments.history import earlier, lifecycle, orders
from clientela.segments.honest import Numbers, estimate
from clientela.segments.levers import steps_up
from clientela.segments.naming import names
from clientela.segments.options import SegmentOptions
from clientela.segments.outcomes import Outcomes, outcomes
from clientela.segments.result import Bid, Move, Segment, SegmentResult, Way
from clientela.segments.rules import columns_of, rule_text
from clientela.segments.steadiness import coded, found_again, months, moves
from clientela.segments.targeting import bids, chances, targeting
from clientela.segments.ways import BEHAVIOUR, LIFECYCLE, ORDERS, VALUE, by_behaviour, by_history, by_value, choose
from clientela.tables.table import Table

FloatArray = NDArray[np.float64]

DEFAULTS = SegmentOptions()
MODEL_DEFAULTS = ModelOptions()
ALL = "All visits"
NOTHING = "Treat all visits alike: there is no group that is worth another page or another bid."


def segment(
    table: Table,
    roles: Roles,
    learned: Learned,
    model_options: ModelOptions = MODEL_DEFAULTS,
    options: SegmentOptions = DEFAULTS,
    progress: Progress = SILENT,
) -> SegmentResult:
    """Find described groups of visits that differ in what is to be expected of them.

    Rules are found on one half of the visitors and measured on the other, so that size,
    rate and value are not flattered by the search (Athey and Imbens 2016). Where no rule
    holds on the other half there is one segment, all visits, and a note says so.

    Args:
        table: The table that was learned from.
        roles: Roles of its columns.
        learned: Result and out-of-sample scores of the models stage.
        model_options: The options it was learned with: the rows are drawn by them.
        options: Options of this stage.
        progress: Told how far the step is.

    Returns:
        Segments, most valuable first; every row is in exactly one.
    """
    progress.update("reading visits", 0.0)
    rows = training_rows(table, roles, model_options)
    found = outcomes(rows, roles, learned, options.seed)
    allowed = [name for name in usable(rows, roles, learned.result.features) if name not in options.avoid]
    columns = tuple(name for name in allowed if not sensitive(name))
    progress.update("finding groups", 0.2)
    kept, steady = _stable_groups(rows, columns, found, options)
    progress.update("measuring groups", 0.6)
    ways, used, steady = _compared(_Stage(rows, roles, columns, found, kept, options), steady)
    progress.update("describing groups", 0.8)
    stage = _Stage(rows, roles, columns, found, used, options)
    segments, separation = _described(stage)
    segments, moved = _lasting(stage, segments, steady)
    progress.update("segmented", 1.0)
    hidden = [name for name in allowed if name not in columns]
    return SegmentResult(
        segments=segments,
        method=_method(found, len(segments), next((way.name for way in ways if way.chosen), VALUE)),
        separation=separation if len(segments) > 1 else None,
        rows=rows.height,
        notes=(*_limits(stage, segments), *_unused(hidden), *_sampled(rows.height, table.rows)),
        seed=options.seed,
        ways=ways,
        moves=moved,
        steps=steps_up(rows, columns, learned.result.target, found, options.resamples, options.seed),
        bids=_bids(stage, segments, learned),
        targeting=targeting(found, chances(learned), table.rows, options),
    )


@dataclass(frozen=True)
class _Stage:
    """What all steps after the search need."""

    rows: pl.DataFrame
    roles: Roles
    columns: tuple[str, ...]
    found: Outcomes
    kept: tuple[Group, ...]
    options: SegmentOptions


def _stable_groups(
    rows: pl.DataFrame, columns: tuple[str, ...], found: Outcomes, options: SegmentOptions
) -> tuple[tuple[Group, ...], FloatArray]:
    """Return the most groups by value that are all found again on other visitors, and how well each is.

    Where no number of groups is stable throughout, the number whose least stable group is the most stable.
    """
    best: tuple[tuple[Group, ...], FloatArray] | None = None
    most = options.most
    while best is None or most > 1:
        tried = replace(options, most=most)
        kept = groups(rows, columns, found, tried)
        if len(kept) < 2:
            return best or (kept, np.full(1, np.nan))
        steady = found_again(rows, columns, found, kept, tried)
        if best is None or steady.min() > best[1].min():
            best = (kept, steady)
        if steady.min() >= STABLE:
            break
        most = min(most, len(kept)) - 1
    return best


def _compared(stage: _Stage, steady: FloatArray) -> tuple[tuple[Way, ...], tuple[Group, ...], FloatArray]:
    """Return the ways to segment, the groups of the one that is used, and how stable each of them is."""
    rows, found, kept, options = stage.rows, stage.found, stage.kept, stage.options
    floor = max(options.least_rows, math.ceil(options.least_share * rows.height))
    likes = alike(rows, stage.columns, floor, options)
    known = earlier(rows, stage.roles, found)
    ways = choose(
        (
            by_value(kept, found, float(steady.min()), options.seed),
            by_behaviour(likes, found, options.seed),
            by_history(ORDERS, None if known is None else orders(known), found, options.seed),
            by_history(LIFECYCLE, None if known is None else lifecycle(known), found, options.seed),
        )
    )
    if any(way.chosen and way.name == BEHAVIOUR for way in ways):
        return ways, likes.groups, np.full(len(likes.groups), likes.stability)
    return ways, kept, steady


def _lasting(
    stage: _Stage, segments: tuple[Segment, ...], steady: FloatArray
) -> tuple[tuple[Segment, ...], tuple[Move, ...]]:
    """Add to segments whose they are, how stable they are and how they move."""
    codes = coded(stage.kept, stage.rows.height)
    periods = months(stage.rows, stage.roles, codes, len(segments))
    made = tuple(
        replace(
            item,
            visitors=len(np.unique(stage.found.units[codes == place])),
            stability=float(steady[place]),
            months=periods[place],
        )
        for place, item in enumerate(segments)
    )
    names = [item.name for item in segments]
    return made, moves(stage.rows, stage.roles, stage.found, codes, names) if len(names) > 1 else ()


def _bids(stage: _Stage, segments: tuple[Segment, ...], learned: Learned) -> tuple[Bid, ...]:
    """Return what to bid per segment, on the half that rules were not found on, and per predicted group."""
    found, classes = stage.found, learned.result.target.classes
    everyone = np.ones(stage.rows.height, dtype=np.bool_)
    probabilities = learned.scores.select([f"p_{name}" for name in classes]).to_numpy()
    predicted = learned.release.settled.classes(probabilities)
    made = bids(found, predicted, classes, everyone, "group", stage.options)
    if len(segments) < 2:
        return made
    codes = coded(stage.kept, stage.rows.height)
    return (*bids(found, codes, [item.name for item in segments], ~found.grows, "segment", stage.options), *made)


def _described(stage: _Stage) -> tuple[tuple[Segment, ...], Estimate]:
    """Measure groups and say what they are."""
    found, kept, options = stage.found, stage.kept, stage.options
    codes = np.zeros(stage.rows.height, dtype=np.int64)
    for code, group in enumerate(kept):
        codes[group.inside] = code
    # With one group nothing was chosen, so that no half needs to be kept apart.
    judged = ~found.grows if len(kept) > 1 else np.ones(len(codes), dtype=np.bool_)
    measured, separation = estimate(found, codes, judged, options.resamples, options.seed)
    overall = float(found.value[judged].mean())
    levels = [level(item.value, overall) for item in measured]
    titles = names(levels, [group.conditions for group in kept]) if len(kept) > 1 else (ALL,)
    segments = tuple(
        _segment(stage, group, title, number, overall)
        for group, title, number in zip(kept, titles, measured, strict=True)
    )
    return segments, separation


def _segment(stage: _Stage, group: Group, name: str, worth: Numbers, overall: float) -> Segment:
    kept = stage.kept
    own = set(columns_of([group.conditions]))
    said = marks(stage.rows, [column for column in stage.columns if column not in own], group.inside)
    asked = own or columns_of(other.conditions for other in kept)
    known = [stage.roles.column(column).available for column in sorted(asked)]
    may_be_missing = frozenset(column for column in own if _has_gaps(stage.rows.get_column(column)))
    money = stage.found.money
    return Segment(
        name=name,
        rule=rule_text(group.conditions, may_be_missing) if len(kept) > 1 else ALL.lower(),
        conditions=group.conditions,
        rows=int(group.inside.sum()),
        share=worth.share,
        rate=worth.rate,
        revenue_share=worth.part if money else None,
        mean_revenue=worth.value if money else None,
        marks=said,
        action=action(worth.value, overall, said, known, stage.options.goal) if len(kept) > 1 else NOTHING,
    )


def _has_gaps(column: pl.Series) -> bool:
    return bool(np.isnan(numbers(column)).any()) if column.dtype.is_numeric() else texts(column).null_count() > 0


def _method(found: Outcomes, count: int, way: str) -> str:
    if way == BEHAVIOUR:
        return (
            f"Visits that behave alike, in {count} groups: as many as stay stable under resampling and are more "
            "compact than in tables without groups; rate and value are measured on one half of the "
            f"{found.unit}s."
        )
    unit = "expected revenue" if found.money else "what the model expects"
    halves = f"one half of the {found.unit}s"
    if count == 1:
        return (
            f"Looked for by a small tree on {unit}, found on {halves} and checked on the other half: "
            "nothing was borne out."
        )
    return (
        f"A small tree on {unit}, grown on {halves} and kept as far as groups differ on the other half, where "
        "rate and value are measured."
    )


def _limits(stage: _Stage, segments: tuple[Segment, ...]) -> tuple[str, ...]:
    """Say what a reader must know to read the segments right."""
    notes = []
    if len(segments) == 1:
        notes.append(
            "There are no segments: no group of visits that a short rule can tell differs from the others "
            "by more than chance."
        )
    else:
        notes.append("Segments say who differs, not why: that acting on them pays is to be tested.")
    if stage.rows.height < 2 * stage.options.least_rows:
        notes.append(f"Only {stage.rows.height} visits: groups under {stage.options.least_rows} are never shown.")
    if not stage.columns:
        notes.append("No column is left that a rule may name.")
    named = columns_of(found.conditions for found in segments)
    late = [column for column in named if stage.roles.column(column).available is Available.DURING]
    if late:
        notes.append(f"Known only during the visit: {listed(late)}; rules with them cannot steer a first bid.")
    return tuple(notes)


def _unused(hidden: Sequence[str]) -> tuple[str, ...]:
    if not hidden:
        return ()
    return (f"Not used in rules or descriptions because they look sensitive: {listed(hidden)}.",)


def _sampled(rows: int, table_rows: int) -> tuple[str, ...]:
    return () if rows == table_rows else (f"Found on {rows:,} of {table_rows:,} rows: those that were learned from.",)
