"""A plain model of the label, learnt with the baseline: how well the columns tell the label, then and now.

It stands beside the model in use, which monitoring does not know: a sum of log odds, one weight per bin or level of
each column, fitted with a ridge. Where it loses, a model of the same columns loses too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from clientela.domain.record import Record
from clientela.monitoring.calendars import calendar
from clientela.monitoring.columns import Codes, Flags, Floats, Kind, Side
from clientela.monitoring.contract import Rule, Term
from clientela.monitoring.question import Question
from clientela.monitoring.rules import part
from clientela.statistics.threads import one_thread

BINS = 8
MOST_LEVELS = 20
RIDGE = 3.0
STEPS = 12
CLOSE = 1e-3
MOST_ROWS = 8_000
"""Rows it is learnt on; more hardly change so plain a model."""

LEAST_PARTS = 4
LEAST_EACH = 20
"""Rows with and without the label below which nothing is learnt or measured."""

GIVEN_AWAY = 0.98
"""Area of one column alone from which it is a consequence of the label and no feature."""


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
        question: What it tells of a row.
        start: Log odds of a row without any weight.
        columns: Weights by column.
        cuts: Limits between groups of scores.
        chances: Chance of the label by group of scores, from rows left out.
        auc: Area under the ROC curve on rows left out.
        blocks: Its record.
    """

    question: Question
    start: float
    columns: tuple[Weights, ...]
    cuts: tuple[float, ...]
    chances: tuple[float, ...]
    auc: float
    blocks: tuple[Block, ...] = ()


def learn_yardstick(
    side: Side, terms: Sequence[Term], rules: Sequence[Rule], question: Question, time: str
) -> Yardstick | None:
    """Learn the yardstick from the kept rows of the reference.

    Args:
        side: The rows.
        terms: What is known of the columns.
        rules: Rules between columns; a column that a rule ties to the label is no feature but a consequence.
        question: What is asked of a row.
        time: Column with the time of the row, "" where there is none.

    Returns:
        The yardstick, or None where few rows have the label, or there are no columns beside it.
    """
    side = side.only(np.random.default_rng(0).permutation(side.rows) < MOST_ROWS)
    answers = question.answers(side)
    kept = ~np.isnan(answers)
    truth = np.where(kept, answers, 0.0)
    if not _enough(truth[kept]):
        return None
    forms = [_form(side, term) for term in _features(terms, rules, question.label)]
    used = tuple(form for form in forms if _alone(coded_by(form, side)[kept], truth[kept]) < GIVEN_AWAY)
    if not used:
        return None
    model = _Model(used, side)
    whole = model.fitted(truth, kept, None)
    parts, names = _parts(side, terms, time)
    scores = np.full(side.rows, np.nan)
    for place in range(len(names)):
        out = (parts == place) & kept
        if out.any() and _enough(truth[kept & ~out]):
            scores[out] = model.scores(model.fitted(truth, kept & ~out, whole), out)
    told = ~np.isnan(scores)
    if not _enough(truth[told]):
        return None
    cuts, chances = calibrated(scores[told], truth[told])
    record = _record(model.codes, scores, truth, [(name, told & (parts == place)) for place, name in enumerate(names)])
    return Yardstick(
        question, float(whole[0]), model.columns(whole), cuts, chances, auc(scores[told], truth[told]), record
    )


def _alone(codes: Codes, truth: Floats) -> float:
    """Return the area that a column has by itself, whatever its shape."""
    rows = np.bincount(codes)
    return auc((np.bincount(codes, truth) / np.maximum(rows, 1))[codes], truth)


def _enough(truth: Floats) -> bool:
    return bool(min(truth.sum(), (1 - truth).sum()) >= LEAST_EACH)


def _features(terms: Sequence[Term], rules: Sequence[Rule], label: str) -> list[Term]:
    tied = {name for rule in rules for name in rule.columns if label in rule.columns} | {label}
    timed = {rule.right for rule in rules if rule.kind == "agrees" and rule.left_is in ("month", "day", "year")}
    return [
        term
        for term in terms
        if term.kind in (Kind.NUMBER, Kind.CATEGORY) and term.name not in tied | timed and not calendar(term.levels)
    ]


def _parts(side: Side, terms: Sequence[Term], time: str) -> tuple[Codes, list[str]]:
    """Part the rows by month, else into six spans of time, else by the names of months, else at random."""
    if time:
        seconds = side.numbers[time]
        months = part(side, time, "month")
        if months.drop_nulls().n_unique() >= LEAST_PARTS:
            names = sorted(months.drop_nulls().unique().to_list(), key=int)
            return _placed(months, names), [f"month {name}" for name in names]
        held = seconds[~np.isnan(seconds)]
        edges = np.quantile(held, np.linspace(0, 1, 7)[1:-1]) if held.size else np.zeros(0)
        spans = np.where(np.isnan(seconds), -1, np.searchsorted(edges, seconds, side="right"))
        return spans.astype(np.int64), [f"span {place + 1}" for place in range(6)]
    for term in terms:
        if term.kind is Kind.CATEGORY and len(term.levels) >= LEAST_PARTS and calendar(term.levels):
            return _placed(side.texts[term.name], list(term.levels)), list(term.levels)
    return np.arange(side.rows, dtype=np.int64) % 5, [f"fifth {place + 1}" for place in range(5)]


def _placed(texts: pl.Series, names: Sequence[str]) -> Codes:
    places = {name: place for place, name in enumerate(names)}
    return texts.replace_strict(places, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy()


class _Model:
    """The weights' design: one column per bin or level, and one for all rows."""

    def __init__(self, forms: tuple[Weights, ...], side: Side) -> None:
        self.forms = forms
        self.codes = [coded_by(form, side) for form in forms]
        self.ends = np.cumsum([1, *(len(form.weights) for form in forms)])
        self.design = np.zeros((side.rows, int(self.ends[-1])))
        self.design[:, 0] = 1.0
        for start, code in zip(self.ends, self.codes, strict=False):
            self.design[np.arange(side.rows), start + code] = 1.0

    def fitted(self, truth: Floats, rows: Flags, start: Floats | None) -> Floats:
        """Fit the log odds on some rows."""
        return ridge_log_odds(self.design[rows], truth[rows], start)

    def scores(self, weights: Floats, rows: Flags) -> Floats:
        """Return the log odds of some rows."""
        return np.asarray(self.design[rows] @ weights)

    def columns(self, weights: Floats) -> tuple[Weights, ...]:
        """Return the weights by column."""
        spans = zip(self.forms, self.ends, self.ends[1:], strict=False)
        return tuple(replace(form, weights=tuple(weights[a:b].tolist())) for form, a, b in spans)


def ridge_log_odds(design: Floats, wanted: Floats, start: Floats | None) -> Floats:
    """Fit log odds by Newton's method (ridge logistic regression, le Cessie and van Houwelingen 1992).

    Args:
        design: Columns of the rows, the first of them 1 in every row; it alone is not held small.
        wanted: 1 or 0 by row.
        start: Weights to begin with; None where there are none.

    Returns:
        The weights.
    """
    with one_thread():
        return _newton(design, wanted, start)


def _newton(design: Floats, wanted: Floats, start: Floats | None) -> Floats:
    weights = np.zeros(design.shape[1]) if start is None else start.copy()
    if start is None:
        weights[0] = math.log((wanted.sum() + 1) / (wanted.size - wanted.sum() + 1))
    penalty = np.full(weights.size, RIDGE)
    penalty[0] = 1e-6
    for _ in range(STEPS):
        chance: Floats = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -500.0, 500.0)))
        slope = design.T @ (wanted - chance) - penalty * weights
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step: Floats = np.asarray(np.linalg.solve(curve, slope), dtype=np.float64)
        while np.abs(step).max() > CLOSE and not _gains(design, wanted, penalty, weights, step):
            step = step / 2
        weights = weights + step
        if np.abs(step).max() < CLOSE:
            break
    return weights


def _form(side: Side, term: Term) -> Weights:
    if term.name in side.numbers:
        held = side.numbers[term.name][~np.isnan(side.numbers[term.name])]
        low = float(held.min()) if held.size else 0.0
        above = held[held > low]
        steps = np.quantile(above, np.linspace(0, 1, BINS)[:-1]) if above.size else np.zeros(0)
        edges = np.unique(np.append(steps, low))
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


def _gains(design: Floats, wanted: Floats, penalty: Floats, weights: Floats, step: Floats) -> bool:
    """Tell whether a step raises the penalised likelihood."""
    before, after = (
        float(np.sum(wanted * score - np.logaddexp(0.0, score)) - 0.5 * np.sum(penalty * w * w))
        for w, score in ((w, design @ w) for w in (weights, weights + step))
    )
    return after >= before


def scored(yardstick: Yardstick, side: Side) -> Floats:
    """Return the log odds of each row."""
    total = np.full(side.rows, yardstick.start)
    for form in yardstick.columns:
        total += np.asarray(form.weights)[coded_by(form, side)]
    return total


def auc(scores: Floats, truth: Floats) -> float:
    """Return the area under the ROC curve; NaN where only one class is there.

    >>> auc(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0]))
    1.0
    """
    return expected_auc(scores, truth)


def expected_auc(scores: Floats, chances: Floats) -> float:
    """Return the area that scores would have where each row has the label with its chance; ties count half.

    >>> round(expected_auc(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.5, 0.5])), 3)
    0.833
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
    groups = min(groups, max(1, scores.size // 25))
    pools: list[list[float]] = []
    for rows in np.array_split(order, groups):
        pools.append([float(truth[rows].sum()), float(rows.size), float(scores[rows].max())])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            last = pools.pop()
            pools[-1] = [pools[-1][0] + last[0], pools[-1][1] + last[1], last[2]]
    return tuple(pool[2] for pool in pools[:-1]), tuple(pool[0] / pool[1] for pool in pools)


def chances_of(scores: Floats, cuts: Sequence[float], chances: Sequence[float]) -> Floats:
    """Return the chance of the label by score."""
    return np.asarray(chances)[np.searchsorted(np.asarray(cuts), scores, side="left")]


def _record(
    codes: Sequence[Codes], scores: Floats, truth: Floats, parts: Sequence[tuple[str, Flags]]
) -> tuple[Block, ...]:
    found = []
    told = ~np.isnan(scores)
    for name, inside in parts:
        others = told & ~inside
        if not _enough(truth[inside]) or not _enough(truth[others]):
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
