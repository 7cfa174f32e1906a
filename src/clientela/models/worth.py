"""What each joined block and each column is worth, next to what it costs to have."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientela.domain.block import Block
from clientela.domain.column import Available, Origin
from clientela.domain.estimate import Estimate
from clientela.domain.roles import Roles
from clientela.models import trying
from clientela.models.fitting import Task
from clientela.models.preparing import Prepared
from clientela.models.result import Importance, Worth
from clientela.models.splitting import Parted
from clientela.models.values import FloatArray, IntArray
from clientela.statistics.intervals import bootstrap_each

MOST_COLUMNS = 12
"""Single columns that are judged, the strongest by importance."""

MOST_RESAMPLES = 200
LATE = (Available.AFTER, Available.UNKNOWN, Available.DURING, Available.BEFORE)
"""When a column is known, the latest first: the latest one decides of several."""
COLLECTED, NOTHING = "collected columns", "nothing"


_Gains = tuple[tuple[Estimate, Estimate], tuple[Estimate, Estimate]]
"""AUC and log loss saved: when kept, and when added."""


@dataclass(frozen=True)
class Judge:
    """How choices are compared.

    Attributes:
        prepared: Rows, target and folds.
        task: What is learned.
        weight: Weight of the trees in the model that is used.
        unit: "visitor" or "row".
        resamples: Resamples behind an interval.
    """

    prepared: Prepared
    task: Task
    weight: float
    unit: str
    resamples: int = MOST_RESAMPLES


def worth(
    judge: Judge, roles: Roles, blocks: Sequence[Block], suspects: Collection[str], strongest: Sequence[Importance]
) -> tuple[Worth, ...]:
    """Work out what each joined block, and each of the strongest columns, is worth.

    Each is taken from all columns, and each block is added to the collected ones (to nothing where none are
    named); both are differences of quick models on the same folds, with intervals by resampling visitors in
    pairs, widened for what learning from other rows would change. Columns suspected to know the outcome, or
    known only after it, are in none of the models: beside them nothing else would be worth anything.

    Args:
        judge: How choices are compared.
        roles: Settled roles: origin of the columns, and when they are known.
        blocks: Joined blocks.
        suspects: Columns suspected to know the outcome.
        strongest: Importance of the columns, strongest first.

    Returns:
        Blocks, then columns; most lost without first.
    """
    used = judge.prepared.columns
    whole = tuple(name for name in used if name not in suspects and roles.column(name).available is not Available.AFTER)
    base = tuple(name for name in whole if roles.column(name).origin is Origin.COLLECTED)
    base = base if len(base) < len(whole) else ()
    items: dict[tuple[str, ...], Block | None] = {}
    for block in blocks:
        columns = tuple(name for name in whole if name in block.columns)
        if columns:
            items[columns] = block
    names = [item.column for item in strongest if item.column in whole]
    for name in names[:MOST_COLUMNS]:
        items.setdefault((name,), None)
    if not items:
        return ()
    gains = _gains(judge, whole, base, items)
    base_name = COLLECTED if base else NOTHING
    found = [
        _described(columns, block, gain, base_name, roles, blocks)
        for (columns, block), gain in zip(items.items(), gains, strict=True)
    ]
    return tuple(sorted(found, key=lambda item: (not item.block, -item.kept.value)))


def _described(
    columns: tuple[str, ...],
    block: Block | None,
    gain: _Gains,
    base: str,
    roles: Roles,
    blocks: Sequence[Block],
) -> Worth:
    source = block or next((other for other in blocks if set(columns) <= set(other.columns)), None)
    known = {roles.column(name).available for name in columns}
    return Worth(
        name=block.name if block else columns[0],
        block=block is not None,
        columns=columns,
        kept=gain[0][0],
        kept_loss=gain[0][1],
        added=gain[1][0] if block else None,
        added_loss=gain[1][1] if block else None,
        base=base,
        available=next(when for when in LATE if when in known),
        coverage=source.coverage if source else math.nan,
        fan_out=source.fan_out if source else math.nan,
        personal=_personal(columns, source, roles),
    )


def _personal(columns: Collection[str], source: Block | None, roles: Roles) -> bool | None:
    """Tell whether columns say something of single people: looked up by the visitor, or found to hold such data."""
    if source is None:
        return None
    return roles.visitor in source.key or any(name in source.personal for name in columns)


def _gains(
    judge: Judge, whole: tuple[str, ...], base: tuple[str, ...], items: Mapping[tuple[str, ...], Block | None]
) -> list[_Gains]:
    """Return what each item brings to all columns, and each block to the base."""
    steps = [(whole, tuple(name for name in whole if name not in columns)) for columns in items]
    for columns, block in items.items():
        if block is not None:
            more = tuple(name for name in whole if name in base or name in columns)
            steps.append((more, tuple(name for name in base if name not in columns)))
    choices = tuple(dict.fromkeys(choice for step in steps for choice in step))
    parts = drawn(judge.prepared, judge.task.seed)
    odds = trying.of_columns(judge.task, judge.weight, parts, choices)
    pairs = np.array([[choices.index(choice) for choice in step] for step in steps])
    rows = np.sort(np.concatenate([part.test for part in parts]))
    differences = _differences(judge.prepared.codes > 0, odds, parts, pairs)
    spread = np.zeros(len(odds))

    def statistics(weights: FloatArray) -> FloatArray:
        spread[rows] = weights
        return differences(spread)

    found = bootstrap_each(statistics, judge.prepared.groups[rows], judge.resamples, judge.task.seed, judge.unit)
    found = tuple(trying.widened(estimate, len(parts)) for estimate in found)
    gains = list(zip(found[: len(steps)], found[len(steps) :], strict=True))
    brought = iter(gains[len(items) :])
    return [
        (gain, next(brought) if block is not None else gain) for gain, block in zip(gains, items.values(), strict=False)
    ]


def _differences(
    yes: NDArray[np.bool_], odds: FloatArray, parts: Sequence[Parted], pairs: IntArray
) -> Callable[[FloatArray], FloatArray]:
    """Return a function from weights to the gains of AUC, then of log loss, of the first of each pair over the second.

    AUC is the mean of the folds' own: models of different folds need not agree on where zero is.
    """
    tests = [part.test for part in parts]
    count = odds.shape[1]
    ranked = trying.areas(
        yes,
        [test for _ in range(count) for test in tests],
        [odds[test, place] for place in range(count) for test in tests],
    )
    signed = np.where(yes, 1.0, -1.0)
    tested = np.isfinite(odds[:, 0])
    losses = np.zeros_like(odds)
    losses[tested] = np.logaddexp(0.0, -signed[tested, None] * odds[tested])

    def found(weights: FloatArray) -> FloatArray:
        auc = ranked(weights).reshape(count, len(tests)).mean(axis=1)
        loss = np.einsum("i,ij->j", weights, losses) / weights.sum()
        return np.concatenate([auc[pairs[:, 0]] - auc[pairs[:, 1]], loss[pairs[:, 1]] - loss[pairs[:, 0]]])

    return found


def drawn(prepared: Prepared, seed: int) -> tuple[Parted, ...]:
    """Return the folds, of some visitors only where there are more rows than are compared on."""
    rows = len(prepared.codes)
    if rows <= trying.MOST_ROWS:
        return prepared.parts
    units = int(prepared.groups.max()) + 1
    kept = (np.random.default_rng(seed).random(units) < trying.MOST_ROWS / rows)[prepared.groups]
    return tuple(Parted(part.train[kept[part.train]], part.test[kept[part.test]]) for part in prepared.parts)
