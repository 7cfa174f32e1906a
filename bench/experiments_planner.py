"""Whether as many experiments find an effect as the planner promised.

For every goal a plan is made by `plan` from a table of visits; then experiments of the planned size are drawn from the
same population, with the effect planted, and judged as `analyse` judges one planned look. Where the plan tells chances
by the way in which an effect comes about, these are held against.
Usage: python bench/experiments_planner.py [RUNS] [HOLDOUT ...] [seed=SEED]
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtri

from clientela.domain.goal import Goal
from clientela.experiments.effects import arm_cumulants
from clientela.experiments.goals import Kind, Measure
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.planning import WAYS, Asked, plan
from clientela.statistics.contrasts import contrast_score
from clientela.statistics.cumulants import Cumulants, from_values, stacked
from clientela.statistics.survival import lived, restricted_mean
from clientela.tables.frames import from_frame

Floats = NDArray[np.float64]
Visitors = tuple[Floats, Floats]
POPULATION = 40_000
WATCHED = 20.0
BUYERS, ORDERS = (name for name, _ in WAYS)
NEAR = 0.02
"""How near the share found must be to the chance promised."""


@dataclass(frozen=True)
class Case:
    """A goal with a population, and how the effect comes about.

    Attributes:
        name: What is shown.
        goal: The goal.
        effect: Relative effect.
        visitors: Value and denominator (visits, orders, or whether a time ended) of each visitor.
        changed: Draws visitors as they are with the effect: takes the generator and how many.
        way: How the effect comes about, as the plan calls it; empty where it makes no difference.
    """

    name: str
    goal: Goal
    effect: float
    visitors: Visitors
    changed: Callable[[np.random.Generator, int], Visitors]
    way: str = ""


def drawn(held: Visitors, rng: np.random.Generator, n: int) -> Visitors:
    """Return visitors drawn with replacement."""
    place = rng.integers(0, held[0].size, n)
    return held[0][place], held[1][place]


def more(held: Visitors, effect: float) -> Callable[[np.random.Generator, int], Visitors]:
    """Return a draw with more visitors above zero."""
    above = np.flatnonzero(held[0] > 0)
    share = above.size / held[0].size * effect / (1 - above.size / held[0].size)

    def draw(rng: np.random.Generator, n: int) -> Visitors:
        value, per = (part.copy() for part in drawn(held, rng, n))
        lucky = (value == 0) & (rng.random(n) < share)
        place = above[rng.integers(0, above.size, int(lucky.sum()))]
        value[lucky], per[lucky] = held[0][place], held[1][place]
        return value, per

    return draw


def larger(held: Visitors, effect: float) -> Callable[[np.random.Generator, int], Visitors]:
    """Return a draw with larger values."""

    def draw(rng: np.random.Generator, n: int) -> Visitors:
        value, per = drawn(held, rng, n)
        return value * (1 + effect), per

    return draw


def cases() -> list[Case]:
    """Return the goals."""
    rng = np.random.default_rng(1)
    n = POPULATION
    ones = np.ones(n)
    bought = (rng.random(n) < 0.1).astype(float)
    spent = np.where(bought > 0, rng.lognormal(3, 0.8, n), 0.0)
    visits = rng.geometric(0.4, n).astype(float)
    liking = rng.beta(0.5, 5, n)
    orders = rng.binomial(visits.astype(int), liking).astype(float)
    clustered = np.array([rng.lognormal(3, 0.6, int(k)).sum() if k else 0.0 for k in orders])
    times = rng.weibull(0.8, n) * 8
    ended = (times < WATCHED).astype(float)
    watched = np.minimum(times, WATCHED)
    single, plain, several = (bought, ones), (spent, ones), (clustered, visits)
    # a visitor without an order is in neither sum of a basket
    baskets = clustered[orders > 0], orders[orders > 0]
    faster = brentq(lambda s: np.minimum(times * s, WATCHED).mean() / watched.mean() - 0.95, 0.3, 1)

    def quicker(rng: np.random.Generator, size: int) -> Visitors:
        held = times[rng.integers(0, n, size)] * faster
        return np.minimum(held, WATCHED), (held < WATCHED).astype(float)

    return [
        Case("conversion", Goal.CONVERSION, 0.1, single, more(single, 0.1)),
        Case("retention", Goal.RETENTION, 0.1, single, more(single, 0.1)),
        Case("revenue, more buyers", Goal.REVENUE_PER_VISIT, 0.15, plain, more(plain, 0.15), BUYERS),
        Case("revenue, larger orders", Goal.REVENUE_PER_VISIT, 0.15, plain, larger(plain, 0.15), ORDERS),
        Case("revenue, several visits", Goal.REVENUE_PER_VISIT, 0.15, several, larger(several, 0.15), ORDERS),
        Case("basket size", Goal.BASKET_SIZE, 0.05, baskets, larger(baskets, 0.05)),
        Case("time to checkout", Goal.TIME_TO_CHECKOUT, -0.05, (watched, ended), quicker),
    ]


def frame_of(case: Case) -> tuple[pl.DataFrame, ExperimentOptions]:
    """Return the population as a table of visits, one row per visit, and the options for a plan."""
    value, per = case.visitors
    who = np.arange(value.size)
    if case.goal is Goal.TIME_TO_CHECKOUT:
        frame = pl.DataFrame({"who": who, "value": value, "ended": per})
        return frame, ExperimentOptions(case.goal, visitor="who", outcome="value", event="ended")
    rows = np.maximum(per, 1).astype(int)
    first = np.concatenate([[0], np.cumsum(rows)[:-1]])
    spread = np.repeat(value / rows, rows)
    if case.goal is not Goal.BASKET_SIZE:
        spread = np.zeros(int(rows.sum()))
        spread[first] = value
    frame = pl.DataFrame({"who": np.repeat(who, rows), "value": spread})
    return frame, ExperimentOptions(case.goal, visitor="who", outcome="value")


def arm_of(case: Case, held: Visitors, ratio: bool) -> Cumulants:
    """Return the cumulants of an arm as an analysis sees them."""
    measure = Measure(case.name, Kind.RATIO if ratio else Kind.MEAN, "value", "per" if ratio else None)
    return arm_cumulants(measure, {"": from_values(held[0], held[1] if ratio else None)})[""]


def timed(variant: Visitors, control: Visitors) -> float:
    """Return the score by which an analysis judges times at one look."""
    arms = [lived(value, per > 0) for value, per in (variant, control)]
    horizon = min(float(arm.times[-1]) for arm in arms)
    (first, spread), (second, other) = (restricted_mean(arm, horizon) for arm in arms)
    return (first - second) / math.sqrt(spread + other)


def found(case: Case, holdout: float, asked: tuple[int, int]) -> tuple[int, float, float]:
    """Return visitors planned, chance promised, and share of runs that find the effect; `asked` are runs and seed."""
    frame, options = frame_of(case)
    with from_frame(frame) as table:
        made = plan(table, options, Asked(case.effect, holdout))
    rng = np.random.default_rng(asked[1])
    small = round(made.visitors * holdout)
    ratio = case.goal is Goal.BASKET_SIZE or bool((case.visitors[1] != 1).any())
    scores: list[float] = []
    arms: list[tuple[Cumulants, Cumulants]] = []
    for _ in range(asked[0]):
        pair = case.changed(rng, made.visitors - small), drawn(case.visitors, rng, small)
        if case.goal is Goal.TIME_TO_CHECKOUT:
            scores.append(timed(*pair))
        else:
            arms.append((arm_of(case, pair[0], ratio), arm_of(case, pair[1], ratio)))
    reached = np.array(scores)
    if arms:
        reached = contrast_score(stacked([pair[0] for pair in arms]), stacked([pair[1] for pair in arms]))
    promised = dict(made.ways).get(case.way, made.power)
    return made.visitors, promised, float((reached * math.copysign(1, case.effect) > ndtri(0.975)).mean())


def main() -> None:
    """Print planned and simulated power."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    seed = sum(int(part[5:]) for part in sys.argv[2:] if part.startswith("seed="))
    shares = [float(part) for part in sys.argv[2:] if not part.startswith("seed=")] or [0.5, 0.1, 0.05]
    start = time.process_time()
    error = 1.96 * math.sqrt(0.16 / runs)
    print(f"Share of {runs:,} runs that found the effect (give or take {100 * error:.1f}), and what was promised, %")
    print(f"{'goal':<26}{'effect':>8}" + "".join(f"{f'holdout {share:.0%}':>24}" for share in shares))
    gaps = []
    for number, case in enumerate(cases()):
        told = ""
        for place, share in enumerate(shares):
            visitors, promised, power = found(case, share, (runs, seed + 10 * number + place))
            gaps.append(abs(power - promised))
            told += f"{f'{visitors:,}':>12}{100 * power:>7.1f}{100 * promised:>5.0f}"
        print(f"{case.name:<26}{case.effect:>+8.0%}{told}", flush=True)
    near = sum(gap <= NEAR for gap in gaps)
    sure = sum(gap > NEAR + error for gap in gaps)
    print(f"{near} of {len(gaps)} within {100 * NEAR:.0f} points of what was promised; {sure} surely not")
    print(f"{time.process_time() - start:.0f} s of processor time")


if __name__ == "__main__":
    main()
