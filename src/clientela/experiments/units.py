"""From rows of decisions, and of outcomes, to one row per visitor; whatever is set aside is counted and told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from clientela.domain.errors import InputError, listed, quoted
from clientela.domain.finding import Severity
from clientela.domain.goal import Goal
from clientela.experiments.columns import Columns
from clientela.experiments.goals import GOALS, Kind, Measure, direction, time_like
from clientela.experiments.joining import joined, outcomes_of
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.result import Doubt, Trouble
from clientela.experiments.shaping import (
    ARM,
    EVENT,
    KEY,
    ONCE,
    SHARPER,
    TIME,
    VALUE,
    Making,
    changed,
    countable,
    filled,
    firsts,
    gathered,
    named,
    numbered,
    read,
    results,
    rows_of,
    told_missing,
)
from clientela.tables.aggregate import Aggregate, Differing, FirstOf, Least, Most, Positive, Rows, Total
from clientela.tables.condition import AllOf, Missing, Negated, Within
from clientela.tables.derivation import AboveZero, AsNumber, AsText, Blend
from clientela.tables.frames import from_frame
from clientela.tables.table import Table

OF_FIRST = "Segments and earlier data of a visitor with several rows are those of the first one."

VOID_SHARE = 0.01
"""Share of visitors seen in several arms from which on the answer is void: Kohavi, Tang and Xu (2020), chapter 21,
treat any leak between variants beyond chance as a fault of the set-up."""


MOST_BESIDE = 3
"""Columns of earlier data whose products with the outcome are asked for in the scan for the sums: of more there are so
many products that a scan of its own, which tells how to make one column of them, is sooner done."""


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
        several: Whether a visitor has several visits.
        untold: Whether it is still to be told how many have no cell of a guard: their sums tell.
        trusted: Whether rows were taken as they are: their sums tell whether that was right.
        beside: Columns of earlier data by which the sums themselves are to sharpen, should no cell be missing.
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
    several: bool
    untold: bool
    trusted: bool
    beside: tuple[str, ...]
    doubts: list[Doubt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def make_units(
    decisions: Table, outcomes: Table | None, columns: Columns, options: ExperimentOptions, trusting: bool = False
) -> Units:
    """Return one row per visitor (else per row of the decisions).

    Args:
        decisions: Who was shown what, and in a table alone also what came of it.
        outcomes: What came of it, joined by visitor; None where the decisions say.
        columns: Which column says what.
        options: What was asked.
        trusting: Whether rows that are one per visitor are taken as they are where nothing says that a number is
            missing, so that one scan will do: their sums tell whether that was right.

    Returns:
        The units with all that was set aside.

    Raises:
        InputError: Nothing is left, or a column holds what it cannot.
    """
    making = Making(columns, options)
    decided = _decisions(decisions, making, outcomes is None)
    again = columns.visitor is not None and bool(decided.duplicates([KEY])["extra"].item())
    if outcomes is not None or options.goal is Goal.TIME_TO_CHECKOUT:
        frame = _in_memory(numbered(decided, making, named(decided, "g")), outcomes, making, again)
        several = bool((frame["visits"] > 1).any())
        return _finished(
            _capped(from_frame(frame.drop(KEY)), making), making, several=several, apart=outcomes is not None
        )
    if not again and trusting and (taken := _trusted(decided, making)) is not None:
        return _finished(_capped(taken, making), making, several=False, untold=True, trusted=True)
    if not again:
        single = _single(numbered(decided, making, []), making)
        return _finished(_capped(single, making), making, several=False, untold=True)
    wide = _by_visitor(numbered(decided, making, named(decided, "g")), making)
    several = changed(wide, {}, Within("visits", low=1.5)).rows > 0
    return _finished(_capped(wide, making), making, several=several)


def _trusted(given: Table, making: Making) -> Table | None:
    """Return rows that are one per visitor as they are; None where an outcome or a cell of earlier data is missing."""
    _no_window(making)
    needed = [VALUE, *named(given, "c")]
    if len(needed) > MOST_BESIDE + 1 or any(changed(given, {}, Missing(name)).rows for name in needed):
        return None
    return changed(given, {VALUE: AboveZero(VALUE)}) if making.options.goal in ONCE else given


def _single(given: Table, making: Making) -> Table:
    """Return rows that are one per visitor, with an outcome each: nothing is copied, and what is missing is told."""
    _no_window(making)
    kept, lost = filled(given, VALUE)
    if lost:
        arms = given.grouped(ARM, [VALUE]).with_columns(rate=1 - pl.col("n") / pl.col("rows"))
        told_missing(making, lost, given.rows, arms.select("value", "rate").iter_rows())
        _all_known(arms.filter(pl.col("n") == 0)["value"].to_list())
    return kept


def _by_visitor(given: Table, making: Making) -> Table:
    """Return one row per visitor from decisions that carry their outcomes, of which some visitors have several."""
    _no_window(making)
    names = [part.name for part in given.fields]
    time = TIME if TIME in names else None
    kept: dict[str, Aggregate] = {ARM: Least(ARM), "visits": Rows(VALUE), "orders": Positive(VALUE)}
    kept[VALUE] = Most(VALUE) if making.options.goal in ONCE else Total(VALUE)
    kept |= {TIME: Least(TIME, VALUE)} if time else {}
    kept |= {name: FirstOf(name, time, VALUE) for name in (*named(given, "c"), *named(given, "b"))}
    kept |= {name: Total(name, VALUE) for name in named(given, "g")}
    held = given.gathered(KEY, {**kept, "rows": Rows(), "arms": Differing(ARM)})
    mixed = changed(held, {}, Within("arms", low=0.5)).rows
    if mixed:
        _told_mixed(mixed, held.rows, making)
        held = changed(held, {}, Within("arms", high=0.5))
    if changed(given, {}, Missing(VALUE)).rows:
        held = _with_outcome(held, making)
    if making.columns.by or making.columns.covariates:
        making.notes.append(OF_FIRST)
    return held.select(list(kept))


def _with_outcome(held: Table, making: Making) -> Table:
    """Return visitors with a known outcome, and tell how many rows of each arm have none."""
    sums = held.grouped(ARM, ["rows", "visits"]).pivot("column", index="value", values="total").sort("value")
    rows, known = int(sums["rows"].sum()), int(sums["visits"].sum())
    if known < rows:
        rates = sums.select("value", 1 - pl.col("visits") / pl.col("rows"))
        told_missing(making, rows - known, rows, rates.iter_rows())
    _all_known(sums.filter(pl.col("visits") == 0)["value"].to_list())
    return changed(held, {}, Within("visits", low=0.5))


def _in_memory(given: Table, outcomes: Table | None, making: Making, again: bool) -> pl.DataFrame:
    """Return one row per visitor in memory."""
    frame = rows_of(given)
    if KEY not in frame.columns:
        frame = frame.with_row_index(KEY)
    if again:
        frame = _one_arm_each(frame, making)
    wide = _own(frame, making, again) if outcomes is None else joined(frame, outcomes_of(outcomes, making), making)
    if making.options.goal is Goal.TIME_TO_CHECKOUT:
        wide = _timed(wide, making, outcomes is None)
    _all_known(sorted(set(frame[ARM].unique()) - set(wide[ARM].unique())))
    if again and (making.columns.by or making.columns.covariates):
        making.notes.append(OF_FIRST)
    return wide


def _no_window(making: Making) -> None:
    if making.options.window is not None:
        raise InputError("A window needs the outcomes in a table of their own, with a time: else leave --window out.")


def _all_known(lost: list[str]) -> None:
    if lost:
        raise InputError(
            f"No outcome is known of anybody in {listed(lost)}: look whether this variant writes its outcomes, "
            "or leave it out."
        )


def _decisions(table: Table, making: Making, alone: bool) -> Table:
    """Return the decisions under our own names: those of a known visitor and variant."""
    columns = making.columns
    wanted: dict[str, str | None] = {ARM: columns.variant, KEY: columns.visitor, TIME: columns.time}
    wanted |= {f"c{i}": name for i, name in enumerate(columns.covariates)}
    wanted |= {f"b{i}": name for i, name in enumerate(columns.by)}
    for name in columns.covariates:
        storage = next(part.storage for part in table.fields if part.name == name)
        if not countable(storage):
            raise InputError(
                f"The column {quoted(name)} holds {storage.value}: only numbers known before the decision can sharpen "
                "the answer (--earlier)."
            )
    if alone:
        wanted |= results(table, making)
    held = read(table, wanted, "decisions")
    if columns.time is not None and not changed(held, {}, Negated(Missing(TIME))).rows:
        making.notes.append(f"The column {quoted(columns.time)} is empty: nothing is told by day.")
        held = held.select([part.name for part in held.fields if part.name != TIME])
    if columns.visitor is None:
        making.doubt(
            Trouble.UNIT_IS_ROW,
            Severity.NOTICE,
            (
                "No column names the visitor, so every row counts as a visitor of its own.",
                "Name the visitor with --visitor if one can have several rows: else the intervals are too narrow.",
            ),
            rows=held.rows,
        )
        return _known_arm(held, making)
    known, lost = filled(held, KEY)
    if lost:
        making.doubt(
            Trouble.ROWS_SET_ASIDE,
            Severity.WARNING,
            (f"{lost:,} decisions name no visitor and were set aside.", "Find out why the identifier is missing."),
            rows=lost,
        )
    known = _known_arm(known, making)
    # text is what two tables have in common; one alone needs no other type
    return known if alone else changed(known, {KEY: AsText(KEY)})


def _known_arm(table: Table, making: Making) -> Table:
    known, lost = filled(changed(table, {ARM: AsText(ARM)}), ARM)
    if lost == table.rows:
        raise InputError(
            f"The column {quoted(making.columns.variant)} is empty: nobody is known to have seen a variant."
        )
    if lost:
        making.doubt(
            Trouble.MISSING_LOGS,
            Severity.WARNING,
            (
                f"{lost:,} of {table.rows:,} rows do not say which variant was shown and were set aside.",
                "Find out whether one variant loses its log more often: then the answer is void.",
            ),
            rows=lost,
        )
    return known


def _one_arm_each(frame: pl.DataFrame, making: Making) -> pl.DataFrame:
    """Set aside visitors who were in several arms: they belong to none."""
    mixed = frame.group_by(KEY).agg(pl.col(ARM).n_unique().alias("arms")).filter(pl.col("arms") > 1)
    if not mixed.height:
        return frame
    _told_mixed(mixed.height, frame[KEY].n_unique(), making)
    return frame.join(mixed, on=KEY, how="anti")


def _told_mixed(mixed: int, visitors: int, making: Making) -> None:
    share = mixed / visitors
    if mixed == visitors:
        raise InputError(
            f"Every visitor ({visitors:,} in all) saw several variants: draw the variant by visitor, not by visit."
        )
    making.doubt(
        Trouble.SEVERAL_VARIANTS,
        Severity.BLOCKER if share > VOID_SHARE else Severity.WARNING,
        (
            f"{mixed:,} of {visitors:,} visitors ({share:.2%}) were shown several variants and were set aside.",
            "Draw the variant by visitor, and keep it: what one variant did to them carries over to the other.",
        ),
        visitors=mixed,
        share=share,
    )


def _own(frame: pl.DataFrame, making: Making, again: bool) -> pl.DataFrame:
    """Return one row per visitor from decisions that carry their times; `again` tells whether some have several."""
    _no_window(making)
    if not again:
        return frame.with_columns(pl.lit(1.0).alias("visits"))
    return gathered(frame, making, [*firsts(frame), pl.len().cast(pl.Float64).alias("visits")])


def _finished(
    table: Table, making: Making, several: bool, apart: bool = False, untold: bool = False, trusted: bool = False
) -> Units:
    """Bind the measures, combine earlier data, and hand over the units; `apart`: outcomes had a table of their own."""
    columns, options = making.columns, making.options
    declared = GOALS[options.goal]
    names = [part.name for part in table.fields]
    kind, per, name = declared.kind, None, columns.outcome or options.goal.value
    unit = declared.unit
    if options.goal is Goal.TIME_TO_CHECKOUT:
        name = "time to checkout" if apart else name
        unit = "hours" if apart else f"in the unit of {name}"
    if options.goal is Goal.REVENUE_PER_VISIT:
        kind, per = (Kind.RATIO, "visits") if several else (Kind.MEAN, None)
    elif options.goal is Goal.BASKET_SIZE:
        per = "orders"
        table = table if per in names else changed(table, {per: AboveZero(VALUE)})
    beside = tuple(named(table, "c")) if trusted and kind is Kind.MEAN else ()
    table, sharpened = (table, True) if beside else _sharper(table, making, kind)
    event = EVENT if EVENT in names else None
    measure = Measure(name, kind, VALUE, per, event, declared.better, unit)
    guards = tuple(
        Measure(
            column,
            Kind.RATIO if several else Kind.MEAN,
            f"g{i}",
            "visits" if several else None,
            None,
            direction(column),
            "per visit" if several or columns.visitor is None else "per visitor",
        )
        for i, column in enumerate(columns.guards)
    )
    by = {column: f"b{i}" for i, column in enumerate(columns.by)}
    dated = TIME in names
    row = "visitor" if columns.visitor is not None else "row"
    told = making.doubts, making.notes
    return Units(table, measure, guards, by, dated, sharpened, row, several, untold, trusted, beside, *told)


def _timed(frame: pl.DataFrame, making: Making, alone: bool) -> pl.DataFrame:
    """Return times that can be used; `alone`: they come from a column, not from when outcomes came."""
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
    if negative and unknown == kept.height:
        raise InputError(f"No time is zero or above, {negative:,} are below: see whether start and end were swapped.")
    if unknown == kept.height:
        raise InputError("No time is known at all: nothing can be said about the time to checkout.")
    if EVENT not in kept.columns and alone:
        _doubt_time(making.columns.outcome or "", making)
    if EVENT not in kept.columns:
        making.notes.append("Every time is taken to have ended in the checkout: no column says otherwise (--event).")
    elif kept[EVENT].null_count():
        making.notes.append(f"{kept[EVENT].null_count():,} times do not say whether they ended: taken as unfinished.")
        kept = kept.with_columns(pl.col(EVENT).fill_null(0.0))
    return _watched(kept, unknown, making) if unknown else kept


def _doubt_time(name: str, making: Making) -> None:
    """Note the doubt that a column without an end beside it is a time, where its name does not say so."""
    if time_like(name):
        return
    making.doubt(
        Trouble.NO_TIME,
        Severity.WARNING,
        (
            f"Nothing says that {quoted(name)} is a time: neither its name, nor a column that tells whether it ended.",
            "See that it holds the time until the checkout, else name the column that does with --outcome.",
        ),
    )


def _watched(kept: pl.DataFrame, unknown: int, making: Making) -> pl.DataFrame:
    """Take visitors without a time as unfinished."""
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
    event = pl.col(EVENT) if EVENT in kept.columns else pl.lit(1.0)
    ended = pl.when(pl.col(VALUE).is_null()).then(0.0).otherwise(event).alias(EVENT)
    return kept.with_columns(ended, pl.col(VALUE).fill_null(longest))


def _capped(table: Table, making: Making) -> Table:
    cap = making.options.cap
    if cap is None:
        return table
    beyond = changed(table, {}, AllOf((Within(VALUE), Negated(Within(VALUE, high=cap))))).rows
    making.doubt(
        Trouble.OUTCOMES_CAPPED,
        Severity.INFO,
        (
            f"{beyond:,} of {table.rows:,} values beyond {cap:g} count as {cap:g}, as was asked.",
            "Keep the cap that was fixed before the start: one chosen afterwards can make an effect.",
        ),
        rows=beyond,
        cap=cap,
    )
    return changed(table, {VALUE: AsNumber(VALUE, cap)})


def _sharper(table: Table, making: Making, kind: Kind) -> tuple[Table, bool]:
    """Put the covariates into one column: their best linear prediction of the value over all arms together."""
    names = named(table, "c")
    if not names:
        return table, False
    if kind is not Kind.MEAN:
        making.notes.append("Earlier data sharpen means only; they were left out for this goal.")
        return table, False
    held = making.products(table).filter(pl.col("column").is_in([VALUE, *names]))
    holes = int((held["rows"] - held["n"])[1:].sum())
    if holes:
        making.notes.append(f"{holes:,} missing values of earlier data were put at the mean of their column.")
    sums, means = np.array(held["products"].to_list()), held["mean"].to_list()
    if not np.isfinite(sums).all():
        making.notes.append("Earlier data or the outcome hold numbers too large to calculate with: nothing sharpened.")
        return table, False
    # the products of columns say all; one column alone needs no factor
    slopes = np.ones(1) if len(names) == 1 else np.linalg.lstsq(sums[1:, 1:], sums[1:, 0], rcond=None)[0]
    parts = zip(names, means[1:], slopes.tolist(), strict=True)
    return changed(table, {SHARPER: Blend(tuple(parts), whole=not holes)}), True
