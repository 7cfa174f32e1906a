"""The yes-or-no question behind a label: is a row above its lowest class?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from clientela.domain.record import Record
from clientela.monitoring.columns import Floats, Kind, Side
from clientela.monitoring.contract import Term

TRUE = ("true", "1", "yes", "y")
FALSE = ("false", "0", "no", "n", "none", "zero", "nothing", "")
MOST_CLASSES = 20
LEAST_AT_ZERO = 0.02
"""Share of zeros from which an amount parts those who paid from those who did not."""


@dataclass(frozen=True)
class Model(Record):
    """What is known of the model in use.

    Attributes:
        label: The column it predicts.
        lowest: Values of the label that are its lowest class; empty where the class is a range of numbers.
        over: Number above which a row is not in the lowest class; NaN where classes are values.
        revenue: Column with the money that goes with a row, "" where there is none.
        columns: Columns it reads with their share of all contributions, 0 to 1, strongest first.
    """

    label: str
    lowest: tuple[str, ...] = ()
    over: float = math.nan
    revenue: str = ""
    columns: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Question(Record):
    """What is asked of a row: yes or no.

    Attributes:
        label: Column that answers it.
        yes: Values that mean yes; empty where numbers do.
        over: Number above which it is yes; NaN where values say it.
    """

    label: str
    yes: tuple[str, ...]
    over: float = math.nan

    def answers(self, side: Side) -> Floats:
        """Return 1 for yes, 0 for no, and NaN for rows whose answer is not there."""
        if not side.has(self.label):
            return np.full(side.rows, np.nan)
        if self.label in side.numbers:
            values = side.numbers[self.label]
            return np.where(np.isnan(values), np.nan, (values > self.over).astype(np.float64))
        texts = side.texts[self.label]
        yes = texts.is_in(list(self.yes)).fill_null(value=False).to_numpy()
        return np.where(texts.is_null().to_numpy(), np.nan, yes.astype(np.float64))


def question_of(term: Term, side: Side, model: Model | None = None) -> Question | None:
    """Return what is asked of a label; None where its values are not parted by yes and no.

    A label with a level that says no (false, 0, no, none, zero), or the lowest class of the model in use, has all its
    other levels as yes; of two other levels the rarer one is yes; of numbers, those above the lowest. An amount is yes
    where it is above 0.

    Args:
        term: What is known of the label.
        side: Rows of the reference.
        model: The model in use, or None.

    >>> question_of(Term("group", Kind.CATEGORY, "text", 0.0, levels=("none", "low", "high")), Side(0)).yes
    ('low', 'high')
    """
    if term.kind is Kind.NUMBER and term.name in side.numbers:
        if model is not None and not math.isnan(model.over):
            return Question(term.name, (), model.over)
        held = side.numbers[term.name][~np.isnan(side.numbers[term.name])]
        zeros = float(np.mean(held == 0)) if held.size else 0.0
        return Question(term.name, (), 0.0) if term.low == 0 and LEAST_AT_ZERO <= zeros < 1 else None
    if term.kind is not Kind.CATEGORY or not 2 <= len(term.levels) <= MOST_CLASSES:
        return None
    known = [level for level in term.levels if model is not None and level in model.lowest]
    no = known or _no(term.levels)
    yes = tuple(level for level in term.levels if level not in no)
    return Question(term.name, yes) if yes else None


def _no(levels: Sequence[str]) -> list[str]:
    """Return the levels that say no: by their word, as the lowest number, else the commonest one, which comes first."""
    if len(levels) == 2 and any(level.strip().casefold() in TRUE for level in levels):
        return [level for level in levels if level.strip().casefold() not in TRUE]
    said = [level for level in levels if level.strip().casefold() in FALSE]
    if said:
        return said[:1]
    try:
        return [min(levels, key=float)]
    except ValueError:
        return [levels[0]]
