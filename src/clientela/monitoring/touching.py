"""How a break touches the model: which share of it rests on the columns, how scores move, what can be lost at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.domain.record import Record
from clientela.monitoring.baseline import Baseline, cells
from clientela.monitoring.columns import Kind, Side
from clientela.monitoring.question import Model
from clientela.monitoring.yardstick import auc, chances_of, coded_by, scored

MOST_ROWS = 8_000
SMALL = 0.05
"""Share of a model's contributions below which scores hardly move."""

ROWS_ONLY = (
    Cause.VOLUME, Cause.DUPLICATES, Cause.FANOUT, Cause.STALE, Cause.SAMPLING, Cause.CATEGORY_REMOVED,
    Cause.BOT_TRAFFIC, Cause.LABEL_DELAY, Cause.COLUMN_ADDED,
)  # fmt: skip
"""Causes after which the cells of the rows that are there are right."""


@dataclass(frozen=True)
class Touch(Record):
    """What a break does to a plain model of the label, on rows of the reference.

    Attributes:
        auc: Area under the ROC curve without the break.
        loss: What of it is lost where the columns tell nothing any more in the rows concerned; the most that can be.
        before: Mean chance of the label without the break.
        now: Mean chance of the label with the batch's cells.
    """

    auc: float
    loss: float
    before: float
    now: float

    def told(self, label: str) -> str:
        """Return it in a sentence."""
        lost = f"loses {self.loss:.3f} of its AUC {self.auc:.2f} at most" if self.loss >= 0.0005 else "loses no AUC"
        mean = f"its mean chance goes from {_percent(self.before)} to {_percent(self.now)}"
        return f"A plain model of {label} {lost}; {mean}."


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def touch(baseline: Baseline, frame: pl.DataFrame, names: Mapping[str, str], share: float) -> Touch | None:
    """Put the batch's cells of some columns on rows of the reference, and see what a plain model makes of them.

    The cells come from batch rows drawn at random, so that the columns tell nothing of the label where they stand: the
    loss is the most that the break can cost.

    Args:
        baseline: What the batch was held against.
        frame: Rows of the batch as they were read.
        names: Columns of the break, with the name each has in the batch; "" where it is not there.
        share: Share of the rows concerned, 0 to 1.

    Returns:
        What happens, or None where there is no plain model or it reads none of the columns.
    """
    yardstick = baseline.facts.yardstick
    if yardstick is None or not frame.height:
        return None
    forms = [form for form in yardstick.columns if form.name in names]
    if not forms:
        return None
    kept = np.zeros(baseline.side.rows, dtype=np.bool_)
    kept[np.linspace(0, kept.size - 1, min(MOST_ROWS, kept.size)).astype(np.int64)] = True
    side, batch = baseline.side.only(kept), _side(baseline, frame, names)
    rng = np.random.default_rng(0)
    drawn, hit = rng.integers(0, frame.height, side.rows), rng.random(side.rows) < share
    scores = scored(yardstick, side)
    turned = scores.copy()
    for form in forms:
        weights = np.asarray(form.weights)
        turned += hit * (weights[coded_by(form, batch)[drawn]] - weights[coded_by(form, side)])
    answers = yardstick.question.answers(side)
    there = ~np.isnan(answers)
    areas = [auc(part[there], answers[there]) for part in (scores, turned)]
    means = [float(chances_of(part, yardstick.cuts, yardstick.chances).mean()) for part in (scores, turned)]
    return Touch(areas[0], max(0.0, areas[0] - areas[1]), means[0], means[1])


def _side(baseline: Baseline, frame: pl.DataFrame, names: Mapping[str, str]) -> Side:
    side = Side(frame.height)
    for term in baseline.contract.terms:
        name = names.get(term.name, "")
        if name in frame.columns and term.kind in (Kind.NUMBER, Kind.CATEGORY):
            side = side.put(term.name, cells(frame[name], term.kind))
    return side


def touched(columns: Sequence[str], model: Model) -> str:
    """Return in a sentence what of a model rests on some columns.

    >>> touched(["hour"], Model("bought", columns={"pages": 0.9, "hour": 0.1}))
    '10 % of the model rests on hour: scores of the rows concerned move.'
    """
    if model.label in columns:
        stays = "scores stay right, but learn and measure nothing on these rows"
        return f"{model.label} is what the model predicts: {stays}."
    read = [name for name in columns if name in model.columns]
    if not read:
        return "The model does not read it: no score moves."
    share = sum(model.columns[name] for name in read)
    named = ", ".join(read[:3]) + (f" and {len(read) - 3} more" if len(read) > 3 else "")
    percent = f"{share:.0%}".replace("%", " %") if share >= 0.01 else "Less than 1 %"
    moves = "hardly move" if share < SMALL else "move"
    return f"{percent} of the model rests on {named}: scores of the rows concerned {moves}."
