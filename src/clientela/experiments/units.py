"""From rows of decisions, and of outcomes, to one row per visitor; whatever is set aside is counted and told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from clientela.domain.column import Storage
from clientela.domain.errors import InputError, quoted
from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.experiments.columns import Columns, time_of
from clientela.experiments.goals import GOALS, Kind, Measure, direction
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.result import Doubt, Trouble
from clientela.tables.frames import from_frame
from clientela.tables.table import Table

ARM, TIME, VALUE, PER, EVENT, SHARPER, KEY = "arm", "time", "value", "per", "event", "sharper", "visitor"
HOUR = 3600.0
DAY = 24.0
VOID_SHARE = 0.01
"""Share of visitors seen in several arms from which on the answer is void: Kohavi, Tang and Xu (2020), chapter 21,
treat any leak between variants beyond chance as a fault of the set-up."""


@dataclass(frozen=True)
class Units:
    """One row per unit, ready to be summed.

    Attributes:
        table: The rows: arm, time where known, value, per, event, covariate, guards and segments.
        measure: The goal's measure on its columns.
        guards: The guard measures.
        by: Column of each segment by the name a person gave.
        dated: Whether there is a time.
        sharpened: Whether there is a covariate.
        unit: Visitor or row.
        doubts: What was found on the way.
        notes: What was taken for granted.
    """

    table: Table
    measure: Measure
    guards: tuple[Measure, ...]
    by: dict[str, str]
    dated: bool
    sharpened: bool
    unit: str
    doubts: list[Doubt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Making:
    """The frame on its way, with the doubts that come up."""

    def __init__(self, columns: Columns, options: ExperimentOptions) -> None:
        self.columns = columns
        self.options = options
        self.doubts: list[Doubt] = []
        self.notes: list[str] = []

    def doubt(self, code: Trouble, severity: Severity, told: tuple[str, str], **evidence: object) -> None:
        self.doubts.append(Doubt(code, severity, (), told[0], evidence, told[1]))


def make_units(decisions: Table, outcomes: Table | None, columns: Columns, options: ExperimentOptions) -> Units:
    """Return one row per visitor (else per row of the decisions).

    Args:
        decisions: Who was shown what, and in a table alone also what came of it.
        outcomes: What came of it, joined by visitor; None where the decisions say.
        columns: Which column says what.
        options: What was asked.

    Returns:
        The units with all that was set aside.

    Raises:
        InputError: Nothing is left, or a column holds what it cannot.
    """
    making = _Making(columns, options)
    frame = _decisions(decisions, making, outcomes is None)
    frame = _one_arm_each(_known_arm(frame, making), making)
    wide = _own(frame, making) if outcomes is None else _joined(frame, _outcomes(outcomes, making), making)
    return _finished(wide, making)


def _read(table: Table, wanted: dict[str, str | None]) -> pl.DataFrame:
    """Return columns of a table under our own names."""
    held = {ours: theirs for ours, theirs in wanted.items() if theirs is not None}
    parts = list(table.batches(1_000_000, list(dict.fromkeys(held.values()))))
    if not parts:
        raise InputError("The table has no rows: an experiment needs who was shown what, and what came of it.")
    return pl.concat(parts).select(pl.col(theirs).alias(ours) for ours, theirs in held.items())


def _decisions(table: Table, making: _Making, alone: bool) -> pl.DataFrame:
    columns = making.columns
    wanted: dict[str, str | None] = {ARM: columns.variant, KEY: columns.visitor, TIME: columns.time}
    wanted |= {f"c{i}": name for i, name in enumerate(columns.covariates)}
    wanted |= {f"b{i}": name for i, name in enumerate(columns.by)}
    if alone:
        wanted |= _results(table, making)
    frame = _read(table, wanted).with_columns(pl.col(ARM).cast(pl.String))
    if columns.visitor is None:
        making.doubt(
            Trouble.UNIT_IS_ROW,
            Severity.NOTICE,
            (
                "No column names the visitor, so every row counts as a visitor of its own.",
                "Name the visitor with --visitor if one can have several rows: else the intervals are too narrow.",
            ),
            rows=frame.height,
        )
        return frame.with_row_index(KEY).with_columns(pl.col(KEY).cast(pl.String))
    lost = frame[KEY].null_count()
    if lost:
        making.doubt(
            Trouble.ROWS_SET_ASIDE,
            Severity.WARNING,
            (f"{lost:,} decisions name no visitor and were set aside.", "Find out why the identifier is missing."),
            rows=lost,
        )
    return frame.filter(pl.col(KEY).is_not_null()).with_columns(pl.col(KEY).cast(pl.String))


def _results(table: Table, making: _Making) -> dict[str, str | None]:
    """Return our names of the columns that say what came of it, after a look at their types."""
    columns = making.columns
    storage = {part.name: part.storage for part in table.fields}
    wanted: dict[str, str | None] = {VALUE: columns.outcome}
    if making.options.goal is Goal.TIME_TO_CHECKOUT:
        wanted[EVENT] = columns.event
    wanted |= {f"g{i}": name for i, name in enumerate(columns.guards)}
    for name in filter(None, wanted.values()):
        if not (storage[name].numeric or storage[name] is Storage.BOOLEAN):
            raise InputError(
                f"The column {quoted(name)} holds {storage[name].value}, not numbers: name a column with the outcome."
            )
    return wanted


def _known_arm(frame: pl.DataFrame, making: _Making) -> pl.DataFrame:
    lost = frame[ARM].null_count()
    if lost == frame.height:
        raise InputError(
            f"The column {quoted(making.columns.variant)} is empty: nobody is known to have seen a variant."
        )
    if lost:
        making.doubt(
            Trouble.MISSING_LOGS,
            Severity.WARNING,
            (
                f"{lost:,} of {frame.height:,} rows do not say which variant was shown and were set aside.",
                "Find out whether one variant loses its log more often: then the answer is void.",
            ),
            rows=lost,
        )
    return frame.filter(pl.col(ARM).is_not_null())


def _one_arm_each(frame: pl.DataFrame, making: _Making) -> pl.DataFrame:
    """Set aside visitors who were in several arms: they belong to none."""
    mixed = frame.group_by(KEY).agg(pl.col(ARM).n_unique().alias("arms")).filter(pl.col("arms") > 1)
    if not mixed.height:
        return frame
    visitors = frame[KEY].n_unique()
    share = mixed.height / visitors
    if mixed.height == visitors:
        raise InputError(
            f"All {visitors:,} visitors were shown several variants: draw the variant by visitor, not by visit."
        )
    making.doubt(
        Trouble.SEVERAL_VARIANTS,
        Severity.BLOCKER if share > VOID_SHARE else Severity.WARNING,
        (
            f"{mixed.height:,} of {visitors:,} visitors ({share:.2%}) were shown several variants and were set aside.",
            "Draw the variant by visitor, and keep it: what one variant did to them carries over to the other.",
        ),
        visitors=mixed.height,
        share=share,
    )
    return frame.join(mixed, on=KEY, how="anti")


def _own(frame: pl.DataFrame, making: _Making) -> pl.DataFrame:
    """Return one row per visitor from decisions that carry their outcomes."""
    frame = _numbers(frame, making)
    if making.options.goal is not Goal.TIME_TO_CHECKOUT:
        frame = _nothing_missing(frame, making)
    if making.columns.visitor is None:
        return frame.with_columns(pl.lit(1.0).alias("visits"), (pl.col(VALUE) > 0).cast(pl.Float64).alias("orders"))
    return _gathered(frame, making, [*_firsts(frame), pl.len().cast(pl.Float64).alias("visits")])


def _firsts(frame: pl.DataFrame) -> list[pl.Expr]:
    ordered = TIME in frame.columns
    kept = [name for name in frame.columns if name == ARM or name[0] in "cb" and name[1:].isdigit()]
    firsts = [(pl.col(name).sort_by(TIME, nulls_last=True) if ordered else pl.col(name)).first() for name in kept]
    return firsts + ([pl.col(TIME).min()] if ordered else [])


def _gathered(frame: pl.DataFrame, making: _Making, firsts: list[pl.Expr]) -> pl.DataFrame:
    once = making.options.goal in (Goal.CONVERSION, Goal.RETENTION)
    summed: list[pl.Expr] = [(pl.col(VALUE) > 0).sum().cast(pl.Float64).alias("orders")]
    if making.options.goal is Goal.TIME_TO_CHECKOUT:
        summed.append(pl.col(VALUE).min())
        summed += [pl.col(EVENT).max()] if EVENT in frame.columns else []
    else:
        summed.append(pl.col(VALUE).max() if once else pl.col(VALUE).sum())
    summed += [pl.col(name).sum() for name in frame.columns if name[0] == "g" and name[1:].isdigit()]
    return frame.group_by(KEY, maintain_order=True).agg(*firsts, *summed)


def _numbers(frame: pl.DataFrame, making: _Making) -> pl.DataFrame:
    """Turn what came of it into finite numbers; what is none is missing."""
    names = [name for name in frame.columns if name in (VALUE, EVENT) or name[0] == "g" and name[1:].isdigit()]
    frame = frame.with_columns(
        pl.when(pl.col(name).cast(pl.Float64).is_finite()).then(pl.col(name).cast(pl.Float64)).alias(name)
        for name in names
    )
    options = making.options
    if (
        VALUE in frame.columns
        and frame[VALUE].null_count() == frame.height
        and options.goal is not Goal.TIME_TO_CHECKOUT
    ):
        raise InputError(
            f"The outcome {quoted(making.columns.outcome or '')} is missing in all {frame.height:,} rows: "
            "nothing can be said; look whether outcomes have been written at all."
        )
    if options.goal in (Goal.CONVERSION, Goal.RETENTION):
        frame = frame.with_columns((pl.col(VALUE) > 0).cast(pl.Float64))
    return frame


def _nothing_missing(frame: pl.DataFrame, making: _Making) -> pl.DataFrame:
    lost = frame[VALUE].null_count()
    if lost:
        rates = frame.group_by(ARM).agg(pl.col(VALUE).is_null().mean()).sort(ARM).rows()
        making.doubt(
            Trouble.MISSING_OUTCOME,
            Severity.WARNING,
            (
                f"{lost:,} of {frame.height:,} rows have no outcome and were set aside.",
                "Say whether a missing outcome means none (then write 0) or was lost; lost ones may differ by variant.",
            ),
            rows=lost,
            **{f"missing in {arm}": rate for arm, rate in rates[:6]},
        )
    return frame.filter(pl.col(VALUE).is_not_null())


def _outcomes(table: Table, making: _Making) -> pl.DataFrame:
    columns = making.columns
    wanted: dict[str, str | None] = {KEY: columns.visitor, "at": time_of(table.fields, columns.time)}
    wanted |= _results(table, making)
    frame = _read(table, wanted).with_columns(pl.col(KEY).cast(pl.String))
    return _numbers(frame, making)


def _joined(frame: pl.DataFrame, outcomes: pl.DataFrame, making: _Making) -> pl.DataFrame:
    """Return one row per visitor with what came after the exposure."""
    units = frame.group_by(KEY, maintain_order=True).agg(*_firsts(frame), pl.len().cast(pl.Float64).alias("visits"))
    after = _after_exposure(outcomes.join(units.select(KEY, *_present(units, TIME)), on=KEY, how="left"), units, making)
    if VALUE not in after.columns:
        after = after.with_columns(pl.lit(1.0).alias(VALUE))
    if making.options.goal is Goal.TIME_TO_CHECKOUT:
        return _durations(units, after, outcomes, making)
    if after.height and after[VALUE].null_count():
        after = _nothing_missing(after.join(units.select(KEY, ARM), on=KEY), making).drop(ARM)
    results = _gathered(after, making, [])
    wide = units.join(results, on=KEY, how="left")
    zero = [name for name in results.columns if name != KEY]
    making.notes.append(f"Where a visitor has no row of outcomes, {GOALS[making.options.goal].missing}.")
    return wide.with_columns(pl.col(name).fill_null(0.0) for name in zero)


def _present(frame: pl.DataFrame, name: str) -> list[str]:
    return [name] if name in frame.columns else []


def _after_exposure(outcomes: pl.DataFrame, units: pl.DataFrame, making: _Making) -> pl.DataFrame:
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


def _durations(units: pl.DataFrame, after: pl.DataFrame, outcomes: pl.DataFrame, making: _Making) -> pl.DataFrame:
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


def _finished(frame: pl.DataFrame, making: _Making) -> Units:
    """Bind the measures, cap, combine covariates, and hand over a table."""
    columns, options = making.columns, making.options
    declared = GOALS[options.goal]
    if options.goal is Goal.TIME_TO_CHECKOUT:
        frame = _timed(frame, making)
    frame = _capped(frame, making)
    kind, per = declared.kind, None
    if options.goal is Goal.REVENUE_PER_VISIT:
        several = bool((frame["visits"] > 1).any())
        kind, per = (Kind.RATIO, "visits") if several else (Kind.MEAN, None)
    elif options.goal is Goal.BASKET_SIZE:
        per = "orders"
    frame, sharpened = _sharper(frame, making, kind)
    name = columns.outcome or options.goal.value
    event = EVENT if EVENT in frame.columns else None
    measure = Measure(name, kind, VALUE, per, event, declared.better, declared.unit)
    several = bool((frame["visits"] > 1).any())
    guards = tuple(
        Measure(
            column,
            Kind.RATIO if several else Kind.MEAN,
            f"g{i}",
            "visits" if several else None,
            None,
            direction(column),
            "per visit",
        )
        for i, column in enumerate(columns.guards)
    )
    by = {column: f"b{i}" for i, column in enumerate(columns.by)}
    dated = TIME in frame.columns
    unit = "visitor" if columns.visitor is not None else "row"
    return Units(from_frame(frame.drop(KEY)), measure, guards, by, dated, sharpened, unit, making.doubts, making.notes)


def _timed(frame: pl.DataFrame, making: _Making) -> pl.DataFrame:
    negative = frame.filter(pl.col(VALUE) < 0).height
    if negative:
        making.doubt(
            Trouble.NEGATIVE_TIME,
            Severity.WARNING,
            (
                f"{negative:,} of {frame.height:,} times are below zero and were set aside.",
                "See whether start and end were swapped, or two clocks disagree.",
            ),
            rows=negative,
        )
    kept = frame.filter(pl.col(VALUE).is_null() | (pl.col(VALUE) >= 0))
    unknown = kept[VALUE].null_count()
    if unknown == kept.height:
        raise InputError("No time is known at all: nothing can be said about the time to checkout.")
    if not unknown:
        return kept
    making.doubt(
        Trouble.MISSING_OUTCOME,
        Severity.NOTICE,
        (
            f"{unknown:,} of {kept.height:,} visitors have no time; they count as unfinished at the longest time seen.",
            "Better write how long they were watched, with a column that says whether they finished (--event).",
        ),
        rows=unknown,
    )
    longest = float(kept[VALUE].to_numpy()[kept[VALUE].is_not_null().to_numpy()].max())
    event = pl.col(EVENT).fill_null(0.0) if EVENT in kept.columns else pl.lit(1.0)
    ended = pl.when(pl.col(VALUE).is_null()).then(0.0).otherwise(event).alias(EVENT)
    return kept.with_columns(ended, pl.col(VALUE).fill_null(longest))


def _capped(frame: pl.DataFrame, making: _Making) -> pl.DataFrame:
    cap = making.options.cap
    if cap is None:
        return frame
    beyond = frame.filter(pl.col(VALUE) > cap).height
    making.doubt(
        Trouble.OUTCOMES_CAPPED,
        Severity.INFO,
        (
            f"{beyond:,} of {frame.height:,} values beyond {cap:g} count as {cap:g}, as was asked.",
            "Keep the cap that was fixed before the start: one chosen afterwards can make an effect.",
        ),
        rows=beyond,
        cap=cap,
    )
    return frame.with_columns(pl.col(VALUE).clip(upper_bound=cap))


def _sharper(frame: pl.DataFrame, making: _Making, kind: Kind) -> tuple[pl.DataFrame, bool]:
    """Put the covariates into one column: their best linear prediction of the value over all arms together."""
    names = [name for name in frame.columns if name[0] == "c" and name[1:].isdigit()]
    if not names:
        return frame, False
    if kind is not Kind.MEAN:
        making.notes.append("Earlier data sharpen means only; they were left out for this goal.")
        return frame, False
    filled = frame.select((pl.col(name).cast(pl.Float64).fill_nan(None).fill_null(strategy="mean")) for name in names)
    holes = sum(frame[name].null_count() for name in names)
    if holes:
        making.notes.append(f"{holes:,} missing values of earlier data were put at the mean of their column.")
    wide = filled.fill_null(0.0).to_numpy()
    centred = wide - wide.mean(axis=0)
    value = frame[VALUE].to_numpy()
    if len(names) == 1:
        return frame.with_columns(pl.Series(SHARPER, centred[:, 0])), True
    slopes, *_ = np.linalg.lstsq(centred, value - value.mean(), rcond=None)
    return frame.with_columns(pl.Series(SHARPER, centred @ slopes)), True
