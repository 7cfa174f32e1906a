"""A plain model of the label, learnt with the baseline: how well the columns tell the label, then and now.

It stands beside the model in use, which monitoring does not know: a sum of log odds, one weight per bin or level of
each column, fitted with a ridge. Where it loses, a model of the same columns loses too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from clientela.domain.record import Record
from clientela.monitoring.columns import Codes, Flags, Floats, Kind, Side
from clientela.monitoring.contract import Rule, Term

BINS = 8
MOST_LEVELS = 20
RIDGE = 3.0
STEPS = 8
LEAST_EACH = 20
"""Rows with and without the label below which nothing is learnt or measured."""

TRUE = ("true", "1", "yes", "y")


@dataclass(frozen=True)
class Weights(Record):
    """One column of the yardstick.

    Attributes:
        name: Column.
        edges: Lower ends of its bins where it is a number; the first weight is that of a missing cell.
        levels: Its levels where it is a category; the first weight is that of any other cell.
        weights: Log odds by bin or level.
    """

    name: str
    edges: tuple[float, ...]
    levels: tuple[str, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Block(Record):
    """What the yardstick would have told of one part of the reference, learnt on the other parts.

    Attributes:
        name: The part, such as a month.
        auc: What it was.
        estimated: What had been estimated before its labels.
        apart: How far the part lay from the others (excess chi-square per row and column).
    """

    name: str
    auc: float
    estimated: float
    apart: float


@dataclass(frozen=True)
class Yardstick(Record):
    """The model, its calibration, and its record on the parts of the reference.

    Attributes:
        label: Column it tells.
        positive: Level of the label that it tells.
        start: Log odds of a row without any weight.
        columns: Weights by column.
        cuts: Limits between groups of scores.
        chances: Chance of the label by group of scores, from rows left out.
        auc: Area under the ROC curve on rows left out.
        blocks: Its record.
    """

    label: str
    positive: str
    start: float
    columns: tuple[Weights, ...]
    cuts: tuple[float, ...]
    chances: tuple[float, ...]
    auc: float
    blocks: tuple[Block, ...] = ()


def positive_level(levels: Sequence[str]) -> str:
    """Return the level that says yes, "" where none does.

    >>> positive_level(["false", "True"]), positive_level(["red"])
    ('True', '')
    """
    return next((level for level in levels if level.casefold() in TRUE), "") if len(levels) == 2 else ""


def learn_yardstick(
    side: Side, terms: Sequence[Term], rules: Sequence[Rule], label: str, parts: tuple[Codes, Sequence[str]]
) -> Yardstick | None:
    """Learn the yardstick from the kept rows of the reference.

    Args:
        side: The rows.
        terms: What is known of the columns.
        rules: Rules between columns; a column that a rule ties to the label is no feature but a consequence.
        label: The label.
        parts: Part of each row, as a place in the names, and their names: months where they are known.

    Returns:
        The yardstick, or None where the label has no two levels, few rows, or no columns beside it.
    """
    term = next((term for term in terms if term.name == label), None)
    positive = positive_level(term.levels) if term else ""
    tied = {name for rule in rules for name in (rule.left, rule.right) if label in (rule.left, rule.right)} | {label}
    used = [term for term in terms if term.kind in (Kind.NUMBER, Kind.CATEGORY) and term.name not in tied]
    if not positive or not used:
        return None
    kept = ~side.missing(label)
    truth = (side.texts[label] == positive).fill_null(value=False).to_numpy().astype(np.float64)
    if min(truth[kept].sum(), (1 - truth[kept]).sum()) < LEAST_EACH:
        return None
    forms = [_form(side, term) for term in used]
    codes = [coded_by(form, side) for form in forms]
    scores, aucs = np.full(side.rows, np.nan), []
    for place, _ in enumerate(parts[1]):
        out = (parts[0] == place) & kept
        fit = kept & ~out
        if min(truth[fit].sum(), (1 - truth[fit]).sum()) >= LEAST_EACH and out.any():
            start, weights = _fitted(codes, forms, truth, fit)
            scores[out] = _summed(codes, weights, start, out)
            aucs.append(place)
    told = ~np.isnan(scores)
    if min(truth[told].sum(), (1 - truth[told]).sum()) < LEAST_EACH:
        return None
    start, weights = _fitted(codes, forms, truth, kept)
    cuts, chances = calibrated(scores[told], truth[told])
    columns = tuple(Weights(f.name, f.edges, f.levels, tuple(w.tolist())) for f, w in zip(forms, weights, strict=True))
    area = auc(scores[told], truth[told])
    record = _record(codes, scores, truth, told, parts)
    return Yardstick(label, positive, start, columns, cuts, chances, area, record)


def _form(side: Side, term: Term) -> Weights:
    if term.name in side.numbers:
        held = side.numbers[term.name][~np.isnan(side.numbers[term.name])]
        edges = np.unique(np.quantile(held, np.linspace(0, 1, BINS + 1)[:-1])) if held.size else np.zeros(1)
        return Weights(term.name, tuple(edges.tolist()), (), (0.0,) * (edges.size + 2))
    levels = term.levels[:MOST_LEVELS]
    return Weights(term.name, (), levels, (0.0,) * (len(levels) + 1))


def coded_by(form: Weights, side: Side) -> Codes:
    """Return the place of each row's weight; 0 where the cell is missing, unknown, or the column is not there."""
    if form.edges and form.name in side.numbers:
        values = side.numbers[form.name]
        return np.where(np.isnan(values), 0, 1 + np.searchsorted(form.edges, values, side="right")).astype(np.int64)
    if form.levels and form.name in side.texts:
        places = {level: place + 1 for place, level in enumerate(form.levels)}
        return side.texts[form.name].replace_strict(places, default=0, return_dtype=pl.Int64).fill_null(0).to_numpy()
    return np.zeros(side.rows, dtype=np.int64)


def _design(codes: Sequence[Codes], forms: Sequence[Weights], rows: Flags) -> NDArray[np.float64]:
    widths = [len(form.weights) for form in forms]
    ends = np.cumsum([1, *widths])
    design = np.zeros((int(rows.sum()), int(ends[-1])))
    design[:, 0] = 1.0
    for start, code in zip(ends, codes, strict=False):
        design[np.arange(design.shape[0]), start + code[rows]] = 1.0
    return design


def _fitted(codes: Sequence[Codes], forms: Sequence[Weights], truth: Floats, rows: Flags) -> tuple[float, list[Floats]]:
    """Fit the log odds by Newton's method (ridge logistic regression, le Cessie and van Houwelingen 1992)."""
    design, wanted = _design(codes, forms, rows), truth[rows]
    weights = np.zeros(design.shape[1])
    weights[0] = math.log((wanted.sum() + 1) / (wanted.size - wanted.sum() + 1))
    penalty = np.full(weights.size, RIDGE)
    penalty[0] = 1e-6
    for _ in range(STEPS):
        chance = special.expit(design @ weights)
        slope = design.T @ (wanted - chance) - penalty * weights
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < 1e-3:
            break
    ends = np.cumsum([1, *(len(form.weights) for form in forms)])
    return float(weights[0]), [weights[a:b] for a, b in zip(ends, ends[1:], strict=False)]


def _summed(codes: Sequence[Codes], weights: Sequence[Floats], start: float, rows: Flags) -> Floats:
    total = np.full(int(rows.sum()), start)
    for code, weight in zip(codes, weights, strict=True):
        total += weight[code[rows]]
    return total


def scored(yardstick: Yardstick, side: Side) -> Floats:
    """Return the log odds of each row."""
    codes = [coded_by(form, side) for form in yardstick.columns]
    weights = [np.asarray(form.weights) for form in yardstick.columns]
    return _summed(codes, weights, yardstick.start, np.ones(side.rows, dtype=np.bool_))


def auc(scores: Floats, truth: Floats) -> float:
    """Return the area under the ROC curve; NaN where only one class is there.

    >>> auc(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0]))
    1.0
    """
    return expected_auc(scores, truth)


def expected_auc(scores: Floats, chances: Floats) -> float:
    """Return the area that scores would have where each row has the label with its chance; ties count half.

    >>> expected_auc(np.array([1.0, 2.0]), np.array([0.0, 0.5]))
    0.75
    """
    levels, place = np.unique(scores, return_inverse=True)
    yes = np.bincount(place, chances, minlength=levels.size)
    no = np.bincount(place, 1 - chances, minlength=levels.size)
    below = np.cumsum(no) - no
    pairs = float(yes.sum() * no.sum() - np.sum(chances * (1 - chances)))
    own = float(np.sum(yes * no) - np.sum(chances * (1 - chances)))
    return float((np.sum(yes * below) + 0.5 * own) / pairs) if pairs > 0 else float("nan")


def calibrated(scores: Floats, truth: Floats, groups: int = 40) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return limits between groups of scores and the chance of the label in each, never falling.

    The pool of adjacent violators (Ayer et al. 1955) on groups of equal size.
    """
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, min(groups, max(1, scores.size // 25))) if part.size]
    pools: list[list[float]] = []
    for part in parts:
        pools.append([float(truth[part].sum()), float(part.size), float(scores[part].max())])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            last = pools.pop()
            pools[-1] = [pools[-1][0] + last[0], pools[-1][1] + last[1], last[2]]
    return tuple(pool[2] for pool in pools[:-1]), tuple(pool[0] / pool[1] for pool in pools)


def chances_of(scores: Floats, cuts: Sequence[float], chances: Sequence[float]) -> Floats:
    """Return the chance of the label by score."""
    return np.asarray(chances)[np.searchsorted(np.asarray(cuts), scores, side="left")]


def _record(
    codes: Sequence[Codes], scores: Floats, truth: Floats, told: Flags, parts: tuple[Codes, Sequence[str]]
) -> tuple[Block, ...]:
    found = []
    for place, name in enumerate(parts[1]):
        inside, others = told & (parts[0] == place), told & (parts[0] != place)
        if min(truth[inside].sum(), (1 - truth[inside]).sum(), truth[others].sum()) < LEAST_EACH:
            continue
        cuts, chances = calibrated(scores[others], truth[others])
        estimated = expected_auc(scores[inside], chances_of(scores[inside], cuts, chances))
        gap = apart([code[inside] for code in codes], [code[others] for code in codes])
        found.append(Block(name, auc(scores[inside], truth[inside]), estimated, gap))
    return tuple(found)


def apart(now: Sequence[Codes], known: Sequence[Codes]) -> float:
    """Return how far two samples lie apart: the two-sample chi-square beyond its freedom, per row and column."""
    gaps = []
    for code, base in zip(now, known, strict=True):
        width = int(max(code.max(initial=0), base.max(initial=0))) + 1
        first, second = np.bincount(code, minlength=width) / code.size, np.bincount(base, minlength=width) / base.size
        both = (first + second) > 0
        size = 1 / (1 / code.size + 1 / base.size)
        middle = (first * code.size + second * base.size) / (code.size + base.size)
        statistic = float(np.sum((first - second)[both] ** 2 / middle[both])) * size
        gaps.append((statistic - (int(both.sum()) - 1)) / size)
    return float(np.mean(gaps)) if gaps else 0.0
