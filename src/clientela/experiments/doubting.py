"""What makes an answer doubtful: each function looks for one kind of trouble, on sums alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from clientela.domain.finding import Severity
from clientela.experiments.effects import early
from clientela.experiments.result import Doubt, Effect, Trouble
from clientela.statistics.contrasts import contrast_score, p_value
from clientela.statistics.cumulants import Cumulants
from clientela.statistics.heterogeneity import between
from clientela.statistics.multiplicity import holm

VOID_LEVEL = 0.0005
"""Level of checks that make an answer void (arm sizes, arms that differed before): Fabijan et al. (2019), Diagnosing
sample ratio mismatch, take 0.0005 for sizes."""

LEVEL = 0.01
"""Level of the other checks, corrected for how many are made; a doubt that is raised in vain costs trust too."""

BUSY_DAY = 20
"""Outcomes due on a day from which on a day without any is no chance: once in twenty thousand were it half as busy."""

FEWEST_DAYS = 4
WEEK = 7
TOP_SHARE = 0.1
"""Part of all revenue in one visitor from which on that visitor is named."""


def sample_ratio_p(counts: Sequence[float], shares: Sequence[float]) -> float:
    """Return the p-value of arm sizes under the shares that were drawn (chi-square).

    Args:
        counts: Units per arm.
        shares: Share that each arm was to get; they add up to 1.

    Returns:
        The p-value.

    >>> round(sample_ratio_p([21387, 21307, 21306], [1 / 3, 1 / 3, 1 / 3]), 6)
    0.903693
    """
    seen, expected = np.asarray(counts, float), np.asarray(shares, float) * sum(counts)
    return float(chdtrc(seen.size - 1, ((seen - expected) ** 2 / expected).sum()))


def sample_ratio(counts: Mapping[str, float], shares: Mapping[str, float], stated: bool) -> Doubt | None:
    """Return the doubt that arms have other sizes than were drawn.

    Args:
        counts: Units per arm.
        shares: Share that each arm was to get.
        stated: Whether the shares were stated; else they are taken to be equal.
    """
    p = sample_ratio_p(list(counts.values()), [shares[name] for name in counts])
    if p > VOID_LEVEL:
        return None
    told = ", ".join(f"{count:,.0f} in {name}" for name, count in list(counts.items())[:6])
    if not stated:
        return Doubt(
            Trouble.SAMPLE_RATIO,
            Severity.WARNING,
            (),
            f"The arms are not of equal size ({told}), and no other shares were stated.",
            {"p": p, **{f"units in {name}": int(n) for name, n in list(counts.items())[:6]}},
            "State the share that the control was to get with --holdout, such as 5%: else lost visitors go unseen.",
        )
    return Doubt(
        Trouble.SAMPLE_RATIO,
        Severity.BLOCKER,
        (),
        f"The arms do not have the sizes drawn ({told}; chance would do so once in {1 / max(p, 1e-300):,.3g}).",
        {"p": p, **{f"units in {name}": int(n) for name, n in list(counts.items())[:6]}},
        "Do not use the result: find out where visitors of an arm are lost (redirects, bots, logs), and run it again.",
    )


def imbalance(covariates: Mapping[str, tuple[Cumulants, Cumulants]]) -> Doubt | None:
    """Return the doubt that arms differed before anything was shown.

    Args:
        covariates: Cumulants in a variant and in the control, by name.
    """
    names = list(covariates)
    if not names:
        return None
    raw = [float(p_value(contrast_score(*covariates[name]))) for name in names]
    adjusted = holm(np.asarray(raw))
    apart = [name for name, p in zip(names, adjusted, strict=True) if p < VOID_LEVEL]
    if not apart:
        return None
    return Doubt(
        Trouble.COVARIATE_IMBALANCE,
        Severity.BLOCKER,
        tuple(apart),
        f"The arms differed before anything was shown, in {len(apart)} of {len(names)} columns of earlier data.",
        {f"p of {name}": float(p) for name, p in zip(names, adjusted, strict=True) if p < VOID_LEVEL},
        "Do not use the result: the variant was not drawn at random, or visitors were lost afterwards.",
    )


def exposure(daily: Mapping[str, Mapping[str, float]], shares: Mapping[str, float]) -> Doubt | None:
    """Return the doubt that the shares of the arms changed on the way.

    Args:
        daily: Units per arm, by day.
        shares: Share of each arm over all days.
    """
    days = [day for day, counts in daily.items() if sum(counts.values()) * min(shares.values()) >= 5]
    if len(days) < 2:
        return None
    seen = np.array([[daily[day].get(arm, 0.0) for arm in shares] for day in days])
    expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0) / seen.sum()
    p = float(chdtrc((len(days) - 1) * (len(shares) - 1), ((seen - expected) ** 2 / expected).sum()))
    if p > VOID_LEVEL:
        return None
    return Doubt(
        Trouble.CHANGED_EXPOSURE,
        Severity.WARNING,
        (),
        f"The shares of the arms changed over the {len(days)} days.",
        {"p": p, "days": len(days)},
        "Analyse the stretches with one share apart: with a changed share, a change of season looks like an effect.",
    )


def gaps(days: Sequence[str]) -> Doubt | None:
    """Return the doubt that days are missing between the first and the last."""
    if len(days) < 2:
        return None
    placed = np.array(sorted(days), dtype="datetime64[D]")
    missing = int((placed[-1] - placed[0]).astype(int)) + 1 - placed.size
    if not missing:
        return None
    return Doubt(
        Trouble.MISSING_LOGS,
        Severity.WARNING,
        (),
        f"{missing} of {missing + placed.size} days between the first and the last have no decision at all.",
        {"days missing": missing, "first": str(placed[0]), "last": str(placed[-1])},
        "Find out whether the log of these days is lost.",
    )


def silent_days(daily: Mapping[str, Mapping[str, tuple[int, int]]]) -> Doubt | None:
    """Return the doubt that outcomes of some days were lost.

    Args:
        daily: Visitors decided on and outcomes, by variant and day in order.
    """
    lost = {arm: silent for arm, days in daily.items() if (silent := _silent(days))}
    if not lost:
        return None
    arm, silent = next(iter(lost.items()))
    everybody = list(lost.values()) == [silent] * len(daily)
    return Doubt(
        Trouble.MISSING_LOGS,
        Severity.WARNING if everybody else Severity.BLOCKER,
        (),
        f"On {len(silent)} of {len(daily[arm])} days no outcome came"
        + (f", the first {silent[0]}." if everybody else f" of {arm}, the first {silent[0]}."),
        {f"days without of {name}": days[:6] for name, days in list(lost.items())[:6]},
        "Find out whether the log of these days is lost, and fetch it: until then values are too low.",
    )


def _silent(days: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return the days without outcomes on which chance would hardly leave out all."""
    visitors, outcomes = (np.array(part) for part in zip(*days.values(), strict=True))
    heard = np.flatnonzero(outcomes)
    if not heard.size or np.median(outcomes) < BUSY_DAY:
        return []
    # outcomes take their time: what is before the first or after the last tells nothing
    inside = (np.arange(visitors.size) > heard[0]) & (np.arange(visitors.size) < heard[-1])
    due = visitors * outcomes.sum() / visitors.sum() >= BUSY_DAY
    return [day for day, silent in zip(days, inside & due & (outcomes == 0), strict=True) if silent]


def by_day(effects: Mapping[str, tuple[float, float]], unit: str) -> list[Doubt]:
    """Return doubts about an effect that fades or grows, or differs between days of the week.

    Args:
        effects: Difference and its standard error, by day in order.
        unit: Unit of the difference.
    """
    usable = {day: held for day, held in effects.items() if math.isfinite(held[1]) and held[1] > 0}
    if len(usable) < FEWEST_DAYS:
        return []
    found = [_novelty(usable, unit)]
    if len(usable) >= 2 * WEEK:
        found.append(_weekday(usable))
    return [doubt for doubt in found if doubt is not None]


def _novelty(effects: Mapping[str, tuple[float, float]], unit: str) -> Doubt | None:
    place = np.arange(len(effects), dtype=float)
    value, error = (np.array(column) for column in zip(*effects.values(), strict=True))
    weights = 1 / error**2
    # where weeks repeat, each day is held against the same day of the week, or a weekend at the end looks like a trend
    part = _weekdays(effects) if len(effects) >= 2 * WEEK else np.zeros(place.size, int)
    centred = place - (np.bincount(part, weights * place) / np.maximum(np.bincount(part, weights), 1e-300))[part]
    slope = float((weights * centred * value).sum() / (weights * centred**2).sum())
    sure = 1 / math.sqrt(float((weights * centred**2).sum()))
    p = float(p_value(slope / sure))
    if p > LEVEL:
        return None
    mean = float((weights * value).sum() / weights.sum())
    word = "faded" if slope * mean < 0 else "grew"
    return Doubt(
        Trouble.NOVELTY,
        Severity.WARNING,
        (),
        f"The effect {word} over the {len(effects)} days, by {abs(slope):.3g} {unit} a day.",
        {"change a day": slope, "p": p, "days": len(effects)},
        "Do not count on the average of the first days: run on until it is steady.",
    )


def _weekdays(days: Iterable[str]) -> NDArray[np.int64]:
    return np.array(list(days), dtype="datetime64[D]").astype(np.int64) % WEEK


def _weekday(effects: Mapping[str, tuple[float, float]]) -> Doubt | None:
    days = _weekdays(effects)
    value, error = (np.array(column) for column in zip(*effects.values(), strict=True))
    values, errors = [], []
    for weekday in range(WEEK):
        here = days == weekday
        weights = 1 / error[here] ** 2
        if here.any():
            values.append(float((weights * value[here]).sum() / weights.sum()))
            errors.append(float(1 / math.sqrt(weights.sum())))
    found = between(np.array(values), np.array(errors))
    if found.p > LEVEL:
        return None
    return Doubt(
        Trouble.DAY_OF_WEEK,
        Severity.NOTICE,
        (),
        "The effect differs between days of the week.",
        {"p": found.p, "spread between days": found.spread},
        "Judge over whole weeks only, so that every day of the week counts alike.",
    )


def whole_weeks(days: int) -> Doubt | None:
    """Return the doubt that not every day of the week counts alike."""
    if days == 0 or days % WEEK == 0 or days > 8 * WEEK:
        return None
    return Doubt(
        Trouble.DAY_OF_WEEK,
        Severity.INFO,
        (),
        f"{days} days are no whole weeks.",
        {"days": days},
        "Judge over whole weeks, so that every day of the week counts alike.",
    )


def peeking(effects: Sequence[Effect], planned: bool) -> Doubt | None:
    """Return the doubt that an effect is there at one look only."""
    once = [effect for effect in effects if effect.p_fixed < 1 - effect.difference.level and not effect.sure]
    if not once:
        return None
    first = once[0]
    return Doubt(
        Trouble.PEEKING,
        Severity.NOTICE,
        (),
        f"By the interval for one look, {first.variant} would count as different; by the one for any look it does not.",
        {"p at one look": first.p_fixed, "p at any look": first.p_any_look, "size was planned": planned},
        "Use the interval for one look only if the size was fixed beforehand, was reached, and nobody looked before.",
    )


def too_early(measure: str, arms: Mapping[str, tuple[Cumulants, Cumulants]]) -> Doubt | None:
    """Return the doubt that too little was seen in an arm for a statement.

    Args:
        measure: Name of the measure.
        arms: Cumulants of a variant and the control, by variant.
    """
    names = [name for name, pair in arms.items() if early(*pair)]
    if not names:
        return None
    return Doubt(
        Trouble.TOO_EARLY,
        Severity.WARNING,
        (measure,),
        f"Too few outcomes were seen to judge {names[0]}" + (f" and {len(names) - 1} more" if names[1:] else "") + ".",
        {"variants": names[:6]},
        "Keep running: the smaller arm needs more visitors with an outcome above zero.",
    )


def large_values(values: Sequence[float], total: float, measure: str) -> Doubt | None:
    """Return the doubt that few visitors carry the total.

    Args:
        values: The largest values.
        total: Sum of all values.
        measure: Name of the measure.
    """
    if not values or not total > 0 or values[0] < TOP_SHARE * total:
        return None
    return Doubt(
        Trouble.FEW_LARGE_VALUES,
        Severity.WARNING,
        (measure,),
        f"One visitor alone brought {values[0] / total:.0%} of all {measure}.",
        {"largest": list(values[:5]), "total": total},
        "Look whether it is a reseller or a fault, and fix a cap before the next start (--cap).",
    )


def bots(visits: Mapping[str, float], most: float, median: float) -> Doubt | None:
    """Return the doubt that visitors are machines.

    Args:
        visits: Visits of the suspicious visitors, by arm.
        most: Visits of the busiest visitor.
        median: Visits of a usual one.
    """
    if not visits:
        return None
    number = int(sum(visits.values()))
    return Doubt(
        Trouble.BOTS,
        Severity.WARNING,
        (),
        f"{number:,} visitors have far more visits than chance allows (up to {most:,.0f}, half below {median:,.0f}).",
        {"visitors": number, "most visits": most, **{f"in {arm}": int(n) for arm, n in list(visits.items())[:6]}},
        "See whether they are machines, and leave them out of both arms by a rule fixed beforehand.",
    )


def visits_apart(visits: Mapping[str, tuple[Cumulants, Cumulants]]) -> Doubt | None:
    """Return the doubt that visitors of one arm come more often than those of another.

    Args:
        visits: Visits a visitor in a variant and in the control, by variant.
    """
    raw = {name: float(p_value(contrast_score(*pair))) for name, pair in visits.items()}
    # where everybody has as many visits no chance can be told
    known = {name: p for name, p in raw.items() if not math.isnan(p)}
    name = min(known, key=lambda one: known[one], default="")
    if not known or known[name] * len(known) >= VOID_LEVEL:
        return None
    first, second = (float(arm.mean) for arm in visits[name])
    return Doubt(
        Trouble.BOTS,
        Severity.WARNING,
        (),
        f"Visitors of {name} have {first:.3g} visits each, those of the control {second:.3g}: more than chance allows.",
        {"p": known[name], f"visits in {name}": first, "visits in the control": second},
        "See whether machines reload one variant, or whether it changes how often people come: then judge by visitor.",
    )
