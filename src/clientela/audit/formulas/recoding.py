"""Columns that say in another way what one column says: bins, indicators, parts of a date, parts of a text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.audit.arrays import MOST_LEVELS
from clientela.audit.checking import Context
from clientela.audit.facts import ColumnFacts
from clientela.audit.formulas.deriving import HOLDS, LEAST_ROWS, LEAST_VALUES, Rule
from clientela.audit.wording import figure, several
from clientela.domain.column import Storage
from clientela.statistics.cuts import Cut, cut_of

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

CUT_HOLDS = 0.99
"""Share of rows that must lie in the interval of their level: a strong predictor is no formula."""

ERROR = 1e-3
"""Chance, over all pairs tested together, that levels lie in one piece each without being intervals."""

STRONG = 0.5
"""Association below which a column is not tried as the source of a cut: a large effect (Cohen 1988)."""

MOST_TEXTS = 40
PROBE = 60

_PARTS: Mapping[str, Callable[[pl.Series], pl.Series]] = {
    "the date": lambda t: t.dt.date(),
    "the year": lambda t: t.dt.year(),
    "the quarter": lambda t: t.dt.quarter(),
    "the month": lambda t: t.dt.month(),
    "the week": lambda t: t.dt.week(),
    "the day of the week": lambda t: t.dt.weekday(),
    "whether it is a weekend": lambda t: t.dt.weekday() >= 6,
    "the day of the month": lambda t: t.dt.day(),
    "the hour": lambda t: t.dt.hour(),
    "year and month": lambda t: t.dt.year() * 12 + t.dt.month(),
}


def recodings(context: Context, known: Sequence[str]) -> dict[str, Rule]:
    """Find columns that are a cut, an indicator, a part of a date, or a part of a text.

    Args:
        context: What the checks share.
        known: Columns whose rule is known already.

    Returns:
        One rule per column, in table order of the kinds.
    """
    found: dict[str, Rule] = {}
    for kind in (date_parts, cuts, presences, texts):
        found |= kind(context, {*known, *found})
    return found


def date_parts(context: Context, left: set[str]) -> dict[str, Rule]:
    """Find columns whose values go one to one with a part of a date, in whatever words or numbers."""
    facts = context.facts
    found: dict[str, Rule] = {}
    for source in facts.stored(Storage.DATE, Storage.TIMESTAMP):
        series = facts.sample.get_column(source.name)
        clock = source.storage is Storage.TIMESTAMP
        for words, part in _PARTS.items():
            if words in ("the hour", "the date") and not clock:
                continue
            codes = part(series).rank("dense").cast(pl.Int64).fill_null(0).to_numpy().astype(np.int64)
            for target in facts.columns.values():
                if target.name in {source.name, *left, *found} or not 2 <= target.distinct <= 2 * codes.max(initial=0):
                    continue
                share = one_to_one(codes, facts.arrays.identity[target.name])
                if share is not None:
                    rows = int((codes > 0).sum())
                    found[target.name] = Rule(target.name, (source.name,), f"{words} of {source.name}", share, rows)
    return found


def one_to_one(first: Codes, second: Codes) -> float | None:
    """Return the share of rows on which two codes name each other, where it is at least .99; 0 is missing.

    >>> one_to_one(np.array([1, 1, 2, 2] * 20), np.array([7, 7, 3, 3] * 20))
    1.0
    """
    known = (first > 0) & (second > 0)
    first, second = first[known], second[known]
    if first.size < LEAST_ROWS or first.min() == first.max():
        return None
    few = slice(0, None, max(1, first.size // 500))
    if _modal_share(first[few], second[few]) < HOLDS:
        return None
    share = min(_modal_share(first, second), _modal_share(second, first))
    return share if share >= CUT_HOLDS else None


def _modal_share(key: Codes, value: Codes) -> float:
    width = int(value.max()) + 1
    both, counts = np.unique(key * width + value, return_counts=True)
    most = np.zeros(int(key.max()) + 1)
    np.maximum.at(most, both // width, counts)
    return float(most.sum() / key.size)


def cuts(context: Context, left: set[str]) -> dict[str, Rule]:
    """Find categories that are a number cut into intervals, indicators among them (`statistics.cuts`)."""
    facts, matrix = context.facts, context.matrix
    targets = [c for c in facts.columns.values() if 2 <= c.distinct <= MOST_LEVELS and c.name not in left]
    targets = [c for c in targets if c.name in matrix.places and not c.storage.temporal]
    sources = [c for c in context.measured if c.distinct > 2 and c.name in matrix.places]
    pairs = [(s, t) for s in sources for t in targets if s.name != t.name and s.distinct > t.distinct]
    pairs = [(s, t) for s, t in pairs if matrix.between(s.name, t.name) >= STRONG]
    found: dict[str, Rule] = {}
    orders: dict[str, NDArray[np.intp]] = {}
    for source, target in sorted(pairs, key=lambda pair: -matrix.between(pair[0].name, pair[1].name)):
        numbers, codes = facts.arrays.numbers[source.name], facts.arrays.identity[target.name]
        if source.name not in orders:
            orders[source.name] = np.argsort(numbers, kind="stable")
        order = orders[source.name]
        order = order[~np.isnan(numbers[order]) & (codes[order] > 0)]
        if target.name in found or source.name in found or order.size < LEAST_ROWS:
            continue
        cut = cut_of(numbers, codes, order)
        if cut is None or cut.share < CUT_HOLDS:
            continue
        if cut.log_p < math.log(ERROR / len(pairs)) or _any_at_all(numbers[order], codes[order], cut):
            words = _cut_words(context, source, target, cut)
            found[target.name] = Rule(target.name, (source.name,), words, cut.share, order.size)
    return found


def _any_at_all(numbers: Floats, codes: Codes, cut: Cut) -> bool:
    """Whether two levels part zero from everything above, beyond chance: zero is one number, however many its rows."""
    if len(cut.edges) != 1 or numbers[0] != 0 or numbers[numbers < cut.edges[0]].max() != 0:
        return False
    above, upper = numbers > 0, codes == cut.levels[1]
    chance = float(above.mean() * upper.mean() + (1 - above.mean()) * (1 - upper.mean()))
    many = np.unique(numbers).size >= LEAST_VALUES
    return many and float((above == upper).mean()) - chance >= HOLDS * (1 - chance)


def _cut_words(context: Context, source: ColumnFacts, target: ColumnFacts, cut: Cut) -> str:
    if len(cut.edges) > 1:
        edges = several([figure(edge) for edge in cut.edges], shown=8)
        return f"{source.name} cut into {len(cut.levels)} ranges at {edges}"
    codes, numbers = context.facts.arrays.identity[target.name], context.facts.arrays.numbers[source.name]
    upper = context.facts.sample.get_column(target.name)[int(np.flatnonzero(codes == cut.levels[1])[0])]
    below = numbers[numbers < cut.edges[0]]
    bound = "> 0" if below.max() == 0 else f">= {figure(cut.edges[0])}"
    return f"{str(upper).lower() if isinstance(upper, bool) else upper} where {source.name} {bound}"


def presences(context: Context, left: set[str]) -> dict[str, Rule]:
    """Find two-valued columns that say whether another column has a cell."""
    facts = context.facts
    gaps = {c.name: facts.arrays.missing(c.name) for c in facts.columns.values() if c.nulls and c.filled}
    gaps = {name: gap for name, gap in gaps.items() if 0.01 <= gap.mean() <= 0.99}
    found: dict[str, Rule] = {}
    for target in facts.columns.values():
        codes = facts.arrays.identity[target.name]
        if target.distinct != 2 or target.nulls or target.name in left or codes.size < LEAST_ROWS:
            continue
        for name, gap in gaps.items():
            equal = float(((codes == 2) == gap).mean())
            share, base = max(equal, 1 - equal), float(max(gap.mean(), 1 - gap.mean()))
            if share >= CUT_HOLDS and (share - base) / (1 - base) >= HOLDS:
                words = f"whether {name} is {'missing' if equal > 0.5 else 'there'}"
                found[target.name] = Rule(target.name, (name,), words, share, codes.size)
                break
    return found


def texts(context: Context, left: set[str]) -> dict[str, Rule]:
    """Find texts that are the start or end of another text, the same in other case, or two cells put together."""
    facts = context.facts
    names = [c.name for c in facts.text if c.distinct >= 3 and c.name != context.roles.label][:MOST_TEXTS]
    cells = {name: facts.sample.get_column(name) for name in names}
    numbers = [c.name for c in facts.stored(Storage.INTEGER) if c.distinct >= 3][: MOST_TEXTS if names else 0]
    cells |= {name: facts.sample.get_column(name).cast(pl.String) for name in numbers}
    parts = [*names, *numbers]
    # A whole made of two is told before its parts, which could as well be cut out of it.
    found = {t: rule for t in names if t not in left and (rule := _concatenated(cells, t, _without(parts, t)))}
    for target in names:
        if target in left or target in found:
            continue
        for source in _without(names, target, *found):
            words = _text_rule(cells[source], cells[target])
            rule = None if words is None else _verified(cells, target, (source,), words)
            if rule is not None:
                found[target] = rule
                break
    return found


def _without(names: Sequence[str], *left: str) -> list[str]:
    return [name for name in names if name not in left]


_TEXT: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "{} in lower case": lambda x: x.str.to_lowercase(),
    "{} in upper case": lambda x: x.str.to_uppercase(),
    "{} without blanks around it": lambda x: x.str.strip_chars(),
}


def _text_rule(source: pl.Series, target: pl.Series) -> tuple[str, pl.Expr] | None:
    """Return the rule that holds on the first rows, with its expression over the column "x"."""
    pairs = [(x, y) for x, y in zip(source.head(PROBE), target.head(PROBE), strict=True) if x and y]
    if len(pairs) < LEAST_ROWS or all(x == y for x, y in pairs):
        return None
    allowed = (1 - HOLDS) * len(pairs)
    x = pl.col("x")
    if sum(a.lower().strip() != b.lower().strip() for a, b in pairs) <= allowed:
        frame = pl.DataFrame({"x": [a for a, _ in pairs], "y": [b for _, b in pairs]})
        for words, change in _TEXT.items():
            if frame.select((change(x) == pl.col("y")).mean()).item() >= HOLDS:
                return words, change(x)
        return None
    for end, holds in (("first", str.startswith), ("last", str.endswith)):
        if sum(not holds(a, b) for a, b in pairs) <= allowed:
            return _part(end, pairs)
    return None


def _part(end: str, pairs: Sequence[tuple[str, str]]) -> tuple[str, pl.Expr] | None:
    """Return how long the part is: always as many characters, or up to a sign."""
    x = pl.col("x")
    lengths = [len(b) for _, b in pairs]
    usual = max(set(lengths), key=lengths.count)
    if lengths.count(usual) >= HOLDS * len(pairs):
        cut = x.str.head(usual) if end == "first" else x.str.tail(usual)
        return f"the {end} {usual} characters of {{}}" if usual > 1 else f"the {end} character of {{}}", cut
    for sign in "-_ /.:@|,;":
        parts = [a.split(sign)[0 if end == "first" else -1] == b for a, b in pairs]
        if sum(parts) >= HOLDS * len(pairs):
            where = "before the first" if end == "first" else "after the last"
            place = x.str.split(sign).list
            return f'what stands {where} "{sign}" in {{}}', place.first() if end == "first" else place.last()
    return None


def _concatenated(cells: Mapping[str, pl.Series], target: str, others: Sequence[str]) -> Rule | None:
    rows = [i for i, y in enumerate(cells[target].head(PROBE)) if y]
    if len(rows) < LEAST_ROWS:
        return None
    texts = {name: [cells[name][i] for i in rows] for name in others}
    whole = [cells[target][i] for i in rows]
    most = HOLDS * len(rows)

    def fitting(holds: Callable[[str, str], bool]) -> list[str]:
        fits = {n: sum(bool(a) and holds(b, a) for a, b in zip(texts[n], whole, strict=True)) for n in others}
        return [n for n in others if fits[n] >= most]

    heads, tails = fitting(str.startswith), fitting(str.endswith)
    for head in heads:
        for tail in tails:
            parts = zip(texts[head], whole, texts[tail], strict=True)
            between = [b[len(a) : len(b) - len(c)] for a, b, c in parts if a and c]
            sign = max(set(between), key=between.count) if between else ""
            if head != tail and between.count(sign) >= most and len(sign) <= 3:
                joined = pl.concat_str(pl.col("x"), pl.lit(sign), pl.col("z"))
                words = "{} and {} put together" + (f' with "{sign}"' if sign else "")
                return _verified(cells, target, (head, tail), (words, joined))
    return None


def _verified(
    cells: Mapping[str, pl.Series], target: str, sources: tuple[str, ...], rule: tuple[str, pl.Expr]
) -> Rule | None:
    """Count the rule on the whole sample, and on shuffled rows for what chance would give."""
    columns = {"y": cells[target], "x": cells[sources[0]], "z": cells[sources[-1]]}
    frame = pl.DataFrame(columns).drop_nulls()
    if frame.height < LEAST_ROWS:
        return None
    told = frame.select(told=rule[1], y="y", other=pl.col("y").shuffle(0))
    share = told.select((pl.col("told") == pl.col("y")).mean()).item()
    chance = told.select((pl.col("told") == pl.col("other")).mean()).item()
    if share < HOLDS or chance >= 1 or (share - chance) / (1 - chance) < HOLDS:
        return None
    return Rule(target, sources, rule[0].format(*sources), share, frame.height)
