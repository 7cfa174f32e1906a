"""The sample of a huge table: whether it is large enough, and one larger run that proves it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from clientela.domain.errors import quoted
from clientela.domain.estimate import Estimate
from clientela.domain.roles import Roles
from clientela.models import splitting
from clientela.models.curve import SMALL
from clientela.models.fitting import Fitted, Task, fit
from clientela.models.options import ModelOptions
from clientela.models.preparing import Prepared, with_label
from clientela.models.result import Larger, ModelResult
from clientela.models.settling import Settled
from clientela.models.target import codes_of
from clientela.models.values import FloatArray, IntArray
from clientela.statistics.intervals import bootstrap_each
from clientela.statistics.scores import Ranking, log_losses
from clientela.tables.table import ROW, Table

TIMES = 4
"""Rows drawn for the larger run, in times those of the sample; those tested on among them."""
LEAST = 2
"""With fewer times the rows of the sample in the table, a larger run could not differ enough to tell."""
TESTED = 0.25
"""Share of the visitors beyond the sample that both models are tested on."""
PAYING = {
    True: "a larger sample would still pay",
    False: "the sample is large enough",
    None: "it cannot be told whether a larger sample would pay",
}


def pays(found: Larger) -> bool:
    """Tell whether the larger run is surely better, and by enough."""
    return found.gain.low > 0 and found.gain.value >= SMALL


def larger_run(
    table: Table, roles: Roles, sampled: tuple[Prepared, Task, Settled, Fitted], options: ModelOptions
) -> Larger | None:
    """Learn once from more rows, and hold both models against rows that neither has learned from.

    The rows of the sample are among those of the larger run. Visitors that are tested on are in neither.

    Args:
        table: The table that the sample is of.
        roles: Settled roles.
        sampled: The rows of the sample, what was learned from them, and the model.
        options: `sample_rows`, `seed` and `resamples`.

    Returns:
        How much better the larger run is; None where the table has too few rows beyond the sample.
    """
    prepared, task, settled, fitted = sampled
    if table.rows < LEAST * options.sample_rows:
        return None
    target = prepared.target
    frame = with_label(table.sample(TIMES * options.sample_rows, options.seed, key=roles.visitor), target.label)
    # a class that the sample does not know is none that its model could answer with
    frame = frame[np.flatnonzero(codes_of(target, frame[target.label]) >= 0)]
    codes, groups = codes_of(target, frame[target.label]), splitting.group_rows(frame, roles)
    train, test = _parted(frame, prepared.frame[ROW], groups, options.seed)
    if len(train) < LEAST * len(prepared.codes):
        return None
    wider = fit(replace(task, frame=frame, codes=codes, units=groups), train, settled.stage)
    rows = frame[test]
    chances = [settled.probabilities(model.odds(rows)) for model in (fitted, wider)]
    unit = "row" if roles.visitor is None else "visitor"
    area, gain, saved = _compared(codes[test], chances, groups[test], (options.resamples, options.seed, unit))
    return Larger(len(prepared.codes), len(train), len(test), area, gain, saved)


def told(result: ModelResult, roles: Roles, most: int) -> tuple[str, ...]:
    """Say which rows were learned from, and what the learning curve and a larger run find of a sample.

    Args:
        result: What the stage found.
        roles: Settled roles.
        most: Most rows that were to be learned from.

    Returns:
        Sentences; none where all rows were learned from.
    """
    lost = result.table_rows - result.rows
    if lost == 0:
        return ()
    if result.table_rows <= most:
        name = quoted(result.target.label)
        return (f"Left out: {lost:,} of {result.table_rows:,} rows, whose {name} is missing.",)
    how = "by visitor" if roles.visitor is not None else "by row"
    taken = f"Learned from {result.rows:,} of {result.table_rows:,} rows"
    said = [f"{taken}: rows with a label, sampled {how} where there are more."]
    if result.curve is not None:
        said.append(f"By the learning curve {PAYING[result.curve.pays]}.")
    if result.larger is not None:
        said.append(_proved(result.larger))
    return tuple(said)


def _proved(larger: Larger) -> str:
    gain = f"{larger.gain.value:.4f} [{larger.gain.low:.4f}, {larger.gain.high:.4f}]"
    run = (
        f"One run on {larger.rows:,} rows changes the auc of {larger.sample:,} by {gain}, on {larger.tested:,} rows of "
        "which neither has learned"
    )
    if pays(larger):
        return f"{run}: that pays, so this model has learned from as many."
    if larger.gain.high < SMALL:
        return f"{run}: the sample loses nothing that pays."
    return f"{run}: whether more rows pay cannot be told."


def _parted(frame: pl.DataFrame, sample: pl.Series, groups: IntArray, seed: int) -> tuple[IntArray, IntArray]:
    """Return the rows of the larger run, and rows of visitors beyond the sample to test on."""
    known = np.isin(frame[ROW].to_numpy(), sample.to_numpy())
    beyond = ~np.isin(groups, groups[known])
    members = np.unique(groups[beyond])
    taken = members[np.random.default_rng(seed).random(len(members)) < TESTED]
    test = np.isin(groups, taken)
    return np.flatnonzero(~test), np.flatnonzero(test)


def _compared(
    codes: IntArray, chances: list[FloatArray], units: IntArray, drawing: tuple[int, int, str]
) -> tuple[Estimate, ...]:
    """Return the area under the curve of the first, what the second adds to it, and what it saves of the log loss."""
    ranked = [Ranking(codes > 0, 1 - one[:, 0]) for one in chances]
    losses = [log_losses(codes, one) for one in chances]
    saved = losses[0] - losses[1]

    def all_of(weights: FloatArray) -> FloatArray:
        one, other = (ranking.auc(weights) for ranking in ranked)
        return np.array([one, other - one, weights @ saved / weights.sum()])

    return bootstrap_each(all_of, units, *drawing)
