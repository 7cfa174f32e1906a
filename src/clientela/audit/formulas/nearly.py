"""Numbers that are nearly computed from two others: a formula with noise, a fee or a rounding on top of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Context
from clientela.audit.formulas.deriving import HOLDS, LEAST_ROWS, Amount, Rule, amounts_of
from clientela.audit.measuring import ERROR
from clientela.audit.wording import figure

Floats = NDArray[np.float64]

EXPLAINED = 0.98
"""Share of variance that both parts together must explain, on the scale of the formula, to be looked at closely."""

MORE = 5.0
"""How many times less of the variance two parts must leave unexplained than the better one alone."""

TENTH = 0.1
"""Deviations of the target within which the formula must lie."""

LEVEL = 0.05
"""How far weights and powers may be from those of the formula, relative to 1."""

MOST_PAIRS = 20
"""Pairs looked at closely per column, the best ones first."""

_FORMS: Mapping[tuple[str, int], tuple[str, Callable[[Floats, Floats], Floats]]] = {
    ("sum", 1): ("{} + {}", lambda a, b: a + b),
    ("sum", -1): ("{} - {}", lambda a, b: a - b),
    ("product", 1): ("{} x {}", lambda a, b: a * b),
    ("product", -1): ("{} / {}", lambda a, b: a / b),
}


def nearly(context: Context, known: Mapping[str, Rule], left: set[str]) -> dict[str, Rule]:
    """Find numbers that are nearly a sum, difference, product or ratio of two others, times one factor.

    Both columns together must explain 98 % of the variance (of the logarithms for products), leave a fifth or less of
    what the better one alone leaves, and carry weights (powers) of one size, within 5 %; then the formula must lie
    within a tenth of the target's deviation on 95 % of rows, and nearly as many beyond what shuffled rows give (kappa).
    Null model: the target has nothing to do with the formula. Then any of its values may stand on any row; how many
    lie that close on average over all orders is counted, and so many or more as were found must come by
    chance (binomial) once in a hundred tables at most, shared among the pairs looked at.
    Columns that say the same as the target are `redundant` and no parts of a formula.

    Args:
        context: What the checks share.
        known: Rules that hold exactly; columns of one of them are not told once more the other way round.
        left: Columns that are the result of no formula looked for here.

    Returns:
        One rule per column; its share is that of rows within a tenth of a deviation.
    """
    amounts = [
        a for a in amounts_of(context).values() if np.unique(a.values[~np.isnan(a.values)]).size > 2 * LEAST_ROWS
    ]
    if len(amounts) < 3:
        return {}
    found: dict[str, Rule] = {}
    whole = np.stack([a.values for a in amounts])
    with np.errstate(all="ignore"):
        scales = {"sum": whole, "product": np.log(whole)}
    related = {kind: _related(values) for kind, values in scales.items()}
    places = [at for at, a in reversed(list(enumerate(amounts))) if a.name not in left and a.name not in known]
    close = {at: list(_candidates(related, at)) for at in places}
    error = ERROR / max(sum(len(pairs) for pairs in close.values()), 1)
    for at, pairs in close.items():
        for kind, one, other in pairs:
            parts = (amounts[one], amounts[other])
            trio = {amounts[at].name, *(part.name for part in parts)}
            told = any(trio <= {rule.target, *rule.sources} for rule in (*known.values(), *found.values()))
            rule = None if told else _rule(amounts[at], parts, kind, error)
            if rule is not None:
                found[rule.target] = rule
                break
    return found


def _related(values: Floats) -> Floats:
    """Return correlations of rows (columns of the table), 0 where a tenth of the cells is gone or none vary."""
    known = np.isfinite(values)
    usable = known.mean(axis=1) >= 1 - TENTH
    filled = np.where(known, values, 0.0)
    means = filled.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    centred = np.where(known, filled - means[:, None], 0.0)
    size = np.sqrt((centred**2).sum(axis=1))
    usable &= size > 0
    scaled = centred / np.where(usable, size, 1.0)[:, None] * usable[:, None]
    return np.asarray(scaled @ scaled.T, dtype=np.float64)


def _candidates(related: Mapping[str, Floats], at: int) -> Iterator[tuple[str, int, int]]:
    """Yield pairs of columns that together explain a column far better than either does, best first."""
    found: list[tuple[float, str, int, int]] = []
    for kind, r in related.items():
        mine = r[at]
        between = np.clip(r, -0.999, 0.999)
        both = (mine[:, None] ** 2 + mine[None, :] ** 2 - 2 * mine[:, None] * mine[None, :] * between) / (
            1 - between**2
        )
        best = np.maximum(mine[:, None] ** 2, mine[None, :] ** 2)
        fits = (both >= EXPLAINED) & (MORE * (1 - both) <= 1 - best) & (r.diagonal() > 0)[:, None]
        fits[at, :] = fits[:, at] = False
        found += [(-float(both[i, j]), kind, int(i), int(j)) for i, j in np.argwhere(np.triu(fits, 1))]
    for _, kind, one, other in sorted(found)[:MOST_PAIRS]:
        yield kind, one, other


def _rule(target: Amount, parts: tuple[Amount, Amount], kind: str, error: float) -> Rule | None:
    """Fit the formula of a pair and verify it on all rows of the sample."""
    y, (a, b) = target.values, (part.values for part in parts)
    known = np.isfinite(y) & np.isfinite(a) & np.isfinite(b)
    if kind == "product":
        known &= (y > 0) & (a > 0) & (b > 0)
    if known.sum() < LEAST_ROWS:
        return None
    fitted = _weights(y[known], (a[known], b[known]), logs=kind == "product")
    if fitted is None:
        return None
    first, second = fitted
    names = [part.name for part in parts]
    if kind == "product" and first < 0:
        # Only the first one divides: the formula is read the other way round.
        (a, b), names, (first, second) = (b, a), names[::-1], (second, first)
    if kind == "product" and (first < 0 or abs(first - 1) > LEVEL):
        return None
    words, form = _FORMS[kind, 1 if first * second > 0 else -1]
    with np.errstate(all="ignore"):
        shape = form(a, b)
    told = np.isfinite(y) & np.isfinite(shape)
    factor = float((y[told] * shape[told]).sum() / (shape[told] ** 2).sum())
    share = _within(y[told], factor * shape[told], error)
    if share is None:
        return None
    by = "" if abs(factor - 1) <= TENTH * LEVEL else f"{figure(factor)} x ".replace("-1 x", "-")
    text = words.format(*names)
    text = f"{by}({text})" if by and kind == "sum" else f"{by}{text}"
    return Rule(target.name, tuple(names), f"about {text}, to a tenth of its deviation", share, int(told.sum()))


def _weights(y: Floats, parts: Sequence[Floats], *, logs: bool) -> tuple[float, float] | None:
    """Return the weights of two parts by least squares where they are of one size, else None."""
    if logs:
        y, parts = np.log(y), [np.log(part) for part in parts]
    x = np.stack([*parts, np.ones(y.size)], axis=1)
    first, second, _ = (float(w) for w in np.linalg.lstsq(x, y, rcond=None)[0])
    larger = max(abs(first), abs(second))
    return (first, second) if larger > 0 and min(abs(first), abs(second)) >= (1 - LEVEL) * larger else None


def _within(y: Floats, guess: Floats, error: float) -> float | None:
    """Return the share of rows within a tenth of a deviation, None where it is small or what shuffled rows give."""
    low, high = np.quantile(y, [0.01, 0.99])
    near = TENTH * float(np.clip(y, low, high).std())
    hits = int((np.abs(y - guess) <= near).sum())
    chance, share = _by_chance(y, guess, near), hits / y.size
    if share < HOLDS or chance >= 1 or (share - chance) < HOLDS * (1 - chance) * HOLDS:
        return None
    return share if float(special.bdtrc(hits - 1, y.size, chance)) < error else None


def _by_chance(y: Floats, guess: Floats, near: float) -> float:
    """Return the share of rows on which a number lies so close, on average over all orders of the numbers.

    >>> _by_chance(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]), 0.1)
    0.3333333333333333
    """
    ordered = np.sort(y)
    held = np.searchsorted(ordered, guess + near, "right") - np.searchsorted(ordered, guess - near, "left")
    return float(held.mean()) / y.size
