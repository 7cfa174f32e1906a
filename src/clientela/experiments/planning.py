"""How large an experiment must be, from a table of visits as they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.special import ndtr

from clientela.domain.errors import InputError
from clientela.domain.goal import Goal
from clientela.domain.progress import SILENT, Progress
from clientela.experiments.columns import of_visits, taken
from clientela.experiments.effects import FEWEST_OUTCOMES, arm_cumulants, effective
from clientela.experiments.goals import Kind
from clientela.experiments.looking import fetch
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.result import Plan, Power, Size
from clientela.experiments.shaping import ARM, EVENT, VALUE, changed
from clientela.experiments.units import Units, make_units
from clientela.statistics.contrasts import BETWEEN, bound
from clientela.statistics.cumulants import Cumulants
from clientela.statistics.sequences import sequence_bound
from clientela.statistics.survival import lived, restricted_mean
from clientela.tables.derivation import Always
from clientela.tables.table import Table

EFFECTS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
CURVE = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
LARGER = 2.0
"""By how much the variance of baskets rises with their mean: as its square, as where each is larger by so much."""

WAYS = (("the number of buyers", 1.0), ("the size of orders", 2.0))
"""Ways in which revenue changes, and the power of the mean with which the variance then rises."""

HARDLY = 0.01
"""Chances that differ by less are told as one."""

MOST_VISITORS = 10**12


@dataclass(frozen=True)
class Asked:
    """What a plan is asked.

    Attributes:
        effect: Relative change that is to be seen, not 0 and above -1.
        holdout: Share of visitors in the control, between 0 and 1.
        power: Chance of seeing it.
    """

    effect: float = 0.05
    holdout: float = 0.5
    power: float = 0.8

    def __post_init__(self) -> None:
        if not (0 < self.holdout < 1):
            raise InputError(f"A holdout of {self.holdout:g} is asked for: it must lie between 0 % and 100 %.")
        if not (self.effect > -1 and self.effect != 0 and math.isfinite(self.effect)):
            raise InputError(f"An effect of {self.effect:g} is asked for: it must be above -100 %, and not 0.")
        if not (0 < self.power < 1):
            raise InputError(f"A power of {100 * self.power:g} % is asked for: it must lie between 0 % and 100 %.")


@dataclass(frozen=True)
class Base:
    """One visitor's measure as it is.

    Attributes:
        mean: Its mean.
        variance: Variance of one visitor.
        shape: How fast the variance rises with the mean, as a power.
        outcomes: Share of visitors with an outcome other than zero.
    """

    mean: float
    variance: float
    shape: float = 0.0
    outcomes: float = 1.0

    @classmethod
    def of(cls, units: Cumulants) -> Base:
        """Return what the cumulants of visitors say.

        Raises:
            InputError: The mean is not above 0, or nothing varies.
        """
        base = cls.of_moments(float(units.mean), float(units.variance))
        power = float(units.third) / base.variance**2 * base.mean
        share = 1 - float(units.zeros.n / units.n)
        return replace(base, shape=min(max(power, 0.0), BETWEEN), outcomes=share)

    @classmethod
    def of_moments(cls, mean: float, variance: float) -> Base:
        """Return a measure of this mean and variance.

        Raises:
            InputError: The mean is not above 0, or nothing varies.
        """
        if not mean > 0 or not variance > 0:
            raise InputError(
                f"The measure has a mean of {mean:g} and a variance of {variance:g}: a relative effect needs a mean "
                "above 0 and values that differ."
            )
        return cls(mean, variance)

    def power(self, visitors: float, asked: Asked, level: float = 0.95) -> float:
        """Return the chance that a test at one look rejects, on the side of the effect.

        Args:
            visitors: Visitors in all.
            asked: Effect and holdout.
            level: Level of the test.
        """
        small, large = asked.holdout * visitors, (1 - asked.holdout) * visitors
        risen = self.variance * (1 + asked.effect) ** self.shape
        gap = abs(self.mean * asked.effect)
        true = math.sqrt(self.variance / small + risen / large)
        # under the hypothesis of no effect both arms lie between: where, the larger arm decides
        share = (self.variance / small) / (self.variance / small + risen / large)
        middle = 1 + asked.effect * share
        tested = math.sqrt(self.variance * middle**self.shape * (1 / small + 1 / large))
        return float(ndtr((gap - bound(level) * tested) / true))

    def size(self, asked: Asked, level: float = 0.95) -> int:
        """Return the visitors in all that reach the power asked for."""
        low, high = 4.0, 8.0
        while self.power(high, asked, level) < asked.power:
            low, high = high, high * 2
            if high > MOST_VISITORS:
                raise InputError("No number of visitors would do: the effect is too small for this measure.")
        while high - low > 0.5:
            middle = (low + high) / 2
            low, high = (middle, high) if self.power(middle, asked, level) < asked.power else (low, middle)
        return math.ceil(high)


def plan(visits: Table, options: ExperimentOptions, asked: Asked, progress: Progress = SILENT) -> Plan:
    """Plan an experiment from visits as they are.

    Args:
        visits: Visits with their outcomes, without a variant.
        options: Goal and columns.
        asked: Effect, holdout and power.
        progress: Told how far it is.

    Returns:
        The plan.

    Raises:
        ClientelaError: A wrong input.
    """
    columns = of_visits(visits.fields, options)
    if not visits.rows:
        raise InputError("The table has no visits to plan from.")
    # all are of one arm: as it is
    units = make_units(changed(visits, {columns.variant: Always(0.0)}), None, columns, options)
    progress.update("summing", 0.6)
    base, visitors, days = _measured(units)
    told = [*taken(columns, replace(options, variant=columns.variant)), *units.notes]
    # a plan has no doubts of its own, yet what was set aside shapes it
    told += [f"{doubt.title} {doubt.advice}" for doubt in units.doubts]
    return _planned(base, (visitors, days), (units, told), options, asked)


def _measured(units: Units) -> tuple[Base, float, int]:
    fetched = fetch(units)
    if units.measure.kind is Kind.DURATION:
        base = _of_times(units)
    else:
        made = arm_cumulants(units.measure, fetched.arms[units.measure.value])
        if not made:
            raise InputError("There are too few visitors to plan from.")
        (cumulants,) = made.values()
        base = Base.of(cumulants)
        if units.measure.kind is Kind.RATIO:
            base = replace(base, shape=LARGER if units.measure.per == "orders" else BETWEEN)
    days = sorted(fetched.days)
    span = int((np.datetime64(days[-1]) - np.datetime64(days[0])).astype(int)) + 1 if days else 0
    return base, sum(fetched.counts.values()), span


def _of_times(units: Units) -> Base:
    names = [part.name for part in units.table.fields]
    frame = pl.concat(list(units.table.batches(1_000_000, [ARM, VALUE, *([EVENT] if EVENT in names else [])])))
    times = frame[VALUE].cast(pl.Float64).to_numpy()
    ended = frame[EVENT].to_numpy() > 0 if EVENT in frame.columns else np.ones(times.size, bool)
    arm = lived(times, ended)
    mean, variance = restricted_mean(arm, float(arm.times[-1]))
    # a restricted mean is as sure as a plain mean of values with this variance; it is not skewed enough to matter
    return Base.of_moments(mean, variance * times.size)


def _planned(
    base: Base, seen: tuple[float, int], made: tuple[Units, list[str]], options: ExperimentOptions, asked: Asked
) -> Plan:
    units, notes = made
    a_day = seen[0] / seen[1] if seen[1] else math.nan
    visitors = base.size(asked, options.level)
    effects = sorted({*EFFECTS, abs(asked.effect)})
    sign = math.copysign(1.0, asked.effect)
    sizes = tuple(
        _size(base, Asked(sign * effect, asked.holdout, asked.power), options.level, a_day) for effect in effects
    )
    curve = tuple(
        Power(asked.effect * part, base.power(visitors, Asked(asked.effect * part, asked.holdout), options.level))
        for part in CURVE
        if asked.effect * part > -1
    )
    ways = _ways(base, visitors, asked, options)
    days = visitors / a_day
    took = f", about {math.ceil(days):,} days at {a_day:,.0f} a day" if math.isfinite(days) else ""
    answer = (
        f"To see a change of {100 * asked.effect:+.1f} % in {units.measure.name} ({base.mean:.4g} to "
        f"{base.mean * (1 + asked.effect):.4g}) with a chance of {100 * asked.power:.0f} %, {visitors:,} {units.unit}s "
        f"are needed in all, {round(visitors * asked.holdout):,} of them in the control{took}."
    )
    return Plan(
        options.goal,
        answer,
        base.mean,
        math.sqrt(base.variance),
        asked.holdout,
        asked.effect,
        asked.power,
        visitors,
        days,
        sizes,
        curve,
        tuple(notes) + tuple(_notes(base, visitors, asked, ways)),
        ways,
    )


def _size(base: Base, asked: Asked, level: float, a_day: float) -> Size:
    visitors = base.size(asked, level)
    return Size(asked.effect, visitors, _any_look(base, asked, level), visitors / a_day)


def _any_look(base: Base, asked: Asked, level: float) -> int:
    """Return the visitors in all at which an interval for any look leaves zero with the power asked for."""
    visitors = float(base.size(asked, level))
    information = effective(asked.holdout * visitors, (1 - asked.holdout) * visitors)
    limit = float(sequence_bound(information, information, level))
    wide = math.erf(limit / math.sqrt(2))
    return base.size(asked, wide)


def _ways(base: Base, visitors: int, asked: Asked, options: ExperimentOptions) -> tuple[tuple[str, float], ...]:
    """Return the chance of seeing the effect by the way in which it comes about; the plan lies between."""
    if options.goal is not Goal.REVENUE_PER_VISIT or base.shape <= 1:
        return ()
    found = [(name, replace(base, shape=shape).power(visitors, asked, options.level)) for name, shape in WAYS]
    return tuple(found) if abs(found[0][1] - found[1][1]) >= HARDLY else ()


def _notes(base: Base, visitors: int, asked: Asked, ways: tuple[tuple[str, float], ...]) -> list[str]:
    notes = [f"In a two-sided test; the control gets {100 * asked.holdout:.3g} % of all visitors."]
    if ways:
        told = ", ".join(f"{100 * power:.0f} % if it all came through {name}" for name, power in ways)
        notes.append(f"Revenue can change in two ways, and the plan lies between them: the chance is {told}.")
    elif asked.effect < 0 or base.shape:
        notes.append(f"The variance is taken to rise with the mean to the power of {base.shape:.2g}.")
    small = min(asked.holdout, 1 - asked.holdout) * visitors
    if base.outcomes * small < FEWEST_OUTCOMES:
        notes.append(
            "The smaller arm would have too few outcomes above zero for a sure statement: take a larger share."
        )
    return notes
