"""Outcomes from a table of their own, joined to the visitors who were decided on."""

from __future__ import annotations

import numpy as np
import polars as pl

from clientela.domain.errors import InputError
from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.experiments.columns import time_of
from clientela.experiments.doubting import silent_days
from clientela.experiments.goals import GOALS
from clientela.experiments.result import Trouble
from clientela.experiments.shaping import (
    ARM,
    EVENT,
    KEY,
    TIME,
    VALUE,
    Making,
    changed,
    firsts,
    gathered,
    named,
    nothing_missing,
    numbered,
    read,
    results,
    rows_of,
)
from clientela.tables.derivation import Always, AsText
from clientela.tables.table import Table

HOUR = 3600.0
DAY = 24.0
USUAL = 0.95
"""Part of the outcomes whose delay is taken for the usual one."""

LATE_SHARE = 0.05
"""Share of visitors watched for less than the usual delay from which on a doubt is raised."""


def outcomes_of(table: Table, making: Making) -> pl.DataFrame:
    """Return the outcomes under our own names: visitor, time where there is one, values as numbers."""
    columns = making.columns
    wanted: dict[str, str | None] = {KEY: columns.visitor, "at": time_of(table.fields, columns.time)}
    wanted |= results(table, making)
    held = changed(read(table, wanted, "outcomes"), {KEY: AsText(KEY)})
    if columns.outcome is None:
        making.notes.append("No column of outcomes was named: every row of outcomes counts as one.")
        held = changed(held, {VALUE: Always(1.0)})
    # a yes or no is added up too
    return rows_of(numbered(held, making, named(held, "g"))).with_columns(pl.col(VALUE).cast(pl.Float64))


def joined(frame: pl.DataFrame, outcomes: pl.DataFrame, making: Making) -> pl.DataFrame:
    """Return one row per visitor with what came after the exposure."""
    units = frame.group_by(KEY, maintain_order=True).agg(*firsts(frame), pl.len().cast(pl.Float64).alias("visits"))
    known = _of_known(outcomes, units, making)
    timed = TIME in units.columns and "at" in known.columns
    if timed:
        units, known = _with_time(units, known, making)
        after = _after_exposure(known, making)
    elif making.options.window is not None:
        raise InputError("A window needs a time in both tables: name a column that both have with --time.")
    else:
        making.notes.append("Times are not known on both sides: outcomes from before the exposure cannot be told.")
        after = known
    if making.options.goal is Goal.TIME_TO_CHECKOUT:
        if not timed:
            raise InputError("Time to checkout needs a time in both tables: name a column that both have with --time.")
        return _durations(units, after, outcomes, making)
    if timed:
        _late(units, after, outcomes, making)
        _silent(units, after, making)
    if after[VALUE].null_count():
        after = nothing_missing(after.join(units.select(KEY, ARM), on=KEY), making).drop(ARM)
    summed = gathered(after, making, [])
    wide = units.join(summed, on=KEY, how="left")
    making.notes.append(f"Where a visitor has no row of outcomes, {GOALS[making.options.goal].missing}.")
    return wide.with_columns(pl.col(name).fill_null(0.0) for name in summed.columns if name != KEY)


def _of_known(outcomes: pl.DataFrame, units: pl.DataFrame, making: Making) -> pl.DataFrame:
    known = outcomes.join(units.select(KEY), on=KEY, how="semi")
    strange = outcomes.height - known.height
    if not known.height:
        raise InputError(
            f"None of the {outcomes.height:,} outcomes belongs to a visitor who was shown a variant: "
            "the identifiers of the two tables do not match."
        )
    if strange:
        making.doubt(
            Trouble.OUTCOME_WITHOUT_DECISION,
            Severity.WARNING if strange > outcomes.height / 20 else Severity.NOTICE,
            (
                f"{strange:,} of {outcomes.height:,} outcomes are of visitors without a decision; they count nowhere.",
                "See whether decisions of one variant are lost, or outcomes of other pages were exported too.",
            ),
            rows=strange,
        )
    return known


def _with_time(units: pl.DataFrame, known: pl.DataFrame, making: Making) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the visitors whose decision has a time, and their outcomes that have one, with the hours between."""
    timed = units.filter(pl.col(TIME).is_not_null())
    placed = known.join(timed.select(KEY, TIME), on=KEY, how="inner").filter(pl.col("at").is_not_null())
    visitors, rows = units.height - timed.height, known.height - placed.height
    if visitors or rows:
        making.doubt(
            Trouble.ROWS_SET_ASIDE,
            Severity.WARNING,
            (
                f"{visitors:,} visitors without a time of the decision and {rows:,} outcomes were set aside.",
                "Find out why times are missing: without both, nobody knows what came first.",
            ),
            visitors=visitors,
            rows=rows,
        )
    if not placed.height:
        raise InputError("No outcome has a time on both sides: nothing can be placed after the decision.")
    return timed, placed.with_columns(_hours(placed, pl.col("at")).alias("hours"))


def _hours(frame: pl.DataFrame, end: pl.Expr) -> pl.Expr:
    """Return hours from the decision; by whole days where a side says no more, so that no hour is made up."""
    dates = pl.Date in (frame.schema[TIME], frame.schema.get("at"))
    made = [part.cast(pl.Date).cast(pl.Datetime("us")) if dates else part for part in (end, pl.col(TIME))]
    gap = made[0].cast(pl.Datetime("us")) - made[1].cast(pl.Datetime("us"))
    return gap.dt.total_seconds(fractional=True) / HOUR


def _after_exposure(known: pl.DataFrame, making: Making) -> pl.DataFrame:
    early = known.filter(pl.col("hours") < 0).height
    if early:
        making.doubt(
            Trouble.OUTCOME_BEFORE_EXPOSURE,
            Severity.WARNING,
            (
                f"{early:,} of {known.height:,} outcomes came before the visitor saw a variant and were set aside.",
                "No variant can have caused them; see whether the clocks of the two tables agree.",
            ),
            rows=early,
        )
    kept = known.filter(pl.col("hours") >= 0)
    window = making.options.window
    if window is not None:
        beyond = kept.filter(pl.col("hours") > window * DAY).height
        kept = kept.filter(pl.col("hours") <= window * DAY)
        making.notes.append(f"{beyond:,} outcomes came later than {window:g} days and do not count, as was asked.")
    if not kept.height:
        if early == known.height:
            raise InputError(
                f"All {early:,} outcomes came before their visitor saw a variant, so none can be its effect: look "
                "whether the clocks of the two tables agree, or name the right columns with --time."
            )
        raise InputError(
            f"Of {known.height:,} outcomes {early:,} came before their visitor saw a variant and the others later than "
            f"{window:g} days: take a longer --window."
        )
    return kept


def _end(units: pl.DataFrame, outcomes: pl.DataFrame) -> pl.Expr:
    """Return the last moment that either table knows of."""
    last = [
        part.to_frame().select(pl.all().cast(pl.Datetime("us")).max()).item() for part in (units[TIME], outcomes["at"])
    ]
    return pl.lit(max(last)).cast(pl.Datetime("us"))


def _late(units: pl.DataFrame, after: pl.DataFrame, outcomes: pl.DataFrame, making: Making) -> None:
    """Note the doubt that outcomes of the visitors seen last are still to come."""
    window = making.options.window
    usual = after["hours"].quantile(USUAL) or 0.0
    horizon = window * DAY if window is not None else usual
    watched = units.select(_hours(units, _end(units, outcomes)).alias("left"))["left"]
    young = int((watched < horizon).sum())
    if young < LATE_SHARE * units.height:
        return
    told = f"the window of {window:g} days" if window is not None else f"the {horizon / DAY:.2g} days that most take"
    making.doubt(
        Trouble.LATE_OUTCOMES,
        Severity.NOTICE,
        (
            f"{young:,} of {units.height:,} visitors were watched for less than {told}: outcomes may still come.",
            "Wait as long after the last decision; until then values are too low, in all variants alike.",
        ),
        visitors=young,
        hours=horizon,
    )


def _silent(units: pl.DataFrame, after: pl.DataFrame, making: Making) -> None:
    """Note the doubt that outcomes were lost on days on which visitors were decided on."""
    day = pl.col(TIME).cast(pl.Date).alias("day")
    decided = units.group_by(ARM, day).len("visitors")
    placed = after.join(units.select(KEY, ARM), on=KEY).group_by(ARM, pl.col("at").cast(pl.Date).alias("day"))
    both = decided.join(placed.len("outcomes"), on=[ARM, "day"], how="left").fill_null(0).sort(ARM, "day")
    daily: dict[str, dict[str, tuple[int, int]]] = {}
    for arm, at, *counts in both.select(ARM, pl.col("day").cast(pl.String), "visitors", "outcomes").iter_rows():
        daily.setdefault(arm, {})[at] = (counts[0], counts[1])
    doubt = silent_days(daily)
    if doubt is not None:
        making.doubts.append(doubt)


def _durations(units: pl.DataFrame, after: pl.DataFrame, outcomes: pl.DataFrame, making: Making) -> pl.DataFrame:
    """Return hours until the first outcome; who has none was last seen when the log ends."""
    first = after.filter(pl.col(VALUE) > 0).group_by(KEY).agg(pl.col("hours").min().alias(VALUE))
    wide = units.join(first, on=KEY, how="left").with_columns(pl.col(VALUE).is_not_null().cast(pl.Float64).alias(EVENT))
    window = making.options.window * DAY if making.options.window is not None else np.inf
    left = _hours(units, _end(units, outcomes)).clip(lower_bound=0.0)
    making.notes.append("Hours are counted from the first decision to the first outcome above zero.")
    seen = pl.min_horizontal(left, pl.lit(window))
    return wide.with_columns(pl.col(VALUE).fill_null(seen), pl.lit(1.0).alias("orders"))
