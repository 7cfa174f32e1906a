"""Rows made up from others: what interpolation leaves behind in the digits."""

from __future__ import annotations

from dataclasses import dataclass

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
Codes = NDArray[np.int64]

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
    place = {value: i for i, value in enumerate(classes)}
    codes = np.array([place.get(text, len(classes)) for text in texts], dtype=np.int64)
    columns = [c.name for c in context.measured if c.distinct >= LEAST_VALUES and c.name != name]
    measured = [_by_digits(context.facts.arrays.numbers[column], codes, len(classes) + 1) for column in columns]
    rows, found = np.bincount(codes, minlength=len(classes) + 1), {}
    for value, i in place.items():
        if rows[i] < LEAST_VALUES or rows.sum() - rows[i] < LEAST_VALUES:
            continue
        finer = [
            (column, mask)
            for column, digits in zip(columns, measured, strict=True)
            if (mask := _finer(digits, i, rows, len(columns) * len(classes))) is not None
        ]
        gridded = sum(_unit(digits, i, rows) is not None for digits in measured)
        if not finer or len(finer) < min(2, gridded):
            continue
        # Rows made up are so in every column; a column that is finer for reasons of its own stands alone.
        made = np.stack([mask for _, mask in finer])[:, codes == i].sum(axis=0) >= SAME_ROWS * len(finer)
        if made.mean() >= SHARE:
            found[value] = float(made.mean()), [column for column, _ in finer]
    if not found:
        return None
    worst = max(found, key=lambda value: found[value][0])
    share, finer_names = found[worst]
    title = f"Rows of {name} {worst} were made up: {percent(share)} of them have digits in {several(finer_names)} that "
    title += "no other row has."
    advice = "Take them out before learning: they are mixtures of other rows, and a test on them is no test."
    evidence = {worst: {"made_up": share, "columns": finer_names}}
    return Finding("oversampled", Severity.NOTICE, (name,), title, evidence, advice)


@dataclass(frozen=True)
class _Digits:
    """Rows that so many digits after the point do not suffice for, and how many of each class."""

    off: Mask
    by_class: Codes


def _by_digits(values: Floats, codes: Codes, classes: int) -> list[_Digits]:
    """Return this for no digit, one, two and so on, until they suffice for all rows."""
    found = []
    for digits in range(MOST_DIGITS + 1):
        scaled = np.nan_to_num(values) * 10.0**digits
        off = np.abs(scaled - np.round(scaled)) > 1e-6 * np.maximum(1.0, np.abs(scaled) * 1e-6)
        found.append(_Digits(off, np.bincount(codes[off], minlength=classes).astype(np.int64)))
        if not off.any():
            break
    return found


def _unit(measured: list[_Digits], place: int, rows: Codes) -> _Digits | None:
    """Return the fewest digits that nearly all rows of all other classes are written with."""
    others = float(rows.sum() - rows[place])
    fits = (one for one in measured if one.by_class.sum() - one.by_class[place] <= ELSEWHERE * others)
    return next(fits, None)


def _finer(measured: list[_Digits], place: int, rows: Codes, tests: int) -> Mask | None:
    """Return the rows finer than the unit of all other classes, where they are many and in this class."""
    unit = _unit(measured, place, rows)
    if unit is None or unit.by_class[place] < max(SHARE * rows[place], 5):
        return None
    chance = special.bdtrc(int(unit.by_class[place]) - 1, int(unit.by_class.sum()), rows[place] / rows.sum())
    return unit.off if float(chance) < ERROR / tests else None
