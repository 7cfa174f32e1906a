"""Effects on a time until an event: restricted means, with medians, log-rank test and hazard ratio beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl

from clientela.domain.errors import InputError, quoted
from clientela.domain.estimate import Estimate
from clientela.experiments.effects import Judged, effective
from clientela.experiments.result import Arm, Effect
from clientela.experiments.shaping import ARM, EVENT, VALUE
from clientela.experiments.units import Units
from clientela.statistics.contrasts import bound, p_value
from clientela.statistics.sequences import sequence_bound, sequence_p
from clientela.statistics.survival import Lived, cox, lived, log_rank, restricted_mean

METHOD = "restricted mean"
REACH = bound(0.95)


def duration_effects(
    units: Units, control: str, order: Sequence[str], judged: Judged
) -> tuple[list[Arm], list[Effect], list[str]]:
    """Return arms and effects on a time, as the difference of mean times up to the longest watch of both arms.

    Args:
        units: The units: arm, duration, and whether it ended in the event.
        control: Name of the control.
        order: Names of all arms.
        judged: How effects are judged.

    Returns:
        Arms, one effect per variant, and in sentences how far was averaged and what the log-rank test says.

    Raises:
        InputError: An arm has no event at all.
    """
    names = [part.name for part in units.table.fields]
    wanted = [ARM, VALUE, *([EVENT] if EVENT in names else [])]
    frame = pl.concat(list(units.table.batches(1_000_000, wanted)))
    held = {name: _lived(frame.filter(pl.col(ARM) == name)) for name in order}
    for name, arm in held.items():
        if not arm.events.sum():
            raise InputError(f"Nobody finished in the variant {name!r} ({arm.n:,.0f} visitors): wait, or leave it out.")
    horizon = min(float(arm.times[-1]) for arm in held.values())
    means = {name: restricted_mean(arm, horizon) for name, arm in held.items()}
    reach = bound(judged.level)
    arms = []
    for name, (mean, variance) in means.items():
        half = reach * math.sqrt(variance)
        arms.append(
            Arm(
                name,
                int(held[name].n),
                Estimate(mean, mean - half, mean + half, int(held[name].n), METHOD, judged.level),
            )
        )
    effects = [
        _effect(units, (name, control), means, (held[name].n, held[control].n), judged)
        for name in order
        if name != control
    ]
    told = [f"Times are averaged up to {horizon:.4g}, the longest that every variant was watched."]
    told += [_ranked(name, held[name], control, held[control]) for name in order if name != control]
    return arms, effects, told


def _ranked(variant: str, first: Lived, control: str, second: Lived) -> str:
    _, p = log_rank([first, second])
    hazard, error = cox(first, second)
    return (
        f"Half had finished after {_median(first)} with {quoted(variant)}, after {_median(second)} with "
        f"{quoted(control)}; at one look the log-rank test gives p {p:.2g}, and those not finished finish "
        f"{math.exp(hazard):.3g} times as fast ({math.exp(hazard - REACH * error):.3g} to "
        f"{math.exp(hazard + REACH * error):.3g}, Cox)."
    )


def _median(arm: Lived) -> str:
    median = arm.median()
    return f"{median:.4g}" if math.isfinite(median) else "more than was watched"


def _lived(frame: pl.DataFrame) -> Lived:
    times = frame[VALUE].cast(pl.Float64).to_numpy()
    ended = frame[EVENT].to_numpy() > 0 if EVENT in frame.columns else np.ones(times.size, bool)
    return lived(times, ended)


def _effect(
    units: Units,
    pair: tuple[str, str],
    means: dict[str, tuple[float, float]],
    sizes: tuple[float, float],
    judged: Judged,
) -> Effect:
    (first, spread), (second, other) = means[pair[0]], means[pair[1]]
    gap, error = first - second, math.sqrt(spread + other)
    score = gap / error if error > 0 else 0.0
    n, information = int(sum(sizes)), effective(*sizes)
    reach = bound(judged.level) * error
    wide = float(sequence_bound(information, judged.planned, judged.level)) * error
    relative = (
        math.sqrt(spread / first**2 + other / second**2) * bound(judged.level) if first > 0 < second else math.nan
    )
    ratio = first / second if second > 0 else math.nan
    p_any = float(sequence_p(score, information, judged.planned, judged.level))
    return Effect(
        measure=units.measure.name,
        variant=pair[0],
        control=pair[1],
        unit=units.measure.unit,
        better=units.measure.better,
        difference=Estimate(gap, gap - reach, gap + reach, n, METHOD, judged.level),
        lift=Estimate(
            ratio - 1, ratio * math.exp(-relative) - 1, ratio * math.exp(relative) - 1, n, METHOD, judged.level
        ),
        any_look=Estimate(gap, gap - wide, gap + wide, n, METHOD, judged.level),
        p_fixed=float(p_value(score)),
        p_any_look=p_any,
        p_adjusted=p_any,
    )
