"""Whether one level of a category gave rows to another: counts and the other columns of the rows tell it together."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from clientela.monitoring.case import Case
from clientela.monitoring.columns import Flags, Floats, Kind, Side
from clientela.monitoring.levels import Levels
from clientela.monitoring.looking_like import MOST_SURE, coded, tied
from clientela.monitoring.seasons import beyond_places
from clientela.monitoring.yardstick import ridge_log_odds
from clientela.statistics.threads import one_thread
from clientela.statistics.two_samples import moved, normal_p

CREDITED, MOST_USUAL = 0.03, 12
"""Share of a level that may give rows to another or take them, and how many of them are tried at most."""

USUAL = 20.0
"""Rows that a level must be expected to have, so that none of them is no chance."""

LEAST = 20
"""Rows of either level in each half of the reference, below which the other columns are not asked."""

MOST_ROWS = 4_000
"""Rows of either half on which the difference of two levels is learnt."""

TRIED, LIKELY = 2, 0.01
"""Moves of a category that are looked at row by row, and the chance of their counts from which they are."""

CHANGED, SLIGHTLY = 0.01, 0.1
"""Chance below which, and logarithm of the odds from which, the giver's own rows look otherwise than before: where
others tell the levels apart without fail, odds hardly vary, and the least difference is no chance."""

LEAST_SPREAD = 0.05
"""Spread of the score that rows have at least: odds that were learnt are no surer than that."""

ALIKE = 3.5
"""Standard errors by which rows must look more like those of another level."""

TINY = 1e-12
MOST_ODDS = 8.0
"""Likelihood ratio beyond which a row says no more: such odds are learnt from few rows."""


@dataclass(frozen=True)
class Likeness:
    """How the rows of a level look.

    Attributes:
        score: Standard errors by which they look more like the mixture than the level's own rows did.
        nearer: Whether the mixture explains them better than the level alone.
        told: Whether the other columns can tell at all.
        ratio: Logarithm of how much likelier the mixture is than the level alone.
        beyond: Whether they look so further than in any stretch of the reference's time.
    """

    score: float
    nearer: bool
    told: bool
    ratio: float = 0.0
    beyond: bool = False


def credited(case: Case, name: str, levels: Levels) -> float:
    """Return the chance of the surest move of rows from one level to another, among all pairs of usual levels."""
    size = levels.now.sum()
    usual = [p for p in range(levels.now.size) if levels.share(p)[1] >= max(CREDITED, USUAL / size)]
    pairs = [(giver, taker) for giver in usual for taker in usual if giver != taker]
    if not 3 <= len(usual) <= MOST_USUAL:
        return 1.0
    ranked = sorted((count_chance(levels, giver, taker), giver, taker) for giver, taker in pairs)
    surest = [credit_chance(case, name, levels, giver, taker) for _, giver, taker in ranked[:TRIED]]
    return len(pairs) / 2 * min(surest)  # a pair goes one way


def credit_chance(case: Case, name: str, levels: Levels, giver: int, taker: int) -> float:
    """Return the chance that one level did not give rows to another.

    By the counts alone where they say little, where the batch is of another season, or where rows are few.
    """
    chance = count_chance(levels, giver, taker)
    if chance > LIKELY or case.later:
        return chance
    score = credit_score(case, name, levels, giver, taker)
    return chance if score is None else normal_p(max(0.0, score))


def count_chance(levels: Levels, giver: int, taker: int) -> float:
    """Return the chance of the counts, had one level given none to another."""
    now, before = levels.share(giver)
    has, had = levels.share(taker)
    given, error = given_share(levels, giver, taker)
    return normal_p(given / error) if now < before and has > had and error > 0 else 1.0


def given_share(levels: Levels, giver: int, taker: int) -> tuple[float, float]:
    """Return which share of all rows one level gave to another by the counts, and its standard error.

    What the giver lost and what the taker gained tell of one number of rows: they are weighted by how exactly each is
    known (generalised least squares, with the covariance of multinomial shares).
    """
    (now, before), (has, had) = levels.share(giver), levels.share(taker)
    size = 1 / (1 / levels.now.sum() + 1 / levels.known.sum())
    first, second, both = before * (1 - before), had * (1 - had), before * had
    if first * second - both * both < TINY:  # there are no others: one's loss is the other's gain
        return before - now, math.sqrt(first / size)
    whole = first + second - 2 * both
    given = ((before - now) * (second - both) + (has - had) * (first - both)) / whole
    return float(given), math.sqrt((first * second - both * both) / (whole * size))


def credit_score(case: Case, name: str, levels: Levels, giver: int, taker: int) -> float | None:
    """Return by how many standard errors rows of one level went to another; None where rows are too few.

    A row of the taker counts by how likely it was the giver's, one of the giver counts -1: the score of the share that
    was given, with the other columns of the row held (Rao 1948). Its mean is 0 whatever rows came, as long as each
    kind of row has its level as before. The odds are learnt on one half of the reference and told on the other.
    """
    odds = giver_odds(case, name, levels.names[giver], levels.names[taker])
    if odds is None:
        return None
    parts: list[Floats] = []
    for side, ratio in zip((case.batch, case.reference), odds, strict=True):
        gave, took = rows_of(side, name, levels.names[giver]), rows_of(side, name, levels.names[taker])
        parts.append(np.where(took, ratio * levels.share(giver)[1] / levels.share(taker)[1], 0.0) - gave)
    return moved(parts[0], parts[1])


def changed_places(case: Case, name: str, first: str, second: str) -> bool:
    """Tell whether the rows of either of two levels look as those of the other did."""
    looks = [compare(case, name, *pair, 1.0, kept=False) for pair in ((first, second), (second, first))]
    return all(one.told and one.nearer and one.score > ALIKE for one in looks)


def compare(case: Case, column: str, receiver: str, giver: str, share: float, *, kept: bool = True) -> Likeness:
    """Compare the batch's rows of `receiver` with a mixture in which `share` of them came from `giver`.

    The log likelihood ratio of each row is told by its other columns; its mean and spread without a mixture are taken
    from the reference's own rows, so that columns which say the same are not counted twice.

    Args:
        case: The batch.
        column: The category.
        receiver: The level that may have got rows.
        giver: The level that may have lost them.
        share: Share of the receiver's rows that came from it.
        kept: Whether the giver's own rows must look as they did.
    """
    odds = giver_odds(case, column, giver, receiver, kept=kept)
    now = rows_of(case.batch, column, receiver)
    if odds is None or now.sum() < LEAST:
        return Likeness(0.0, nearer=False, told=False)
    seen, known = (np.log((1 - share) + share * ratio) for ratio in odds)
    own, other = (rows_of(case.reference, column, level) for level in (receiver, giver))
    judged = _judged(known[own], known[other], seen[now], share)
    if not (case.later and judged.told and judged.nearer):
        return judged
    # another season makes the rows of a level look otherwise, as far as it did before
    return replace(judged, beyond=beyond_places(case, np.where(own, known, np.nan), np.where(now, seen, np.nan)))


def _judged(known: Floats, mixed: Floats, seen: Floats, share: float) -> Likeness:
    spread = max(LEAST_SPREAD, float(known.std(ddof=1)))
    error = spread * math.sqrt(1 / seen.size + 1 / known.size)
    middle = float(known.mean())
    expected, gap = share * (float(mixed.mean()) - middle), float(seen.mean()) - middle
    ratio = expected * (gap - expected / 2) / (error * error)
    bounded = float(np.clip(ratio, -MOST_SURE, MOST_SURE))
    return Likeness(gap / error, gap > expected / 2, expected > 3 * error, bounded)


def giver_odds(case: Case, name: str, giver: str, taker: str, *, kept: bool = True) -> tuple[Floats, Floats] | None:
    """Return how much likelier each row is in one level than in another by its other columns, batch and reference.

    Either half of the rows is told by what the other half of the reference taught. None where rows are too few, or
    where the giver's rows no longer look as they did: what was credited elsewhere leaves them as they were, unless it
    is not asked whether they are kept.
    """
    skipped = {name, *tied(case, name)}
    names = [term.name for term in case.terms(Kind.NUMBER, Kind.CATEGORY) if term.name not in skipped]
    gave, took = rows_of(case.reference, name, giver), rows_of(case.reference, name, taker)
    even = np.arange(case.reference.rows) % 2 == 0
    if not names or min(np.sum(part & half) for part in (gave, took) for half in (even, ~even)) < LEAST:
        return None
    designs = [_design(case, names, place) for place in (1, 0)]
    ratios = [np.zeros(design.shape[0]) for design in designs]
    for half in (even, ~even):
        taught = np.flatnonzero((gave | took) & half)
        taught = taught[:: -(-taught.size // MOST_ROWS)]
        if min(gave[taught].sum(), took[taught].sum()) < 1:
            return None
        weights = ridge_log_odds(designs[1][taught], gave[taught].astype(np.float64), None)
        prior = math.log(gave[taught].sum() / took[taught].sum())
        told = (np.arange(case.batch.rows) % 2 == int(half[0]), ~half)
        for ratio, design, rows in zip(ratios, designs, told, strict=True):
            with one_thread():
                logs = design[rows] @ weights - prior
            odds = np.exp(np.clip(logs, -20.0, math.log(MOST_ODDS)))
            ratio[rows] = odds
    now = rows_of(case.batch, name, giver)
    as_before = not kept or _as_before(ratios[0][now], ratios[1][gave])
    return (ratios[0], ratios[1]) if as_before else None


def _as_before(now: Floats, known: Floats) -> bool:
    """Tell whether the giver's own rows look as they did: else the other columns changed, and tell nothing of it."""
    logs, before = np.log(now), np.log(known)
    return normal_p(moved(logs, before)) > CHANGED or abs(float(logs.mean() - before.mean())) < SLIGHTLY


def _design(case: Case, names: list[str], place: int) -> Floats:
    """Return a column for all rows, and one for each bin or level of the named columns (0 reference, 1 batch)."""
    codes = [coded(case, name) for name in names]
    ends = np.cumsum([1, *(width for _, _, width in codes)])
    design = np.zeros((case.batch.rows if place else case.reference.rows, int(ends[-1])))
    design[:, 0] = 1.0
    for start, code in zip(ends, codes, strict=False):
        design[np.arange(design.shape[0]), start + code[place]] = 1.0
    return design


def rows_of(side: Side, column: str, level: str) -> Flags:
    """Return which rows hold a level."""
    return (side.texts[column] == level).fill_null(value=False).to_numpy()
