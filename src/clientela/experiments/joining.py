"""Outcomes from a table of their own, joined to the visitors who were decided on."""

from __future__ import annotations

import numpy as np
import polars as pl

from clientela.domain.errors import InputError
from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.experiments.columns import time_of
from clientela.experiments.goals import GOALS
from clientela.experiments.result import Trouble
from clientela.experiments.shaping import (
    ARM,
    EVENT,
    KEY,
    TIME,
    VALUE,
    Making,
    firsts,
    gathered,
    nothing_missing,
    numbers,
    read,
    results,
)
from clientela.tables.table import Table

HOUR = 3600.0
DAY = 24.0


def outcomes_of(table: Table, making: Making) -> pl.DataFrame:
    columns = making.columns
    wanted: dict[str, str | None] = {KEY: columns.visitor, "at": time_of(table.fields, columns.time)}
    wanted |= results(table, making)
    frame = read(table, wanted).with_columns(pl.col(KEY).cast(pl.String))
    return numbers(frame, making)


def joined(frame: pl.DataFrame, outcomes: pl.DataFrame, making: Making) -> pl.DataFrame:
    """Return one row per visitor with what came after the exposure."""
    units = frame.group_by(KEY, maintain_order=True).agg(*firsts(frame), pl.len().cast(pl.Float64).alias("visits"))
    after = _after_exposure(outcomes.join(units.select(KEY, *_present(units, TIME)), on=KEY, how="left"), units, making)
    if VALUE not in after.columns:
        after = after.with_columns(pl.lit(1.0).alias(VALUE))
    if making.options.goal is Goal.TIME_TO_CHECKOUT:
        return _durations(units, after, outcomes, making)
    if after.height and after[VALUE].null_count():
        after = nothing_missing(after.join(units.select(KEY, ARM), on=KEY), making).drop(ARM)
    results = gathered(after, making, [])
    wide = units.join(results, on=KEY, how="left")
    zero = [name for name in results.columns if name != KEY]
    making.notes.append(f"Where a visitor has no row of outcomes, {GOALS[making.options.goal].missing}.")
    return wide.with_columns(pl.col(name).fill_null(0.0) for name in zero)


def _after_exposure(outcomes: pl.DataFrame, units: pl.DataFrame, making: Making) -> pl.DataFrame:
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
                (
                    f"{strange:,} of {outcomes.height:,} outcomes belong to visitors of whom no decision is known; "
                    "they count nowhere."
                ),
                "See whether decisions of one variant are lost, or outcomes of other pages were exported too.",
            ),
            rows=strange,
        )
    if TIME not in known.columns or "at" not in known.columns:
        making.notes.append("Times are not known on both sides: outcomes from before the exposure cannot be told.")
        return known
    gap = (pl.col("at").cast(pl.Datetime("us")) - pl.col(TIME).cast(pl.Datetime("us"))).dt.total_seconds(
        fractional=True
    )
    known = known.with_columns((gap / HOUR).alias("hours"))
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
    if making.options.window is not None:
        kept = kept.filter(pl.col("hours") <= making.options.window * DAY)
    if not kept.height:
        raise InputError(f"All {known.height:,} outcomes came before the exposure or outside the window.")
    return kept


def _durations(units: pl.DataFrame, after: pl.DataFrame, outcomes: pl.DataFrame, making: Making) -> pl.DataFrame:
    """Return hours until the first outcome; who has none was last seen when the log ends."""
    if "hours" not in after.columns:
        raise InputError("Time to checkout needs a time in both tables: name a column that both have with --time.")
    end = outcomes["at"].max()
    first = after.filter(pl.col(VALUE) > 0).group_by(KEY).agg(pl.col("hours").min().alias(VALUE))
    wide = units.join(first, on=KEY, how="left").with_columns(pl.col(VALUE).is_not_null().cast(pl.Float64).alias(EVENT))
    left = (pl.lit(end).cast(pl.Datetime("us")) - pl.col(TIME).cast(pl.Datetime("us"))).dt.total_seconds(
        fractional=True
    )
    window = making.options.window * DAY if making.options.window is not None else np.inf
    seen = pl.min_horizontal((left / HOUR).clip(lower_bound=0.0), pl.lit(window))
    making.notes.append("Hours are counted from the first decision to the first outcome above zero.")
    return wide.with_columns(pl.col(VALUE).fill_null(seen), pl.lit(1.0).alias("orders"))
