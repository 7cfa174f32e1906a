"""One profile per column: what it is and what is in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from clientela.audit.checking import Context
from clientela.audit.facts import ColumnFacts
from clientela.audit.result import Bin, Numbers, Profile
from clientela.domain.finding import Finding
from clientela.domain.roles import Roles
from clientela.statistics.histogram import histogram

_LETTER = re.compile(r"\w")

SHOWN = 10
LONGEST = 80


def profiles(context: Context, roles: Roles, hidden: frozenset[str] = frozenset()) -> tuple[Profile, ...]:
    """Return one profile per column, in table order.

    Args:
        context: What the checks shared.
        roles: Roles after the audit.
        hidden: Columns whose values must not be shown; letters and digits of their text become x, numbers are left out.
    """
    found = (_profile(context, roles, column) for column in context.facts.columns.values())
    return tuple(_masked(profile) if profile.column.name in hidden else profile for profile in found)


def hidden(findings: Iterable[Finding]) -> frozenset[str]:
    """Return the columns whose cells must not be shown, because they hold personal data."""
    told = (finding.evidence.get("kinds", {}) for finding in findings if finding.code == "personal_data")
    return frozenset(name for kinds in told for name in kinds)


def mask(text: str) -> str:
    """Return the shape of a text, every letter and digit an x.

    >>> mask("ann@shop.example")
    'xxx@xxxx.xxxxxxx'
    """
    return _LETTER.sub("x", text)


def _masked(profile: Profile) -> Profile:
    shapes: Counter[str] = Counter()
    for value, count in profile.top:
        shapes[mask(value)] += count
    ends = [None if text is None else mask(text) for text in (profile.first, profile.last)]
    top = tuple(shapes.most_common())
    return replace(profile, numbers=None, bins=(), top=top, first=ends[0], last=ends[1])


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
