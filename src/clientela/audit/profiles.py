"""One profile per column: what it is and what is in it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.measuring import Signal
from clientela.audit.result import Bin, Numbers, Profile
from clientela.domain.roles import Roles
from clientela.statistics.histogram import histogram

SHOWN = 10
LONGEST = 80


def profiles(facts: Facts, roles: Roles, signals: Mapping[str, Signal]) -> tuple[Profile, ...]:
    """Return one profile per column, in table order."""
    return tuple(_profile(facts, roles, column, signals.get(column.name)) for column in facts.columns.values())


def _profile(facts: Facts, roles: Roles, column: ColumnFacts, signal: Signal | None) -> Profile:
    charted = column.storage.numeric or column.storage.temporal
    return Profile(
        column=roles.column(column.name),
        letter=column.letter,
        rows=column.rows,
        nulls=column.nulls,
        distinct=column.distinct,
        numbers=_numbers(column) if column.storage.numeric else None,
        bins=_bins(facts, column) if charted else (),
        top=tuple((_cut(value), count) for value, count in column.top[:SHOWN]),
        first=None if column.first is None else _cut(column.first),
        last=None if column.last is None else _cut(column.last),
        signal=None if signal is None else signal.mean,
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _numbers(column: ColumnFacts) -> Numbers:
    nothing = float("nan")
    return Numbers(
        mean=nothing if column.mean is None else column.mean,
        deviation=nothing if column.deviation is None else column.deviation,
        quantiles=column.quantiles,
        zeros=column.zeros,
        negatives=column.negatives,
        nans=column.nans,
        infinite=column.infinite,
    )


def _bins(facts: Facts, column: ColumnFacts) -> tuple[Bin, ...]:
    """Histogram of the sample, its counts scaled to the table where the sample is a part of it."""
    edges, counts = histogram(facts.arrays.finite(column.name))
    scaled = counts if facts.scale == 1 else np.rint(counts * facts.scale).astype(np.int64)
    return tuple(
        Bin(float(low), float(high), int(count)) for low, high, count in zip(edges[:-1], edges[1:], scaled, strict=True)
    )
