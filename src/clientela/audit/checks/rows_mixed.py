"""Rows made up from others: what interpolation leaves behind in the digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Context
from clientela.audit.checks.processing import ERROR
from clientela.audit.measuring import label_text
from clientela.audit.wording import percent, several
from clientela.domain.finding import Finding, Severity

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SHARE, ELSEWHERE = 0.1, 0.01
LEAST_VALUES = 10
MOST_DIGITS = 4
SAME_ROWS = 0.5


def made_up_class(context: Context, name: str) -> Finding | None:
    """Find a class whose rows hold digits that no other row of the table has.

    Numbers between two rows of a class are finer than the unit both are written in. See
    `rows_done.oversampled` for the null model.

    Args:
        context: What the checks share.
        name: The label or the arm of an experiment.

    Returns:
        The finding for the class with the largest share of such rows, or None.
    """
    texts = label_text(context.facts, name)
    classes = [value for value, _ in context.facts.columns[name].top]
    inside = {value: np.array([text == value for text in texts], dtype=np.bool_) for value in classes}
    columns = [c.name for c in context.measured if c.distinct >= LEAST_VALUES and c.name != name]
    found: dict[str, tuple[float, list[str]]] = {}
    for value in classes:
        rest = ~inside[value]
        if inside[value].sum() < LEAST_VALUES or rest.sum() < LEAST_VALUES:
            continue
        finer = {c: fine for c in columns if (fine := _finer(context, c, inside[value], len(columns))) is not None}
        made = np.stack(list(finer.values())).sum(axis=0) if finer else np.zeros(rest.size)
        # Rows made up are so in every column; a column that is finer for reasons of its own stands alone.
        rows = made >= max(1, SAME_ROWS * len(finer))
        if len(finer) >= min(2, _on_a_grid(context, columns, rest)) > 0 and rows[inside[value]].mean() >= SHARE:
            found[value] = float(rows[inside[value]].mean()), list(finer)
    if not found:
        return None
    worst = max(found, key=lambda value: found[value][0])
    share, finer_names = found[worst]
    title = f"Rows of {name} {worst} were made up: {percent(share)} of them have digits in {several(finer_names)} that "
    title += "no other row has."
    advice = "Take them out before learning: they are mixtures of other rows, and a test on them is no test."
    evidence = {worst: {"made_up": share, "columns": finer_names}}
    return Finding("oversampled", Severity.NOTICE, (name,), title, evidence, advice)


def _on_a_grid(context: Context, columns: list[str], rest: Mask) -> int:
    return sum(_digits(context.facts.arrays.numbers[name][rest]) is not None for name in columns)


def _finer(context: Context, name: str, inside: Mask, columns: int) -> Mask | None:
    """Mark the rows finer than the unit of all other classes, where they are many and in this class."""
    values = context.facts.arrays.numbers[name]
    digits = _digits(values[~inside])
    if digits is None:
        return None
    off = _off(values, digits)
    mine, all_ = int(off[inside].sum()), int(off.sum())
    chance = float(special.bdtrc(mine - 1, all_, inside.mean())) if mine else 1.0
    many = mine >= max(SHARE * inside.sum(), 5) and off[~inside].mean() <= ELSEWHERE
    return off if many and chance < ERROR / (columns * 10) else None


def _digits(values: Floats) -> int | None:
    """Return the digits after the point that nearly all values are written with."""
    known = values[~np.isnan(values)]
    fits = (digits for digits in range(MOST_DIGITS + 1) if known.size and _off(known, digits).mean() <= ELSEWHERE)
    return next(fits, None)


def _off(values: Floats, digits: int) -> Mask:
    scaled = np.nan_to_num(values) * 10.0**digits
    return np.abs(scaled - np.round(scaled)) > 1e-6 * np.maximum(1.0, np.abs(scaled) * 1e-6)
