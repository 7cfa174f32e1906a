"""What stays the same for a visitor: columns that all rows of one identifier share, such as joined attributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from clientela.monitoring.columns import Flags, Kind, Side
from clientela.monitoring.contract import Rule, Term

LEAST = 100
"""Rows of identifiers seen before from which a column shows whether it stays."""

EXPECTED = 30.0
"""Changes that a column without a relation would show."""

SLACK = 0.001
"""Share of those rows that may show another value."""

SHOWN = 10
"""Rows of identifiers seen before that must have kept a level, so that the level itself is known to stay: a new
visitor comes back as one who returns."""

CHANGED = 0.2
"""Share of the rows of known identifiers that must be changed: attributes do change in time, but slowly."""


def learn_constants(side: Side, terms: Sequence[Term]) -> Iterator[Rule]:
    """Yield the columns that stay the same in all rows of an identifier that comes again."""
    for term in terms:
        if term.kind not in (Kind.TEXT, Kind.KEY) or term.name not in side.texts:
            continue
        again = side.texts[term.name]
        if again.len() - again.n_unique() < LEAST:
            continue
        for other in terms:
            if other.kind in (Kind.CATEGORY, Kind.NUMBER) and (rule := _stays(side, term.name, other.name)):
                yield rule


def _stays(side: Side, name: str, other: str) -> Rule | None:
    frame = pl.DataFrame({"who": side.texts[name], "value": _cells(side, other)}).drop_nulls()
    seen = frame.with_columns(first=pl.col("value").first().over("who"), place=pl.int_range(pl.len()).over("who"))
    again = seen.filter(pl.col("place") > 0)
    if again.height < LEAST:
        return None
    changed = int((again["value"] != again["first"]).sum())
    commonest = int(frame["value"].value_counts()["count"].to_numpy().max()) / frame.height
    if changed > SLACK * again.height or again.height * (1 - commonest) < EXPECTED:
        return None
    return Rule("constant", name, "", other, "", changed, side.rows)


def changed(rule: Rule, side: Side, reference: Side) -> Flags:
    """Return which rows have another value than the reference has for their identifier; none where they are few."""
    both = paired(rule, side, reference)
    apart = (both["now"] != both["known"]).fill_null(value=False).to_numpy()
    held = int((both["now"].is_not_null() & both["known"].is_not_null()).sum())
    if held == 0 or apart.sum() < CHANGED * held:
        return np.zeros(side.rows, dtype=np.bool_)
    return apart


def paired(rule: Rule, side: Side, reference: Side) -> pl.DataFrame:
    """Return for each row its value (`now`) and the last one of its identifier in the reference (`known`).

    A level of a category that the reference has not seen to stay is no known value.
    """
    seen = pl.DataFrame({"who": reference.texts[rule.left], "known": _cells(reference, rule.right)}).drop_nulls()
    known = seen.unique("who", keep="last", maintain_order=True)
    if rule.right in reference.texts:
        repeated = seen.filter(~pl.col("who").is_first_distinct())["known"].value_counts(name="rows")
        known = known.join(repeated.filter(pl.col("rows") >= SHOWN), on="known", how="semi", maintain_order="left")
    rows = pl.DataFrame({"who": side.texts[rule.left], "now": _cells(side, rule.right)})
    return rows.join(known, on="who", how="left", maintain_order="left").select("now", "known")


def _cells(side: Side, name: str) -> pl.Series:
    return side.texts[name] if name in side.texts else pl.Series(side.numbers[name], nan_to_null=True)
