"""How far back to learn: the newest part of the time, or all of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.models import trying
from clientela.models.fitting import Task
from clientela.models.preparing import Prepared
from clientela.models.settling import EVEN
from clientela.models.splitting import Parted
from clientela.models.values import FloatArray
from clientela.statistics.intervals import bootstrap_each
from clientela.statistics.scores import Ranking

WINDOWS = (0.25, 0.5, 0.75, 1.0)
"""Shares of the time before the newest rows, the newest part of it."""
LEAST_ROWS = 50
LEAST_POSITIVE = 8
"""Rows of each side that a window must hold."""
WORDS = {0.25: "quarter", 0.5: "half", 0.75: "three quarters"}


@dataclass(frozen=True)
class Tried:
    """A quick model of one window.

    Attributes:
        share: Share of the time before the newest rows.
        part: Rows learned from, and the newest rows, tested on.
        odds: Log-odds of the rows tested on.
    """

    share: float
    part: Parted
    odds: FloatArray


@dataclass(frozen=True)
class Reach:
    """How far back to learn.

    Attributes:
        since: Rows from this time on; None for all.
        told: One sentence; "" where it could not be tried.
        gain: AUC of the best shorter window less that of all time, with its interval; None where not tried.
    """

    since: float | None = None
    told: str = ""
    gain: Estimate | None = None


def windows(task: Task, prepared: Prepared, times: FloatArray | None, weight: float = EVEN) -> tuple[Tried, ...]:
    """Answer the newest rows by quick models of the newest parts of the time before them.

    Args:
        task: What is learned.
        prepared: Rows and their order in time.
        times: Time of every row, NaN where unknown; None where there is none.
        weight: Weight of the trees.

    Returns:
        One entry per window that holds enough rows, the shortest first; none without time.
    """
    if times is None or prepared.ahead is None:
        return ()
    last = prepared.ahead[0][-1]
    if len(last.train) > trying.MOST_ROWS:
        return ()
    when = times[last.train]
    end, start = float(when.max()), float(when.min())
    parts = [(share, Parted(last.train[when >= end - share * (end - start)], last.test)) for share in WINDOWS]
    above = [int(np.count_nonzero(prepared.codes[part.train] > 0)) for _, part in parts]
    kept = [
        (share, part)
        for (share, part), yes in zip(parts, above, strict=True)
        if len(part.train) >= LEAST_ROWS and min(yes, len(part.train) - yes) >= LEAST_POSITIVE
    ]
    odds = trying.of_rows(task, weight, [part for _, part in kept])
    return tuple(Tried(share, part, values) for (share, part), values in zip(kept, odds, strict=True))


def reach(task: Task, prepared: Prepared, times: FloatArray | None, draws: tuple[int, int, str]) -> Reach:
    """Decide how far back to learn: all of the time, unless a shorter stretch is better beyond chance.

    Args:
        task: What is learned.
        prepared: Rows and their order in time.
        times: Time of every row.
        draws: Resamples, seed, and what a unit is.

    Returns:
        The decision. The newest rows tested on count to the stretch, which keeps its length.
    """
    tried = windows(task, prepared, times)
    if times is None or len(tried) < 2 or tried[-1].share < 1:
        return Reach()
    rows = tried[-1].part.test
    rankings = [Ranking(prepared.codes[rows] > 0, one.odds) for one in tried]

    def gains(weights: FloatArray) -> FloatArray:
        areas = np.array([ranking.auc(weights) for ranking in rankings])
        return np.asarray(areas[:-1] - areas[-1], dtype=np.float64)

    found = bootstrap_each(gains, prepared.groups[rows], *draws)
    place = max(range(len(found)), key=lambda index: found[index].value)
    best, gain = tried[place], found[place]
    if not gain.low > 0:
        return Reach(
            None, f"Learned from all of the time: no shorter stretch is better beyond chance ({gain!r}).", gain
        )
    known = times[np.isfinite(times)]
    before = times[tried[-1].part.train]
    since = float(known.max()) - best.share * float(before.max() - before.min())
    words = WORDS[best.share]
    return Reach(since, f"Learned from the newest {words} of the time, which is better than all of it: {gain!r}.", gain)
