"""The baseline: a bounded sample of the reference, its contract, and what is known of its rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.domain.column import Storage
from clientela.domain.errors import ColumnError, InputError
from clientela.domain.record import Record
from clientela.monitoring.calendars import calendar
from clientela.monitoring.columns import (
    MOST_LEVELS,
    Floats,
    Kind,
    Side,
    as_numbers,
    counted_in,
    kind_of,
    seconds,
    written,
)
from clientela.monitoring.contract import Contract, Term
from clientela.monitoring.lookups import codes_among
from clientela.monitoring.quantities import quantities_among
from clientela.monitoring.question import Model, Question, question_of
from clientela.monitoring.rules import learn_rules
from clientela.monitoring.yardstick import Yardstick, learn_yardstick
from clientela.tables.table import ROW, Table

ROWS = 50_000
"""Rows of reference and of a batch that are compared in memory; a share is then known to half a point or better."""

LEAST = 100


@dataclass(frozen=True)
class Facts(Record):
    """What is known of the reference beside its contract.

    Attributes:
        source: Name of its file.
        fingerprint: Hash of its bytes, "" for frames.
        rows: Rows of the whole reference.
        sampled: Rows kept.
        label: The column a model predicts, "" where none.
        times: Columns with the time of the row, the first one the main one.
        coercions: Column, kind of coercion and how many of its cells were read so, for text sources.
        format: Kind of file.
        dates: Column and how its dates are written, where they are text; the unit where they are numbers.
        question: What is asked of the label by yes or no; None where there is no label, or it cannot be asked.
        yardstick: A plain model that answers the question, None where it cannot be learnt.
        model: The model in use, None where none was named.
    """

    source: str
    fingerprint: str
    rows: int
    sampled: int
    label: str
    times: tuple[str, ...]
    coercions: tuple[tuple[str, str, int], ...] = ()
    format: str = ""
    question: Question | None = None
    yardstick: Yardstick | None = None
    model: Model | None = None
    dates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Baseline:
    """What a batch is held against.

    Attributes:
        facts: What is known of the reference.
        contract: Terms and rules.
        side: The kept rows.
    """

    facts: Facts
    contract: Contract
    side: Side

    def frame(self) -> pl.DataFrame:
        """Return the kept rows as a frame that `restore` takes back."""
        numbers = {name: pl.Series(name, values, nan_to_null=True) for name, values in self.side.numbers.items()}
        return pl.DataFrame(
            [{**numbers, **self.side.texts}[term.name].alias(term.name) for term in self.contract.terms]
        )


def learn_baseline(
    table: Table, label: str = "", times: tuple[str, ...] = (), seed: int = 0, model: Model | None = None
) -> Baseline:
    """Learn the baseline from a reference.

    Args:
        table: The reference.
        label: Column that a model predicts, "" where none.
        times: Columns with the time of a row; found by their type where empty.
        seed: Seed of the sample.
        model: What is known of the model in use; its label is the label where none is named.

    Raises:
        ColumnError: A column is not there.
        InputError: There are too few rows, or a time column holds no times.

    >>> from clientela.tables.frames import from_frame
    >>> with from_frame(pl.DataFrame({"page": ["start", "basket"] * 60})) as table:
    ...     learn_baseline(table).contract.terms[0].levels
    ('basket', 'start')
    """
    label = label or (model.label if model is not None else "")
    names = [field.name for field in table.fields]
    for name in (*((label,) if label else ()), *times):
        if name not in names:
            raise ColumnError.missing(name, names)
    if table.rows < LEAST:
        raise InputError(
            f"The reference has {table.rows} rows: at least {LEAST} are needed to tell chance from a break."
        )
    frame = table.sample(ROWS, seed).drop(ROW)
    side, terms = _sides(frame, {field.name: field.storage for field in table.fields})
    kinds = {term.name: term.kind for term in terms}
    for name in times:
        if kinds[name] is not Kind.TIME:
            raise InputError(f"The column {name!r} holds no times: name one with dates or times, or leave --time out.")
    found = times or tuple(name for name, kind in kinds.items() if kind is Kind.TIME)
    read = tuple((c.name, what, count) for c in table.reading.columns for what, count in sorted(c.coercions.items()))
    rules = learn_rules(side, terms)
    question = next((question_of(term, side, model) for term in terms if term.name == label), None)
    readable = [term for term in terms if _readable(term, model)]
    learnt = learn_yardstick(side, readable, rules, question, found[0] if found else "") if question else None
    facts = Facts(
        source=table.reading.source,
        fingerprint=table.reading.fingerprint,
        rows=table.rows,
        sampled=frame.height,
        label=label,
        times=found,
        coercions=read,
        format=table.reading.format,
        question=question,
        yardstick=learnt,
        model=model,
        dates=(
            *((c.name, c.dates) for c in table.reading.columns if c.dates),
            *((c.name, unit) for c in frame.get_columns() if (unit := counted_in(c))),
        ),
    )
    return Baseline(facts, Contract(terms, rules), side)


def _readable(term: Term, model: Model | None) -> bool:
    """Tell whether the yardstick may read a column: what the model in use reads, and what parts the rows by time."""
    known = model is None or not model.columns or term.name in model.columns
    return known or term.kind is Kind.TIME or calendar(term.levels)


def _sides(frame: pl.DataFrame, storages: dict[str, Storage]) -> tuple[Side, tuple[Term, ...]]:
    side, terms = Side(frame.height), []
    kinds = {series.name: kind_of(series) for series in frame.get_columns()}
    kinds |= codes_among(frame, kinds)
    kinds |= quantities_among(frame, kinds)
    for series in frame.get_columns():
        kind = kinds[series.name]
        side = side.put(series.name, cells(series, kind))
        terms.append(_term(side, series.name, kind, storages[series.name]))
    return side, tuple(terms)


def cells(series: pl.Series, kind: Kind) -> Floats | pl.Series:
    """Return a column's cells as its kind is compared."""
    if kind is Kind.TIME:
        return seconds(series)
    return as_numbers(series) if kind is Kind.NUMBER else written(series)


def _term(side: Side, name: str, kind: Kind, storage: Storage) -> Term:
    nulls = float(side.missing(name).mean())
    if name in side.numbers:
        held = side.numbers[name][~np.isnan(side.numbers[name])]
        low, high = (float(held.min()), float(held.max())) if held.size else (float("nan"), float("nan"))
        return Term(name, kind, storage, nulls, low, high, bool(np.all(held == np.floor(held))))
    if kind is not Kind.CATEGORY:
        return Term(name, kind, storage, nulls)
    counts = pl.DataFrame({"level": side.texts[name].drop_nulls()}).group_by("level").len()
    levels = counts.sort("len", "level", descending=[True, False])["level"].to_list()[:MOST_LEVELS]
    return Term(name, kind, storage, nulls, levels=tuple(levels))


def restore(facts: Facts, contract: Contract, frame: pl.DataFrame) -> Baseline:
    """Return the baseline of what was kept of it.

    Raises:
        InputError: The contract names columns that the kept rows do not have, or rows are missing.
    """
    if frame.height != facts.sampled:
        raise InputError(
            f"The baseline holds {frame.height:,} rows of the {facts.sampled:,} that were kept: make it anew."
        )
    side = Side(frame.height)
    for term in contract.terms:
        if term.name not in frame.columns:
            raise InputError(f"contract.toml names a column that the baseline does not hold: {term.name!r}.")
        column = frame[term.name]
        numeric = term.kind in (Kind.NUMBER, Kind.TIME)
        side = side.put(term.name, as_numbers(column) if numeric else written(column))
    return Baseline(facts, contract, side)
