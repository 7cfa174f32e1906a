"""Faults for any table: each draws a column that suits it, so that nothing can be fitted to a column's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.monitoring.baseline import Baseline
from clientela.monitoring.columns import Kind
from clientela.monitoring.contract import Term

Planted = tuple[pl.DataFrame, tuple[str, ...]]


@dataclass(frozen=True)
class Place:
    """Where a fault acts: the clean batch, what is known of its columns, random numbers, the strength."""

    frame: pl.DataFrame
    baseline: Baseline
    reference: pl.DataFrame
    rng: np.random.Generator
    times: float

    def share(self, default: float) -> float:
        """Return a share of rows at the strength asked."""
        return min(1.0, default * self.times)

    def some(self, default: float, where: pl.Series | None = None) -> pl.Series:
        """Draw a share of the rows."""
        drawn = pl.Series(self.rng.random(self.frame.height) < self.share(default))
        return drawn if where is None else drawn & where

    def pick(self, *kinds: Kind, fits: Callable[[Term], bool] = lambda _: True) -> str:
        """Draw a column that fits."""
        names = [
            t.name for t in self.baseline.contract.terms if t.kind in kinds and t.name in self.frame.columns and fits(t)
        ]
        if not names:
            raise LookupError
        return str(self.rng.choice(names))

    def level(self, name: str, low: float = 0.05, high: float = 0.5) -> str:
        """Draw a level of a category whose share lies between two bounds."""
        texts = self.baseline.side.texts[name]
        counts = texts.value_counts().filter(pl.col("count") / len(texts) > low, pl.col("count") / len(texts) < high)
        if not counts.height:
            raise LookupError
        return str(self.rng.choice(counts[name if name in counts.columns else counts.columns[0]].sort().to_list()))

    def put(self, name: str, new: pl.Expr, rows: pl.Series) -> pl.DataFrame:
        """Return the batch with new cells in some rows of a column."""
        return self.frame.with_columns(pl.when(rows).then(new).otherwise(pl.col(name)).alias(name))

    def put_text(self, name: str, new: pl.Expr, rows: pl.Series) -> pl.DataFrame:
        """Return the batch with a column written as text, otherwise in some rows."""
        text = self.frame.with_columns(pl.col(name).cast(pl.String))
        return text.with_columns(pl.when(rows).then(new).otherwise(pl.col(name)).alias(name))

    def is_level(self, name: str, level: str) -> pl.Series:
        """Tell which rows of the batch hold a level."""
        return (self.frame[name].cast(pl.String) == level).fill_null(value=False)

    def filled(self, name: str, least: float = 0.2) -> bool:
        """Tell whether enough of a number's rows are above zero and differ."""
        known = self.baseline.side.numbers[name]
        held = known[~np.isnan(known)]
        return bool(np.mean(held > 0) > least and np.unique(held).size > 30)


def _number(p: Place) -> str:
    return p.pick(Kind.NUMBER, fits=lambda t: p.filled(t.name))


def _fraction(p: Place) -> str:
    return p.pick(Kind.NUMBER, fits=lambda t: p.filled(t.name) and not t.whole)


def _category(p: Place, least: int = 3) -> str:
    label = p.baseline.facts.label
    agrees = {rule.right for rule in p.baseline.contract.rules if rule.kind == "agrees"}
    return p.pick(Kind.CATEGORY, fits=lambda t: len(t.levels) >= least and t.name != label and t.name not in agrees)


def _as(p: Place, name: str, level: str) -> pl.Expr:
    return pl.lit(level).cast(p.frame.schema[name])


def _plain(
    change: Callable[[pl.Expr], pl.Expr], share: float, pick: Callable[[Place], str] = _number
) -> Callable[[Place], Planted]:
    def make(p: Place) -> Planted:
        name = pick(p)
        return p.put(name, change(pl.col(name)), p.some(share)), (name,)

    return make


def _texted(
    change: Callable[[pl.Expr], pl.Expr], share: float, pick: Callable[[Place], str]
) -> Callable[[Place], Planted]:
    def make(p: Place) -> Planted:
        name = pick(p)
        frame = p.put_text(name, change(pl.col(name)), p.some(share))
        if frame[name].equals(p.frame[name].cast(pl.String)):
            raise LookupError
        return frame, (name,)

    return make


def _scaled(p: Place) -> Planted:
    name = _number(p)
    return p.frame.with_columns((pl.col(name) * p.rng.choice([0.6, 0.72, 1.3, 1.6])).alias(name)), (name,)


def _longer(p: Place) -> Planted:
    name = _number(p)
    middle = float(np.nanmedian(p.baseline.side.numbers[name][p.baseline.side.numbers[name] > 0]))
    more = pl.Series(p.rng.exponential(0.3 * p.times * middle, p.frame.height))
    return p.frame.with_columns((pl.col(name) + more).alias(name)), (name,)


def _top(p: Place, name: str, share: float) -> float:
    known = p.baseline.side.numbers[name]
    return float(np.quantile(known[~np.isnan(known)], share))


def _capped(p: Place) -> Planted:
    name = _number(p)
    limit = _top(p, name, 1 - 0.1 * p.times)
    return p.frame.with_columns(
        pl.min_horizontal(pl.col(name), pl.lit(limit).cast(p.frame.schema[name])).alias(name)
    ), (name,)


def _rounded(p: Place) -> Planted:
    name = _fraction(p)
    step = 10.0 ** np.floor(np.log10(float(np.nanstd(p.baseline.side.numbers[name]))) - 1)
    return p.put(name, (pl.col(name) / step).round(0) * step, p.some(0.6)), (name,)


def _turned(p: Place) -> Planted:
    name = _fraction(p)
    return p.put(name, p.baseline.contract.term(name).high - pl.col(name), p.some(0.3)), (name,)


def _small_gone(p: Place) -> Planted:
    name = p.pick(Kind.NUMBER, fits=lambda t: p.filled(t.name) and t.low >= 0)
    known = p.baseline.side.numbers[name]
    limit = float(np.median(known[known > 0]))
    return p.frame.with_columns(pl.when(pl.col(name) < limit).then(0).otherwise(pl.col(name)).alias(name)), (name,)


def _credited(p: Place) -> Planted:
    name = _category(p)
    giver = p.level(name, 0.1, 0.7)
    receiver = p.level(name, 0.05, 0.6)
    if giver == receiver:
        raise LookupError
    return p.put(name, _as(p, name, receiver), p.some(0.35, p.is_level(name, giver))), (name,)


def _wide_label(p: Place) -> Planted:
    name = p.baseline.facts.label
    question = p.baseline.facts.question
    if question is None or len(question.yes) != 1:
        raise LookupError
    level = question.yes[0]
    yes = pl.lit(level).cast(p.frame.schema[name]) if p.frame.schema[name] != pl.Boolean else pl.lit(value=True)
    return p.put(name, yes, p.some(0.1)), (name,)


def _wide_unit(p: Place) -> Planted:
    name = _number(p)
    factor = float(p.rng.choice([1000.0, 100.0, 60.0, 1 / 60, 1 / 100, 1 / 1000]))
    return p.put(name, pl.col(name) * factor, p.some(float(p.rng.choice([0.3, 1.0])))), (name,)


def _code(p: Place) -> str:
    return p.pick(Kind.CATEGORY, fits=lambda t: all(level.isdigit() for level in t.levels) and len(t.levels) > 2)


def _word(p: Place) -> str:
    return p.pick(
        Kind.CATEGORY,
        fits=lambda t: len(t.levels) > 1 and all(level[:1].isalpha() for level in t.levels) and "true" not in t.levels,
    )


def _logical(p: Place) -> str:
    return p.pick(Kind.CATEGORY, fits=lambda t: {level.casefold() for level in t.levels} == {"true", "false"})


def _time(p: Place) -> str:
    return p.pick(Kind.TIME)


def _date_order(p: Place) -> Planted:
    name = _time(p)
    form = str(
        p.rng.choice(["%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%SZ"])
    )
    return p.frame.with_columns(pl.col(name).dt.strftime(form)), (name,)


def _epoch(p: Place) -> Planted:
    name = _time(p)
    return p.frame.with_columns(pl.col(name).dt.epoch(str(p.rng.choice(["s", "ms"])))), (name,)


def _zone(p: Place) -> Planted:
    name = _time(p)
    hours = int(p.rng.choice([-8, -5, -3, 2, 4, 6, 9]))
    return p.put(name, pl.col(name) + pl.duration(hours=hours), p.some(1.0)), (name,)


def _mojibake(p: Place) -> Planted:
    name = p.pick(Kind.CATEGORY, Kind.TEXT, fits=lambda t: any(not level.isascii() for level in t.levels))
    rows = p.some(0.3)
    wrong = [c.encode().decode("latin-1") if hit and c else c for c, hit in zip(p.frame[name], rows, strict=True)]
    return p.frame.with_columns(pl.Series(name, wrong)), (name,)


def _zeros_lost(value: float | None) -> Callable[[Place], Planted]:
    def make(p: Place) -> Planted:
        name = p.pick(Kind.NUMBER, fits=lambda t: t.low == 0 and np.mean(p.baseline.side.numbers[t.name] == 0) > 0.1)
        return p.put(name, pl.lit(value), p.some(0.3, p.frame[name] == 0)), (name,)

    return make


def _sentinel(p: Place) -> Planted:
    name = _number(p)
    return p.put(name, pl.lit(int(p.rng.choice([-1, -999, 9999999]))).cast(p.frame.schema[name]), p.some(0.08)), (name,)


def _word_for_missing(p: Place) -> Planted:
    name = _word(p)
    return p.put(name, pl.lit(str(p.rng.choice(["(not set)", "N/A", "null", "unknown"]))), p.some(0.1)), (name,)


def _renamed(p: Place) -> Planted:
    kept = [t.name for t in p.baseline.contract.terms if t.kind is not Kind.KEY]
    names = [str(n) for n in p.rng.choice(kept, 2, replace=False)]
    style = p.rng.integers(3)
    new = {
        n: (f"dim_{place}" if style == 0 else n.upper() + "_" if style == 1 else f"{n.lower()}_v2")
        for place, n in enumerate(names)
    }
    return p.frame.rename(new), tuple(names)


def _cut(p: Place) -> Planted:
    name = p.pick(Kind.CATEGORY, Kind.TEXT, Kind.KEY, fits=lambda t: p.frame.schema[t.name] == pl.String)
    lengths = p.frame[name].str.len_chars().drop_nulls()
    limit = int(lengths.to_numpy().max()) - 2
    cut = p.frame.with_columns(pl.col(name).str.slice(0, limit))
    if limit < 3 or float((lengths > limit).mean() or 0) < 0.05:
        raise LookupError
    return cut, (name,)


def _wrapped(p: Place) -> Planted:
    name = p.pick(Kind.NUMBER, fits=lambda t: t.whole and t.high > 140 and p.filled(t.name))
    limits = [limit for limit in (127, 255, 32767) if np.mean(p.baseline.side.numbers[name] > limit) > 0.02]
    if not limits:
        raise LookupError
    limit = int(p.rng.choice(limits))
    if p.rng.random() < 0.5:
        return p.frame.with_columns(pl.min_horizontal(pl.col(name), limit).alias(name)), (name,)
    return p.frame.with_columns((pl.col(name) % (limit + 1)).alias(name)), (name,)


def _permuted(p: Place) -> Planted:
    name = _category(p)
    texts = p.baseline.side.texts[name]
    counts = texts.value_counts(sort=True)
    levels = counts[counts.columns[0]].drop_nulls().to_list()[:3]
    swapped = dict(zip(levels, levels[1:] + levels[:1], strict=True))
    kind = p.frame.schema[name]
    return p.frame.with_columns(pl.col(name).cast(pl.String).replace(swapped).cast(kind).alias(name)), (name,)


def _fresh(p: Place, name: str) -> pl.Expr:
    kind = p.frame.schema[name]
    return pl.lit(91 if kind.is_integer() else "brandnew").cast(kind)


def _new(p: Place) -> Planted:
    name = _category(p)
    return p.put(name, _fresh(p, name), p.some(0.04)), (name,)


def _level_renamed(p: Place) -> Planted:
    name = _category(p)
    return p.put(name, _fresh(p, name), p.is_level(name, p.level(name, 0.08, 0.5))), (name,)


def _level_lost(p: Place) -> Planted:
    name = _category(p)
    return p.frame.filter(~p.some(0.8, p.is_level(name, p.level(name, 0.08, 0.4)))), (name,)


def _merged(p: Place) -> Planted:
    name = _category(p)
    giver, receiver = p.level(name, 0.08, 0.5), p.level(name, 0.08, 0.6)
    if giver == receiver:
        raise LookupError
    return p.put(name, _as(p, name, receiver), p.is_level(name, giver)), (name,)


def _split(p: Place) -> Planted:
    name = _category(p)
    level = p.level(name, 0.2, 0.9)
    kind = p.frame.schema[name]
    new = pl.lit(77).cast(kind) if kind.is_integer() else pl.lit(f"{level} new")
    return p.put(name, new, p.some(0.3, p.is_level(name, level))), (name,)


def _keys(p: Place) -> tuple[str, ...]:
    return tuple(t.name for t in p.baseline.contract.terms if t.kind is Kind.KEY)


def _twice(p: Place) -> Planted:
    return pl.concat([p.frame, p.frame.filter(p.some(0.2))]), ()


def _fanned(p: Place) -> Planted:
    if not _keys(p):
        raise LookupError
    name = p.pick(Kind.CATEGORY, fits=lambda t: len(t.levels) > 2)
    extra = p.frame.filter(p.some(0.2))
    return pl.concat([p.frame, extra.with_columns(extra[name].shuffle(seed=1))]), ()


def _replayed(p: Place) -> Planted:
    old = p.reference.sample(int(p.frame.height * p.share(0.3)), seed=int(p.rng.integers(1000)))
    return pl.concat([p.frame[: p.frame.height - old.height], old]), ()


def _missing(p: Place) -> Planted:
    name = p.pick(Kind.NUMBER, Kind.CATEGORY)
    return p.put(name, pl.lit(None), p.some(0.06)), (name,)


def _missing_in_group(p: Place) -> Planted:
    name, group = p.pick(Kind.NUMBER), _category(p)
    return p.put(name, pl.lit(None), p.some(0.6, p.is_level(group, p.level(group, 0.08, 0.4)))), (name,)


def _missing_since(p: Place) -> Planted:
    name, at = p.pick(Kind.NUMBER), _time(p)
    return p.put(name, pl.lit(None), p.frame[at] > p.frame[at].quantile(1 - p.share(0.15))), (name,)


def _stuck(p: Place) -> Planted:
    name, at = (
        p.pick(Kind.NUMBER, Kind.CATEGORY, fits=lambda t: t.kind is not Kind.CATEGORY or len(t.levels) > 2),
        _time(p),
    )
    late = p.frame[at] > p.frame[at].quantile(1 - p.share(0.3))
    value = p.frame.filter(late).sort(at)[name][0]
    if value is None:
        raise LookupError
    return p.put(name, pl.lit(value), late), (name,)


def _tied(p: Place) -> str:
    rules = {n for r in p.baseline.contract.rules if r.kind in ("implies", "order") for n in (r.left, r.right)}
    return p.pick(Kind.NUMBER, Kind.CATEGORY, fits=lambda t: t.name in rules)


def _shuffled(p: Place) -> Planted:
    name = _tied(p)
    return p.frame.with_columns(pl.col(name).shuffle(seed=int(p.rng.integers(1000)))), (name,)


def _lagged(p: Place) -> Planted:
    name = _tied(p)
    return p.frame.with_columns(pl.col(name).shift(1).fill_null(strategy="backward")), (name,)


def _swapped(p: Place) -> Planted:
    first, second = _number(p), _number(p)
    if first == second:
        raise LookupError
    rows = p.some(float(p.rng.choice([0.3, 1.0])))
    a, b = pl.col(first).cast(pl.Float64), pl.col(second).cast(pl.Float64)
    swapped = [pl.when(rows).then(b).otherwise(a).alias(first), pl.when(rows).then(a).otherwise(b).alias(second)]
    return p.frame.with_columns(swapped), (first, second)


def _shifted(p: Place) -> Planted:
    names = [t.name for t in p.baseline.contract.terms if t.kind is Kind.NUMBER and t.name in p.frame.columns]
    if len(names) < 4:
        raise LookupError
    start = int(p.rng.integers(len(names) - 3))
    chain, rows = names[start : start + 4], p.some(0.4)
    moved = [
        pl.when(rows).then(pl.col(a)).otherwise(pl.col(b)).alias(b) for a, b in zip(chain, chain[1:], strict=False)
    ]
    return p.frame.with_columns(moved), tuple(chain)


def _hours_lost(p: Place) -> Planted:
    name = _time(p)
    start = int(p.rng.integers(8, 19))
    hours = p.frame[name].dt.hour()
    return p.frame.filter(~((hours >= start) & (hours < start + 4))), (name,)


def _labels_late(p: Place) -> Planted:
    name, at = p.baseline.facts.label, _time(p)
    late = p.frame[at] > p.frame[at].quantile(1 - p.share(0.4))
    rules = p.baseline.contract.rules
    tied = {r.left for r in rules if r.kind == "implies" and r.left_is == ">0" and r.right == name}
    tied &= {r.right for r in rules if r.kind == "implies" and r.left == name and r.right_is == ">0"}
    frame = p.frame
    for column in (name, *tied):
        zero = pl.lit(0).cast(frame.schema[column])
        frame = frame.with_columns(pl.when(late).then(zero).otherwise(pl.col(column)).alias(column))
    return frame, (name, *tied)


def _earlier_moment(p: Place) -> Planted:
    names = [t.name for t in p.baseline.contract.terms if t.kind is Kind.NUMBER and p.filled(t.name)]
    if len(names) < 3:
        raise LookupError
    chosen = [str(n) for n in p.rng.choice(names, 3, replace=False)]
    return p.frame.with_columns(*(pl.col(n) * 0.6 for n in chosen)), tuple(chosen)


def _far(p: Place) -> Planted:
    name = _time(p)
    days = int(p.rng.choice([365, 3650, -20000]))
    return p.put(name, pl.col(name) + pl.duration(days=days), p.some(0.06)), (name,)


def _no_keys(p: Place) -> Planted:
    name = p.pick(Kind.KEY)
    value = str(p.rng.choice(["0", "null", "00000000-0000", "anonymous"]))
    return p.put_text(name, pl.lit(value), p.some(0.2)), (name,)


def _next_keys(all_keys: pl.Series, copied: pl.Series) -> pl.Series:
    """Return keys of the same writing that nobody has yet."""
    if all_keys.dtype != pl.String:
        return copied + int(all_keys.max()) * 2
    return copied.str.slice(0, 1) + copied.str.slice(1).str.reverse() + "7"


def _bots(p: Place) -> Planted:
    numbers = [t.name for t in p.baseline.contract.terms if t.kind is Kind.NUMBER and t.name in p.frame.columns]
    groups = [t.name for t in p.baseline.contract.terms if t.kind is Kind.CATEGORY and len(t.levels) > 2]
    if len(numbers) < 2 or not groups:
        raise LookupError
    extra = p.frame.sample(int(p.frame.height * p.share(0.2)), seed=1)
    low = [pl.lit(p.baseline.contract.term(n).low).cast(p.frame.schema[n]).alias(n) for n in numbers]
    group = str(p.rng.choice(groups))
    rare = [_as(p, group, p.level(group, 0.0, 0.2)).alias(group)]
    keys = [_next_keys(p.frame[k], extra[k]) for k in _keys(p)]
    label = p.baseline.facts.label
    none = [pl.lit(0).cast(p.frame.schema[label]).alias(label)] if p.frame.schema[label] != pl.String else []
    return pl.concat([p.frame, extra.with_columns(low + rare + keys + none)]), (group, *numbers)


ANYWHERE: dict[str, tuple[str, Callable[[Place], Planted], bool]] = {
    "times a factor": ("metric_definition", _scaled, False),
    "some time added": ("metric_definition", _longer, True),
    "capped": ("metric_definition", _capped, False),
    "top minus value": ("metric_definition", _turned, True),
    "small set to 0": ("metric_definition", _small_gone, False),
    "re-credited": ("metric_definition", _credited, True),
    "wider label": ("metric_definition", _wide_label, True),
    "rounded": ("precision", _rounded, True),
    "unit": ("unit_scale", _wide_unit, True),
    "decimal comma": ("dtype_format", _texted(lambda c: c.str.replace(".", ",", literal=True), 0.3, _fraction), True),
    "currency": ("dtype_format", _texted(lambda c: c + " EUR", 0.3, _number), True),
    "code with prefix": ("dtype_format", _texted(lambda c: "C-" + c, 0.3, _code), True),
    "code as float": ("dtype_format", _texted(lambda c: c + ".0", 0.3, _code), True),
    "Y and N": ("dtype_format", _texted(lambda c: c.replace({"true": "Y", "false": "N"}), 0.5, _logical), True),
    "date order": ("dtype_format", _date_order, False),
    "epoch": ("dtype_format", _epoch, False),
    "upper case": ("category_format", _texted(lambda c: c.str.to_uppercase(), 0.3, _word), True),
    "trailing blank": ("category_format", _texted(lambda c: c + "  ", 0.3, _word), True),
    "time zone": ("timezone", _zone, False),
    "mojibake": ("encoding", _mojibake, True),
    "zero to missing": ("null_semantics", _zeros_lost(None), True),
    "zero to -1": ("null_semantics", _zeros_lost(-1.0), True),
    "sentinel": ("null_semantics", _sentinel, True),
    "word for missing": ("null_semantics", _word_for_missing, True),
    "renamed": ("column_renamed", _renamed, False),
    "cut": ("truncation", _cut, False),
    "storage": ("overflow", _wrapped, False),
    "permuted": ("category_permuted", _permuted, False),
    "new level": ("category_new", _new, True),
    "level renamed": ("category_renamed", _level_renamed, False),
    "level lost": ("category_removed", _level_lost, True),
    "levels merged": ("category_merged", _merged, False),
    "level split": ("category_split", _split, True),
    "loaded twice": ("duplicates", _twice, True),
    "joined twice": ("fanout", _fanned, True),
    "replayed": ("stale", _replayed, True),
    "missing": ("missingness", _missing, True),
    "missing in a group": ("missingness", _missing_in_group, True),
    "missing since": ("missingness", _missing_since, True),
    "stuck": ("stuck", _stuck, True),
    "shuffled": ("row_misalignment", _shuffled, False),
    "one row late": ("row_misalignment", _lagged, False),
    "swapped": ("column_swap", _swapped, True),
    "shifted": ("column_shift", _shifted, True),
    "hours lost": ("sampling", _hours_lost, False),
    "labels late": ("label_delay", _labels_late, True),
    "another moment": ("train_serve_skew", _earlier_moment, False),
    "far times": ("time_range", _far, True),
    "keys lost": ("key_break", _no_keys, True),
    "machines": ("bot_traffic", _bots, True),
}
"""Name: cause, transformation, and whether a third and three times its strength mean something."""
