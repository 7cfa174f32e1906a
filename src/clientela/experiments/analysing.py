"""The analysis of an experiment: from two tables, or one, to an answer with everything that makes it doubtful."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import InputError, quoted
from clientela.domain.estimate import Estimate
from clientela.domain.goal import Goal
from clientela.domain.progress import SILENT, Progress
from clientela.experiments import doubting
from clientela.experiments.answering import advise, answer_of, leading
from clientela.experiments.columns import Columns, of_decisions, taken
from clientela.experiments.effects import (
    DEFAULT_PLANNED,
    FIXED,
    Compared,
    Judged,
    arm_cumulants,
    effective,
    effects_of,
    looks,
    total,
)
from clientela.experiments.goals import Kind, Measure
from clientela.experiments.looking import Fetched, control_of, daily_effects, fetch, right, running
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.result import Analysis, Arm, Doubt, Effect, Trouble
from clientela.experiments.segmenting import differing
from clientela.experiments.shaping import ARM, ONCE, SHARPER, changed, without
from clientela.experiments.timing import duration_effects
from clientela.experiments.units import Units, make_units
from clientela.statistics.contrasts import bound
from clientela.statistics.cumulants import Cumulants, from_values, stacked
from clientela.statistics.intervals import wilson
from clientela.statistics.multiplicity import benjamini_hochberg, holm
from clientela.tables.table import Table

Floats = NDArray[np.float64]

MONTH = 365.25 / 12
MOST_ARMS = 50
BUSY = 10.0
"""A visitor with so many times the visits that 99 in 100 stay below is no person: no tail of people reaches there."""


@dataclass(frozen=True)
class _Looked:
    units: Units
    fetched: Fetched
    control: str
    judged: Judged
    options: ExperimentOptions
    columns: Columns

    @property
    def variants(self) -> list[str]:
        return [name for name in self.fetched.counts if name != self.control]


def analyse(
    decisions: Table, outcomes: Table | None, options: ExperimentOptions, progress: Progress = SILENT
) -> Analysis:
    """Analyse an experiment.

    Args:
        decisions: Who was shown which variant, and what came of it unless `outcomes` says.
        outcomes: What came of it, joined by visitor, or None.
        options: What is asked.
        progress: Told how far it is.

    Returns:
        The answer, with every doubt.

    Raises:
        ClientelaError: A wrong input, in one sentence.
    """
    columns = of_decisions(decisions.fields, options, outcomes.fields if outcomes is not None else None)
    units = make_units(decisions, outcomes, columns, options, trusting=True)
    progress.update("summing", 0.5)
    fetched = fetch(units)
    if not right(units, fetched):
        units = make_units(decisions, outcomes, columns, options)
        fetched = fetch(units)
    if fetched.blend is not None:
        units = replace(units, table=changed(units.table, {SHARPER: fetched.blend}), beside=())
    lost = next((doubt.title for doubt in units.doubts if doubt.code is Trouble.MISSING_LOGS), "")
    control = control_of(fetched.counts, options.control, lost)
    if len(fetched.counts) > MOST_ARMS:
        raise InputError(
            f"There are {len(fetched.counts):,} variants, over {MOST_ARMS}: name their column with --variant."
        )
    order = [control, *sorted(name for name in fetched.counts if name != control)]
    fetched = replace(fetched, counts={name: fetched.counts[name] for name in order})
    looked = _Looked(units, fetched, control, _judged(fetched, options), options, columns)
    return _analysed(looked)


def _judged(fetched: Fetched, options: ExperimentOptions) -> Judged:
    if options.planned is None:
        return Judged(options.level, DEFAULT_PLANNED)
    share = options.holdout or 1 / len(fetched.counts)
    other = (1 - share) / (len(fetched.counts) - 1)
    return Judged(options.level, effective(share * options.planned, other * options.planned))


def _analysed(looked: _Looked) -> Analysis:
    units, options = looked.units, looked.options
    if units.measure.kind is Kind.DURATION:
        arms, effects, told = duration_effects(units, looked.control, list(looked.fetched.counts), looked.judged)
        pairs: dict[str, tuple[Cumulants, Cumulants]] = {}
        guards = effects_of(_guards(looked), looked.judged)
    else:
        made, pairs, compared = _means(looked)
        told = []
        arms = _arms(made, list(looked.fetched.counts), options.level, options.goal in ONCE)
        # all at once: what a step of looking for ends costs hardly depends on how many there are
        judged = effects_of([*compared, *_guards(looked)], looked.judged)
        effects, guards = judged[: len(compared)], judged[len(compared) :]
    effects, guards = _adjusted(effects, holm), _adjusted(guards, benjamini_hochberg)
    first = leading(effects)
    effects = [first, *(effect for effect in effects if effect is not first)]
    splits, left = differing(units, looked.control, looked.variants, options.level)
    span = _span(list(looked.fetched.days))
    doubts = [*units.doubts, *_doubts(looked, pairs, effects)]
    doubts.sort(key=lambda doubt: -doubt.severity.rank)
    daily = _daily(looked, effects)
    if effects[0].sure:
        effects = [replace(effects[0], since=_since(daily)), *effects[1:]]
    days = list(looked.fetched.days) or [""]
    return Analysis(
        goal=options.goal,
        answer=answer_of(options.goal, effects, doubts),
        advice=advise(effects, guards, doubts),
        doubts=tuple(doubts),
        arms=tuple(arms),
        effects=tuple(effects),
        guards=tuple(guards),
        differing=tuple(splits),
        monthly=_monthly(looked, effects, span),
        days=span,
        first_day=days[0],
        last_day=days[-1],
        daily=tuple(daily),
        planned=float(options.planned or 0),
        unit=units.unit,
        notes=(*taken(looked.columns, looked.options), *units.notes, *told, *left, *_notes(looked)),
    )


def _notes(looked: _Looked) -> list[str]:
    notes = [f"The control is {quoted(looked.control)}."] if looked.options.control is None else []
    notes += _unguarded(looked)
    if looked.units.sharpened:
        notes.append("Means are those after what earlier data foretold was taken off, in each variant alike.")
    if looked.options.planned is None:
        notes.append(
            "No planned size was given (--planned): intervals for any look are tightest at 10,000 effective visitors."
        )
    return notes


def _unguarded(looked: _Looked) -> list[str]:
    """Return notes on guards that are missing of some, where they have not been counted by row before."""
    if not looked.units.untold:
        return []
    rows = int(sum(looked.fetched.counts.values()))
    found = []
    for measure in looked.units.guards:
        lost = rows - int(sum(sums.n for sums in looked.fetched.arms[measure.value].values()))
        found += [without(lost, rows, measure.name)] if lost else []
    return found


def _means(
    looked: _Looked,
) -> tuple[dict[str, Cumulants], dict[str, tuple[Cumulants, Cumulants]], list[Compared]]:
    """Return what was seen of each arm, and of each variant beside the control."""
    measure = looked.units.measure
    sums = looked.fetched.arms[measure.value]
    made = arm_cumulants(measure, sums)
    _filled(made, looked)
    pairs = {}
    for name in looked.variants:
        two = arm_cumulants(measure, {arm: sums[arm] for arm in (name, looked.control)})
        pairs[name] = (two[name], two[looked.control])
    saved = _saved(measure, looked, made)
    compared = [Compared(measure, name, looked.control, *pairs[name], saved) for name in looked.variants]
    return made, pairs, compared


def _filled(made: dict[str, Cumulants], looked: _Looked) -> None:
    for name in looked.fetched.counts:
        if name not in made or math.isnan(float(made[name].mean)):
            raise InputError(
                f"The variant {quoted(name)} has too few visitors with an outcome "
                f"({looked.fetched.counts[name]:,.0f} in all): wait for more, or leave it out."
            )
    if all(float(arm.variance) == 0 for arm in made.values()):
        if len({float(arm.mean) for arm in made.values()}) > 1:
            raise InputError(
                f"The outcome {quoted(looked.units.measure.name)} is one number in each variant and another between "
                "them, which no visitors do: look whether the column says the variant itself."
            )
        raise InputError(
            f"The outcome {quoted(looked.units.measure.name)} is the same for everybody: there is nothing to compare."
        )


def _saved(measure: Measure, looked: _Looked, made: dict[str, Cumulants]) -> float:
    if not looked.units.sharpened or measure.kind is not Kind.MEAN:
        return 0.0
    plain = [sums.cumulants() for sums in looked.fetched.arms[measure.value].values()]
    before = sum(float(arm.variance * arm.n) for arm in plain)
    after = sum(float(arm.variance * arm.n) for arm in made.values())
    return 1 - after / before if before > 0 else 0.0


def _arms(made: dict[str, Cumulants], order: list[str], level: float, shares: bool) -> list[Arm]:
    """Return the arms with the means that were seen; `shares` where an outcome is a yes or no."""
    reach = bound(level)
    found = []
    for name in order:
        arm = made[name]
        n, mean = int(arm.n), float(arm.mean)
        error = reach * math.sqrt(float(arm.variance) / n)
        value = Estimate(mean, mean - error, mean + error, n, "normal", level)
        if arm.zeros.n >= arm.n:
            # where nobody brought anything, nothing tells how much somebody would
            value = wilson(0, n, level) if shares else Estimate(0.0, -math.inf, math.inf, n, "none seen", level)
        found.append(Arm(name, n, value))
    return found


def _guards(looked: _Looked) -> list[Compared]:
    compared: list[Compared] = []
    for measure in looked.units.guards:
        made = arm_cumulants(measure, looked.fetched.arms.get(measure.value, {}))
        if looked.control in made:
            compared += [
                Compared(measure, name, looked.control, made[name], made[looked.control])
                for name in looked.variants
                if name in made
            ]
    return compared


def _adjusted(effects: list[Effect], method: Callable[[Floats], Floats]) -> list[Effect]:
    p = method(np.array([one.p_any_look for one in effects]))
    return [replace(one, p_adjusted=float(value)) for one, value in zip(effects, p, strict=True)]


def _doubts(looked: _Looked, pairs: dict[str, tuple[Cumulants, Cumulants]], effects: list[Effect]) -> list[Doubt]:
    counts, units, options = looked.fetched.counts, looked.units, looked.options
    number = len(counts)
    share = options.holdout if options.holdout is not None else 1 / number
    shares = {name: share if name == looked.control else (1 - share) / (number - 1) for name in counts}
    days = looked.fetched.days
    daily = {day: {name: sums.n for name, sums in arms.items()} for day, arms in days.items()}
    seen = {name: count / sum(counts.values()) for name, count in counts.items()}
    found: list[Doubt | None] = [
        doubting.sample_ratio(counts, shares, options.holdout is not None),
        doubting.exposure(daily, seen),
        doubting.gaps(list(days)),
        doubting.whole_weeks(_span(list(days))),
        doubting.peeking(effects, options.planned is not None),
        doubting.too_early(units.measure.name, pairs),
        _imbalance(looked),
        _large(looked),
        *_busy(looked),
    ]
    if days and units.measure.kind is not Kind.DURATION:
        held = daily_effects(units.measure, days, (effects[0].variant, looked.control))
        found += doubting.by_day(held, units.measure.unit)
    return [doubt for doubt in found if doubt is not None]


def _imbalance(looked: _Looked) -> Doubt | None:
    names = looked.options.covariates
    held = {}
    for place, name in enumerate(names):
        arms = looked.fetched.covariates.get(f"c{place}", {})
        # numbers that cannot be squared tell nothing of how alike arms are; that they are there has been told
        if looked.control in arms and all(np.isfinite(list(sums.sums.values())).all() for sums in arms.values()):
            made = {arm: sums.cumulants() for arm, sums in arms.items() if sums.n > 1}
            for variant in looked.variants:
                if variant in made and float(made[variant].variance) > 0:
                    label = name if len(looked.variants) == 1 else f"{name} ({variant})"
                    held[label] = (made[variant], made[looked.control])
    return doubting.imbalance(held)


def _large(looked: _Looked) -> Doubt | None:
    if looked.options.goal not in (Goal.REVENUE_PER_VISIT, Goal.BASKET_SIZE):
        return None
    measure = looked.units.measure
    whole = total(list(looked.fetched.arms[measure.value].values()))
    values = sorted((whole.origin[0] + first for first, _ in whole.largest), reverse=True)
    return doubting.large_values(values[:5], whole.n * whole.means[0], measure.name)


def _busy(looked: _Looked) -> list[Doubt | None]:
    units = looked.units
    if units.unit != "visitor" or not units.several:
        return []
    frame = pl.concat(list(units.table.batches(1_000_000, [ARM, "visits"])))
    visits = frame["visits"].to_numpy()
    limit = BUSY * max(float(np.quantile(visits, 0.99)), BUSY)
    odd = frame.filter(pl.col("visits") > limit)
    counts = {str(arm): float(n) for arm, n in odd.group_by(ARM).len().sort(ARM).iter_rows()}
    usual = frame.filter(pl.col("visits") <= limit)
    arms = {name: usual.filter(pl.col(ARM) == name)["visits"].to_numpy() for name in looked.fetched.counts}
    made = {name: from_values(held).cumulants() for name, held in arms.items() if held.size > 1}
    apart = {name: (made[name], made[looked.control]) for name in looked.variants if {name, looked.control} <= {*made}}
    found = doubting.bots(counts, float(visits.max()), float(np.median(visits)))
    return [found, doubting.visits_apart(apart)]


def _daily(looked: _Looked, effects: list[Effect]) -> list[tuple[str, float, float, float]]:
    measure = looked.units.measure
    if not looked.fetched.days or measure.kind is Kind.DURATION:
        return []
    passed = running(measure, looked.fetched.days, (effects[0].variant, looked.control))
    if not passed:
        return []
    first, second = (stacked([arms[place] for _, *arms in passed]) for place in range(2))
    low, high = looks(first, second, looked.judged)
    gaps = first.mean - second.mean
    return [
        (day, float(gap), float(down), float(up))
        for (day, _, _), gap, down, up in zip(passed, gaps, low, high, strict=True)
    ]


def _since(daily: list[tuple[str, float, float, float]]) -> str:
    return next((day for day, _, low, high in daily if low > 0 or high < 0), "")


def _span(days: list[str]) -> int:
    if not days:
        return 0
    placed = np.array([days[0], days[-1]], dtype="datetime64[D]")
    return int((placed[1] - placed[0]).astype(int)) + 1


def _monthly(looked: _Looked, effects: list[Effect], days: int) -> Estimate | None:
    """Return what the first variant would bring in a month, were it shown to everybody."""
    if looked.options.goal is not Goal.REVENUE_PER_VISIT or not days or not effects:
        return None
    measure = looked.units.measure
    sums = looked.fetched.arms[measure.value].values()
    units = sum(part.n * (part.means[1] if measure.kind is Kind.RATIO else 1.0) for part in sums)
    factor = units / days * MONTH
    one = effects[0].any_look
    return Estimate(one.value * factor, one.low * factor, one.high * factor, one.n, FIXED, one.level)
