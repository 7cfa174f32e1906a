"""A policy replayed on logged decisions: what it would have earned, or why that cannot be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import ColumnError, InputError, RefusedError, listed, quoted
from clientela.domain.estimate import Estimate
from clientela.domain.progress import SILENT, Progress
from clientela.experiments.cells import complete, numbers
from clientela.experiments.policy import Policy, matched, table_of
from clientela.experiments.replay import Columns, Replay
from clientela.statistics.intervals import bootstrap_ratio
from clientela.statistics.likelihood import effective_size, likelihood_ratio
from clientela.statistics.off_policy import (
    Logged,
    doubly_robust,
    inverse_propensity,
    lead,
    self_normalised,
    switch,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEAST_EFFECTIVE = 30
"""Fewer decisions of equal weight cannot bound a share closer than a tenth (3 / n, Hanley and Lippman-Hand 1983).

The interval still holds below it (bench/experiments_policy.py), but says next to nothing.
"""
MOST_UNSUPPORTED = 0.05
"""The doubt that an interval of 95 % already admits."""
SURE = 10.83 / 2
"""Log-likelihood ratio that one in a thousand logs with true propensities exceeds (chi-square, one degree)."""
FOLDS = 5
PRIOR = 50.0
"""Decisions that the wider mean counts for in a foreseen reward; only the width of intervals depends on it."""
MOST_VARIANTS = 10_000


@dataclass(frozen=True)
class _Decisions:
    """The log as codes.

    Attributes:
        rule: Rule of every decision.
        shown: Variant of every decision.
        table: Probability of every variant under every rule.
        propensities: Propensity of every decision.
        rewards: Reward of every decision.
        units: Unit of every decision, codes from 0.
        visitors: Whether units are visitors.
    """

    rule: IntArray
    shown: IntArray
    table: FloatArray
    propensities: FloatArray
    rewards: FloatArray
    units: IntArray
    visitors: bool


def replay(frame: pl.DataFrame, policy: Policy, columns: Columns, seed: int = 0, progress: Progress = SILENT) -> Replay:
    """Estimate what a policy would have earned per decision from decisions that another one made.

    The answer is the doubly robust estimate, its foreseen rewards learned from other decisions;
    inverse propensity, self-normalised and switch stand beside it. Intervals are by empirical
    likelihood (`statistics.likelihood`), which holds where weights are heavy.

    Args:
        frame: Decisions with the columns of `columns` and those that the rules of the policy ask for.
        policy: The policy.
        columns: Names of the columns.
        seed: Seed of the folds.
        progress: Takes word of how far it is.

    Returns:
        The estimates, with how much the log can tell.

    Raises:
        ColumnError: A column is not there.
        InputError: A propensity is not above 0 and at most 1, a reward is no number, a cell is missing.
        RefusedError: The log shows too little of what the policy would do.

    >>> log = pl.DataFrame({"variant": ["A", "B"] * 200, "propensity": [0.5] * 400, "reward": [0, 1, 0, 0] * 100})
    >>> from clientela.experiments.policy import read_policy
    >>> found = replay(log, read_policy(b'{"default": {"B": 1}}'), Columns())
    >>> round(found.value.value, 2), round(found.logged.value, 2)
    (0.5, 0.25)
    """
    made, names = _decisions(frame, policy, columns)
    progress.update("weighing", 0.3)
    shares = made.table[made.rule, made.shown]
    weights = shares / made.propensities
    unsupported = _unsupported(made, names)
    each, unit = _per_unit(weights, made), _unit(made)
    effective = effective_size(each)
    if effective < LEAST_EFFECTIVE:
        raise RefusedError(
            f"The {len(frame):,} decisions tell as much about the policy as {effective:.0f} {unit}s of its own would, "
            f"and fewer than {LEAST_EFFECTIVE} say next to nothing: log more, or try a policy nearer to the one logged."
        )
    logged = _logged(made, weights, seed)
    progress.update("estimating", 0.5)
    estimates = {
        "doubly robust": doubly_robust(logged),
        "self-normalised": self_normalised(logged),
        "inverse propensity": inverse_propensity(logged),
        "switch": switch(logged),
    }
    return Replay(
        policy=policy.name,
        decisions=len(frame),
        logged=bootstrap_ratio(made.rewards, np.ones(len(frame)), made.units, seed=seed, unit=unit),
        value=estimates["doubly robust"],
        gain=lead(logged),
        estimates=estimates,
        effective=effective,
        heaviest=float(each.max() / each.sum()),
        weight=float(weights.mean()),
        unsupported=unsupported,
        reward=columns.reward,
        unit=unit,
        doubts=_doubts(logged, unsupported, made, estimates),
    )


def _decisions(frame: pl.DataFrame, policy: Policy, columns: Columns) -> tuple[_Decisions, tuple[str, ...]]:
    needed = [columns.variant, columns.propensity, columns.reward, *([columns.visitor] if columns.visitor else [])]
    twice = [name for place, name in enumerate(needed) if name in needed[:place]]
    if twice:
        raise InputError(f"{listed(twice)} cannot be two things at once: name one column for each.")
    for name in (*needed, *policy.columns):
        if name not in frame.columns:
            raise ColumnError.missing(name, frame.columns)
    if frame.is_empty():
        raise InputError("The table of decisions has no rows: give one row per decision.")
    complete(frame, needed)
    propensities, rewards = _propensities(frame, columns.propensity), numbers(frame, columns.reward)
    names, shown = np.unique(frame[columns.variant].cast(pl.String).to_numpy(), return_inverse=True)
    if len(names) > MOST_VARIANTS:
        raise InputError(
            f"{quoted(columns.variant)} has {len(names):,} variants: at most {MOST_VARIANTS:,} are possible."
        )
    if len(names) == 1:
        raise RefusedError(
            f"The log shows nothing but {quoted(str(names[0]))}: what another policy would have earned can only be "
            "told from decisions that showed at least two variants."
        )
    every = (*(str(name) for name in names), *(name for name in policy.variants if name not in set(names)))
    texts = frame.select(pl.col(name).cast(pl.String) for name in policy.columns)
    units = np.arange(len(frame)) if columns.visitor is None else frame[columns.visitor].cast(pl.String).to_numpy()
    codes = np.unique(units, return_inverse=True)[1].reshape(-1)
    rule = matched(policy, texts) if policy.columns else np.zeros(len(frame), dtype=np.int64)
    table = table_of(policy, every)
    return _Decisions(rule, shown, table, propensities, rewards, codes, columns.visitor is not None), every


def _propensities(frame: pl.DataFrame, name: str) -> FloatArray:
    found = numbers(frame, name)
    wrong = found[(found <= 0) | (found > 1)]
    if len(wrong):
        raise InputError(
            f"{len(wrong):,} of {len(frame):,} propensities in {quoted(name)} are not above 0 and at most 1 "
            f"(such as {wrong[0]:g}): give the probability with which the variant shown was chosen."
        )
    return found


def _unsupported(made: _Decisions, names: tuple[str, ...]) -> float:
    """Return the share of the policy's choices that the log never shows in their place."""
    rules, variants = made.table.shape
    seen = np.bincount(made.rule * variants + made.shown, minlength=rules * variants).reshape(rules, variants)
    often = np.bincount(made.rule, minlength=rules) / len(made.rule)
    lacking = often[:, None] * np.where(seen == 0, made.table, 0.0)
    share = float(lacking.sum())
    if share > MOST_UNSUPPORTED:
        worst = names[int(lacking.sum(axis=0).argmax())]
        raise RefusedError(
            f"The log never shows {share:.0%} of what the policy would show, {quoted(worst)} above all, so what that "
            "earns cannot be told: log decisions that show it, or leave it out of the policy."
        )
    return share


def _unit(made: _Decisions) -> str:
    return "visitor" if made.visitors else "decision"


def _per_unit(weights: FloatArray, made: _Decisions) -> FloatArray:
    return np.asarray(np.bincount(made.units, weights=weights), dtype=np.float64)


def _logged(made: _Decisions, weights: FloatArray, seed: int) -> Logged:
    """Return the log with rewards foreseen from the decisions of other units."""
    rules, variants = made.table.shape
    fold = (np.random.default_rng(seed).permutation(int(made.units.max()) + 1) % FOLDS)[made.units]
    cell = made.rule * variants + made.shown
    foreseen, promised = np.empty(len(weights)), np.empty(len(weights))
    for number in range(FOLDS):
        here = fold == number
        there = ~here if (~here).any() else here
        overall = float(made.rewards[there].mean())
        known = _shrunk(made.shown[there], made.rewards[there], np.full(variants, overall))
        means = _shrunk(cell[there], made.rewards[there], np.tile(known, rules))
        foreseen[here] = means[cell[here]]
        promised[here] = (means.reshape(rules, variants) * made.table).sum(axis=1)[made.rule[here]]
    binary = bool(np.isin(made.rewards, (0.0, 1.0)).all())
    low, high = min(0.0, float(made.rewards.min())), float(made.rewards.max())
    units = made.units if made.visitors else None
    return Logged(weights, made.rewards, foreseen, promised, units, (0.0, 1.0) if binary else (low, high))


def _shrunk(codes: IntArray, rewards: FloatArray, wider: FloatArray) -> FloatArray:
    counts = np.bincount(codes, minlength=len(wider))
    sums = np.bincount(codes, weights=rewards, minlength=len(wider))
    return np.asarray((sums + PRIOR * wider) / (counts + PRIOR), dtype=np.float64)


def _doubts(logged: Logged, unsupported: float, made: _Decisions, estimates: dict[str, Estimate]) -> tuple[str, ...]:
    said = []
    off = likelihood_ratio(_per_unit(logged.weights - 1.0, made))
    if off > SURE:
        said.append(
            f"The weights average {logged.weights.mean():.3f} where 1 is due: the propensities are not those that "
            "decided, or rows were left out."
        )
    if unsupported > 0:
        said.append(f"The log never shows {unsupported:.1%} of what the policy would show; its reward is guessed.")
    each = _per_unit(logged.weights, made)
    heaviest = float(each.max() / each.sum())
    if heaviest > 1 / LEAST_EFFECTIVE:
        said.append(f"One {_unit(made)} carries {heaviest:.0%} of all weight.")
    value = estimates["doubly robust"]
    # the inverse propensity follows the mean of the weights, which has its own doubt above
    apart = [name for name in ("self-normalised", "switch") if value.excludes(estimates[name].value)]
    if apart:
        said.append(f"The estimators do not agree: {' and '.join(apart)} outside the interval of the answer.")
    return tuple(said)
