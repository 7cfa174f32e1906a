"""What an incident looks like: shares before and in the batch, a query for its rows, and what rests on its columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import polars as pl
from sqlglot import exp

from clientela.domain.incident import Cause, Incident, Shift
from clientela.monitoring.baseline import Baseline, cells
from clientela.monitoring.columns import Flags, Floats, Kind, written
from clientela.monitoring.contract import Contract, Term, breaks
from clientela.monitoring.outages import by_weekday
from clientela.monitoring.question import Model
from clientela.monitoring.result import CheckResult
from clientela.monitoring.times import DAYS
from clientela.monitoring.touching import ROWS_ONLY, touch, touched
from clientela.monitoring.wording import since

SHARES, QUERY, MODEL, EFFECT = "shares", "query", "model", "model effect"
"""Names in `evidence`: a list of [label, share before, share now]; one statement of SQL; a sentence; its numbers."""

TABLE = "batch"
"""Name of the batch in queries, as in contract.sql."""

MISSING, OTHERS = "(missing)", "(others)"
MOST_SHARES, MOST_VALUES, MOST_ROWS = 6, 10, 100
LEAST_SHARE = 0.0005
HOURS = tuple(f"{hour:02d} to {hour + 4:02d} h" for hour in range(0, 24, 4))
T = TypeVar("T", Incident, Shift)
Shares = list[list[str | float]]
Law = Callable[[Floats, Floats, Term], Shares]


def show(result: CheckResult, baseline: Baseline, frame: pl.DataFrame, model: Model | None = None) -> CheckResult:
    """Add to the evidence of each incident and shift how its first column was and is, and how to select the rows.

    Args:
        result: The check.
        baseline: What it was held against.
        frame: Rows of the batch, or a sample of them, as they were read.
        model: The model in use, or None.

    Returns:
        The same check with `shares`, `query`, `model` and `model effect` in `evidence` where there is something to
        show.
    """
    return dataclasses.replace(
        result,
        incidents=tuple(_shown(item, baseline, frame, model) for item in result.incidents),
        shifts=tuple(_shown(item, baseline, frame, model) for item in result.shifts),
    )


def _shown(item: T, baseline: Baseline, frame: pl.DataFrame, model: Model | None) -> T:
    added: dict[str, Any] = {}
    terms = {term.name: term for term in baseline.contract.terms}
    renamed = item.evidence.get("names")
    now = {name: str(renamed.get(name, name)) if isinstance(renamed, Mapping) else name for name in item.columns}
    name = next((name for name in item.columns if name in terms and now[name] in frame.columns), None)
    if name is not None:
        column = _Column(terms[name], frame[now[name]].alias(name), now[name])
        added[SHARES] = column.shares(baseline, _law(item))
        added[QUERY] = column.query(item.evidence, baseline.contract)
    elif not item.columns:
        added[QUERY] = _statement(exp.Count(this=exp.Star()).as_("rows"))
    if isinstance(item, Incident):
        added |= _model(item, baseline, frame, model)
    elif model is not None and item.columns:
        added[MODEL] = touched(item.columns, model)
    return dataclasses.replace(
        item, evidence={**item.evidence, **{key: value for key, value in added.items() if value}}
    )


def _model(item: Incident, baseline: Baseline, frame: pl.DataFrame, model: Model | None) -> dict[str, Any]:
    """Return how an incident touches the model in use, and what it does to a plain one."""
    told = [touched(item.columns, model)] if model is not None and item.columns else []
    renamed = item.cause is Cause.COLUMN_RENAMED  # the model asks for the old name
    names = {name: "" if renamed else name for name in item.columns}
    share = 1.0 if item.strength is None else item.strength.value
    effect = None if item.cause in ROWS_ONLY else touch(baseline, frame, names, share)
    if effect is None or baseline.facts.question is None:
        return {MODEL: " ".join(told)}
    told.append(effect.told(baseline.facts.question.label))
    return {MODEL: " ".join(told), EFFECT: effect.to_dict()}


@dataclass(frozen=True)
class _Column:
    """One column of the batch as it was read, and its term.

    Attributes:
        term: What is known of it.
        series: Its cells.
        name: Its name in the batch.
    """

    term: Term
    series: pl.Series
    name: str

    def shares(self, baseline: Baseline, law: Law) -> Shares:
        """Return [label, before, now] for what differs most, or for parts of numbers and times in their order."""
        values = self._values()
        side, name = baseline.side, self.term.name
        if isinstance(values, pl.Series):
            if self.term.kind is Kind.TEXT:
                return _ranges(_lengths(side.texts[name]), _lengths(values), self.term)
            return self._levels(side.texts[name], values)
        return law(side.numbers[name], values, self.term)

    def _levels(self, known: pl.Series, values: pl.Series) -> Shares:
        if self.term.kind is Kind.KEY:
            known, values = _times_seen(known), _times_seen(values)
        both = _counted(known, "before").join(_counted(values, "now"), on="label", how="full", coalesce=True)
        both = both.fill_null(0.0).with_columns(gap=(pl.col("before") - pl.col("now")).abs())
        drawn = both.sort("gap", "label", descending=[True, False]).head(MOST_SHARES).sort("before", descending=True)
        rows: Shares = [[str(label), float(was), float(now)] for label, was, now, _ in drawn.iter_rows()]
        rest = [max(0.0, 1 - sum(float(row[place]) for row in rows)) for place in (1, 2)]
        return [*rows, *([[OTHERS, *rest]] if max(rest) >= LEAST_SHARE else [])]

    def query(self, evidence: Mapping[str, Any], contract: Contract) -> str:
        """Return SQL that selects the rows concerned, or counts the column's values where no rows stand out."""
        cell = exp.column(exp.to_identifier(self.name, quoted=True))
        rule = next((rule for rule in contract.rules if rule.told == evidence.get("rule")), None)
        broken = breaks(rule, contract) if rule else None
        if broken is not None:
            return _statement(exp.Star(), broken)
        odd = [(int(flags.sum()), condition) for flags, condition in self._odd(cell)]
        most = max(odd, key=lambda pair: pair[0], default=(0, None))
        if most[0] and most[1] is not None:
            return _statement(exp.Star(), most[1])
        counted = exp.select(cell, exp.Count(this=exp.Star()).as_("rows")).from_(_table()).group_by(cell)
        if self.term.kind is Kind.KEY:
            counted = counted.having("count(*) > 1")
        return counted.order_by(exp.Ordered(this=exp.column("rows"), desc=True)).limit(MOST_ROWS).sql(dialect="duckdb")

    def _odd(self, cell: exp.Column) -> list[tuple[Flags, exp.Expr]]:
        """Return which cells are not as the contract says, and the condition that selects them."""
        term, values = self.term, self._values()
        null = self.series.is_null().to_numpy()
        found: list[tuple[Flags, exp.Expr]] = []
        if null.mean() > term.nulls + LEAST_SHARE:
            found.append((null, exp.Is(this=cell, expression=exp.null())))
        if isinstance(values, pl.Series):
            new = (
                values.filter(values.is_not_null() & ~values.is_in(list(term.levels)))
                if term.levels
                else values.head(0)
            )
            named = new.value_counts(sort=True).head(MOST_VALUES).to_series().sort().to_list()
            texts = [exp.Literal.string(text) for text in named]
            found.append((values.is_in(named).fill_null(value=False).to_numpy(), _among(cell, texts)))
        elif term.kind is Kind.NUMBER:
            unread = np.isnan(values) & ~null
            number = exp.TryCast(this=cell.copy(), to=exp.DataType.build("double"))
            found.append((unread, exp.and_(exp.Is(this=number, expression=exp.null()), _present(cell))))
            if term.low == term.low:
                found.append((values < term.low, exp.LT(this=number, expression=exp.Literal.number(term.low))))
                found.append((values > term.high, exp.GT(this=number, expression=exp.Literal.number(term.high))))
        return found

    def _values(self) -> Floats | pl.Series:
        kind = self.term.kind
        if kind is Kind.TIME and not (self.series.dtype.is_temporal() and self.series.dtype != pl.Time):
            return np.full(len(self.series), np.nan)
        return cells(self.series, kind)


def _among(cell: exp.Expr, texts: Sequence[exp.Expr]) -> exp.Expr:
    return exp.In(this=exp.cast(cell.copy(), "text"), expressions=list(texts))


def _present(cell: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=cell.copy(), expression=exp.null()))


def _table() -> exp.Identifier:
    return exp.to_identifier(TABLE, quoted=True)


def _statement(what: exp.Expr, where: exp.Expr | None = None) -> str:
    query = exp.select(what).from_(_table())
    return (query if where is None else query.where(where).limit(MOST_ROWS)).sql(dialect="duckdb")


def _counted(values: pl.Series, name: str) -> pl.DataFrame:
    """Return the share of each level."""
    frame = pl.DataFrame({"label": written(values).fill_null(MISSING)})
    return frame.group_by("label").agg((pl.len() / max(1, len(values))).alias(name))


def _times_seen(keys: pl.Series) -> pl.Series:
    """Return for each key whether it is there once or more often."""
    frame = pl.DataFrame({"key": keys, "again": keys.is_duplicated()})
    told = pl.when(pl.col("key").is_null()).then(None).when("again").then(pl.lit("repeated")).otherwise(pl.lit("once"))
    return frame.select(told.alias("key")).to_series()


def _lengths(texts: pl.Series) -> Floats:
    return written(texts).str.len_chars().cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _law(item: Incident | Shift) -> Law:
    """Return by what numbers and times are parted: by that which the cause is about."""
    if "weekdays" in item.evidence:
        return _weekdays
    return _hours if item.cause is Cause.TIMEZONE or "hours" in item.evidence else _ranges


def _weekdays(known: Floats, values: Floats, _: Term) -> Shares:
    before, now = (part / max(1.0, float(part.sum())) for part in (by_weekday(known), by_weekday(values)))
    return [[day.removesuffix("s"), float(before[place]), float(now[place])] for place, day in enumerate(DAYS)]


def _hours(known: Floats, values: Floats, _: Term) -> Shares:
    parts = [np.floor(side[~np.isnan(side)] % 86_400 / 14_400).astype(np.intp) for side in (known, values)]
    before, now = (np.bincount(part, minlength=6) / max(1, part.size) for part in parts)
    return [[label, float(before[place]), float(now[place])] for place, label in enumerate(HOURS)]


def _ranges(known: Floats, values: Floats, term: Term) -> Shares:
    """Return the shares of ranges that hold about a fifth of the reference each, and of missing cells."""
    held = known[~np.isnan(known)]
    if not held.size:
        return []
    edges = np.unique(np.quantile(held, [0.2, 0.4, 0.6, 0.8], method="inverted_cdf"))
    sides = [side[~np.isnan(side)] for side in (known, values)]
    places = [np.searchsorted(edges, side, side="left") for side in sides]
    sizes = max(1, known.size), max(1, values.size)
    before, now = (
        np.bincount(place, minlength=edges.size + 1) / size for place, size in zip(places, sizes, strict=True)
    )
    ends = [_end(float(edge), term) for edge in edges]
    labels = [f"to {ends[0]}", *(f"to {end}" for end in ends[1:]), f"over {ends[-1]}"]
    rows: Shares = [[label, float(was), float(is_)] for label, was, is_ in zip(labels, before, now, strict=True)]
    was_missing, is_missing = (1 - side.size / size for side, size in zip(sides, sizes, strict=True))
    lost: Shares = [[MISSING, was_missing, is_missing]] if max(was_missing, is_missing) >= LEAST_SHARE else []
    return [*rows, *lost]


def _end(value: float, term: Term) -> str:
    if term.kind is Kind.TIME:
        return since(value)[:10]
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
