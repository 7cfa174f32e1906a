"""How large a break is: the share of rows it concerns, with an interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from clientela.domain.estimate import Estimate
from clientela.domain.incident import Cause, ShiftKind

Z = 1.959964
WHOLE = (Cause.COLUMN_RENAMED, Cause.COLUMN_ADDED, Cause.COLUMN_REMOVED)


def strength_of(cause: Cause | ShiftKind, evidence: Mapping[str, Any], rows: int, known: int) -> Estimate | None:
    """Return the share of rows that a cause concerns, as its evidence tells it.

    Args:
        cause: The cause.
        evidence: Numbers by name; "share" is the share of rows now, "before" that of the reference where it had some.
        rows: Rows of the batch that were compared.
        known: Rows of the reference.

    Returns:
        The share (0 to 1) with its interval of 95 %; None where it is no matter of rows.

    >>> strength_of(Cause.MISSINGNESS, {"share": 0.1, "before": 0.02}, 1000, 5000)
    0.08 [0.06101, 0.09899]
    """
    if cause in WHOLE:
        return Estimate(1.0, 1.0, 1.0, rows, "all rows")
    share, before = evidence.get("share"), evidence.get("before")
    if not isinstance(share, float) or not 0 <= share <= 1 or not rows:
        return None
    if isinstance(before, float) and 0 <= before <= 1 and known:
        reach = Z * math.sqrt(share * (1 - share) / rows + before * (1 - before) / known)
        gap = abs(share - before)
        return Estimate(gap, max(0.0, gap - reach), min(1.0, gap + reach), rows, "difference of shares")
    return score_interval(share * rows, rows)


def score_interval(count: float, rows: int) -> Estimate:
    """Return a share with its score interval (Wilson 1927).

    >>> score_interval(5, 50)
    0.1 [0.04348, 0.2136]
    """
    if not rows:
        return Estimate(math.nan, math.nan, math.nan, 0, "wilson")
    share = count / rows
    scale = 1 + Z * Z / rows
    centre = (share + Z * Z / (2 * rows)) / scale
    half = Z / scale * math.sqrt(share * (1 - share) / rows + Z * Z / (4 * rows * rows))
    low = max(0.0, centre - half) if count else 0.0
    return Estimate(share, low, min(1.0, centre + half) if count < rows else 1.0, rows, "wilson")
