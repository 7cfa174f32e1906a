"""The table behind an analysis: what is fetched from the units, and doubts that need more than sums of a measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import numpy as np
import polars as pl

from clientela.domain.errors import InputError, listed
from clientela.experiments.effects import arm_cumulants, mixed_sums, sums_of, total
from clientela.experiments.goals import Kind, Measure
from clientela.experiments.shaping import ARM, SHARPER, TIME
from clientela.experiments.units import Units
from clientela.statistics.blends import blended, slopes
from clientela.statistics.cumulants import Cumulants, PowerSums
from clientela.tables.derivation import Blend

_CONTROL: tuple[str, ...] = (
    "control",
    "kontroll",
    "holdout",
    "baseline",
    "default",
    "original",
    "vergleich",
    "bisher",
    "none",
    "no ",
)
_CONTROL += ("ohne", "no", "off", "aus", "false", "0", "a")
"""How names of the variant that changes nothing begin, the surest first; short words are whole names."""

Days = dict[str, dict[str, PowerSums]]


@dataclass(frozen=True)
class Fetched:
    """Everything an analysis needs, as sums.

    Attributes:
        arms: Sums of each measure, by measure's column and arm.
        days: Sums of the goal's measure, by day and arm; empty without a time.
        counts: Units per arm.
        covariates: Sums of each covariate, by column and arm.
        blend: How the prediction by earlier data is made of them, where the sums told.
    """

    arms: Mapping[str, Mapping[str, PowerSums]]
    days: Days
    counts: Mapping[str, float]
    covariates: Mapping[str, Mapping[str, PowerSums]] = field(default_factory=dict)
    blend: Blend | None = None


def fetch(units: Units) -> Fetched:
    """Fetch the sums in one request."""
    measures = [units.measure, *units.guards]
    names = [part.name for part in units.table.fields]
    earlier = [name for name in names if name[0] == "c" and name[1:].isdigit()]
    earlier = [name for name in earlier if _numeric(units, name)]
    pairs = [(part.value, _second(part, units)) for part in measures if part.kind is not Kind.DURATION]
    pairs += [(name, None) for name in earlier]
    if not pairs:
        pairs = [(units.measure.value, None)]
    answer = units.table.powers([ARM], pairs, TIME if units.dated else None, units.beside)
    keys = ["by0", "day"] if units.dated else ["by0"]
    rows = answer.filter(answer["first"] == pairs[0][0])
    counts: dict[str, float] = {}
    for row in rows.iter_rows(named=True):
        counts[row["by0"]] = counts.get(row["by0"], 0.0) + row["rows"]
    groups = sums_of(answer, keys)
    blend = _sharpened(rows, groups, keys, units) if units.beside else None
    arms: dict[str, dict[str, PowerSums]] = {}
    for first, _ in pairs:
        for key, held in groups.items():
            arm = str(key[0])
            known = arms.setdefault(first, {})
            known[arm] = total([known[arm], held[first]]) if arm in known else held[first]
    days: Days = {}
    for key, held in groups.items():
        if units.dated and key[1] is not None:
            days.setdefault(key[1], {})[str(key[0])] = held[pairs[0][0]]
    return Fetched(
        {name: arms[name] for name in arms if name not in earlier},
        dict(sorted(days.items())),
        counts,
        {name: arms[name] for name in earlier},
        blend,
    )


def right(units: Units, fetched: Fetched) -> bool:
    """Tell whether sums of rows that were taken as they are are sums of all of them, and finite."""
    if not units.trusted:
        return True
    if units.beside and fetched.blend is None:
        return False
    held = fetched.arms[units.measure.value]
    sums = [value for part in held.values() for value in part.sums.values()]
    return sum(part.n for part in held.values()) == sum(fetched.counts.values()) and bool(np.isfinite(sums).all())


def _sharpened(
    rows: pl.DataFrame, groups: dict[tuple[str | None, ...], dict[str, PowerSums]], keys: list[str], units: Units
) -> Blend | None:
    """Put the prediction by earlier data beside the outcome in the sums of each group.

    Returns:
        How it is made; None, and nothing done, where numbers are too large to calculate with.
    """
    parts = {tuple(row[key] for key in keys): mixed_sums(row) for row in rows.iter_rows(named=True)}
    whole = reduce(add, parts.values())
    if not np.isfinite(list(whole.sums.values())).all():
        return None
    weights, centres = slopes(whole), whole.means()[1:]
    for key, part in parts.items():
        groups[key][units.measure.value] = blended(part, weights, centres)
    return Blend(tuple(zip(units.beside, centres, weights, strict=True)), whole=True)


def _numeric(units: Units, name: str) -> bool:
    return next(part.storage.numeric for part in units.table.fields if part.name == name)


def _second(measure: Measure, units: Units) -> str | None:
    if measure.per is not None:
        return measure.per
    return SHARPER if units.sharpened and not units.beside and measure is units.measure else None


def control_of(counts: Mapping[str, float], asked: str | None, lost: str = "") -> str:
    """Return the control: the one asked for, else by name, else the smallest arm.

    Args:
        counts: Units by arm.
        asked: The control that was asked for, or None.
        lost: What was set aside because no arm is known of it, for the error where there is one arm only.

    Raises:
        InputError: There is one arm only, or none of that name.
    """
    if asked is not None and asked not in counts:
        raise InputError(f"There is no variant {asked!r} with visitors in it: the variants are {listed(counts)}.")
    if len(counts) < 2:
        told = f" ({lost.rstrip('.')})" if lost else ""
        raise InputError(
            f"There is only the variant {listed(counts)}{told}: an effect needs a second arm, such as a holdout."
        )
    if asked is not None:
        return asked
    for word in _CONTROL:
        for name in counts:
            if name.lower() == word or (len(word) > 2 and name.lower().startswith(word)):
                return name
    return min(counts, key=lambda name: (counts[name], name))


def daily_effects(measure: Measure, days: Days, pair: tuple[str, str]) -> dict[str, tuple[float, float]]:
    """Return difference and standard error by day, days with an arm too small left out.

    The error is of one variance for both arms: in a small arm a day's own variance rises and falls with its mean, and
    days that happened to be low would count as surer than others.
    """
    found = {}
    for day, arms in days.items():
        made = arm_cumulants(measure, {name: arms[name] for name in pair if name in arms})
        if len(made) == 2:
            first, second = made[pair[0]], made[pair[1]]
            shared = (first.n * first.variance + second.n * second.variance) / (first.n + second.n)
            error = float(np.sqrt(shared * (1 / first.n + 1 / second.n)))
            found[day] = (float(first.mean - second.mean), error)
    return found


def running(measure: Measure, days: Days, pair: tuple[str, str]) -> list[tuple[str, Cumulants, Cumulants]]:
    """Return the cumulants of both arms after each day."""
    held: dict[str, PowerSums] = {}
    found = []
    for day, arms in days.items():
        for name in pair:
            if name in arms:
                held[name] = total([held[name], arms[name]]) if name in held else arms[name]
        made = arm_cumulants(measure, held)
        if len(made) == 2:
            found.append((day, made[pair[0]], made[pair[1]]))
    return found
