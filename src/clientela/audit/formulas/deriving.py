"""Numbers computed from other numbers: the formula, and the share of rows where it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Context
from clientela.audit.measuring import ERROR
from clientela.audit.wording import figure
from clientela.statistics.steps import step_of

Floats = NDArray[np.float64]

HOLDS = 0.95
"""Share of rows, also beyond chance (Cohen's kappa), on which a formula must hold to rounding."""

MONOTONE = 0.9
"""Strength below which no increasing or decreasing formula of one column can hold on that many rows."""

LEAST_ROWS = 30
LEAST_VALUES = 5
"""Values from which a line with two free numbers says something."""

PROBE = 64
MOST_PARTS = 12
SUM_ROWS = 400
ROUNDS = 8
WHOLE = 0.1
"""How far from 1, 0 or -1 a weight of a sum may be fitted, since rounding hides in it."""
FIRSTS = 5
NEAR = 1e-9


@dataclass(frozen=True)
class Rule:
    """A formula: what is computed from what.

    Attributes:
        target: Column computed.
        sources: Columns it is computed from.
        words: The formula, column names included.
        share: Share of rows, all of these columns known, where it holds exactly or to the target's rounding.
        rows: Those rows.
    """

    target: str
    sources: tuple[str, ...]
    words: str
    share: float
    rows: int


@dataclass(frozen=True)
class Amount:
    """A numeric column of the sample: its numbers, the step it is rounded to (0: none), whether any is negative."""

    name: str
    place: int
    values: Floats
    step: float
    negative: bool


_ONE: Mapping[str, Callable[[Floats], Floats]] = {
    "{}": lambda x: x,
    "log({})": np.log,
    "log(1 + {})": np.log1p,
    "the square root of {}": np.sqrt,
    "{} squared": np.square,
    "exp({})": np.exp,
    "1 / {}": lambda x: 1 / x,
}
_BASES = {0.4343: "log10", 1.4427: "log2"}
TWO: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "{} + {}": lambda a, b: a + b,
    "{} - {}": lambda a, b: a - b,
    "{1} - {0}": lambda a, b: b - a,
    "{} x {}": lambda a, b: a * b,
    "{} / {}": lambda a, b: a / b,
    "{1} / {0}": lambda a, b: b / a,
    "100 x {} / {}": lambda a, b: 100 * a / b,
    "100 x {1} / {0}": lambda a, b: 100 * b / a,
}


def formulas(context: Context) -> dict[str, Rule]:
    """Find numeric columns that are computed from one or two others, or are sums of more.

    Candidates are screened by the association of all pairs and then on a few rows. A formula must
    hold to the rounding of what is computed, so that the coarser column comes of the finer one; where either
    could, the later one in the table is the one computed.

    Args:
        context: What the checks share.

    Returns:
        One rule per computed column.
    """
    amounts = amounts_of(context)
    found: dict[str, Rule] = {}
    for target in sorted(amounts.values(), key=lambda a: -a.place):
        told = [a for a in amounts.values() if a.name not in found or target.name not in found[a.name].sources]
        rule = _from_one(context, target, [a for a in told if a.name != target.name])
        if rule is None:
            rule = _from_two(context, target, amounts, found) or _from_sum(context, target, amounts, found)
        if rule is not None:
            found[target.name] = rule
    return found


def amounts_of(context: Context) -> dict[str, Amount]:
    """Return the numeric columns that are no identifiers and have three values and thirty rows or more."""
    facts = context.facts
    left = set(context.roles.identifiers)
    names = [c.name for c in facts.numeric if c.name not in left and c.distinct >= 3]
    amounts = {}
    for place, name in enumerate(names):
        values = facts.arrays.numbers[name]
        known = values[~np.isnan(values)]
        if known.size >= LEAST_ROWS:
            amounts[name] = Amount(name, place, values, step_of(known[:500]), bool((known < 0).any()))
    return amounts


def _told(target: Floats, guess: Floats, step: float) -> NDArray[np.bool_]:
    """Mark the rows where the guess is the target to its rounding."""
    allowed = step / 2 * (1 + 1e-6) + NEAR * np.maximum(1e-3, np.abs(target))
    return np.asarray(np.abs(target - guess) <= allowed, dtype=np.bool_)


def _beyond_chance(context: Context, target: Floats, guess: Floats, step: float) -> float | None:
    """Return the share of rows told, or None where it is too small or what shuffled rows would give."""
    known = ~np.isnan(target) & np.isfinite(guess)
    if known.sum() < LEAST_ROWS:
        return None
    target, guess = target[known], guess[known]
    share = float(_told(target, guess, step).mean())
    if share < HOLDS:
        return None
    shuffled = np.random.default_rng(context.facts.options.seed).permutation(target)
    chance = float(_told(shuffled, guess, step).mean())
    return share if chance < 1 and (share - chance) / (1 - chance) >= HOLDS else None


def _from_one(context: Context, target: Amount, others: Sequence[Amount]) -> Rule | None:
    for source in others:
        strong = context.matrix.between(source.name, target.name) >= MONOTONE
        with np.errstate(all="ignore"):
            guess = _single(source, target) if strong else _absolute(source, target)
            share = None if guess is None else _beyond_chance(context, target.values, guess[1], target.step)
        if guess is not None and share is not None:
            rows = int((~np.isnan(target.values) & ~np.isnan(source.values)).sum())
            return Rule(target.name, (source.name,), guess[0], share, rows)
    return None


def _single(source: Amount, target: Amount) -> tuple[str, Floats] | None:
    """Return the simplest formula of one column that fits on a few rows, with its values on all."""
    x, y, step = source.values, target.values, target.step
    known = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))
    if known.size < LEAST_ROWS:
        return None
    few = known[:: max(1, known.size // 400)]
    turns = np.diff(y[few][np.argsort(x[few], kind="stable")])
    if min((turns < 0).mean(), (turns > 0).mean()) > 2 * (1 - HOLDS):
        return None
    plain = _rounded(source, target, few)
    if plain is not None or np.unique(y[few]).size < LEAST_VALUES:
        return plain
    for words, function in _ONE.items():
        shape = function(x)
        fit = _line(shape[few], y[few], step) if np.isfinite(shape[few]).mean() >= HOLDS else None
        if fit is not None:
            base = _BASES.get(round(fit[0], 4)) if function is np.log else None
            text = _line_words(words.format(source.name), *fit)
            if base is not None and fit[1] == 0:
                text = f"{base}({source.name})"
            return text, fit[0] * shape + fit[1]
    return None


def _rounded(source: Amount, target: Amount, few: NDArray[np.intp]) -> tuple[str, Floats] | None:
    x, step = source.values, target.step
    named = {f"equal to {source.name}": x}
    if step > source.step or (step > 0 and source.step == 0):
        to = "whole numbers" if step == 1 else f"steps of {figure(step)}"
        named[f"{source.name} rounded to {to}"] = np.rint(x / step) * step
        named[f"{source.name} rounded down to {to}"] = np.floor(x / step + NEAR) * step
        named[f"{source.name} rounded up to {to}"] = np.ceil(x / step - NEAR) * step
    shares = {words: _told(target.values[few], guess[few], 0.0).mean() for words, guess in named.items()}
    # Halves are rounded up by some tools and to even by others: within half a step is enough for the first.
    best = max(shares, key=lambda words: shares[words])
    return (best, named[best]) if shares[best] >= HOLDS else None


def _line(x: Floats, y: Floats, step: float) -> tuple[float, float] | None:
    """Fit y = a x + b by the median of slopes (Theil 1950, Sen 1968), then least squares on the rows near it."""
    known = np.isfinite(x)
    x, y = x[known], y[known]
    if x.size < LEAST_ROWS or float(np.ptp(x)) == 0:
        return None
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    half = x.size // 2
    gap = x[-half:] - x[:half]
    if not (gap > 0).any():
        return None
    slope = float(np.median(((y[-half:] - y[:half])[gap > 0]) / gap[gap > 0]))
    shift = float(np.median(y - slope * x))
    for width in (4.0, 2.0):
        near = np.abs(y - slope * x - shift) <= width * step + 1e-6 * (1e-3 + np.abs(y))
        if near.sum() < LEAST_ROWS or float(np.ptp(x[near])) == 0:
            return None
        slope, shift = (float(v) for v in np.polyfit(x[near] - x[near].mean(), y[near], 1))
        shift -= slope * float(x[near].mean())
    return _simplest(x, y, step, (slope, shift))


def _simplest(x: Floats, y: Floats, step: float, line: tuple[float, float]) -> tuple[float, float] | None:
    """Return the line with the fewest digits that fits as well."""
    share = _told(y, line[0] * x + line[1], step).mean()
    size = max(float(np.abs(y).max()), 1e-12)
    for digits in range(1, 13):
        slope = float(f"{line[0]:.{digits}g}")
        shift = float(f"{line[1]:.{digits}g}") if abs(line[1]) > size * 10.0**-digits else 0.0
        if slope != 0 and _told(y, slope * x + shift, step).mean() >= max(share, HOLDS):
            return slope, shift
    return line if share >= HOLDS else None


def _line_words(shape: str, slope: float, shift: float) -> str:
    text = shape if slope == 1 else f"-{shape}" if slope == -1 else f"{slope:.6g} x {shape}"
    return f"{text} {'+' if shift > 0 else '-'} {abs(shift):.6g}" if shift else text


def _absolute(source: Amount, target: Amount) -> tuple[str, Floats] | None:
    if target.negative or not source.negative:
        return None
    few = np.flatnonzero(~np.isnan(source.values[:500]) & ~np.isnan(target.values[:500]))
    x, y = source.values[few], target.values[few]
    if few.size < LEAST_ROWS or _told(y, np.abs(x), target.step).mean() < HOLDS:
        return None
    return f"{source.name} without its sign", np.abs(source.values)


def _from_two(
    context: Context, target: Amount, amounts: Mapping[str, Amount], found: Mapping[str, Rule]
) -> Rule | None:
    others = [a for a in amounts.values() if a.name not in (target.name, *found)]
    near = _nearest(context, target, others)
    if not near or len(others) < 2:
        return None
    known = np.flatnonzero(~np.isnan(target.values))
    rows = np.random.default_rng(context.facts.options.seed).permutation(known)[:PROBE]
    y = target.values[rows]
    first = np.stack([a.values[rows] for a in near])[:, None, :]
    second = np.stack([a.values[rows] for a in others])[None, :, :]
    used = np.isfinite(first) & np.isfinite(second) & ~np.isin(first, (0, 1)) & ~np.isin(second, (0, 1))
    for words, function in TWO.items():
        with np.errstate(all="ignore"):
            told = _told(y, function(first, second), target.step) & used
        fits = np.argwhere((told.sum(axis=2) >= HOLDS * used.sum(axis=2) - 1) & (used.sum(axis=2) >= 6))
        for i, j in fits:
            rule = _pair_rule(context, target, (near[i], others[j]), words)
            if rule is not None:
                return rule
    return None


def _nearest(context: Context, target: Amount, others: Sequence[Amount]) -> list[Amount]:
    """Return the columns that go with the target most, beyond chance."""
    matrix = context.matrix
    place = matrix.places[target.name]
    related = [a for a in others if matrix.p_value[place, matrix.places[a.name]] < ERROR]
    return sorted(related, key=lambda a: -matrix.between(target.name, a.name))[:FIRSTS]


def _pair_rule(context: Context, target: Amount, pair: tuple[Amount, Amount], words: str) -> Rule | None:
    """Verify on all rows of the sample; rows where one part is 0 or 1 say nothing and must not carry the rule."""
    one, other = pair
    if one.name == other.name:
        return None
    with np.errstate(all="ignore"):
        guess = TWO[words](one.values, other.values)
    telling = ~np.isin(one.values, (0, 1)) & ~np.isin(other.values, (0, 1))
    share = _beyond_chance(context, np.where(telling, target.values, np.nan), guess, target.step)
    every = _beyond_chance(context, target.values, guess, target.step)
    if share is None or every is None:
        return None
    rows = int((~np.isnan(target.values) & np.isfinite(guess)).sum())
    return Rule(target.name, (one.name, other.name), words.format(one.name, other.name), every, rows)


def _from_sum(
    context: Context, target: Amount, amounts: Mapping[str, Amount], found: Mapping[str, Rule]
) -> Rule | None:
    """Find a sum or difference of three columns or more: weights near 1 or -1 by least absolute distance.

    The parts are sought among the twelve columns that go with the target most; those whose weight is nearly nothing
    are left out.
    """
    others = [a for a in amounts.values() if a.name not in (target.name, *found)]
    if len(others) < 3 or not _nearest(context, target, others):
        return None
    # A small part of a sum goes with it hardly at all: it need not be related beyond chance itself.
    parts = sorted(others, key=lambda a: -context.matrix.between(target.name, a.name))[:MOST_PARTS]
    known = np.flatnonzero(~np.isnan(target.values) & ~np.isnan(np.stack([a.values for a in parts])).any(axis=0))
    rows = np.random.default_rng(context.facts.options.seed).permutation(known)[:SUM_ROWS]
    if rows.size < LEAST_ROWS * 2:
        return None
    weights = _weights(np.stack([a.values[rows] for a in parts], axis=1), target.values[rows], target.step)
    if weights is None:
        return None
    kept = [(part, sign) for part, sign in zip(parts, weights, strict=True) if sign]
    if len(kept) < 3:
        return None
    kept.sort(key=lambda pair: (pair[1] < 0, pair[0].place))
    guess = np.sum([sign * part.values for part, sign in kept], axis=0)
    share = _beyond_chance(context, target.values, guess, target.step)
    if share is None:
        return None
    text = "".join(f" {'+' if sign > 0 else '-'} {part.name}" for part, sign in kept).removeprefix(" + ")
    names = tuple(part.name for part, _ in kept)
    return Rule(target.name, names, text, share, int((~np.isnan(target.values) & np.isfinite(guess)).sum()))


def _weights(x: Floats, y: Floats, step: float) -> list[int] | None:
    """Return weights of 1, 0 or -1 with which the columns add up to the target on most rows."""
    scale = x.std(axis=0)
    if (scale == 0).any() or float(y.std()) == 0:
        return None
    weight: Floats = np.ones(y.size)
    fitted: Floats = np.zeros(x.shape[1])
    least = max(step, 1e-6 * float(np.abs(y).max()), 1e-12)
    for _ in range(ROUNDS):
        root = np.sqrt(weight)[:, None]
        fitted = np.asarray(np.linalg.lstsq(x * root, y * root[:, 0], rcond=1e-9)[0], dtype=np.float64)
        off = np.abs(y - x @ fitted)
        # Far from any sum: half of the rows are off by more than a tenth of what the target varies.
        if float(np.median(off)) > 0.1 * float(y.std()):
            return None
        weight = 1 / np.maximum(off, least)
    signs = [round(float(w)) if float(s) * abs(w) > least else 0 for w, s in zip(fitted, scale, strict=True)]
    near = all(abs(w - sign) <= WHOLE for w, sign in zip(fitted, signs, strict=True) if sign or abs(w) < WHOLE)
    return signs if near and all(abs(sign) <= 1 for sign in signs) else None
