"""One profile per column: what it is and what is in it."""

from __future__ import annotations

import numpy as np

from clientela.audit.checking import Context
from clientela.audit.facts import ColumnFacts
from clientela.audit.result import Bin, Numbers, Profile
from clientela.domain.roles import Roles
from clientela.statistics.histogram import histogram

SHOWN = 10
LONGEST = 80


def profiles(context: Context, roles: Roles) -> tuple[Profile, ...]:
    """Return one profile per column, in table order.

    Args:
        context: What the checks shared.
        roles: Roles after the audit.
    """
    return tuple(_profile(context, roles, column) for column in context.facts.columns.values())


def _profile(context: Context, roles: Roles, column: ColumnFacts) -> Profile:
    signal = context.signals.get(column.name)
    charted = column.storage.numeric or column.storage.temporal
    return Profile(
        column=roles.column(column.name),
        letter=column.letter,
        rows=column.rows,
        nulls=column.nulls,
        distinct=column.distinct,
        numbers=_numbers(column) if column.storage.numeric else None,
        bins=_bins(context, column) if charted else (),
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


def _bins(context: Context, column: ColumnFacts) -> tuple[Bin, ...]:
    """Histogram of the sample without codes for missing, its counts scaled to the table."""
    edges, counts = histogram(context.finite(column.name))
    scale = context.facts.scale
    scaled = counts if scale == 1 else np.rint(counts * scale).astype(np.int64)
    return tuple(
        Bin(float(low), float(high), int(count)) for low, high, count in zip(edges[:-1], edges[1:], scaled, strict=True)
    )
