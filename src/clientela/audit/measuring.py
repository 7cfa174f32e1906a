"""Relations of all pairs of columns and each column's signal, on the bounded sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.audit.facts import Facts
from clientela.audit.result import Relation
from clientela.domain.column import Storage
from clientela.domain.estimate import Estimate
from clientela.domain.roles import Roles
from clientela.statistics.association import Strengths, categorical_pairs, mixed_pairs, numeric_pairs
from clientela.statistics.multiplicity import holm
from clientela.statistics.signal import cell_auc, out_of_fold, ranked_auc

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

ERROR = 0.01
"""Chance, over all pairs together, that any unrelated pair is called related."""

LEAST_ROWS = 10
"""Rows with an answer from which a column is judged by it."""
FOLDS = 5
_NO_CODES: Mapping[str, tuple[float, int]] = MappingProxyType({})
MOST_CLASSES = 20


@dataclass(frozen=True)
class Matrix:
    """Association of all pairs of columns; see `statistics.association`.

    Attributes:
        names: Columns, numeric ones first.
        numeric: How many of them are numeric.
        strength: Shape (columns, columns), 0 to 1; NaN where it is not defined.
        sign: 1 or -1 for numeric pairs, else 0.
        p_value: Adjusted for all pairs (Holm).
        rows: Rows where both have a value.
    """

    names: tuple[str, ...]
    numeric: int
    strength: Floats
    sign: NDArray[np.int64]
    p_value: Floats
    rows: NDArray[np.int64]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Position of every column in `names`."""
        return {name: place for place, name in enumerate(self.names)}

    def between(self, first: str, second: str) -> float:
        """Return the strength of a pair; 0 where it was not measured."""
        places = self.places
        if first not in places or second not in places:
            return 0.0
        value = self.strength[places[first], places[second]]
        return 0.0 if np.isnan(value) else float(value)

    def relations(self, limit: int) -> tuple[Relation, ...]:
        """Return the strongest relations that are not chance, strongest first."""
        rows, columns = np.triu_indices(len(self.names), 1)
        strength = np.nan_to_num(self.strength[rows, columns])
        kept = (self.p_value[rows, columns] < ERROR) & (strength > 0)
        order = np.argsort(-np.where(kept, strength, -1), kind="stable")[: min(limit, int(kept.sum()))]
        return tuple(self._relation(int(rows[i]), int(columns[i])) for i in order)

    def _relation(self, i: int, j: int) -> Relation:
        kind = "numeric" if j < self.numeric else "mixed" if i < self.numeric else "categorical"
        measure = {"numeric": "Spearman", "mixed": "correlation ratio of ranks", "categorical": "Cramér's V"}[kind]
        strength, sign, rows = float(self.strength[i, j]), int(self.sign[i, j]), int(self.rows[i, j])
        return Relation(self.names[i], self.names[j], kind, measure, round(strength, 6), sign, rows)


def relate(facts: Facts, codes: Mapping[str, tuple[float, int]] = _NO_CODES) -> Matrix:
    """Measure the association of all pairs of columns of the sample.

    Args:
        facts: Facts with the sample.
        codes: Number that stands for missing, by column: such cells are no numbers.
    """
    arrays = facts.arrays
    ranks, levels = arrays.ranks(), arrays.levels()
    for place, name in enumerate(arrays.ranked):
        if name in codes:
            # The code is the least or the largest value: the ranks of the others keep their distances.
            ranks[arrays.numbers[name] == codes[name][0], place] = np.nan
    a, b = len(arrays.ranked), len(arrays.grouped)
    size = a + b
    parts: list[tuple[slice, slice, Strengths]] = []
    numeric, grouped = slice(0, a), slice(a, size)
    if a:
        parts.append((numeric, numeric, numeric_pairs(ranks)))
    if b:
        parts.append((grouped, grouped, categorical_pairs(levels)))
    if a and b:
        parts.append((grouped, numeric, mixed_pairs(levels, ranks)))
    strength, p_value = np.full((size, size), np.nan), np.full((size, size), np.nan)
    sign, rows = np.zeros((size, size), dtype=np.int64), np.zeros((size, size), dtype=np.int64)
    for i, j, part in parts:
        for target, values in ((strength, part.strength), (p_value, part.p_value)):
            target[i, j] = values
            target[j, i] = values.T
        sign[i, j], rows[i, j] = part.sign, part.rows
        sign[j, i], rows[j, i] = part.sign.T, part.rows.T
    upper = np.triu_indices(size, 1)
    p_value[upper] = holm(p_value[upper])
    p_value.T[upper] = p_value[upper]
    return Matrix(arrays.ranked + arrays.grouped, a, strength, sign, p_value, rows)


@dataclass(frozen=True)
class Question:
    """One yes-or-no question about the label: its words and the answer per row of the sample."""

    words: str
    positive: NDArray[np.bool_]


@dataclass(frozen=True)
class Signal:
    """What one column alone knows about the label.

    Attributes:
        mean: Mean over the questions of the area under the ROC curve, out of fold.
        best: The best question's area.
        question: That question's words.
    """

    mean: Estimate
    best: Estimate
    question: str


@dataclass(frozen=True)
class Outcome:
    """The label on the sample.

    Attributes:
        known: Rows of the sample with a label.
        questions: One against the rest per class; for a binary label the positive class
            alone; for a number one question (above zero, or above the median).
        above: The question whether the row is above the lowest class, where there is an order.
        amount: A number per row: place of the class in the order (from 0), or the number itself; None without order.
    """

    known: NDArray[np.bool_]
    questions: tuple[Question, ...]
    above: Question | None
    amount: Floats | None


def outcome_of(facts: Facts, roles: Roles) -> Outcome | None:
    """Return the label on the sample, or None where there is none that varies."""
    if roles.label is None or facts.columns[roles.label].distinct < 2:
        return None
    column = facts.columns[roles.label]
    if column.storage.numeric and column.distinct > MOST_CLASSES:
        return _amount_outcome(facts, roles.label)
    text = label_text(facts, roles.label)
    order = roles.order or tuple(value for value, _ in column.top[:MOST_CLASSES])
    known = np.isin(text, list(order))
    place = np.array([order.index(item) if item in order else -1 for item in text], dtype=np.float64)
    above = Question(f"above {order[0]}", place > 0) if roles.order else None
    if len(order) == 2:
        return Outcome(known, (Question(order[1], place == 1),), above, place)
    questions = tuple(Question(name, place == i) for i, name in enumerate(order))
    return Outcome(known, questions, above, place if roles.order else None)


def _amount_outcome(facts: Facts, label: str) -> Outcome:
    amount = facts.arrays.numbers[label]
    known = ~np.isnan(amount)
    level = 0.0 if (amount[known] <= 0).mean() >= 0.05 else float(np.median(amount[known]))
    above = Question(f"above {level:g}", known & (amount > level))
    return Outcome(known, (above,), above, amount)


def label_text(facts: Facts, label: str) -> NDArray[np.object_]:
    """Return the label of each row of the sample as text, as the table seam renders it."""
    series = facts.sample.get_column(label)
    known = series.drop_nulls().unique(maintain_order=True)
    if facts.columns[label].storage is Storage.NUMBER:
        texts = [repr(float(value)) for value in known]
    elif facts.columns[label].storage is Storage.BOOLEAN:
        texts = [str(value).lower() for value in known]
    else:
        texts = [str(value) for value in known]
    told = pl.DataFrame({label: known, "text": texts}, schema_overrides={"text": pl.String})
    joined = series.to_frame().join(told, on=label, how="left", maintain_order="left")
    return np.array(joined.get_column("text").to_list(), dtype=object)


def signals(facts: Facts, outcome: Outcome | None, label: str | None) -> Mapping[str, Signal]:
    """Score every column alone against the label, out of fold."""
    if outcome is None:
        return {}
    known = np.flatnonzero(outcome.known)
    fold = np.random.default_rng(facts.options.seed).permutation(known.size) % FOLDS
    questions = [(q.words, q.positive[known]) for q in outcome.questions]
    if outcome.above is not None and len(questions) > 1:
        questions.append((outcome.above.words, outcome.above.positive[known]))
    asked = [(words, positive) for words, positive in questions if 0 < positive.sum() < positive.size]
    # what a handful of rows have in common is no news of a column, where others can be asked
    often = [place for place, (_, positive) in enumerate(asked) if positive.sum() >= LEAST_ROWS] or range(len(asked))
    found: dict[str, Signal] = {}
    for name, codes in facts.arrays.bins.items():
        if name == label or not asked:
            continue
        order = facts.arrays.identity[name][known] if name in facts.arrays.ranked else None
        areas = [_area(codes[known], order, positive, fold) for _, positive in asked]
        best = max(often, key=lambda place: areas[place].value)
        found[name] = Signal(_mean(areas[: len(outcome.questions)]), areas[best], asked[best][0])
    return found


def _area(codes: Codes, order: Codes | None, positive: NDArray[np.bool_], fold: Codes) -> Estimate:
    """Score by bins out of fold, and a number also by its own order; take the better."""
    binned = cell_auc(*out_of_fold(codes, positive, fold))
    if order is None:
        return binned
    ranked = ranked_auc(order, positive)
    return ranked if ranked.value > binned.value else binned


def _mean(areas: list[Estimate]) -> Estimate:
    if len(areas) == 1:
        return areas[0]
    value, low, high = (float(np.mean([getattr(area, part) for area in areas])) for part in ("value", "low", "high"))
    return Estimate(value, low, high, areas[0].n, "mean of DeLong, one against rest")
