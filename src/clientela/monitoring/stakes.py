"""How the budget of chance is parted among numbers: more of it where the model and the money rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from clientela.monitoring.baseline import Baseline
from clientela.monitoring.columns import Kind

MODEL, MONEY = 0.25, 0.25
"""Parts of the budget that go to what a model of the label reads, and to amounts; the rest is parted evenly."""


def stakes(baseline: Baseline) -> Mapping[str, float]:
    """Return the part of the numbers' budget that each of them has; they add up to 1.

    The parts are known before a batch is seen, so the chance of a false alarm stays what it is (weighted Bonferroni,
    Genovese, Roeder and Wasserman 2006). What the model reads is known from the model in use, or from the spread of
    the log odds of the plain model that is learnt with the baseline.

    >>> from clientela.monitoring.baseline import learn_baseline
    >>> from clientela.tables.frames import from_frame
    >>> import polars as pl
    >>> with from_frame(pl.DataFrame({"a": [0.5, 1.5] * 50, "b": [2.5, 3.5] * 50})) as table:
    ...     stakes(learn_baseline(table))
    {'a': 0.5, 'b': 0.5}
    """
    names = [term.name for term in baseline.contract.terms if term.kind is Kind.NUMBER]
    read, money = _read(baseline, names), [name for name in amounts(baseline) if name in names]
    even = 1.0 - MODEL * bool(read) - MONEY * bool(money)
    return {
        name: even / len(names) + MODEL * read.get(name, 0.0) + (MONEY / len(money) if name in money else 0.0)
        for name in names
    }


def amounts(baseline: Baseline) -> list[str]:
    """Return columns with the money that goes with a row: the model's, the label itself, or what rules tie to it."""
    question, model = baseline.facts.question, baseline.facts.model
    if question is None:
        return []
    named = {model.revenue} if model is not None and model.revenue else set()
    rules = [rule for rule in baseline.contract.rules if rule.kind == "implies"]
    tied = {r.left for r in rules if r.left_is == ">0" and r.right == question.label}
    both = {r.right for r in rules if r.left == question.label and r.right_is == ">0"}
    return sorted(named | {question.label} | (tied & both))


def _read(baseline: Baseline, names: Sequence[str]) -> dict[str, float]:
    model, yardstick = baseline.facts.model, baseline.facts.yardstick
    spread: dict[str, float] = {}
    if model is not None:
        spread = {name: share for name, share in model.columns.items() if name in names and share > 0}
    elif yardstick is not None:
        spread = {form.name: float(np.std(form.weights[1:])) for form in yardstick.columns if form.name in names}
    whole = sum(spread.values())
    return {name: value / whole for name, value in spread.items()} if whole else {}
